"""Reading sealed exams: the manifest and its objects, opened in memory with the keys of a session, for one request.

Manifests that were just read are remembered (32 of them), found only by whoever brings the same key again.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from kiosk.cloud.portal.gate import OpenExam
from kiosk.cloud.portal.store.exams import ExamShelf
from kiosk.cloud.wire.envelope import Envelope
from kiosk.cloud.wire.faults import WireError, WireFault
from kiosk.cloud.wire.manifest import ExamManifest, unpacked
from kiosk.cloud.wire.objects import Kind, Place, Spot, SubKeys, open_object
from kiosk.ports.object_store import ObjectStore

MOST_REMEMBERED = 32


@dataclass(frozen=True)
class Film:
    """One exam version, opened."""

    exam: str
    version: int
    manifest: ExamManifest
    envelope: Envelope
    keys: SubKeys

    def may(self, kind: Kind) -> bool:
        """True where the session has the key of these objects."""
        return kind in self.keys.by_kind


class Films:
    """Exams of sessions. Thread-safe."""

    def __init__(self, exams: ExamShelf, objects: ObjectStore) -> None:
        self._exams, self._objects = exams, objects
        self._known: OrderedDict[tuple[str, int, bytes], Film] = OrderedDict()
        self._lock = Lock()

    def film(self, exam: OpenExam, newest: int | None = None) -> Film | None:
        """None where the version is not there any more: withdrawn, deleted or replaced.

        `newest`: the exam's version where whoever asks has just looked; 0 for none.
        """
        if (self._exams.version(exam.exam) if newest is None else newest) != exam.version:
            return None
        key = (exam.exam, exam.version, hashlib.sha256(exam.keys.packed()).digest())
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
        return self._remembered(key, exam)

    def _remembered(self, key: tuple[str, int, bytes], exam: OpenExam) -> Film | None:
        envelope = self._exams.envelope(exam.exam)
        if envelope is None or envelope.version != exam.version:
            return None
        place = Place(exam.exam, exam.version, Kind.MANIFEST, 0)
        manifest = unpacked(self._opened(envelope, exam.keys, place, envelope.manifest))
        film = Film(exam.exam, exam.version, manifest, envelope, exam.keys)
        with self._lock:
            self._known[key] = film
            while len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
        return film

    def read(self, film: Film, kind: Kind, index: int) -> bytes:
        """One object. Raises WireError ENVELOPE_INVALID where there is none, SEAL_BROKEN, KioskError of the store."""
        place = Place(film.exam, film.version, kind, index)
        return self._opened(film.envelope, film.keys, place, film.manifest.spot(kind, index))

    def _opened(self, envelope: Envelope, keys: SubKeys, place: Place, spot: Spot) -> bytes:
        if spot.segment >= len(envelope.segments):
            raise WireError(WireFault.ENVELOPE_INVALID, "object outside its version")
        digest = envelope.segments[spot.segment].digest
        return open_object(keys, place, self._objects.get(digest, spot.offset, spot.size))
