"""The hospital's cashier. The kiosk holds no merchant's keys: it asks for a charge and is told how it stands."""

from __future__ import annotations

from typing import Protocol

from kiosk.domain.sheets.payments import Charge, ChargeState


class Cashier(Protocol):
    """Blocks briefly; called from an io lane. Raises KioskError STORE_UNAVAILABLE where it cannot be asked.

    Every call may be repeated with one `ident`: a charge is made, cancelled, refunded and closed once.
    """

    def create(self, charge: Charge) -> None:
        """Ask for the amount; how it is paid is between the cashier and the patient."""
        ...

    def status(self, ident: str) -> ChargeState:
        """How it stands."""
        ...

    def cancel(self, ident: str) -> ChargeState:
        """Take it back; PAID where the patient was faster."""
        ...

    def refund(self, ident: str, cents: int) -> None:
        """Give so much of a paid charge back; durable when the call returns."""
        ...

    def settled(self, ident: str) -> None:
        """What was paid for came out, or was given back; nothing is open any more."""
        ...

    def open_charges(self, older_s: float) -> list[str]:
        """Those that were paid longer ago than that and are not settled, oldest first."""
        ...
