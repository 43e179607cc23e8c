"""A print queue: CUPS, or a folder that receives PDF files."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from kiosk.domain.sheets.printing import JobState, PrinterState, Ticket


class Printer(Protocol):
    """One queue. All calls are made from the printer lane (one thread owns the connection).

    Raises KioskError: SPOOLER_DOWN, PRINTER_MISSING, PRINT_REFUSED, PRINTER_OFFLINE.
    """

    @property
    def name(self) -> str:
        """The queue's name."""
        ...

    def state(self) -> PrinterState:
        """What the printer says now."""
        ...

    def submit(self, document: Path, ticket: Ticket) -> str:
        """Hand over one PDF as one job and return the job's id. Returning means accepted, not printed.

        Raises PRINT_UNCERTAIN where it cannot be told whether the job will print; any other code means it will not.
        """
        ...

    def job(self, job_id: str) -> JobState:
        """How far a job is; status UNKNOWN where the spooler has forgotten it."""
        ...

    def find(self, job_name: str) -> list[JobState]:
        """All jobs of that opaque name, ended ones too where the spooler still knows them (adoption after a crash)."""
        ...

    def cancel(self, job_id: str) -> None:
        """Ask for the job to be cancelled; `job` tells whether it was."""
        ...
