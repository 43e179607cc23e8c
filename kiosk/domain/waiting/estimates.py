"""When a report is usually there, by what this hospital took lately; nothing where too little is known."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

WEEKS = 4
ENOUGH = 20  # exams of one kind
LONGEST_S = 14 * 86400.0  # what took longer was forgotten, not read
STEP = timedelta(minutes=15)


@dataclass(frozen=True)
class Turnaround:
    """One exam: when it was made, when its report was written (seconds since the epoch, UTC). `study`: a pseudonym."""

    study: str
    modality: str
    taken: float
    ready: float

    @property
    def counts(self) -> bool:
        """True where the two moments make sense together."""
        return 0 < self.ready - self.taken < LONGEST_S


def usually(seconds: Sequence[float]) -> timedelta | None:
    """How long four of five reports took at most, in whole quarters of an hour; None for fewer than ENOUGH.

    The median would be too early every second time: "usually" would be no honest word.
    """
    if len(seconds) < ENOUGH:
        return None
    longest = timedelta(seconds=statistics.quantiles(seconds, n=5, method="inclusive")[3])
    return -(-longest // STEP) * STEP
