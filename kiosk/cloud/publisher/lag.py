"""How far behind publishing is, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from kiosk.domain.links import Publication, PublishRecord

WAITING = (Publication.QUEUED, Publication.UPLOADING, Publication.FAILED)


@dataclass(frozen=True)
class Lag:
    """Seconds and bytes; None where there is nothing to tell. `median_s`, `p90_s`: from final to published."""

    states: Mapping[str, int]
    median_s: float | None
    p90_s: float | None
    oldest_s: float | None
    waiting_bytes: int
    stored_bytes: int
    faults: Mapping[str, int]


def lag_of(records: Sequence[PublishRecord], waiting_bytes: int, now: float) -> Lag:
    """Of everything the ledger knows. What was final before anybody asked for it counts from then on."""
    delays = sorted(one.published - max(one.final or 0.0, one.since) for one in records if one.published)
    waiting = [now - one.since for one in records if one.state in WAITING]
    return Lag(
        states=dict(Counter(str(one.state) for one in records)),
        median_s=median(delays) if delays else None,
        p90_s=quantiles(delays, n=10)[-1] if len(delays) > 1 else (delays[0] if delays else None),
        oldest_s=max(waiting, default=None),
        waiting_bytes=waiting_bytes,
        stored_bytes=sum(one.size for one in records if one.state is Publication.ONLINE),
        faults=dict(Counter(one.fault for one in records if one.fault)),
    )
