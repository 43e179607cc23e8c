"""How much is read from an archive at most."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.adapters.archive.dicom_records import ENCAPSULATED_PDF
from kiosk.domain.faults import FaultCode, KioskError

MIB = 1 << 20


@dataclass(frozen=True)
class ByteLimits:
    """The largest single object, study and report, in bytes."""

    instance: int = 64 * MIB
    study: int = 512 * MIB
    report: int = 20 * MIB

    def of(self, sop_class: str) -> int:
        """The limit for one object of this class."""
        return min(self.report, self.instance) if sop_class == ENCAPSULATED_PDF else self.instance


class Tally:
    """Counts the bytes of one study."""

    def __init__(self, limits: ByteLimits) -> None:
        self._limit, self._taken = limits.study, 0

    def add(self, size: int) -> None:
        """Raise TOO_LARGE when the study is over its limit."""
        self._taken += size
        if self._taken > self._limit:
            raise KioskError(FaultCode.TOO_LARGE, f"study over {self._limit} bytes")
