"""Every night the figures of the last weeks are made again from their events; what differs is an alarm in the trail."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

from kiosk.domain.faults import KioskError
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.ports.ledger import FigureLedger
from kiosk.services.audit import Audit

log = logging.getLogger(__name__)
HOUR = 3  # of the hospital's night: after midnight's stragglers, before the first patients
DAYS = 40
STOP_S = 20.0


class NightlyCheck:
    """A thread of a desk's program. At its start it only brings the sums up to date, so that no page waits for that."""

    def __init__(self, records: FigureLedger, audit: Audit, zone: tzinfo, now: Callable[[], datetime]) -> None:
        self._records = records
        self._audit = audit
        self._zone = zone
        self._now = now
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="figures", daemon=True)

    def start(self) -> None:
        """Returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Ends after the batch under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def check(self) -> int:
        """The last weeks, now; how many sums did not follow from their events."""
        today = self._now().astimezone(self._zone).date()
        found = self._records.differing_days(self._zone, today - timedelta(days=DAYS), today - timedelta(days=1))
        if found:
            days = ", ".join(sorted({day for day, _ in found}))[:200]
            log.error("figures of %s did not follow from their events; they were computed anew", days)
            self._audit.record(EventKind.FIGURES_DIFFER, EventOutcome.ALARM, events=len(found), what=days)
        return len(found)

    def _run(self) -> None:
        self._quietly(lambda: self._records.refresh_days(self._zone))
        while not self._stop.wait(self.seconds_to_night()):
            self._quietly(self.check)

    def _quietly(self, work: Callable[[], object]) -> None:
        try:
            work()
        except KioskError as error:
            log.error("figures not checked: %s", error)

    def seconds_to_night(self) -> float:
        """Until the next time it is due."""
        now = self._now().astimezone(self._zone)
        due = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
        return (due + timedelta(days=due <= now) - now).total_seconds()
