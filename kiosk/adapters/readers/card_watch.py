"""The thread that looks whether an ID card was laid on the reader."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from kiosk.adapters.readers.id_card import IdCardLink
from kiosk.domain.faults import KioskError

log = logging.getLogger(__name__)
LOOK_EVERY_S, AWAY_S = 0.3, 5.0


class CardWatch:
    """Tells of each card once. `told` gets its number, or nothing for one that could not be read."""

    def __init__(self, link: IdCardLink, told: Callable[[str], None]) -> None:
        self._link, self._told = link, told
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Begin to look."""
        self._thread = threading.Thread(target=self._look, name="id-card", daemon=True)
        self._thread.start()

    def ask(self) -> str:
        """For the probe. Raises KioskError READER_MISSING."""
        with self._lock:
            return self._link.probe()

    def close(self) -> None:
        """End it; waits for the answer under way, two seconds at most."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        self._link.close()

    def _look(self) -> None:
        well = True
        while not self._stop.wait(LOOK_EVERY_S if well else AWAY_S):
            try:
                with self._lock:
                    number = self._link.number()
            except KioskError as fault:
                if well:
                    log.warning("ID card reader: %s", fault)
                well = False
                continue
            well = True
            if number is not None:
                self._told(number)
