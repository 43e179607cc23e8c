"""An exam version being sealed: objects go in, segments of ciphertext come out, each on the disk before the next.

The key is of this one making. A making that was cut off is thrown away with its key and begun anew under another, so
that no nonce ever seals two things.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path

from kiosk.adapters.machine import durable
from kiosk.cloud.publisher.faults import disk
from kiosk.cloud.wire.envelope import Envelope, Segment
from kiosk.cloud.wire.keys import seal, text_of
from kiosk.cloud.wire.manifest import ExamManifest
from kiosk.cloud.wire.objects import (
    SEGMENT_BYTES,
    ContentKey,
    Kind,
    Place,
    Spot,
    SubKeys,
    digest_of,
    seal_object,
)

Places = dict[Kind, tuple[tuple[int, int, int], ...]]


class Parcel:
    """One version of one exam. Not thread-safe. Raises KioskError DISK_FULL or STORE_UNAVAILABLE."""

    def __init__(self, folder: Path, exam: str, version: int) -> None:
        self._folder, self.exam, self.version = folder, exam, version
        self._key = ContentKey.new()
        self._subs = self._key.subs()
        self._waiting: dict[Kind, list[tuple[int, bytes]]] = defaultdict(list)
        self._spots: dict[Kind, list[Spot]] = defaultdict(list)
        self._segments: list[Segment] = []
        with disk(folder):
            shutil.rmtree(folder, ignore_errors=True)
            durable.make_folder(folder)

    @property
    def size(self) -> int:
        """Bytes on the disk so far."""
        return sum(one.size for one in self._segments)

    @property
    def subs(self) -> SubKeys:
        """What opens it."""
        return self._subs

    def add(self, kind: Kind, plain: bytes) -> int:
        """Seal an object; returns its index among those of its kind."""
        index = len(self._spots[kind])
        sealed = seal_object(self._subs, Place(self.exam, self.version, kind, index), plain)
        waiting = self._waiting[kind]
        if waiting and sum(len(one) for _, one in waiting) + len(sealed) > SEGMENT_BYTES:
            self._flush(kind)
        self._spots[kind].append(Spot(0, 0, len(sealed)))
        self._waiting[kind].append((index, sealed))
        return index

    def _flush(self, kind: Kind) -> None:
        """Objects of one kind lie together: a phone that scrolls reads on where it was."""
        waiting, offset = self._waiting.pop(kind, []), 0
        if not waiting:
            return
        data = b"".join(one for _, one in waiting)
        for index, sealed in waiting:
            self._spots[kind][index] = Spot(len(self._segments), offset, len(sealed))
            offset += len(sealed)
        digest = digest_of(data)
        with disk(self._folder):
            durable.put(self._folder / digest, data)
        self._segments.append(Segment(digest, len(data)))

    def places(self) -> Places:
        """Where all objects lie; from then on only the manifest may be added."""
        for kind in Kind:
            self._flush(kind)
        return {
            kind: tuple((one.segment, one.offset, one.size) for one in spots)
            for kind, spots in self._spots.items()
            if spots
        }

    def close(self, manifest: ExamManifest, escrow: bytes) -> Envelope:
        """Seal the manifest; the envelope has no links yet. `escrow`: the hospital's public half."""
        self.add(Kind.MANIFEST, manifest.packed())
        self._flush(Kind.MANIFEST)
        kept = text_of(seal(escrow, self._subs.packed(), f"escrow|{self.exam}|{self.version}"))
        spot = self._spots[Kind.MANIFEST][0]
        return Envelope(self.exam, self.version, tuple(self._segments), spot, (), kept)
