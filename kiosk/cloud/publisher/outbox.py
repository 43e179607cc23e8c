"""Versions that are made and not yet at the portal: ciphertext in a folder of their own, the envelope written last.

A version without its envelope was cut off while being made: nothing of it was sent, and it is thrown away.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from kiosk.adapters.machine import durable
from kiosk.cloud.publisher.faults import disk
from kiosk.cloud.publisher.seal import Parcel
from kiosk.cloud.wire.envelope import Envelope, decode
from kiosk.cloud.wire.faults import WireError

_ENVELOPE, _CONTENT = "envelope.json", "content"


@dataclass(frozen=True)
class Packed:
    """A version that is whole."""

    folder: Path
    envelope: Envelope
    content: str


class Outbox:
    """Raises KioskError DISK_FULL or STORE_UNAVAILABLE."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with disk(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def parcel(self, exam: str, version: int) -> Parcel:
        """Begin a version; what was there of it goes."""
        return Parcel(self._of(exam, version), exam, version)

    def keep(self, envelope: Envelope, content: str) -> Packed:
        """The version is whole from now on."""
        folder = self._of(envelope.exam, envelope.version)
        with disk(folder):
            durable.put(folder / _CONTENT, content.encode("ascii"))
            durable.put(folder / _ENVELOPE, envelope.encoded())
        return Packed(folder, envelope, content)

    def find(self, exam: str, version: int) -> Packed | None:
        """A version that is whole and waits to be sent."""
        folder = self._of(exam, version)
        try:
            envelope = decode((folder / _ENVELOPE).read_bytes())
            sizes = {one.name: one.stat().st_size for one in folder.iterdir()}
            content = (folder / _CONTENT).read_text(encoding="ascii")
        except (OSError, WireError):
            return None
        whole = all(sizes.get(one.digest) == one.size for one in envelope.segments)
        return Packed(folder, envelope, content) if whole else None

    def drop(self, exam: str, version: int) -> None:
        """It is at the portal, or nobody wants it any more."""
        shutil.rmtree(self._of(exam, version), ignore_errors=True)

    def sweep(self, wanted: Collection[tuple[str, int]]) -> None:
        """Throw away versions that are not among these."""
        names = {self._of(exam, version).name for exam, version in wanted}
        for folder in self._folder.iterdir():
            if folder.name not in names:
                shutil.rmtree(folder, ignore_errors=True)

    @property
    def waiting(self) -> int:
        """Bytes that wait."""
        return sum(one.stat().st_size for one in self._folder.glob("*/*") if one.is_file())

    def _of(self, exam: str, version: int) -> Path:
        return self._folder / f"{exam}.{version}"
