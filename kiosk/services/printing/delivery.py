"""Handing out: reports and films of one visit, printed once each, with what is missing said.

All documents are made and counted first, so that the patient sees one total and one time from the first sheet on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from kiosk.config import Settings
from kiosk.domain.delivery import running
from kiosk.domain.exam import Exam, ListedExam, Readiness, Report
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.links import PatientLink
from kiosk.domain.reasons import FilmReason, OverrideReason
from kiosk.domain.sheets.printing import DocumentKind, Media, Order
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.ports.ledger import Ledger
from kiosk.services.audit import Audit, outcome_of
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import Pseudonyms, new_serial
from kiosk.services.links import Links
from kiosk.services.machine.lanes import Cancelled, Lanes
from kiosk.services.post import Post
from kiosk.services.printing.documents import Documents, Made
from kiosk.services.printing.print_service import PrintService, PrintWish
from kiosk.session import events as on
from kiosk.session.effects import PrintDocuments
from kiosk.session.states import Receipt, TaskResult

log = logging.getLogger(__name__)
REFUSALS = {
    Readiness.PRINTED: FaultCode.ALREADY_PRINTED,
    Readiness.PRINTING: FaultCode.PRINTING_ELSEWHERE,
    Readiness.HELD: FaultCode.HELD,
    Readiness.OUTSIDE_WINDOW: FaultCode.OUTSIDE_WINDOW,
    Readiness.UNCERTAIN: FaultCode.PRINT_UNCERTAIN,
}
FILM_REFUSED = (Readiness.HELD, Readiness.OUTSIDE_WINDOW)
OUTCOMES: dict[FaultCode | None, tuple[EventKind, EventOutcome]] = {
    None: (EventKind.DOCUMENT_PRINTED, EventOutcome.OK),
    FaultCode.PRINT_UNCERTAIN: (EventKind.DOCUMENT_UNCERTAIN, EventOutcome.UNCERTAIN),
}


@dataclass(frozen=True)
class Override:
    """A nurse's decision that lifts the print-once rule."""

    actor: str
    reason: OverrideReason


@dataclass(frozen=True)
class Planned:
    """A document that is made and counted: `runs` of sheets are still to come out, `make` makes it with another serial.

    `noted` goes into its audit event; `wanted` is the exam whose film was asked for.
    """

    order: Order
    made: Made
    runs: tuple[Order, ...]
    make: Callable[[str], Made]
    noted: Mapping[str, str | int]
    wanted: Exam | None = None

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

    order: PrintDocuments
    link: PatientLink
    folder: Path
    post: Post
    cancelled: Cancelled
    by: Override | None = None
    images: int = 0
    all_images: int = 0
    total: int = 0
    done: int = 0
    later_s: float = 0.0
    tasks: list[TaskResult] = field(default_factory=list)

    @property
    def visit(self) -> str:
        """The visit's token."""
        return self.order.token

    @property
    def subject(self) -> str:
        """The patient's pseudonym."""
        return self.order.candidate.subject


