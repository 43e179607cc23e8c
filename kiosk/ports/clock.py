"""Time. Limits use `monotonic`, never the wall clock (matrix case 61)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Reads the time; tests turn it by hand."""

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        ...

    def now(self) -> datetime:
        """The wall clock, with the hospital's time zone."""
        ...


class Timers(Protocol):
    """Calls back later, on the engine's thread."""

    def after(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Arrange a call; returns the function that cancels it."""
        ...
