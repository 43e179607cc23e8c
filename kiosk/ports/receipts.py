"""What the hospital's systems are told of what was handed out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class PrintReceipt:
    """One document that came out. `serial` is on its sheets and tells a repeated receipt from another one.

    `report`: the information system's own number of the report; empty for film. `when`: seconds since the epoch, UTC.
    """

    serial: str
    kind: str
    accession: str
    study_uid: str
    patient_id: str
    report: str
    sheets: int
    kiosk: str
    when: float


class ReceiptSink(Protocol):
    """Told at least once, never before it is true. Blocks up to its deadline; called from one thread at a time."""

    def printed(self, receipt: PrintReceipt) -> None:
        """Write it back. Raises KioskError like the archive where that has not surely happened: it is told again."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class ReceiptOutbox(Protocol):
    """Receipts that were not told yet; they survive a power cut and cannot be read without the hospital's key.

    Raises KioskError STORE_UNAVAILABLE or DISK_FULL. Thread-safe.
    """

    def put(self, receipt: PrintReceipt) -> None:
        """Keep one; the same serial again is no error."""
        ...

    def waiting(self, limit: int = 50) -> list[PrintReceipt]:
        """The oldest ones."""
        ...

    def done(self, serial: str) -> None:
        """It was told; nothing of it is kept."""
        ...
