"""Looks after the kiosk's surroundings: probes them, more often while something is wrong, and tells the engine."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from kiosk.domain.faults import FaultCode
from kiosk.domain.health import Health
from kiosk.ports.probe import Finding, Probe

log = logging.getLogger(__name__)
PRINTERS = ("report_printer", "film_printer")
FIELDS = {
    "archive": ("archive",),
    "store": ("store",),
    "disk": ("store",),
    "private": PRINTERS,  # no folder for pages: nothing can be printed, but the phone still gets its link
    "printer report": ("report_printer",),
    "printer film": ("film_printer",),
    "geometry report": ("report_printer",),
    "geometry film": ("film_printer",),
    "camera": ("camera",),
    "staff": ("staff",),
}
WELL_S = 30.0
FIRST_RETRY_S = 1.0
LAST_RETRY_S = 60.0


def health_of(findings: Sequence[Finding]) -> Health:
    """What works, from what the probes found; what is missing by choice is well, and missing all the same."""
    faults = {field: f.fault for f in reversed(findings) if f.fault for field in FIELDS.get(f.probe, ())}
    return Health(**faults)


class Supervisor:
    """Probes on a thread of its own; back-off 1 to 60 s while something is wrong (matrix case 1).

    `first` is done before anything is told as well; `tell` hears of each change, `note` of each look; `wake`, set by
    whoever has just seen something fail, makes it look at once.
    """

    def __init__(
        self,
        probes: Sequence[Probe],
        first: Callable[[], object] = lambda: None,
        tell: Callable[[Health], None] = lambda health: None,
        note: Callable[[Sequence[Finding]], None] = lambda findings: None,
        wake: threading.Event | None = None,
    ) -> None:
        self._probes = probes
        self._first = first
        self._tell = tell
        self._note = note
        self._stop = threading.Event()
        self._now = wake or threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def look_now(self) -> None:
        """Something has just failed: do not wait."""
        self._now.set()

    def check(self) -> list[Finding]:
        """Every probe, once."""
        return [probe.check() for probe in self._probes]

    def _watch(self) -> None:
        wait, told, begun = FIRST_RETRY_S, None, False
        while not self._stop.is_set():
            begun = begun or self._begin()
            health = self._look(begun)
            if health != told:
                log.info("health: %s", health)
                self._tell(health)
                told = health
            well = health == Health()
            wait = FIRST_RETRY_S if well else min(wait * 2, LAST_RETRY_S)
            self._now.wait(WELL_S if well else wait)
            self._now.clear()

    def _begin(self) -> bool:
        """What comes before the first visit; it is tried again until it has been done."""
        try:
            self._first()
        except Exception:  # whatever it was, it is tried again: a watch that died would leave the kiosk closed for good
            log.exception("not begun")
            return False
        return True

    def _look(self, begun: bool) -> Health:
        """A probe that breaks must not end the watch; until the begin is made the kiosk stays closed."""
        try:
            findings = self.check()
            health = health_of(findings)
            self._note(findings)
        except Exception:  # the surroundings are strange; that closes the kiosk, and the next look may open it
            log.exception("a probe broke")
            health = Health(store=FaultCode.INTERNAL)
        return health if begun or health.store else replace(health, store=FaultCode.STORE_UNAVAILABLE)

    def close(self) -> None:
        """Stop looking."""
        self._stop.set()
        self._now.set()
        if self._thread.is_alive():
            self._thread.join(2)
