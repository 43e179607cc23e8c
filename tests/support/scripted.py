"""A printer that does what a test says, and a clock that a test turns: no waiting, no servers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.domain.faults import KioskError
from kiosk.domain.sheets.printing import JobState, JobStatus, PrinterState, PrinterStatus, Recall, Ticket


class HandClock:
    """kiosk.ports.clock.Clock; `sleep` turns it and runs what was planned for the time passed."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.wall = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
        self._plans: list[tuple[float, Callable[[], None]]] = []

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return self.wall + timedelta(seconds=self.seconds)

    def at(self, seconds: float, act: Callable[[], None]) -> None:
        """Plan something."""
        self._plans.append((seconds, act))

    def sleep(self, seconds: float) -> None:
        """Turn the clock."""
        self.seconds += seconds
        due = [plan for plan in self._plans if plan[0] <= self.seconds]
        self._plans = [plan for plan in self._plans if plan[0] > self.seconds]
        for _, act in sorted(due, key=lambda plan: plan[0]):
            act()


KNOWN_JOB = JobState("", "", JobStatus.PROCESSING, sheets=0, recall=Recall.KNOWN)


@dataclass
class ScriptedPrinter:
    """kiosk.ports.printer.Printer whose words are set by the test; without `cancels` cancelling has no effect."""

    name: str = "report"
    said: PrinterState = field(default_factory=lambda: PrinterState(PrinterStatus.IDLE))
    current: JobState = field(default_factory=lambda: KNOWN_JOB)
    submitted: list[tuple[Path, Ticket]] = field(default_factory=list)
    error: KioskError | None = None
    submit_error: KioskError | None = None
    forgets: bool = False
    cancels: bool = True
    cancelled: list[str] = field(default_factory=list)

    def state(self) -> PrinterState:
        if self.error is not None:
            raise self.error
        return self.said

    def submit(self, document: Path, ticket: Ticket) -> str:
        if self.submit_error is not None:
            raise self.submit_error
        self.submitted.append((document, ticket))
        self.current = replace(self.current, job_id=f"{len(self.submitted)}/{ticket.job_name}", name=ticket.job_name)
        return self.current.job_id

    def job(self, job_id: str) -> JobState:
        if self.error is not None:
            raise self.error
        return self.current

    def find(self, job_name: str) -> list[JobState]:
        if self.error is not None:
            raise self.error
        return [] if self.forgets or self.current.name != job_name else [self.current]

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)
        if self.cancels:
            self.now_job(status=JobStatus.CANCELED)

    def now_job(self, **changes: object) -> None:
        """The job's words from now on."""
        self.current = replace(self.current, **changes)  # type: ignore[arg-type]

    def now(self, *reasons: str, status: PrinterStatus = PrinterStatus.PROCESSING, **changes: object) -> None:
        """The printer's words from now on."""
        self.said = replace(self.said, reasons=reasons, status=status, **changes)  # type: ignore[arg-type]


class RealClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)
