"""One reservation on its way to paper: handed over, followed, settled; after a crash found again, never repeated."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.config import PrinterSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.evidence import conclude
from kiosk.domain.sheets.printing import SETTLED, JobState, Media, Order, Reservation, SheetState, Ticket
from kiosk.ports.clock import Clock
from kiosk.ports.ledger import Ledger
from kiosk.ports.printer import Printer
from kiosk.services.printing.counting import JobPlan
from kiosk.services.printing.following import Following, Progress

PageExtractor = Callable[[Path, Path, int, int], Path]
Document = Path | Callable[[Reservation], Path]
LEARNT_JOBS = 3  # fewer tell of chance, not of the printer


@dataclass(frozen=True)
class PrintResult:
    """How it went: `reservation` with the final state of each sheet (None where nothing was taken), and why not."""

    reservation: Reservation | None
    fault: FaultCode | None = None


@dataclass(frozen=True)
class PrintWish:
    """How a document is to come out. `document` is the whole document, or a function that makes it once the serial is
    known (it is printed on every sheet). `binding` is how two-sided orders are turned."""

    document: Document
    media: Media
    binding: str = "two-sided-long-edge"
    colour: bool = False


class PrintJobs:
    """The way of one reservation on one queue; see PrintService for the arguments."""

    def __init__(
        self,
        ledger: Ledger,
        printer: Printer,
        settings: PrinterSettings,
        clock: Clock,
        extract: PageExtractor,
        sleep: Callable[[float], None],
        checkpoint: Callable[[str], None],
    ) -> None:
        self._ledger = ledger
        self._printer = printer
        self._settings = settings
        self._clock = clock
        self._extract = extract
        self._sleep = sleep
        self._checkpoint = checkpoint

    def estimate(self, sheets: int) -> float:
        """Seconds that so many sheets will take, learnt from this queue's last smooth jobs."""
        past = self._ledger.durations(self._printer.name)
        if len(past) < LEARNT_JOBS:
            return sheets * self._settings.seconds_per_sheet
        return _learnt(past, sheets)

    def hand_over(
        self, reservation: Reservation, wish: PrintWish, progress: Progress, cancelled: Callable[[], bool]
    ) -> PrintResult:
        """Make the document, mark, submit, follow, settle."""
        serial, order = reservation.serial, reservation.order
        try:
            document = self._make(reservation, wish)
            self._checkpoint("document-made")
            # Read before the job: afterwards nobody could tell its pages from those of the job before.
            counter = self._printer.state().impressions
            # Marked before it is handed over: a crash between the two makes an uncertain sheet, never a second one.
            self._ledger.submitted(serial, self._printer.name, "")
        except KioskError as error:
            return self._settle(reservation, _all(order, SheetState.MISSING), error.code)
        self._checkpoint("marked")
        sides = wish.binding if order.impressions > 1 else "one-sided"
        ticket = Ticket(serial, wish.media, order.sheets, sides, wish.colour)
        try:
            job_id = self._printer.submit(document, ticket)
        except KioskError as error:
            # Every other fault means that the spooler has surely not taken it.
            if error.code is not FaultCode.PRINT_UNCERTAIN:
                return self._settle(reservation, _all(order, SheetState.MISSING), error.code)
            return self._adopt(reservation, progress, counter)
        self._checkpoint("submitted")
        self._note(serial, job_id)
        plan = JobPlan(job_id, order.sheets, order.impressions, counter, self._expected(order.sheets))
        return self._follow(replace(reservation, queue=self._printer.name, job_id=job_id), plan, progress, cancelled)

    def find_out(self, reservation: Reservation, progress: Progress) -> PrintResult:
        """What became of a reservation of a kiosk that stopped in the middle."""
        if all(state is not SheetState.SUBMITTED for state in reservation.states):
            states = [s if s in SETTLED else SheetState.MISSING for s in reservation.states]
            result = self._settle(reservation, states, FaultCode.PRINT_INCOMPLETE)
            self._checkpoint("freed")
            return result
        return self._adopt(reservation, progress)

    def _adopt(self, reservation: Reservation, progress: Progress, counter: int | None = None) -> PrintResult:
        """Take up a job by its name after a crash, or after it could not be told whether it was accepted.

        `counter` is what the page counter read before; after a crash nobody knows.
        """
        self._checkpoint("adopting")
        try:
            found = self._printer.find(reservation.serial)
        except KioskError as error:
            return PrintResult(reservation, error.code)
        if not found:
            states = _all(reservation.order, SheetState.UNCERTAIN)
            return self._settle(reservation, states, FaultCode.PRINT_UNCERTAIN)
        # Where there are several of that name, the last one is the one that was to come out.
        job = max(found, key=_age)
        order = reservation.order
        expected = self._expected(order.sheets)
        plan = JobPlan(job.job_id, order.sheets, order.impressions, counter, expected, adopted=True)
        result = self._follow(reservation, plan, progress, lambda: False)
        self._checkpoint("adopted")
        return result

    def _make(self, reservation: Reservation, wish: PrintWish) -> Path:
        order = reservation.order
        whole = wish.document if isinstance(wish.document, Path) else wish.document(reservation)
        first = (order.first_sheet - 1) * order.impressions + 1
        part = whole.with_name(f"{reservation.serial}.part.pdf")
        return self._extract(whole, part, first, order.sheets * order.impressions)

    def _note(self, serial: str, job_id: str) -> None:
        """Helps to find the job again; it is found by its name too, so a failure here must not stop the watch."""
        try:
            self._ledger.submitted(serial, self._printer.name, job_id)
        except KioskError:
            return
        self._checkpoint("noted")

    def _expected(self, sheets: int) -> float:
        try:
            return self.estimate(sheets)
        except KioskError:
            return sheets * self._settings.seconds_per_sheet

    def _follow(
        self, reservation: Reservation, plan: JobPlan, progress: Progress, cancelled: Callable[[], bool]
    ) -> PrintResult:
        seen: set[str] = set()

        def watched(done: int, total: int, waiting: FaultCode | None) -> None:
            name = "first-sheet" if 0 < done < total else "following"
            if name not in seen:
                seen.add(name)
                self._checkpoint(name)
            progress(done, total, waiting)

        following = Following(self._printer, self._settings, self._clock, self._sleep, plan, watched)
        outcome = following.run(cancelled)
        self._checkpoint("ended")
        states = conclude(plan.sheets, outcome.evidence)
        return self._settle(reservation, states, outcome.fault, "" if outcome.smooth else "waited")

    def _settle(
        self,
        reservation: Reservation,
        states: Sequence[SheetState],
        fault: FaultCode | None = None,
        why: str = "",
    ) -> PrintResult:
        settled = replace(reservation, states=tuple(states))
        fault = _fault_of(settled, fault)
        try:
            self._ledger.settle(reservation.serial, states, fault or why)
        except KioskError as error:
            # Stays open in the journal: nobody can print it again, and `reconcile` finds out.
            return PrintResult(settled, error.code)
        self._checkpoint("settled")
        return PrintResult(settled, fault)


