"""Before the first sheet: each document that was chosen is asked for again, made and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from kiosk.config import FilmSettings, ReportSettings
from kiosk.domain.delivery import running
from kiosk.domain.exam import REFUSALS, Exam, HandedOut, ListedExam, Readiness, Report
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.links import PatientLink
from kiosk.domain.orders import DeliveryMode
from kiosk.domain.reasons import FilmReason
from kiosk.domain.sheets.printing import DocumentKind, Order
from kiosk.domain.sheets.serials import new_serial
from kiosk.domain.visit import Advance, HandOut, Override, TaskResult
from kiosk.ports.ledger import Ledger
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.machine.lanes import Cancelled
from kiosk.services.printing.documents import Documents, Made
from kiosk.services.printing.notes import Notes
from kiosk.services.printing.queues import Queues

FILM_REFUSED = (Readiness.HELD, Readiness.OUTSIDE_WINDOW)
OnPreparing = Callable[[int, int], None]
OnProgress = Callable[[Advance], None]


@dataclass(frozen=True)
class Planned:
    """A document that is made and counted: `runs` of sheets are still to come out, `make` makes it with another serial.

    `noted` goes into its audit event; `exam` is what it is of: its film, or the `report` that is given.
    """

    order: Order
    made: Made
    runs: tuple[Order, ...]
    make: Callable[[str], Made]
    noted: Mapping[str, str | int]
    exam: Exam | None = None
    report: Report | None = None

    @property
    def sheets(self) -> int:
        """Sheets still to come out."""
        return sum(run.sheets for run in self.runs)


@dataclass
class Round:
    """One delivery: what was ordered, where its pages lie, and how far it is.

    `images` have been composed of `all_images`; `done` sheets are out of `total`; `later_s` is what the documents after
    the one being printed will take.
    """

    order: HandOut
    link: PatientLink
    folder: Path
    cancelled: Cancelled
    on_preparing: OnPreparing
    on_progress: OnProgress
    by: Override | None = None
    images: int = 0
    all_images: int = 0
    total: int = 0
    done: int = 0
    later_s: float = 0.0
    tasks: list[TaskResult] = field(default_factory=list)

    def go_on(self) -> None:
        """Raises KioskError CANCELLED where nobody waits for it any more."""
        if self.cancelled():
            raise KioskError(FaultCode.CANCELLED)


class Planner:
    """Makes and counts documents. Runs on an io lane. What cannot be made ends as a task of the round, and is noted."""

    def __init__(
        self,
        lookup: Lookup,
        documents: Documents,
        queues: Queues,
        ledger: Ledger,
        pseudonyms: Pseudonyms,
        notes: Notes,
        reports: ReportSettings,
        film: FilmSettings,
    ) -> None:
        self._lookup = lookup
        self._documents = documents
        self._queues = queues
        self._ledger = ledger
        self._pseudonyms = pseudonyms
        self._notes = notes
        self._reports = reports
        self._films = film

    def on(self, queues: Queues) -> Planner:
        """The same for other printers."""
        other = copy(self)
        other._queues = queues
        return other

    def plan(self, round_: Round) -> list[Planned]:
        """Reports first in the tray; films are made first, as they take longest.

        The reports' status is so asked right before printing.
        """
        order = round_.order
        round_.all_images = sum(max(1, listed.exam.images) for listed in order.films)
        films = [planned for listed in order.films for planned in self._of_film(round_, listed)]
        return [*(p for listed in order.reports for p in self._of_reports(round_, listed)), *films]

    def _of_reports(self, round_: Round, listed: ListedExam) -> list[Planned]:
        """What goes wrong before there is an order ends this exam only; the others are still printed."""
        try:
            due = self._due(listed, round_.by)
        except KioskError as error:
            self._missing(round_, self._pseudonyms.study(listed.exam.study_uid), DocumentKind.REPORT, error)
            return []
        return [planned for report in due if (planned := self._report(round_, listed.exam, report))]

    def _of_film(self, round_: Round, listed: ListedExam) -> list[Planned]:
        try:
            exam = self._film_due(listed, round_.by)
        except KioskError as error:
            self._missing(round_, self._pseudonyms.film(listed.exam.study_uid), DocumentKind.FILM, error)
            return []
        planned = self._film(round_, exam)
        round_.images += max(1, listed.exam.images)
        return [planned] if planned else []

    def _missing(self, round_: Round, document: str, kind: DocumentKind, error: KioskError, serial: str = "",
                 **noted: str | int) -> None:  # fmt: skip
        task = TaskResult(document, kind, "", "", 0, 0, serial, error.code)
        round_.tasks.append(task)
        self._notes.document(round_.order, round_.by, task, **noted)

    def _due(self, listed: ListedExam, by: Override | None) -> tuple[Report, ...]:
        """What is still to be printed, asked again just before printing (matrix case 17)."""
        fresh = self._lookup.again(listed)
        if by and fresh.exam.mode in (DeliveryMode.FILM, DeliveryMode.NEVER):
            raise KioskError(FaultCode.NOTHING_READY, f"delivery: {fresh.exam.mode}")
        due = fresh.exam.final_reports if by else fresh.due
        if not due:
            raise KioskError(REFUSALS.get(fresh.readiness, FaultCode.REPORT_CHANGED), str(fresh.readiness))
        return due

    def _film_due(self, listed: ListedExam, by: Override | None) -> Exam:
        """The exam as it is now; held or too old by now, it is not printed."""
        fresh = self._lookup.again(listed)
        if fresh.readiness in FILM_REFUSED and by is None:
            raise KioskError(REFUSALS[fresh.readiness], str(fresh.readiness))
        if by and fresh.exam.mode in (DeliveryMode.REPORT, DeliveryMode.NEVER):
            raise KioskError(FaultCode.NOTHING_READY, f"delivery: {fresh.exam.mode}")
        if by is None and not fresh.film_allowed:
            raise KioskError(FaultCode.HELD, f"delivery: {fresh.exam.mode}")
        return fresh.exam

    def _report(self, round_: Round, exam: Exam, report: Report) -> Planned | None:
        def make(serial: str) -> Made:
            return self._documents.report(exam, report, serial, round_.link.url, round_.folder)

        order = self._order(round_, self._pseudonyms.report(report), DocumentKind.REPORT, exam, "")
        return self._plan(round_, order, make, exam, report)

    def _film(self, round_: Round, exam: Exam) -> Planned | None:
        reason = round_.order.reason or FilmReason.OTHER

        def make(serial: str) -> Made:
            return self._make_film(round_, exam, serial)

        order = self._order(round_, self._pseudonyms.film(exam.study_uid), DocumentKind.FILM, exam, reason)
        planned = self._plan(round_, order, make, exam)
        if planned is None:
            self._notes.film_request(round_.order, exam, "failed")
        return planned

    def _make_film(self, round_: Round, exam: Exam, serial: str) -> Made:
        share = max(1, exam.images)

        def told(ready: int, total: int) -> None:
            composed = round_.images + share * ready // max(1, total)
            round_.on_preparing(min(composed, round_.all_images), round_.all_images)

        made, outcome = self._documents.film(
            exam, serial, round_.link.url, round_.folder, told, round_.cancelled, round_.order.choice
        )
        if made.pages > self._films.max_sheets and round_.by is None:
            raise KioskError(FaultCode.FILM_AT_DESK, f"{made.pages} sheets")
        self._notes.film_made(round_.order, outcome)
        return made

    def _order(self, round_: Round, document: str, kind: DocumentKind, exam: Exam, reason: str) -> Order:
        """The next copy that may be printed; a nurse gets one more than ever was reserved."""
        allowed = self._reports.copies if kind is DocumentKind.REPORT else 1
        used = sum(d.state == "printed" for d in self._ledger.deliveries([document]))
        copy = self._ledger.copies(document) + 1 if round_.by else min(used + 1, allowed)
        subject = round_.order.candidate.subject
        return Order(document, subject, kind, copy, 0, reason=reason, modality=exam.modality, serial=new_serial())

    def _plan(
        self, round_: Round, order: Order, make: Callable[[str], Made], exam: Exam, report: Report | None = None
    ) -> Planned | None:
        """The document made and counted; None where it cannot be, which is then said."""
        noted: dict[str, str | int] = {"copy": order.copy, "modality": order.modality}
        if report and report.written:
            noted["ready"] = round(report.written.timestamp())
        try:
            made = self._made(round_, order, make)
            runs = self._runs(order, made)
        except KioskError as error:
            self._missing(round_, order.document, order.kind, error, order.serial, **noted)
            return None
        return Planned(order, made, runs, make, noted, exam, report)

    def _made(self, round_: Round, order: Order, make: Callable[[str], Made]) -> Made:
        """Nothing is made that nobody waits for or that has no printer."""
        round_.go_on()
        self._queues.of(order.kind)
        return make(order.serial)

    def _runs(self, order: Order, made: Made) -> tuple[Order, ...]:
        both = order.kind is DocumentKind.REPORT and self._reports.sides == "two-sided"
        runs = self._queues.remaining(order, made.pages, both)
        if not runs:
            raise KioskError(_held(self._ledger.deliveries([order.document])))
        return runs


def _held(delivered: Sequence[HandedOut]) -> FaultCode:
    """Why every sheet is held: another kiosk was faster, a moment or a day ago."""
    now = datetime.now(UTC)
    elsewhere = any(running(one, now) for one in delivered)
    return FaultCode.PRINTING_ELSEWHERE if elsewhere else FaultCode.ALREADY_PRINTED
