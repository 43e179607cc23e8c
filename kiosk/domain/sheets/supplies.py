"""When toner, film and the like will run out, from how their levels fell."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_FALL = 2  # per cent: less than this is noise
LOW = 15  # per cent: time to order


@dataclass(frozen=True)
class SupplySample:
    """A level (per cent) at a time (seconds since the epoch)."""

    name: str
    level: int
    at: float


@dataclass(frozen=True)
class Supply:
    """A supply now; `runs_out` is the predicted time, None where the past tells nothing, or the level is unknown."""

    name: str
    level: int
    runs_out: float | None = None

    @property
    def low(self) -> bool:
        """True where it is time to order."""
        return self.level <= LOW


def predict(samples: Sequence[SupplySample], names: Sequence[str]) -> list[Supply]:
    """One entry for each name that was ever sampled, in the order of `names`."""
    found = []
    for name in names:
        own = [sample for sample in samples if sample.name == name]
        if own:
            found.append(Supply(name, own[-1].level, _runs_out(_since_refill(own))))
    return found


def _since_refill(samples: Sequence[SupplySample]) -> Sequence[SupplySample]:
    """Only the newest fall counts: a level that rose was a refill."""
    start = 0
    for index in range(1, len(samples)):
        if samples[index].level > samples[index - 1].level:
            start = index
    return samples[start:]


def _runs_out(samples: Sequence[SupplySample]) -> float | None:
    first, last = samples[0], samples[-1]
    if last.level < 0 or first.level - last.level < LEAST_FALL or last.at <= first.at:
        return None
    # The median of all slopes: one odd reading does not move it (Theil–Sen).
    slopes = [
        (b.level - a.level) / (b.at - a.at) for i, a in enumerate(samples) for b in samples[i + 1 :] if b.at > a.at
    ]
    fall = statistics.median(slopes)
    return last.at + last.level / -fall if fall < 0 else None
