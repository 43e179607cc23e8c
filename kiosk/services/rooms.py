"""The private folder of a visit: on tmpfs, mode 0700, removed with everything in it when the visit ends."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError


class Rooms:
    """Private folders by visit, below one parent."""

    def __init__(self, parent: Path | None) -> None:
        self._parent = parent or _tmpfs()
        self._parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.sweep()

    def of(self, visit: str) -> Path:
        """The folder of a visit, made when it is first asked for, and all above it where somebody took that away.

        Raises KioskError DISK_FULL where it cannot be made.
        """
        room = self._parent / visit
        try:
            self._parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            room.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise KioskError(FaultCode.DISK_FULL, f"private folder: {error.strerror}") from error
        return room

    def wipe(self, visit: str) -> None:
        """Remove a visit's folder."""
        shutil.rmtree(self._parent / visit, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what a crash left."""
        for left in self._parent.iterdir():
            shutil.rmtree(left, ignore_errors=True)

    def close(self) -> None:
        """Remove the parent too."""
        shutil.rmtree(self._parent, ignore_errors=True)


def _tmpfs() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    for place in (runtime, "/dev/shm"):  # noqa: S108 - a private folder is made in it
        if place and os.access(place, os.W_OK):
            return Path(tempfile.mkdtemp(prefix="kiosk-", dir=place))
    return Path(tempfile.mkdtemp(prefix="kiosk-"))
