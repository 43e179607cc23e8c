"""A film imager by DICOM Print, as a printer of the kiosk's: each job on a thread, each sheet's fate in a journal.

FOLDER/SERIAL   what is known of each sheet of a job (JSON), written before anything is asked of the imager, so that
                after a crash it is known which sheets were asked for. Nothing personal is in it.

Printed is what a Print Job calls done; where an imager has none, what it accepted, if the hospital trusts that.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.adapters.machine.durable import make_folder, put
from kiosk.adapters.printing.dicom_print import DicomPrint, PrintRefusedError, SheetFate
from kiosk.adapters.printing.dicom_profiles import ImagerProfile
from kiosk.adapters.printing.dicom_sheet import imager_sheet, page_count
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import FilmSize
from kiosk.domain.sheets.printing import JobState, JobStatus, PrinterState, PrinterStatus, Recall, Ticket

KEPT_JOBS, ASKED_EVERY_S, RETRY_S = 100, 5.0, 2.0


@dataclass
class _Run:
    """A job under way in this process."""

    cancelled: threading.Event = field(default_factory=threading.Event)
    stopped_by: tuple[str, ...] = ()
    over: bool = False


class DicomPrinter:
    """Implements kiosk.ports.printer.Printer."""

    def __init__(
        self,
        link: DicomPrint,
        profile: ImagerProfile,
        folder: Path,
        *,
        trust_accept: bool = False,
        name: str = "imager",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link, self._profile, self._folder, self._trust = link, profile, folder, trust_accept
        self._name, self._monotonic = name, monotonic
        self._lock = threading.Lock()
        self._runs: dict[str, _Run] = {}
        self._heard: tuple[float, tuple[str, ...]] | None = None

    @property
    def name(self) -> str:
        """The imager's AE title."""
        return self._name

    def state(self) -> PrinterState:
        """What the imager says, asked every few seconds; while a job runs, what it said to that."""
        running = [run for run in self._runs.values() if not run.over]
        if running:
            reasons = running[0].stopped_by
            status = PrinterStatus.STOPPED if reasons else PrinterStatus.PROCESSING
            if any(reason.startswith("shutdown") for reason in reasons):
                status = PrinterStatus.GONE
            return PrinterState(status, reasons, queued=len(running))
        try:
            reasons = self._asked()
        except KioskError as fault:
            if fault.code is not FaultCode.PRINTER_OFFLINE:
                raise
            return PrinterState(PrinterStatus.GONE, ("shutdown-error",))
        stopped = any(reason.endswith("-error") for reason in reasons)
        return PrinterState(PrinterStatus.STOPPED if stopped else PrinterStatus.IDLE, reasons)

    def _asked(self) -> tuple[str, ...]:
        now = self._monotonic()
        if self._heard is None or now - self._heard[0] > ASKED_EVERY_S:
            self._heard = now, self._link.reasons()
        return self._heard[1]

    def submit(self, document: Path, ticket: Ticket) -> str:
        """See the port: the job runs on a thread of its own; its journal is on the disk when this returns."""
        film = self._profile.film_for(ticket.media)
        data = document.read_bytes()
        pages = page_count(data)
        if pages != ticket.sheets:
            raise KioskError(FaultCode.PRINT_REFUSED, f"{pages} pages for {ticket.sheets} sheets")
        try:
            make_folder(self._folder)
            self._write(ticket.job_name, [SheetFate.WAITING] * pages)
        except OSError as error:
            raise KioskError(FaultCode.PRINT_REFUSED, f"journal: {error.strerror}") from error
        run = _Run()
        with self._lock:
            self._runs = {name: one for name, one in self._runs.items() if not one.over}
            self._runs[ticket.job_name] = run
        work = (ticket.job_name, data, film, run)
        threading.Thread(target=self._print, args=work, name="dicom-print", daemon=True).start()
        self._forget_old()
        return ticket.job_name

    def job(self, job_id: str) -> JobState:
        """See the port."""
        fates = self._read(job_id)
        if fates is None:
            return JobState(job_id, "", JobStatus.UNKNOWN, recall=Recall.FORGOTTEN)
        good = self._good()
        printed = sum(fate in good for fate in fates)
        open_ = sum(fate in (SheetFate.ASKED, SheetFate.ACCEPTED) and fate not in good for fate in fates)
        run = self._runs.get(job_id)
        if run is not None and not run.over:
            status = JobStatus.STOPPED if run.stopped_by else JobStatus.PROCESSING
            return JobState(job_id, job_id, status, run.stopped_by, printed, Recall.KNOWN)
        if all(fate in (*good, SheetFate.ACCEPTED) for fate in fates):
            return JobState(job_id, job_id, JobStatus.COMPLETED, (), printed, Recall.KNOWN)
        cancelled = run is not None and run.cancelled.is_set()
        status = JobStatus.CANCELED if cancelled else JobStatus.ABORTED
        return JobState(job_id, job_id, status, (), printed, Recall.KNOWN, under_way=open_)

    def find(self, job_name: str) -> list[JobState]:
        """See the port: by the journal."""
        state = self.job(job_name)
        return [] if state.status is JobStatus.UNKNOWN else [state]

    def cancel(self, job_id: str) -> None:
        """No further sheet is asked for; what was asked for stays asked."""
        run = self._runs.get(job_id)
        if run is not None:
            run.cancelled.set()

    def _good(self) -> tuple[SheetFate, ...]:
        trusted = self._trust and not self._profile.print_job
        return (SheetFate.PRINTED, SheetFate.ACCEPTED) if trusted else (SheetFate.PRINTED,)

    # --- on the job's thread ----------------------------------------------------------------------------------------
    def _print(self, name: str, document: bytes, film: FilmSize, run: _Run) -> None:
        fates = [SheetFate.WAITING] * page_count(document)
        try:
            for number in range(len(fates)):
                if not self._one(name, document, film, run, fates, number):
                    break
        finally:
            run.stopped_by = ()
            run.over = True

    def _one(
        self, name: str, document: bytes, film: FilmSize, run: _Run, fates: list[SheetFate], number: int
    ) -> bool:
        """Print a sheet, waiting while the imager is not ready; False where the job ends here."""

        def note(fate: SheetFate) -> None:
            fates[number] = fate
            self._write(name, fates)

        while not run.cancelled.is_set():
            try:
                sheet = imager_sheet(document, number, self._profile, film)
                self._link.sheet(sheet, film, f"{name} {number + 1}/{len(fates)}", note)
                run.stopped_by = ()
                return fates[number] in (SheetFate.ACCEPTED, SheetFate.PRINTED)
            except PrintRefusedError as refused:
                if not refused.reasons:
                    self._refused(note)
                    return False
                run.stopped_by = refused.reasons
            except KioskError as fault:
                if fault.code is not FaultCode.PRINTER_OFFLINE:
                    self._refused(note)
                    return False
                run.stopped_by = ("shutdown-error",)
            except OSError:  # the journal cannot be written: nothing is asked of the imager
                return False
            run.cancelled.wait(RETRY_S)
        return False

    def _refused(self, note: Callable[[SheetFate], None]) -> None:
        with contextlib.suppress(OSError):
            note(SheetFate.REFUSED)

    # --- the journal ------------------------------------------------------------------------------------------------
    def _write(self, name: str, fates: list[SheetFate]) -> None:
        put(self._folder / name, json.dumps([str(fate) for fate in fates]).encode())

    def _read(self, name: str) -> list[SheetFate] | None:
        try:
            return [SheetFate(fate) for fate in json.loads((self._folder / Path(name).name).read_text())]
        except (OSError, ValueError, TypeError):
            return None

    def _forget_old(self) -> None:
        with contextlib.suppress(OSError):
            files = [file for file in self._folder.iterdir() if not file.name.startswith(".")]
            for file in sorted(files, key=lambda one: one.stat().st_mtime)[:-KEPT_JOBS]:
                file.unlink(missing_ok=True)
