"""Zip archives that are written while they are sent: memory does not grow with the exam."""

from __future__ import annotations

import hashlib
import secrets
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum

from kiosk.adapters.sandbox import Workers
from kiosk.cloud.portal.films import Film, Films
from kiosk.cloud.portal.media.decoding import jpeg_of, stored_values
from kiosk.cloud.portal.media.dicomdir import MediaDirectory
from kiosk.cloud.portal.media.elements import EXPLICIT_LITTLE, HTJ2K_LOSSLESS, encapsulated, facts, native
from kiosk.cloud.wire.manifest import InstanceFacts
from kiosk.cloud.wire.objects import Kind
from kiosk.domain.faults import KioskError

DECODE_S = 20.0
_ALLOCATED = 0x00280100


class ArchiveKind(StrEnum):
    """What is in an archive."""

    PLAIN = "plain"  # for any doctor's computer
    SMALL = "small"  # the same as HTJ2K
    PICTURES = "pictures"


class _Pipe:
    """What the zip writer writes, until it is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep it."""
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing to do."""

    def taken(self) -> bytes:
        """What was written since."""
        data = b"".join(self._parts)
        self._parts.clear()
        return data


class Archives:
    """Makes archives of films; `alive` is asked before every object, so that who is shut out gets no more."""

    def __init__(self, films: Films, workers: Workers) -> None:
        self._films, self._workers = films, workers

    def stream(self, film: Film, media: ArchiveKind, alive: Callable[[], bool], readme: str) -> Iterator[bytes]:
        """The archive, part by part. Raises KioskError where a store fails: the transfer ends unfinished."""
        pipe = _Pipe()
        made = self._pictures(film) if media is ArchiveKind.PICTURES else self._objects(film, media)
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
            archive.writestr(_named("README.TXT"), readme)
            yield pipe.taken()
            for name, data in made:
                if not alive():
                    return
                archive.writestr(_named(name), data)
                yield pipe.taken()
        yield pipe.taken()

    def _objects(self, film: Film, media: ArchiveKind) -> Iterator[tuple[str, bytes]]:
        syntax = EXPLICIT_LITTLE if media is ArchiveKind.PLAIN else HTJ2K_LOSSLESS
        if film.manifest.report is not None and film.manifest.report.pdf is not None and film.may(Kind.REPORT):
            yield "REPORT.PDF", self._films.read(film, Kind.REPORT, film.manifest.report.pdf)
        directory, missing = MediaDirectory(), list[str]()
        for number, instance in enumerate(film.manifest.instances, 1):
            path = ("DICOM", f"IM{number:06}")
            header = self._films.read(film, Kind.HEADER, instance.header)
            data = self._rebuilt(film, media, instance, header)
            if data is None:
                missing.append(path[-1])
                continue
            directory.add(path, facts(header), syntax)
            yield "/".join(path), data
        yield "DICOMDIR", directory.file(f"2.25.{secrets.randbits(120)}")
        if missing:
            yield "MISSING.TXT", "\n".join(missing).encode("ascii")

    def _rebuilt(self, film: Film, media: ArchiveKind, instance: InstanceFacts, header: bytes) -> bytes | None:
        """The original again; None where its pixel data are not what they were when it was published."""
        streams = [self._films.read(film, Kind.FRAME, one) for one in instance.frames]
        if not streams or not instance.pixel_digest:
            return None
        if media is ArchiveKind.SMALL:
            return encapsulated(header, streams)
        try:
            frames = self._workers.call(stored_values, streams, deadline_s=DECODE_S)
        except KioskError:
            return None
        if hashlib.sha256(b"".join(frames)).hexdigest() != instance.pixel_digest:
            return None
        return native(header, frames, int.from_bytes(facts(header).get(_ALLOCATED, b"\x10\0")[:2], "little"))

    def _pictures(self, film: Film) -> Iterator[tuple[str, bytes]]:
        for number, key in enumerate(film.manifest.keys, 1):
            for window, (_, picture) in enumerate(key.pictures, 1):
                data = self._films.read(film, Kind.PICTURE, picture.picture)
                yield f"FILM-{number:03}-{window}.JPG", self._workers.call(jpeg_of, data, deadline_s=DECODE_S)


def _named(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, datetime.now(UTC).timetuple()[:6])
    info.external_attr = 0o644 << 16
    return info
