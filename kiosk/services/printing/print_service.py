"""Printing exactly once: reserve, hand over, follow, settle; after a crash find out, never repeat.

Crash points, in order (`checkpoint` is called with each name): started, preflighted, reserved, document-made, marked,
submitted, noted, following, first-sheet, ended, settled; when adopting after a crash: adopting, adopted, freed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import groupby

from kiosk.config import PrinterSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.media import same_size
from kiosk.domain.sheets.printing import FINAL, SETTLED, Media, Order, PrinterState, Reservation, SheetState
from kiosk.domain.sheets.supplies import Supply, predict
from kiosk.ports.clock import Clock
from kiosk.ports.ledger import Ledger
from kiosk.ports.printer import Printer
from kiosk.services.printing.following import Progress, trouble_of
from kiosk.services.printing.print_jobs import PageExtractor, PrintJobs, PrintResult, PrintWish

__all__ = ["PrintResult", "PrintService", "PrintWish"]


class PrintService:
    """Prints on one queue. All methods are called from the printer lane.

    `extract(source, target, first_page, pages)` writes a page range (from 1) and returns the file to print.
    """

    def __init__(
        self,
        ledger: Ledger,
        printer: Printer,
        settings: PrinterSettings,
        clock: Clock,
        extract: PageExtractor,
        sleep: Callable[[float], None] = time.sleep,
        checkpoint: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._ledger = ledger
        self._printer = printer
        self._settings = settings
        self._checkpoint = checkpoint
        self._jobs = PrintJobs(ledger, printer, settings, clock, extract, sleep, checkpoint)

    @property
    def queue(self) -> str:
        """The queue it prints on."""
        return self._printer.name

    def state(self) -> PrinterState:
        """What the printer says now, for staff. Raises KioskError like the printer."""
        return self._printer.state()

    def preflight(self, media: Media | None = None) -> FaultCode | None:
        """Why nothing can be printed now; None where it can."""
        try:
            state = self._printer.state()
        except KioskError as error:
            return error.code
        trouble = trouble_of(state, self._settings)
        if trouble is not None:
            return trouble.fault
        # Many drivers name media that nobody has loaded, or none; only queues known to be right are believed.
        if media is None or not state.media_ready or not self._settings.trust_media_ready:
            return None
        return None if any(same_size(media, ready) for ready in state.media_ready) else FaultCode.WRONG_MEDIA

    def estimate(self, sheets: int) -> float:
        """Seconds that so many sheets will take, learnt from this queue's last smooth jobs."""
        return self._jobs.estimate(sheets)

    def supplies(self) -> list[Supply]:
        """Supplies now, and when they will run out; what changed is noted for the next time.

        Raises KioskError where printer or journal cannot be asked.
        """
        levels = self._printer.state().supplies
        self._ledger.note_supplies(self.queue, levels)
        return predict(self._ledger.supply_levels(self.queue), [name for name, _ in levels])

    def laid_out(self, order: Order, pages: int, two_sided: bool) -> Order:
        """The order with its sheets: both sides of them where that is wanted and the printer can.

        A copy that was begun goes on as it was begun: a sheet's number must mean the same pages as before. Raises
        KioskError where journal or printer cannot be asked.
        """
        impressions = self._ledger.impressions_of(order.document, order.copy)
        if impressions is None:
            impressions = 2 if two_sided and pages > 1 and self._printer.state().two_sided else 1
        return replace(order, impressions=impressions, sheets=-(-pages // impressions))

    def remaining(self, order: Order) -> tuple[Order, ...]:
        """The parts of an order that nobody holds or has printed, as runs of sheets that can each be reserved."""
        held = self._ledger.sheets_of(order.document, order.copy)
        wanted = range(order.first_sheet, order.first_sheet + order.sheets)
        # What the ledger has never heard of is as free as what is known to be missing.
        free = [sheet for sheet in wanted if held.get(sheet, SheetState.MISSING) is SheetState.MISSING]
        # In a run of numbers without a gap, number less position stays the same.
        runs = (list(run) for _, run in groupby(enumerate(free), lambda pair: pair[1] - pair[0]))
        return tuple(replace(order, first_sheet=run[0][1], sheets=len(run)) for run in runs)

    def print_document(
        self,
        visit: str,
        kiosk: str,
        order: Order,
        wish: PrintWish,
        progress: Progress = lambda done, total, waiting: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> PrintResult:
        """Print an order once and say what became of it. Raises nothing: every failure is a result."""
        self._checkpoint("started")
        fault = self.preflight(wish.media)
        if fault is not None:
            return PrintResult(None, fault)
        self._checkpoint("preflighted")
        try:
            reservation = self._ledger.reserve(visit, kiosk, order)
        except KioskError as error:
            return PrintResult(None, error.code)
        # Somebody else won the race since the list was shown, perhaps at another kiosk.
        if reservation is None:
            return PrintResult(None, FaultCode.ALREADY_PRINTED)
        self._checkpoint("reserved")
        return self._jobs.hand_over(reservation, wish, progress, cancelled)

    def settle_by_staff(self, serial: str, printed: Iterable[int], actor: str) -> Reservation:
        """A person looked: of the uncertain sheets these (numbers as on the paper) came out, the others did not."""
        reservation = self._ledger.reservation(serial)
        if reservation is None:
            raise KioskError(FaultCode.INTERNAL, "there is no such serial")
        seen = set(printed)
        numbered = enumerate(reservation.states, reservation.order.first_sheet)
        states = [
            state if state in FINAL
            else SheetState.PRINTED if number in seen
            else SheetState.MISSING
            for number, state in numbered
        ]  # fmt: skip
        self._ledger.settle(serial, states, "settled-by-staff", actor)
        return replace(reservation, states=tuple(states))

    def reconcile(
        self,
        kiosk: str,
        progress: Progress = lambda done, total, waiting: None,
        alive: Callable[[str], bool] = lambda visit: False,
    ) -> list[PrintResult]:
        """Find out what became of what was open when the kiosk stopped. Call before the next visit.

        `alive` tells of a visit whether a process beside this one is at it: what that prints is left to it.

        Never handed over: freed. Known to spooler or printer: followed to its end. Neither: uncertain. Where the
        spooler does not answer, reservations stay open and block a second print; call again later.
        """
        opened = [r for r in self._ledger.unsettled(kiosk) if any(s not in SETTLED for s in r.states)]
        # Without a queue it was never handed over; whichever service looks first may free it.
        ours = [r for r in opened if r.queue in ("", self.queue) and not alive(r.visit)]
        return [self._jobs.find_out(r, progress) for r in ours]
