"""How many bytes a second may go, by the time of day."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

KIB = 1024.0


@dataclass(frozen=True)
class Schedule:
    """KiB a second, 0 for no bound; `spans` ("08:00-18:00") win over `usual`, the first that holds."""

    usual: int
    spans: Mapping[str, int]

    def bytes_per_s(self, now: datetime) -> float:
        """The bound now."""
        clock = f"{now:%H:%M}"
        for span, rate in self.spans.items():
            begin, _, end = span.partition("-")
            inside = begin <= clock < end if begin <= end else clock >= begin or clock < end
            if inside:
                return rate * KIB
        return self.usual * KIB


class Bandwidth:
    """A token bucket of one second. Thread-safe."""

    def __init__(
        self,
        bytes_per_s: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._rate, self._clock, self._sleep = bytes_per_s, clock, sleep
        self._lock, self._free = threading.Lock(), clock()

    def spend(self, count: int) -> None:
        """Wait until so many bytes may go; 0 bytes a second means no bound."""
        rate = self._rate()
        if not rate:
            return
        with self._lock:
            now = self._clock()
            begin = max(self._free, now - 1.0)
            self._free = begin + count / rate
            wait = self._free - now
        if wait > 0:
            self._sleep(wait)
