"""What handing out leaves in ledger and trail."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from kiosk.domain.exam import Exam, Report
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.reasons import FilmReason
from kiosk.domain.sheets.issued import Paper, paper_version
from kiosk.domain.sheets.printing import Order
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.domain.visit import HandOut, Override, TaskResult
from kiosk.ports.ledger import Ledger
from kiosk.ports.rendering import FilmOutcome
from kiosk.services.audit import Audit, outcome_of
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.receipts import Receipts

log = logging.getLogger(__name__)
OUTCOMES: dict[FaultCode | None, tuple[EventKind, EventOutcome]] = {
    None: (EventKind.DOCUMENT_PRINTED, EventOutcome.OK),
    FaultCode.PRINT_UNCERTAIN: (EventKind.DOCUMENT_UNCERTAIN, EventOutcome.UNCERTAIN),
}


class Notes:
    """Writes how each document of a hand-out ended."""

    def __init__(
        self, ledger: Ledger, pseudonyms: Pseudonyms, audit: Audit, receipts: Receipts | None = None
    ) -> None:
        """`receipts`: where the hospital's systems are told of what was printed."""
        self._ledger = ledger
        self._pseudonyms = pseudonyms
        self._audit = audit
        self._receipts = receipts

    def notice_wanted(self, visit: str, subject: str, exams: Sequence[Exam]) -> None:
        """The patient agreed to a message when these reports are ready; the telephone is not kept."""
        kept = [self._ledger.wish_notice(self._pseudonyms.study(e.study_uid), subject) for e in exams]
        self._audit.record(EventKind.NOTICE_ASKED, visit=visit, subject=subject, exams=sum(kept))

    def document(self, order: HandOut, by: Override | None, task: TaskResult, **more: str | int) -> None:
        """The one audit event of a document."""
        missing = (EventKind.DOCUMENT_MISSING, outcome_of(task.fault or FaultCode.INTERNAL))
        kind, outcome = OUTCOMES.get(task.fault, missing)
        self._audit.record(
            kind,
            outcome,
            visit=order.visit,
            subject=order.candidate.subject,
            actor=by.actor if by else "",
            fault=task.fault,
            what=task.kind,
            sheets=task.sheets_printed,
            pages=task.pages,
            document=task.document,
            serial=task.serial,
            **more,
        )

    def issued(self, order: Order, exam: Exam, report: Report | None, digest: str) -> None:
        """Whoever holds the paper will ask for it: known before its first sheet comes out. Raises like the ledger."""
        study, document = self._pseudonyms.study(exam.study_uid), order.document
        chain = self._pseudonyms.chain(report) if report else document
        version = paper_version(exam, report)
        self._ledger.issue_paper(Paper(digest, order.kind, study, document, chain, order.serial, version))

    def handed_out(self, exam: Exam, report: Report | None, task: TaskResult) -> None:
        """A document that is whole on paper or film: the hospital's systems are to hear of it."""
        if self._receipts is None:
            return
        try:
            self._receipts.note(exam, report, task)
        except KioskError as error:  # the sheets lie in the tray; that they were printed stands in the trail
            log.error("receipt of %s not kept: %s", task.serial, error)
            self._audit.record(EventKind.SERVICE_FAILED, EventOutcome.FAILED, fault=error.code, serial=task.serial)

    def film_request(self, order: HandOut, exam: Exam, how: str) -> None:
        """One line of the film statistics."""
        study, reason = self._pseudonyms.study(exam.study_uid), order.reason or FilmReason.OTHER
        try:
            self._ledger.request_film(order.visit, order.candidate.subject, study, exam.modality, reason, how)
        except KioskError as error:  # the film lies in the tray; only its line in the statistics is lost
            log.error("film request not written: %s", error)

    def film_elsewhere(self, order: HandOut, how: str) -> None:
        """Film was wanted and is not printed here: `how` is desk or cloud. Raises like the ledger."""
        subject, reason = order.candidate.subject, order.reason or FilmReason.OTHER
        for listed in order.films:
            study = self._pseudonyms.study(listed.exam.study_uid)
            self._ledger.request_film(order.visit, subject, study, listed.exam.modality, reason, how)
            self._audit.record(EventKind.FILM_REQUESTED, visit=order.visit, subject=subject,
                               reason=str(reason), how=how)  # fmt: skip

    def film_made(self, order: HandOut, outcome: FilmOutcome) -> None:
        """What a film holds, and what it does not."""
        self._audit.record(EventKind.FILM_MADE, visit=order.visit, subject=order.candidate.subject,
                           sheets=outcome.sheets, placed=outcome.placed, left_out=outcome.left_out,
                           skipped=len(outcome.skipped), faulty=len(outcome.warnings))  # fmt: skip
