"""Counting a job's sheets: by the printer's word on the job, and by its own page counter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.config import PrinterSettings
from kiosk.domain.faults import KioskError
from kiosk.domain.sheets.printing import JobState, JobStatus, Recall
from kiosk.ports.clock import Clock
from kiosk.ports.printer import Printer

POLL_S = 0.2
COUNTER_S = 3.0  # how long a count may lag behind the end of its job; later, what is not counted did not come out


@dataclass(frozen=True)
class JobPlan:
    """What is followed: `impressions` make a sheet; `counter` is what the printer's page counter read before.

    `adopted` jobs were handed over by a kiosk that died.
    """

    job_id: str
    sheets: int
    impressions: int = 1
    counter: int | None = None
    expected_s: float = 0.0
    adopted: bool = False


class SheetCounter:
    """Counts one job's sheets on one printer."""

    def __init__(
        self, printer: Printer, settings: PrinterSettings, clock: Clock, sleep: Callable[[float], None], plan: JobPlan
    ) -> None:
        self._printer = printer
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._plan = plan

    def told(self, job: JobState) -> int | None:
        """Sheets by the printer's word on the job; None where it says none, or its word is not to be believed."""
        if job.sheets is None or not self._settings.trust_counter:
            return None
        return self._sheets(job.sheets, job)

    def _sheets(self, impressions: int, job: JobState) -> int:
        """A last sheet may have one side only, so what completed is rounded up, anything else down."""
        extra = self._plan.impressions - 1 if job.status is JobStatus.COMPLETED else 0
        return (impressions + extra) // self._plan.impressions

    def awaited(self, job: JobState) -> JobState:
        """A completed job's printer may lag behind by a moment with its count, or with answering at all."""
        end = self._clock.monotonic() + COUNTER_S
        while job.status is JobStatus.COMPLETED and self._lags(job):
            again = self.last() if self._clock.monotonic() < end else None
            if again is None or again.status is not JobStatus.COMPLETED:
                break
            job = again
            self._sleep(POLL_S)
        return job

    def _lags(self, job: JobState) -> bool:
        counted = self.told(job)
        return job.recall is Recall.UNHEARD or (counted is not None and counted < self._plan.sheets)

    def metered(self, job: JobState) -> int | None:
        """Sheets by the printer's own page counter; it may lag behind the job by a moment.

        None where it tells none, or fewer than before: it was switched off and counts anew.
        """
        before = self._plan.counter
        if before is None or job.status is not JobStatus.COMPLETED or not self._settings.trust_counter:
            return None
        end = self._clock.monotonic() + COUNTER_S
        while True:
            try:
                now = self._printer.state().impressions
            except KioskError:
                return None
            moved = None if now is None or now < before else self._sheets(now - before, job)
            if moved is None or moved >= self._plan.sheets or self._clock.monotonic() >= end:
                return moved
            self._sleep(POLL_S)

    def last(self) -> JobState | None:
        """The job as it is now; None where the spooler does not answer."""
        try:
            return self._printer.job(self._plan.job_id)
        except KioskError:
            return None