def _age(job: JobState) -> int:
    number = job.job_id.partition("/")[0]
    return int(number) if number.isdigit() else 0


def _all(order: Order, state: SheetState) -> tuple[SheetState, ...]:
    return (state,) * order.sheets


def _fault_of(reservation: Reservation, fault: FaultCode | None) -> FaultCode | None:
    """What the patient is told: nothing when all is printed, whatever happened on the way."""
    if all(state is SheetState.PRINTED for state in reservation.states):
        return None
    # Uncertain outweighs missing: a person must look before anything is printed again.
    if SheetState.UNCERTAIN in reservation.states:
        return FaultCode.PRINT_UNCERTAIN
    return fault or FaultCode.PRINT_INCOMPLETE


def _learnt(past: Sequence[tuple[int, float]], sheets: int) -> float:
    """A line through the past: start-up time plus time a sheet (Theil–Sen, so that one slow job does not count)."""
    slopes = [(s2 - s1) / (n2 - n1) for i, (n1, s1) in enumerate(past) for n2, s2 in past[:i] if n1 != n2]
    per_sheet = max(0.0, statistics.median(slopes)) if slopes else statistics.median(s / n for n, s in past)
    start = max(0.0, statistics.median(s - n * per_sheet for n, s in past)) if slopes else 0.0
    return start + per_sheet * sheets
