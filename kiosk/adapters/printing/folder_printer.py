"""A folder that receives PDF files, playing a printer: its pages come out one after the other.

FOLDER/SERIAL.pdf      what was printed, named by the job
FOLDER/jobs/SERIAL     how far each job is (JSON), so that a job outlives the kiosk
FOLDER/faults/KEYWORD  a file here plays a printer-state-reasons keyword: media-empty, media-jam, door-open,
                       marker-supply-empty, input-tray-missing, spool-area-full, shutdown (off line), paused …
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from kiosk.adapters.machine.durable import make_folder, put
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.printer_reasons import Severity, severity_of
from kiosk.domain.sheets.printing import (
    JOB_ENDED,
    JobState,
    JobStatus,
    Media,
    PrinterState,
    PrinterStatus,
    Recall,
    Ticket,
)

KEPT_JOBS = 100
OFF_LINE = ("shutdown", "connecting-to-device", "timed-out", "offline")


@dataclass(frozen=True)
class _Job:
    """As it is kept in the folder. Times are wall clock: a job goes on while no kiosk runs."""

    name: str
    sheets: int
    asked: float
    done: float = 0.0
    status: JobStatus = JobStatus.PROCESSING


class FolderPrinter:
    """kiosk.ports.printer.Printer on a folder. `media` is what it has loaded; empty means whatever is asked for."""

    def __init__(
        self,
        path: Path,
        seconds_per_sheet: float = 0.0,
        media: tuple[Media, ...] = (),
        now: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._jobs = path / "jobs"
        self._faults = path / "faults"
        self._speed = seconds_per_sheet
        self._media = media
        self._now = now

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._path.name

    def state(self) -> PrinterState:
        """Stopped while an error is played, gone while it is off line."""
        if self._path.exists() and not self._path.is_dir():
            raise KioskError(FaultCode.PRINTER_MISSING, f"{self._path} is no folder")
        reasons = self._reasons()
        running = [job for job in self._all() if self._moved_on(job).status not in JOB_ENDED]
        status = PrinterStatus.PROCESSING if running else PrinterStatus.IDLE
        if _stops(reasons):
            status = PrinterStatus.GONE if set(reasons) & set(OFF_LINE) else PrinterStatus.STOPPED
        return PrinterState(status, reasons, self._media, queued=len(running), two_sided=True)

    def submit(self, document: Path, ticket: Ticket) -> str:
        """Copy the document into the folder; its sheets come out from now on.

        Document and job are on the disk when this returns, in this order: what is called printed survives a power cut.
        """
        if _stops(self._reasons()) and set(self._reasons()) & set(OFF_LINE):
            raise KioskError(FaultCode.PRINTER_OFFLINE, self.name)
        with _mapped(self.name):
            make_folder(self._jobs)
            printed = self._path / f"{ticket.job_name}.pdf"
            try:
                put(printed, document.read_bytes())
                self._write(_Job(ticket.job_name, ticket.sheets, self._now()))
            except OSError:
                printed.unlink(missing_ok=True)  # refused: it must not lie there as if it had been printed
                raise
            self._forget_old_jobs()
        return ticket.job_name

    def job(self, job_id: str) -> JobState:
        """How many of its sheets have come out by now."""
        job = self._read(self._jobs / Path(job_id).name)
        if job is None:
            return JobState(job_id, "", JobStatus.UNKNOWN, recall=Recall.FORGOTTEN)
        moved = self._moved_on(job)
        if moved != job:
            with _mapped(self.name):
                self._write(moved)
        stopped = moved.status is JobStatus.PROCESSING and _stops(self._reasons())
        status = JobStatus.STOPPED if stopped else moved.status
        reasons = self._reasons() if stopped else ()
        return JobState(job_id, job.name, status, reasons, int(moved.done), Recall.KNOWN)

    def find(self, job_name: str) -> list[JobState]:
        """The job of that name."""
        state = self.job(job_name)
        return [] if state.status is JobStatus.UNKNOWN else [state]

    def cancel(self, job_id: str) -> None:
        """What has not come out yet stays away."""
        job = self._read(self._jobs / Path(job_id).name)
        if job is not None and self._moved_on(job).status not in JOB_ENDED:
            with _mapped(self.name):
                self._write(replace(self._moved_on(job), status=JobStatus.CANCELED))

    def _moved_on(self, job: _Job) -> _Job:
        if job.status in JOB_ENDED:
            return job
        now = self._now()
        if _stops(self._reasons()):
            return replace(job, asked=now)
        passed = max(0.0, now - job.asked)
        done = float(job.sheets) if self._speed <= 0 else min(job.sheets, job.done + passed / self._speed)
        status = JobStatus.COMPLETED if done >= job.sheets else JobStatus.PROCESSING
        return replace(job, done=done, asked=now, status=status)

    def _forget_old_jobs(self) -> None:
        files = sorted(self._jobs.iterdir(), key=lambda file: file.stat().st_mtime)
        for file in files[:-KEPT_JOBS]:
            file.unlink(missing_ok=True)

    def _reasons(self) -> tuple[str, ...]:
        with contextlib.suppress(OSError):
            return tuple(sorted(file.name for file in self._faults.iterdir() if file.is_file()))
        return ()

    def _all(self) -> list[_Job]:
        files = self._jobs.iterdir() if self._jobs.is_dir() else ()
        jobs = (self._read(file) for file in files if not file.name.startswith("."))
        return [job for job in jobs if job is not None]

    def _read(self, file: Path) -> _Job | None:
        try:
            fields = json.loads(file.read_text(encoding="utf-8"))
            return _Job(**{**fields, "status": JobStatus(fields["status"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def _write(self, job: _Job) -> None:
        put(self._jobs / job.name, json.dumps(asdict(job)).encode())


def _stops(reasons: tuple[str, ...]) -> bool:
    return any(severity_of(reason) is Severity.ERROR for reason in reasons)


@contextlib.contextmanager
def _mapped(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise KioskError(FaultCode.PRINT_REFUSED, f"{name}: {error.strerror}") from error
