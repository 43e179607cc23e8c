"""A folder that plays the hospital's cashier: a file a word, so that nothing is ever written over.

FOLDER/IDENT.charge     what is asked for (JSON: sheets, cents)       the kiosk
FOLDER/IDENT.paid       it was paid                                   the cashier, or whoever rehearses
FOLDER/IDENT.cancelled  it is not wanted any more                     the kiosk
FOLDER/IDENT.refund     what is given back (JSON: cents)              the kiosk
FOLDER/IDENT.settled    nothing is open                               the kiosk
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from kiosk.adapters.machine.durable import make_folder, put
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.payments import Charge, ChargeState


class FolderCashier:
    """Implements kiosk.ports.hospital.cashier.Cashier."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, charge: Charge) -> None:
        """See the port."""
        self._write(charge.ident, "charge", {"sheets": charge.sheets, "cents": charge.cents})

    def status(self, ident: str) -> ChargeState:
        """See the port. Paid counts before cancelled: money that came is never denied."""
        if self._has(ident, "paid"):
            return ChargeState.PAID
        return ChargeState.CANCELLED if self._has(ident, "cancelled") else ChargeState.WAITING

    def cancel(self, ident: str) -> ChargeState:
        """See the port."""
        self._write(ident, "cancelled", {})
        return self.status(ident)

    def refund(self, ident: str, cents: int) -> None:
        """See the port."""
        if not self._has(ident, "refund"):
            self._write(ident, "refund", {"cents": cents})

    def settled(self, ident: str) -> None:
        """See the port."""
        self._write(ident, "settled", {})

    def open_charges(self, older_s: float) -> list[str]:
        """See the port."""
        try:
            paid = sorted((file.stat().st_mtime, file.stem) for file in self._folder.glob("*.paid"))
        except OSError as error:
            raise self._unavailable(error) from error
        latest = time.time() - older_s
        return [ident for when, ident in paid if when <= latest and not self._has(ident, "settled")]

    def _has(self, ident: str, word: str) -> bool:
        try:
            return (self._folder / f"{ident}.{word}").exists()
        except OSError as error:
            raise self._unavailable(error) from error

    def _write(self, ident: str, word: str, told: dict[str, int]) -> None:
        try:
            make_folder(self._folder)
            put(self._folder / f"{ident}.{word}", json.dumps(told).encode())
        except OSError as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: OSError) -> KioskError:
        return KioskError(FaultCode.STORE_UNAVAILABLE, f"cashier {self._folder}: {error.strerror}")
