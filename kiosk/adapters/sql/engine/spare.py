"""Disk space kept aside for the journal (matrix case 52).

While the spare is there, a full disk cannot keep the journal from writing how running jobs ended: it is let go first.
No new sheet is reserved until it could be put aside again.
"""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError

SPARE_BYTES = 8 * 1024 * 1024
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class Spare:
    """A pre-allocated file beside the database."""

    def __init__(self, path: Path, size: int = SPARE_BYTES) -> None:
        self._path = path
        self._size = size

    def keep(self) -> None:
        """Make sure that the space is set aside; raises KioskError DISK_FULL or STORE_UNAVAILABLE."""
        if self.kept():
            return
        try:
            self._allocate()
        except OSError as error:
            self.let_go()
            code = FaultCode.DISK_FULL if error.errno in DISK_FULL else FaultCode.STORE_UNAVAILABLE
            raise KioskError(code, f"no spare space for the journal: {error.strerror}") from error

    def kept(self) -> bool:
        """True while the space is set aside."""
        try:
            return self._path.stat().st_size >= self._size
        except OSError:
            return False

    def let_go(self) -> bool:
        """Give the space back to the file system; True where that helped."""
        with contextlib.suppress(OSError):
            self._path.unlink()
            return True
        return False

    def _allocate(self) -> None:
        handle = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(handle, 0, self._size)  # a file that was only made longer would hold no space
            os.fsync(handle)  # or a power cut gives it back, and nobody would notice
        finally:
            os.close(handle)
