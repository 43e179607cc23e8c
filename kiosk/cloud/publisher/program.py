"""The publisher as it runs: links told at once, studies one after the other, phones listened to, the archive watched.

Each has a thread of its own, so that a large exam delays no link. What cannot be done now is tried again, later and
later up to a minute; nobody watches the screen of this program.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kiosk.cloud.wire.faults import WireError
from kiosk.domain.faults import KioskError

log = logging.getLogger(__name__)
LONGEST_PAUSE_S = 60.0


@dataclass(frozen=True)
class Chore:
    """Something done again and again: `work` returns whether there is more to do at once, else it rests `rest_s`."""

    name: str
    work: Callable[[], object]
    rest_s: float


class Chores:
    """Each chore on its own thread until `stop`."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._do, args=(one,), name=f"publish-{one.name}") for one in chores]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after what is being done just now."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def wait(self) -> None:
        """Until somebody stops it."""
        self._over.wait()

    def end(self) -> None:
        """Ask for the end, from a signal handler too."""
        self._over.set()

    def _do(self, chore: Chore) -> None:
        pause = chore.rest_s
        while not self._over.is_set():
            try:
                if chore.work():
                    pause = chore.rest_s
                    continue
                pause = chore.rest_s
            except (KioskError, WireError) as fault:
                log.warning("%s: %s", chore.name, fault)
                pause = min(LONGEST_PAUSE_S, max(1.0, pause * 2))
            except Exception:
                log.exception("%s broke", chore.name)
                pause = LONGEST_PAUSE_S
            self._over.wait(pause)
