"""One kiosk on one machine: the second one that is started is told so (matrix case 62)."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError


class InstanceLock:
    """Held by the process for as long as it lives, however it ends: the kernel takes it back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def take(self) -> None:
        """Raises KioskError CONFIG_INVALID when another kiosk runs, STORE_UNAVAILABLE when there is no place for it."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise KioskError(FaultCode.STORE_UNAVAILABLE, f"{self._path.name}: {error.strerror}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise KioskError(FaultCode.CONFIG_INVALID, "another kiosk is running on this machine") from error
        self._handle = handle

    def give_back(self) -> None:
        """Let another kiosk start."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
