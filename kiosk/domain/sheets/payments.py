"""Film that is paid for: what is asked of the hospital's cashier. Reports and links never stand behind a payment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ChargeState(StrEnum):
    """What the cashier says of a charge."""

    WAITING = "waiting"
    PAID = "paid"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Charge:
    """An amount for sheets of film, in hundredths of the currency. `ident` is drawn by the kiosk and names nobody."""

    ident: str
    sheets: int
    cents_per_sheet: int

    @property
    def cents(self) -> int:
        """The whole."""
        return self.sheets * self.cents_per_sheet
