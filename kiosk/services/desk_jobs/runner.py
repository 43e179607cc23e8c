"""What prints the jobs: one thread in each desk process; the ledger says whose turn it is."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import socket
import threading

from kiosk.domain.desk_work.films import FilmChoice
from kiosk.domain.desk_work.jobs import DeskJob, ItemResult, JobItem, JobKind, result_of
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.reasons import FilmReason, OverrideReason
from kiosk.domain.sheets.printing import DocumentKind
from kiosk.domain.visit import Candidate, HandOut, Override, Receipt
from kiosk.ports.desk_jobs import DeskJobLedger
from kiosk.services.desk.patients import PatientFiles
from kiosk.services.desk_jobs.book import JobBook
from kiosk.services.desk_jobs.printers import DeskPrinters
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.machine.lanes import Cancelled
from kiosk.services.machine.rooms import Rooms

log = logging.getLogger(__name__)
LOOK_S = 0.5  # how soon a new job is begun
BEAT_S = 3.0
STALE_S = 18.0  # a process not heard of for so long has died: six beats
STOP_S = 10.0


class JobPrinter:
    """Prints one item through the same delivery as the kiosk."""

    def __init__(
        self, files: PatientFiles, printers: DeskPrinters, book: JobBook, names: Pseudonyms, rooms: Rooms
    ) -> None:
        self._files = files
        self._printers = printers
        self._book = book
        self._names = names
        self._rooms = rooms

    def print(self, job: DeskJob, item: JobItem, cancelled: Cancelled) -> ItemResult:
        """How it ended. Raises nothing that the hospital's systems do."""
        try:
            receipt = self._delivered(job, item, cancelled)
        except KioskError as error:
            return result_of(error.code, 0)
        fault = receipt.fault or (None if receipt.tasks else FaultCode.NOTHING_READY)
        return result_of(fault, sum(task.sheets_printed for task in receipt.tasks))

    def _delivered(self, job: DeskJob, item: JobItem, cancelled: Cancelled) -> Receipt:
        listed = self._files.listed(self._book.study(item))
        facts, film = listed.exam.identity, job.kind is JobKind.FILM
        candidate = Candidate(self._names.patient(facts.patient_id), facts, listed.exam.study_uid)
        folder = self._rooms.of(job.visit) / secrets.token_hex(8)
        folder.mkdir(mode=0o700)
        try:
            if film:
                order = HandOut(job.visit, candidate, films=(listed,), reason=FilmReason(job.terms["reason"]),
                                choice=_choice(job))  # fmt: skip
                by = Override(job.actor, OverrideReason.FILM_ON_DEMAND)
                printer = self._printers.delivery(job.printer, DocumentKind.FILM)
                return printer.deliver(order, folder, cancelled, by=by)
            order = HandOut(job.visit, candidate, reports=(listed,))
            return self._printers.delivery(job.printer, DocumentKind.REPORT).deliver(order, folder, cancelled)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class JobRunner:
    """Claims items and prints them until it is closed."""

    def __init__(self, ledger: DeskJobLedger, printer: JobPrinter) -> None:
        self.owner = f"{socket.gethostname()[:100]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._ledger = ledger
        self._printer = printer
        self._over = Cancelled()
        self._threads = [threading.Thread(target=work, name=f"desk-{name}", daemon=True)
                         for name, work in (("jobs", self._run), ("beat", self._beat))]  # fmt: skip

    def start(self) -> None:
        """From now on."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """The item under way is cancelled before its first sheet, or followed to its end for a while."""
        self._over.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(STOP_S)
        try:
            if not any(thread.is_alive() for thread in self._threads):
                self._ledger.leave_jobs(self.owner)
        except KioskError as error:
            log.warning("jobs not left: %s", error)

    def _run(self) -> None:
        while not self._over():
            try:
                busy = self._one()
            except KioskError as error:  # the ledger is away: the claim lapses, or is still ours when it is back
                log.warning("jobs: %s", error)
                busy = False
            if not busy:
                self._over.wait(LOOK_S)

    def _one(self) -> bool:
        """Print the next item; False where there is none."""
        claimed = self._ledger.claim_item(self.owner, STALE_S)
        if claimed is None:
            return False
        job, item = claimed
        result = self._printer.print(job, item, self._over)
        if result.fault:
            log.warning("job %s item %s: %s", job.job[:8], item.place, result.fault)
        self._tell(job, item, result)
        return True

    def _tell(self, job: DeskJob, item: JobItem, result: ItemResult) -> None:
        """It was printed: that must be written down, however long the ledger is away."""
        while True:
            try:
                self._ledger.end_item(job.job, item.place, self.owner, result)
                return
            except KioskError as error:
                log.warning("job %s item %s not noted: %s", job.job[:8], item.place, error)
                if self._over.wait(LOOK_S):
                    return

    def _beat(self) -> None:
        while not self._over.wait(BEAT_S):
            try:
                self._ledger.beat_jobs(self.owner)
            except KioskError as error:
                log.warning("jobs: %s", error)


def _choice(job: DeskJob) -> FilmChoice:
    series = tuple(filter(None, job.terms.get("series", "").split(",")))
    return FilmChoice(series, job.terms.get("protocol", ""))