class Delivery:
    """Prints what was chosen. Runs on an io lane; only the spooler is asked on the printer lane."""

    def __init__(
        self,
        lookup: Lookup,
        documents: Documents,
        links: Links,
        printers: dict[DocumentKind, PrintService],
        media: dict[DocumentKind, Media],
        ledger: Ledger,
        pseudonyms: Pseudonyms,
        audit: Audit,
        lanes: Lanes,
        settings: Settings,
    ) -> None:
        self._lookup, self._documents, self._links = lookup, documents, links
        self._printers, self._media, self._ledger = printers, media, ledger
        self._pseudonyms, self._audit, self._lanes, self._settings = pseudonyms, audit, lanes, settings

    def deliver(
        self, order: PrintDocuments, folder: Path, post: Post, cancelled: Cancelled, by: Override | None = None
    ) -> Receipt:
        """Make everything that was chosen, then print it; each document ends on its own. `by` lifts print-once.

        Films are made first, as they take longest: the reports' status is then asked right before printing.
        """
        round_ = Round(order, order.link or self._link(order), folder, post, cancelled, by)
        round_.all_images = sum(max(1, listed.exam.images) for listed in order.films)
        films = [planned for listed in order.films for planned in self._planned_film(round_, listed)]
        planned = [*(p for listed in order.reports for p in self._planned_reports(round_, listed)), *films]
        round_.total = sum(p.sheets for p in planned)
        for number, document in enumerate(planned):
            round_.later_s = sum(self._eta(self._printers[p.order.kind], p.sheets) for p in planned[number + 1 :])
            self._hand_out(round_, document)
        return Receipt(tuple(round_.tasks))

    def _planned_reports(self, round_: Round, listed: ListedExam) -> list[Planned]:
        """What goes wrong before there is an order ends this exam only; the others are still printed."""
        try:
            due = self._due(listed, round_.by)
        except KioskError as error:
            self._missing(round_, self._pseudonyms.study(listed.exam.study_uid), DocumentKind.REPORT, error)
            return []
        return [planned for report in due if (planned := self._report(round_, listed.exam, report))]

    def _planned_film(self, round_: Round, listed: ListedExam) -> list[Planned]:
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
        self._tell(round_, task, **noted)

    def _link(self, order: PrintDocuments) -> PatientLink:
        question = self._lookup.link_question(order.candidate)
        exams = tuple({e.exam.study_uid: e for e in (*order.reports, *order.films)}.values())
        return self._links.make(order.token, order.candidate.subject, exams, question)

    def _due(self, listed: ListedExam, by: Override | None) -> tuple[Report, ...]:
        """What is still to be printed, asked again just before printing (matrix case 17)."""
        fresh = self._lookup.again(listed)
        due = fresh.exam.final_reports if by else fresh.due
        if not due:
            raise KioskError(REFUSALS.get(fresh.readiness, FaultCode.REPORT_CHANGED), str(fresh.readiness))
        return due

    def _film_due(self, listed: ListedExam, by: Override | None) -> Exam:
        """The exam as it is now; held or too old by now, it is not printed."""
        fresh = self._lookup.again(listed)
        if fresh.readiness in FILM_REFUSED and by is None:
            raise KioskError(REFUSALS[fresh.readiness], str(fresh.readiness))
        return fresh.exam

    def _report(self, round_: Round, exam: Exam, report: Report) -> Planned | None:
        def make(serial: str) -> Made:
            return self._documents.report(exam, report, serial, round_.link.url, round_.folder)

        order = self._order(round_, self._pseudonyms.report(report), DocumentKind.REPORT, exam, "")
        return self._plan(round_, order, make, report.written)

    def _film(self, round_: Round, exam: Exam) -> Planned | None:
        reason = round_.order.reason or FilmReason.OTHER

        def make(serial: str) -> Made:
            return self._make_film(round_, exam, serial)

        order = self._order(round_, self._pseudonyms.film(exam.study_uid), DocumentKind.FILM, exam, reason)
        planned = self._plan(round_, order, make, exam=exam)
        if planned is None:
            self._note_film(round_, exam, "failed")
        return planned

    def _note_film(self, round_: Round, exam: Exam, how: str) -> None:
        study, reason = self._pseudonyms.study(exam.study_uid), round_.order.reason or FilmReason.OTHER
        try:
            self._ledger.request_film(round_.visit, round_.subject, study, exam.modality, reason, how)
        except KioskError as error:  # the film lies in the tray; only its line in the statistics is lost
            log.error("film request not written: %s", error)

    def _make_film(self, round_: Round, exam: Exam, serial: str) -> Made:
        share = max(1, exam.images)

        def told(ready: int, total: int) -> None:
            composed = round_.images + share * ready // max(1, total)
            round_.post(on.Preparing(round_.visit, min(composed, round_.all_images), round_.all_images))

        made, outcome = self._documents.film(exam, serial, round_.link.url, round_.folder, told, round_.cancelled)
        if made.pages > self._settings.film.max_sheets and round_.by is None:
            raise KioskError(FaultCode.FILM_AT_DESK, f"{made.pages} sheets")
        self._audit.record(EventKind.FILM_MADE, visit=round_.visit, subject=round_.subject, sheets=outcome.sheets,
                           placed=outcome.placed, left_out=outcome.left_out, skipped=len(outcome.skipped),
                           faulty=len(outcome.warnings))  # fmt: skip
        return made

    def _order(self, round_: Round, document: str, kind: DocumentKind, exam: Exam, reason: str) -> Order:
        """The next copy that may be printed; a nurse gets one more than ever was reserved."""
        allowed = self._settings.reports.copies if kind is DocumentKind.REPORT else 1
        used = sum(d.state == "printed" for d in self._ledger.deliveries([document]))
        copy = self._ledger.copies(document) + 1 if round_.by else min(used + 1, allowed)
        return Order(
            document, round_.subject, kind, copy, 0, reason=reason, modality=exam.modality, serial=new_serial()
        )

    def _plan(
        self, round_: Round, order: Order, make: Callable[[str], Made], ready: datetime | None = None,
        exam: Exam | None = None,
    ) -> Planned | None:  # fmt: skip
        """The document made and counted; None where it cannot be, which is then said."""
        noted: dict[str, str | int] = {"copy": order.copy, "modality": order.modality}
        if ready:
            noted["ready"] = round(ready.timestamp())
        try:
            made = self._made(round_, order, make)
            runs = self._runs(order, made)
        except KioskError as error:
            self._missing(round_, order.document, order.kind, error, order.serial, **noted)
            return None
        return Planned(order, made, runs, make, noted, exam)

    def _made(self, round_: Round, order: Order, make: Callable[[str], Made]) -> Made:
        if round_.cancelled():
            raise KioskError(FaultCode.CANCELLED)
        if order.kind not in self._printers:
            raise KioskError(FaultCode.PRINTER_MISSING, f"no printer for {order.kind}")
        return make(order.serial)

    def _runs(self, order: Order, made: Made) -> tuple[Order, ...]:
        """The sheets of the document that nobody has printed yet; after a jam these may be several runs."""
        printer = self._printers[order.kind]
        both = order.kind is DocumentKind.REPORT and self._settings.reports.sides == "two-sided"
        runs = printer.remaining(self._lanes.call("printer", lambda: printer.laid_out(order, made.pages, both)))
        if not runs:
            raise KioskError(self._held(order.document))
        return runs

    def _hand_out(self, round_: Round, planned: Planned) -> None:
        """Print one document and say how it ended."""
        order = planned.order
        try:
            task = self._print(round_, planned)
        except KioskError as error:
            task = TaskResult(order.document, order.kind, "", "", 0, 0, order.serial, error.code)
        round_.tasks.append(task)
        self._tell(round_, task, **planned.noted)
        if planned.wanted:
            self._note_film(round_, planned.wanted, "printed" if task.fault is None else "failed")

    def _tell(self, round_: Round, task: TaskResult, **more: str | int) -> None:
        """The one audit event of a document."""
        missing = (EventKind.DOCUMENT_MISSING, outcome_of(task.fault or FaultCode.INTERNAL))
        kind, outcome = OUTCOMES.get(task.fault, missing)
        self._audit.record(
            kind,
            outcome,
            visit=round_.visit,
            subject=round_.subject,
            actor=round_.by.actor if round_.by else "",
            fault=task.fault,
            what=task.kind,
            sheets=task.sheets_printed,
            pages=task.pages,
            document=task.document,
            serial=task.serial,
            **more,
        )

    def _print(self, round_: Round, planned: Planned) -> TaskResult:
        """Run by run; each has a serial of its own, printed on its sheets."""
        if round_.cancelled():
            raise KioskError(FaultCode.CANCELLED)
        left = planned.sheets
        task = self._run(round_, planned.runs[0], planned.made, left)
        for run in planned.runs[1:]:
            if task.fault:
                break
            left -= task.pages
            again = planned.make(run_serial := new_serial())
            later = self._run(round_, replace(run, serial=run_serial), again, left)
            task = replace(
                later, pages=task.pages + later.pages, sheets_printed=task.sheets_printed + later.sheets_printed
            )
        return task

    def _held(self, document: str) -> FaultCode:
        """Why every sheet is held: another kiosk was faster, a moment or a day ago."""
        now = datetime.now(UTC)
        elsewhere = any(running(d, now) for d in self._ledger.deliveries([document]))
        return FaultCode.PRINTING_ELSEWHERE if elsewhere else FaultCode.ALREADY_PRINTED

    def _run(self, round_: Round, order: Order, made: Made, left: int) -> TaskResult:
        """Print one run; `left` sheets of its document, this run's among them, are still to come out."""
        printer = self._printers[order.kind]
        before = round_.done

        def told(done: int, _: int, waiting: FaultCode | None) -> None:
            eta = self._eta(printer, max(0, left - done)) + round_.later_s
            round_.post(on.PrintProgress(round_.visit, before + done, round_.total, eta, order.kind, waiting))

        told(0, order.sheets, None)
        wish, kiosk = PrintWish(made.path, self._media[order.kind]), self._settings.kiosk.id
        result = self._lanes.call(
            "printer", lambda: printer.print_document(round_.visit, kiosk, order, wish, told, round_.cancelled)
        )
        kept = result.reservation
        printed = kept.printed if kept else 0
        round_.done += printed
        job_id, serial = (kept.job_id, kept.serial) if kept else ("", order.serial)
        return TaskResult(
            order.document, order.kind, printer.queue, job_id, order.sheets, printed, serial, result.fault
        )

    @staticmethod
    def _eta(printer: PrintService, sheets: int) -> float:
        """Told while sheets come out: a journal that cannot be read now must not end the watch."""
        try:
            return printer.estimate(sheets)
        except KioskError:
            return 0.0
