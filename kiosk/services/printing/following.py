"""Follows one job to its end, or to the point where a person has to look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.config import PrinterSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.evidence import Evidence
from kiosk.domain.sheets.printer_reasons import Course, Reason, suspect, worst
from kiosk.domain.sheets.printing import JOB_ENDED, WAITING, JobState, JobStatus, PrinterState, PrinterStatus, Recall
from kiosk.ports.clock import Clock
from kiosk.ports.printer import Printer
from kiosk.services.printing.counting import POLL_S, JobPlan, SheetCounter

HAND_OVER_S = 15.0  # for what only staff can put right: nobody at the kiosk will, so the patient is not kept waiting
CANCEL_S = 20.0  # a printer ends a job between two pages, and some pages take long
SUSPECT_S = 8.0  # beyond two sheets' time: a warning alone stops no printer

Progress = Callable[[int, int, FaultCode | None], None]


@dataclass(frozen=True)
class Trouble:
    """What keeps the paper from coming, and how long that may last."""

    fault: FaultCode
    patience: float
    sheet_drawn: bool = True


@dataclass(frozen=True)
class JobOutcome:
    """What is known at the end; `fault` is why the watch ended early, `smooth` is True where nothing was in the way."""

    evidence: Evidence
    fault: FaultCode | None = None
    smooth: bool = True


def trouble_of(state: PrinterState, settings: PrinterSettings) -> Trouble | None:
    """What stands in the way now."""
    if state.status is PrinterStatus.GONE:
        return Trouble(FaultCode.PRINTER_OFFLINE, settings.stall_s)
    reason = worst(state.reasons)
    if reason is not None:
        return _because(reason, settings)
    if state.status is PrinterStatus.STOPPED or not state.accepting:
        return Trouble(FaultCode.PRINTER_STOPPED, min(HAND_OVER_S, settings.refill_s))
    return None


def _because(reason: Reason, settings: PrinterSettings) -> Trouble:
    patience = HAND_OVER_S if reason.course is Course.HAND_OVER else settings.refill_s
    return Trouble(reason.fault, min(patience, settings.refill_s), reason.fault is not FaultCode.MEDIA_EMPTY)


class Following:
    """One job under watch. Times are measured with the monotonic clock only (matrix case 61)."""

    def __init__(
        self,
        printer: Printer,
        settings: PrinterSettings,
        clock: Clock,
        sleep: Callable[[float], None],
        plan: JobPlan,
        progress: Progress,
    ) -> None:
        self._printer = printer
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._plan = plan
        self._progress = progress
        self._counter = SheetCounter(printer, settings, clock, sleep, plan)
        self._done = 0
        self._waits = False
        self._ran = plan.adopted  # what an adopted job did before, nobody saw
        self._counts = False
        self._smooth = True
        self._moved = clock.monotonic()
        self._trouble: Trouble | None = None
        self._troubled_since = 0.0

    def run(self, cancelled: Callable[[], bool]) -> JobOutcome:
        """Watch until the job has ended or a person has to look."""
        while True:
            job = self._look()
            if job is not None and job.status in JOB_ENDED:
                fault = self._trouble.fault if self._trouble else None
                return JobOutcome(self._evidence(self._counter.awaited(job)), fault, self._smooth)
            fault = self._verdict(job, cancelled())
            if fault is not None:
                return JobOutcome(self._break_off(), fault, smooth=False)
            self._sleep(POLL_S)

    def _look(self) -> JobState | None:
        """The job now; None while the spooler does not answer."""
        try:
            job, state = self._printer.job(self._plan.job_id), self._printer.state()
        except KioskError as error:
            self._note_trouble(Trouble(error.code, self._settings.stall_s))
            return None
        self._note_progress(job)
        self._note_trouble(trouble_of(state, self._settings) or self._suspicion(state))
        waiting = FaultCode.PRINTER_BUSY if self._waits and state.queued > 1 else None
        self._progress(self._done, self._plan.sheets, self._trouble.fault if self._trouble else waiting)
        return job

    def _suspicion(self, state: PrinterState) -> Trouble | None:
        """A warning becomes the explanation when nothing has moved for longer than a sheet may take."""
        reason = suspect(state.reasons)
        step = self._plan.expected_s / (self._plan.sheets if self._counts else 1)
        still = self._clock.monotonic() - self._moved >= SUSPECT_S + 2 * step
        return _because(reason, self._settings) if reason is not None and still and not self._waits else None

    def _note_trouble(self, trouble: Trouble | None) -> None:
        now = self._clock.monotonic()
        if trouble is None and self._trouble is not None:
            self._moved = now  # what was in the way is gone: the time without progress begins anew
        if trouble is not None and self._trouble is None:
            self._troubled_since = now
            self._smooth = False
        self._trouble = trouble

    def _note_progress(self, job: JobState) -> None:
        done = self._counter.told(job) or 0
        waits = job.status in WAITING
        self._ran = (self._ran or not waits or job.recall is Recall.KNOWN) and not _incomplete(job)
        if done > self._done or waits is not self._waits:
            self._moved = self._clock.monotonic()
        self._done = max(done, self._done)  # a printer switched off and on counts anew; what came out stays out
        self._waits = waits
        self._counts = job.sheets is not None

    def _verdict(self, job: JobState | None, cancelled: bool) -> FaultCode | None:
        """Why the watch ends now, None to go on."""
        now = self._clock.monotonic()
        if cancelled:
            return FaultCode.CANCELLED
        if self._trouble is not None:
            return self._trouble.fault if now - self._troubled_since >= self._trouble.patience else None
        if job is not None and self._plan.adopted and _incomplete(job):
            return FaultCode.PRINT_INCOMPLETE
        if job is not None and self._waits:
            return FaultCode.PRINTER_BUSY if now - self._moved >= self._settings.refill_s else None
        # Where the printer tells no counts, silence is normal for as long as the whole job takes.
        silence = self._settings.stall_s + (self._plan.expected_s if job is None or job.sheets is None else 0.0)
        return FaultCode.PRINT_UNCERTAIN if now - self._moved >= silence else None

    def _break_off(self) -> Evidence:
        """Cancel, and wait until spooler and printer both say that the job has ended."""
        job = self._counter.last()
        if job is None or job.status in JOB_ENDED:
            return self._evidence(job)
        # A queue that tries again puts a job back that has begun: what counts is whether it ever ran.
        never_began = job.status in WAITING and not self._ran
        try:
            self._printer.cancel(self._plan.job_id)
        except KioskError:
            return self._evidence(job)
        end = self._clock.monotonic() + CANCEL_S
        while (job := self._counter.last()) and job.status not in JOB_ENDED and self._clock.monotonic() < end:
            never_began = False  # it is being stopped, so it ran
            self._sleep(POLL_S)
        if never_began and job is not None and job.recall is not Recall.KNOWN:
            return Evidence(job.status, job.recall, began=False)
        return self._evidence(job)

    def _evidence(self, job: JobState | None) -> Evidence:
        if job is None:
            return Evidence(JobStatus.UNKNOWN, counted=self._done or None)
        drawn = self._trouble is None or self._trouble.sheet_drawn
        status = job.status
        if status in (JobStatus.CANCELED, JobStatus.ABORTED) and _gone(self._printer):
            status = JobStatus.UNKNOWN  # the spooler gave it up, but nobody can ask the printer
        return Evidence(status, job.recall, self._heard(job), self._counter.metered(job), sheet_drawn=drawn)

    def _heard(self, job: JobState) -> int | None:
        """The most that the printer ever said is out: what it counted before it was switched off came out too."""
        told = self._counter.told(job)
        return max(told, self._done) if told is not None else self._done or None


def _incomplete(job: JobState) -> bool:
    """Its document never arrived whole, and nobody sends the rest: nothing of it can have been printed."""
    return "job-incoming" in job.reasons


def _gone(printer: Printer) -> bool:
    """True too where the spooler itself does not answer: nobody can say then what the printer still does."""
    try:
        return printer.state().status is PrinterStatus.GONE
    except KioskError:
        return True
