"""One kiosk on one machine: the second one that is started is told so (matrix case 62)."""

from __future__ import annotations

import os
from pathlib import Path

from kiosk.adapters.machine.file_lock import free, opened, release
from kiosk.domain.faults import FaultCode, KioskError


class InstanceLock:
    """Held by the process for as long as it lives, however it ends: the kernel takes it back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def take(self) -> None:
        """Raises KioskError CONFIG_INVALID when another kiosk runs, STORE_UNAVAILABLE when there is no place for it."""
        handle = opened(self._path)
        if not free(handle):
            os.close(handle)
            raise KioskError(FaultCode.CONFIG_INVALID, "another kiosk is running on this machine")
        self._handle = handle

    def taken(self) -> bool:
        """True while another process holds it."""
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return not free(handle)
        finally:
            os.close(handle)

    def give_back(self) -> None:
        """Let another kiosk start."""
        if self._handle is not None:
            release(self._handle)
            self._handle = None
