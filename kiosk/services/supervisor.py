"""Looks after the kiosk's surroundings: probes them, more often while something is wrong, and tells the engine."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from kiosk.ports.probe import Finding, Probe
from kiosk.session.facts import Health

log = logging.getLogger(__name__)
FIELDS = {
    "archive": "archive",
    "store": "store",
    "disk": "store",
    "printer report": "report_printer",
    "printer film": "film_printer",
    "camera": "camera",
}
WELL_S, FIRST_RETRY_S, LAST_RETRY_S = 30.0, 1.0, 60.0


def health_of(findings: Sequence[Finding]) -> Health:
    """What works, from what the probes found."""
    faults = {FIELDS[f.probe]: f.fault for f in reversed(findings) if not f.ok and f.probe in FIELDS}
    return Health(**faults)


class Supervisor:
    """Probes on a thread of its own; back-off 1 to 60 s while something is wrong (matrix case 1)."""

    def __init__(self, probes: Sequence[Probe] = ()) -> None:
        self.probes = probes
        self.first: Callable[[], object] = lambda: None
        self.tell: Callable[[Health], None] = lambda health: None
        self._stop, self._now = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def look_now(self) -> None:
        """Something has just failed: do not wait."""
        self._now.set()

    def check(self) -> list[Finding]:
        """Every probe, once."""
        return [probe.check() for probe in self.probes]

    def _watch(self) -> None:
        self.first()
        wait, told = FIRST_RETRY_S, None
        while not self._stop.is_set():
            health = health_of(self.check())
            if health != told:
                log.info("health: %s", health)
                self.tell(health)
                told = health
            well = health == Health()
            wait = FIRST_RETRY_S if well else min(wait * 2, LAST_RETRY_S)
            self._now.wait(WELL_S if well else wait)
            self._now.clear()

    def close(self) -> None:
        """Stop looking."""
        self._stop.set()
        self._now.set()
        if self._thread.is_alive():
            self._thread.join(2)
