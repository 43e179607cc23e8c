"""Batches: many patients' reports on one printer, by the rules of self-service, so nothing is printed twice."""

from __future__ import annotations

import secrets

from kiosk.domain.desk import NothingAsked
from kiosk.domain.desk_work.jobs import MOST_ITEMS, BatchAsked, BatchShown, DeskJob, JobKind
from kiosk.domain.sheets.printing import DocumentKind
from kiosk.domain.trail import EventKind
from kiosk.services.audit import Audit
from kiosk.services.desk.user import DeskUser
from kiosk.services.desk_jobs.book import JobBook
from kiosk.services.desk_jobs.printers import DeskPrinters


class BatchDesk:
    """Begins batches and lists them."""

    def __init__(self, book: JobBook, printers: DeskPrinters, audit: Audit) -> None:
        self._book = book
        self._printers = printers
        self._audit = audit

    def batch(self, _: DeskUser, __: NothingAsked) -> BatchShown:
        """The jobs of the last days."""
        return self._shown()

    def begin_batch(self, user: DeskUser, asked: BatchAsked) -> BatchShown:
        """One job, however often it is sent."""
        studies = list(dict.fromkeys(asked.studies))
        if not studies or len(studies) > MOST_ITEMS or not asked.order.isalnum():
            return self._shown("none-chosen")
        self._printers.delivery(asked.printer, DocumentKind.REPORT)
        job = DeskJob(asked.order, JobKind.BATCH, user.name, f"batch-{asked.order[:16]}", asked.printer)
        if self._book.begin(job, studies):
            self._audit.record(EventKind.JOB_CHANGED, visit=job.visit, actor=user.name, what="begin-batch",
                               items=len(studies))  # fmt: skip
        return self._shown()

    def _shown(self, problem: str = "") -> BatchShown:
        printers = self._printers.of(DocumentKind.REPORT)
        jobs = tuple(job for job in self._book.lately() if job.kind is JobKind.BATCH)
        return BatchShown(jobs, printers, secrets.token_hex(16), problem=problem)
