"""The machine's own clock, and timers and a loop for a kiosk without screens."""

from __future__ import annotations

import heapq
import itertools
import queue
import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

GLANCE_S = 0.05  # how often `done` is asked while nothing happens
Call = Callable[[], None]


class SystemClock:
    """Monotonic time for limits, the hospital's wall clock for people."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        return time.monotonic()

    def now(self) -> datetime:
        """The wall clock, with the hospital's time zone."""
        return datetime.now(self._zone)


class Loop:
    """Runs calls of all threads on one thread, timers included: what Qt is to the screens, for the journey."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Call] = queue.SimpleQueue()
        self._timers: list[tuple[float, int, Call]] = []
        self._cancelled: set[int] = set()
        self._numbers = itertools.count()

    def soon(self, call: Call) -> None:
        """From any thread: run this on the loop's thread."""
        self._calls.put(call)

    def after(self, seconds: float, call: Call) -> Call:
        """On the loop's thread: run this later; returns what cancels it."""
        number = next(self._numbers)
        heapq.heappush(self._timers, (time.monotonic() + seconds, number, call))
        return lambda: self._cancelled.add(number)

    def run_until(self, done: Callable[[], bool], deadline_s: float) -> bool:
        """Run until `done`; False when the deadline came first."""
        end = time.monotonic() + deadline_s
        while not done():
            left = end - time.monotonic()
            if left <= 0:
                return False
            self._step(min(left, GLANCE_S))
        return True

    def _step(self, longest: float) -> None:
        due = self._timers[0][0] - time.monotonic() if self._timers else longest
        try:
            self._calls.get(timeout=max(0.0, min(due, longest)))()
        except queue.Empty:
            self._fire()

    def _fire(self) -> None:
        while self._timers and self._timers[0][0] <= time.monotonic():
            _, number, call = heapq.heappop(self._timers)
            if number in self._cancelled:
                self._cancelled.discard(number)
            else:
                call()
