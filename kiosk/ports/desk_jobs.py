"""The desk's jobs: documents that are printed one after the other, whichever desk process does it.

Contract: as the ledger's other parts (`kiosk.ports.ledger`): thread-safe, one durable transaction a call, KioskError
STORE_UNAVAILABLE or DISK_FULL and nothing changed.
"""

from __future__ import annotations

from typing import Protocol

from kiosk.domain.desk_work.jobs import DeskJob, DeskJobState, ItemResult, JobItem


class DeskJobLedger(Protocol):
    """Jobs, each run by one process at a time."""

    def begin_job(self, job: DeskJob) -> bool:
        """Keep a new job with its items; False, and nothing is changed, where there is one of that name."""
        ...

    def claim_item(self, owner: str, stale_s: float) -> tuple[DeskJob, JobItem] | None:
        """The next item to print, now running, with its job (without items); films first, then the oldest job.

        `owner`: this process. A job is run by whoever claimed its first item, until they leave it or have not been
        heard of (`beat_jobs`) for `stale_s` seconds. What they left running then waits again where the rule of
        print-once tells what came of it; a film is uncertain.
        """
        ...

    def beat_jobs(self, owner: str) -> None:
        """This process still runs its jobs."""
        ...

    def end_item(self, job: str, place: int, owner: str, result: ItemResult) -> None:
        """How it ended; nothing is changed where somebody else has taken the job over. The last one ends the job."""
        ...

    def leave_jobs(self, owner: str) -> None:
        """This process ends; another may go on at once."""
        ...

    def set_job(self, job: str, state: DeskJobState) -> None:
        """Pause, go on, stop; nothing where it is over. An item that is being printed is printed to its end."""
        ...

    def job(self, job: str) -> DeskJob | None:
        """One job, with its items."""
        ...

    def jobs(self, seconds: float) -> list[DeskJob]:
        """Those that were begun in the last so many seconds, with their items, newest first."""
        ...
