"""How far the trail was forwarded, in a file."""

from __future__ import annotations

from pathlib import Path

from kiosk.adapters.machine.durable import put
from kiosk.domain.faults import FaultCode, KioskError


class CursorFile:
    """Implements kiosk.services.forwarding.Cursor."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> int:
        """See the protocol; a damaged file counts as none, so that events come twice and not never."""
        try:
            return int(self._file.read_text())
        except (OSError, ValueError):
            return 0

    def write(self, number: int) -> None:
        """See the protocol."""
        try:
            put(self._file, str(number).encode())
        except OSError as error:
            raise KioskError(FaultCode.STORE_UNAVAILABLE, f"{self._file}: {error.strerror}") from error
