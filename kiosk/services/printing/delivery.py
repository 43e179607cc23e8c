"""Handing out: reports and films for one patient, printed once each, with what is missing said.

All documents are made and counted first, so that the patient sees one total and one time from the first sheet on.
Knows no screen and no visit's state: how far it is, is told to whoever gave the order.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.links import PatientLink
from kiosk.domain.sheets.printing import DocumentKind, Order
from kiosk.domain.sheets.serials import new_serial
from kiosk.domain.visit import Advance, HandOut, Override, Receipt, TaskResult
from kiosk.services.identity.lookup import Lookup
from kiosk.services.links import Links
from kiosk.services.machine.lanes import Cancelled
from kiosk.services.printing.documents import Made
from kiosk.services.printing.notes import Notes
from kiosk.services.printing.planning import OnPreparing, OnProgress, Planned, Planner, Round
from kiosk.services.printing.queues import Queues


class Delivery:
    """Prints what was chosen. Runs on an io lane; only the spooler is asked on the printer lane."""

    def __init__(self, lookup: Lookup, links: Links, planner: Planner, queues: Queues, notes: Notes) -> None:
        self._lookup = lookup
        self._links = links
        self._planner = planner
        self._queues = queues
        self._notes = notes

    def deliver(
        self,
        order: HandOut,
        folder: Path,
        cancelled: Cancelled,
        *,
        on_preparing: OnPreparing = lambda ready, total: None,
        on_progress: OnProgress = lambda advance: None,
        by: Override | None = None,
    ) -> Receipt:
        """Make everything that was chosen, then print it; each document ends on its own. `by` lifts print-once.

        `on_preparing` hears of images composed, of so many, `on_progress` of sheets; both are called on this thread or
        on the printer's.
        """
        link = order.link or self._link(order)
        round_ = Round(order, link, folder, cancelled, on_preparing, on_progress, by)
        planned = self._planner.plan(round_)
        round_.total = sum(p.sheets for p in planned)
        for number, document in enumerate(planned):
            round_.later_s = sum(self._queues.eta(p.order.kind, p.sheets) for p in planned[number + 1 :])
            self._hand_out(round_, document)
        return Receipt(tuple(round_.tasks))

    def _link(self, order: HandOut) -> PatientLink:
        answers = self._lookup.link_answers(order.candidate)
        exams = tuple({e.exam.study_uid: e for e in (*order.reports, *order.films)}.values())
        return self._links.make(order.visit, order.candidate.subject, exams, answers)

    def _hand_out(self, round_: Round, planned: Planned) -> None:
        """Print one document and say how it ended."""
        order = planned.order
        try:
            task = self._print(round_, planned)
        except KioskError as error:
            task = TaskResult(order.document, order.kind, "", "", 0, 0, order.serial, error.code)
        round_.tasks.append(task)
        self._notes.document(round_.order, round_.by, task, **planned.noted)
        if planned.exam and order.kind is DocumentKind.FILM:
            self._notes.film_request(round_.order, planned.exam, "printed" if task.fault is None else "failed")
        if planned.exam and task.fault is None:
            self._notes.handed_out(planned.exam, planned.report, task)

    def _print(self, round_: Round, planned: Planned) -> TaskResult:
        """Run by run; each has a serial of its own, printed on its sheets."""
        round_.go_on()
        left = planned.sheets
        task = self._run(round_, planned, planned.runs[0], planned.made, left)
        for run in planned.runs[1:]:
            if task.fault:
                break
            left -= task.pages
            again = planned.make(run_serial := new_serial())
            later = self._run(round_, planned, replace(run, serial=run_serial), again, left)
            task = replace(
                later, pages=task.pages + later.pages, sheets_printed=task.sheets_printed + later.sheets_printed
            )
        return task

    def _run(self, round_: Round, planned: Planned, order: Order, made: Made, left: int) -> TaskResult:
        """Print one run; `left` sheets of its document, this run's among them, are still to come out."""
        before = round_.done

        def told(done: int, _: int, waiting: FaultCode | None) -> None:
            eta = self._queues.eta(order.kind, max(0, left - done)) + round_.later_s
            round_.on_progress(Advance(before + done, round_.total, eta, order.kind, waiting))

        told(0, order.sheets, None)
        if made.digest and planned.exam:
            self._notes.issued(order, planned.exam, planned.report, made.digest)
        result = self._queues.print(round_.order.visit, order, made.path, told, round_.cancelled)
        kept = result.reservation
        printed = kept.printed if kept else 0
        round_.done += printed
        job_id, serial = (kept.job_id, kept.serial) if kept else ("", order.serial)
        queue = self._queues.of(order.kind).queue
        return TaskResult(order.document, order.kind, queue, job_id, order.sheets, printed, serial, result.fault)
