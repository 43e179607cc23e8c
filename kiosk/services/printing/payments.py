"""Film is paid before the first sheet is reserved, and what does not come out is given back by itself.

What ended uncertain is left open: staff look into the tray before they give anything back. A power cut between paying
and printing leaves the charge open too, and `kiosk doctor` names it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.payments import Charge, ChargeState
from kiosk.domain.sheets.serials import new_serial
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.domain.visit import HandOut
from kiosk.ports.hospital.cashier import Cashier
from kiosk.services.audit import Audit
from kiosk.services.machine.lanes import Cancelled

log = logging.getLogger(__name__)
LOOK_EVERY_S, OPEN_S = 0.5, 1800.0  # a long film, a paper jam and a nurse who comes for it


class Payments:
    """Asks the hospital's cashier. `wait_s`: seconds a patient has to pay."""

    def __init__(self, cashier: Cashier, audit: Audit, cents_per_sheet: int, wait_s: float) -> None:
        self._cashier, self._audit = cashier, audit
        self._cents, self._wait_s = cents_per_sheet, wait_s

    def till(self, order: HandOut, sheets: int, cancelled: Cancelled) -> Till:
        """What this hand-out's film costs; nothing is asked for yet."""
        charge = Charge(new_serial(), sheets, self._cents)
        return Till(self._cashier, self._audit, charge, order, cancelled, self._wait_s)

    def ask(self) -> str:
        """For the probe: what is paid and not settled. Raises KioskError PAYMENT_OPEN."""
        open_ones = self._cashier.open_charges(OPEN_S)
        if open_ones:
            named = ", ".join(open_ones[:3])
            raise KioskError(FaultCode.PAYMENT_OPEN, f"{len(open_ones)} paid and not settled: {named}")
        return "all payments settled"


class Till:
    """One hand-out's payment, asked for when the first film is due."""

    def __init__(
        self, cashier: Cashier, audit: Audit, charge: Charge, order: HandOut, cancelled: Cancelled, wait_s: float
    ) -> None:
        self._cashier, self._audit, self._charge, self._order = cashier, audit, charge, order
        self._cancelled, self._wait_s = cancelled, wait_s
        self._asked = self._paid = False

    def pay(self, waiting: Callable[[], None]) -> None:
        """Wait until it is paid; `waiting` is told now and then. Raises KioskError PAYMENT_MISSING, CANCELLED."""
        if self._paid:
            return
        if self._asked:
            raise KioskError(FaultCode.PAYMENT_MISSING)
        self._asked = True
        self._cashier.create(self._charge)
        self._paid = self._awaited(waiting)
        if not self._paid:
            raise KioskError(FaultCode.CANCELLED if self._cancelled() else FaultCode.PAYMENT_MISSING)
        self._note(EventKind.FILM_PAID, self._charge.sheets)

    def _awaited(self, waiting: Callable[[], None]) -> bool:
        """True where money came, even in the moment in which nobody waited any more."""
        end = time.monotonic() + self._wait_s
        while (state := self._cashier.status(self._charge.ident)) is ChargeState.WAITING:
            if self._cancelled() or time.monotonic() > end:
                return self._cashier.cancel(self._charge.ident) is ChargeState.PAID
            waiting()
            time.sleep(LOOK_EVERY_S)
        return state is ChargeState.PAID

    def settle(self, printed: int, uncertain: bool) -> None:
        """Give back what did not come out. Never raises: what could not be told stays open and is named."""
        if not self._paid or uncertain:
            return
        missing = max(0, self._charge.sheets - printed)
        try:
            if missing:
                self._cashier.refund(self._charge.ident, missing * self._charge.cents_per_sheet)
                self._note(EventKind.FILM_REFUNDED, missing)
            self._cashier.settled(self._charge.ident)
        except KioskError as fault:
            log.error("payment %s is not settled: %s", self._charge.ident, fault)

    def _note(self, kind: EventKind, sheets: int) -> None:
        self._audit.record(kind, EventOutcome.OK, visit=self._order.visit, subject=self._order.candidate.subject,
                           sheets=sheets, serial=self._charge.ident)  # fmt: skip
