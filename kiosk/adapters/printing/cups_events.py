"""How jobs ended, from the scheduler's own events: they are kept after the job itself is forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cups

from kiosk.adapters.printing.cups_link import FOREIGN, CupsLink, not_found
from kiosk.adapters.printing.ipp import JOB_STATES
from kiosk.domain.sheets.printing import JOB_ENDED, JobState, JobStatus

QUICK_S = 5.0
EVENTS = ["job-completed"]
REMEMBERED = 500  # more ends than a kiosk sees while it follows one job


class CupsEvents:
    """One lasting subscription of a queue to `job-completed`; the one of an earlier process is taken up again."""

    def __init__(self, link: CupsLink, queue: str) -> None:
        self._link = link
        self._uri = f"ipp://localhost/printers/{queue}"
        self._subscription = 0
        self._next = 1
        self._ended: dict[str, JobState] = {}

    def subscribe(self) -> None:
        """Make sure that ends are told; without (a CUPS that forbids it) a job that vanishes stays unknown."""
        if self._subscription:
            return
        try:
            self._subscription = self._link.raw(self._existing, QUICK_S) or self._link.raw(self._new, QUICK_S)
            self._next = 1
        except (*FOREIGN, TimeoutError):
            self._subscription = 0

    def ended(self, job_id: str) -> JobState | None:
        """How that job ended, where it is known."""
        self._take()
        return self._ended.get(job_id)

    def known(self, job_name: str) -> list[str]:
        """Ids of ended jobs of that name."""
        self._take()
        return [job_id for job_id, state in self._ended.items() if state.name == job_name]

    def _take(self) -> None:
        self.subscribe()
        if not self._subscription:
            return
        wanted, start = [self._subscription], [self._next]
        try:
            told = self._link.raw(lambda c: c.getNotifications(wanted, start), QUICK_S)
        except (*FOREIGN, TimeoutError):
            self._subscription = 0  # a restarted scheduler has forgotten it
            return
        for event in told.get("events", ()):
            self._next = max(self._next, int(event.get("notify-sequence-number", 0)) + 1)
            self._remember(event)

    def _remember(self, event: Mapping[str, Any]) -> None:
        name, number = str(event.get("job-name", "")), event.get("notify-job-id")
        if event.get("notify-subscribed-event") == "job-completed" and name and number:
            job_id = f"{number}/{name}"
            self._ended[job_id] = job_state(job_id, name, event)
            while len(self._ended) > REMEMBERED:
                del self._ended[next(iter(self._ended))]

    def _existing(self, connection: Any) -> int:
        try:
            existing = connection.getSubscriptions(self._uri, my_subscriptions=True)
        except cups.IPPError as error:
            if not_found(error):
                return 0
            raise
        ours = [each for each in existing if list(each.get("notify-events", ())) == EVENTS]
        return int(ours[0]["notify-subscription-id"]) if ours else 0

    def _new(self, connection: Any) -> int:
        return int(connection.createSubscription(self._uri, events=EVENTS, lease_duration=0))


def job_state(job_id: str, name: str, attributes: Mapping[str, Any]) -> JobState:
    """A job's attributes, or an event's, as a value; a job that is still stopping has not ended yet.

    CUPS' page counts are left out: they count what went into the printer.
    """
    told = attributes.get("job-state-reasons", ())
    reasons = tuple(r for r in ((told,) if isinstance(told, str) else told) if r != "none")
    status = JOB_STATES.get(int(attributes.get("job-state", 0)), JobStatus.UNKNOWN)
    if status in JOB_ENDED and "processing-to-stop-point" in reasons:
        status = JobStatus.STOPPED
    return JobState(job_id, name, status, reasons)
