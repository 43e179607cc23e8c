"""The period that figures are about: whole days of the hospital's calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo


@dataclass(frozen=True)
class Period:
    """From (inclusive) to (exclusive), in seconds since the epoch, and where the hospital's months begin."""

    since: float
    until: float
    zone: tzinfo

    @classmethod
    def of_days(cls, first: date, last: date, zone: tzinfo) -> Period:
        """From midnight before the first day to midnight after the last one. Raises ValueError where it is none."""
        if last < first:
            raise ValueError(f"the period ends before it begins: {first} to {last}")
        return cls(midnight(first, zone), midnight(last + timedelta(days=1), zone), zone)

    def day(self, at: float) -> date:
        """The hospital's day of a moment."""
        return datetime.fromtimestamp(at, self.zone).date()

    @property
    def first(self) -> date:
        """The first day."""
        return self.day(self.since)

    @property
    def last(self) -> date:
        """The last day."""
        return self.day(max(self.since, self.until - 1))

    @property
    def days(self) -> Iterator[date]:
        """All days that the period touches."""
        return (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))

    def month(self, at: float) -> str:
        """The month of a moment, as 2024-05."""
        return f"{datetime.fromtimestamp(at, self.zone):%Y-%m}"

    @property
    def months(self) -> tuple[str, ...]:
        """All months that the period touches."""
        first, last = self.first, self.last
        span = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
        return tuple(f"{number // 12:04d}-{number % 12 + 1:02d}" for number in span)


def midnight(day: date, zone: tzinfo) -> float:
    """When a day of the hospital begins, in seconds since the epoch."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
