"""The machines of one hospital, as they tell of themselves, and what they are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# Two reports are half a minute apart while all is well, a minute at most otherwise: three are missed, not one.
SILENT_S = 180.0


class FleetAction(StrEnum):
    """What a machine can be told."""

    CLOSE = "close"
    OPEN = "open"


@dataclass(frozen=True)
class DeviceReport:
    """What a machine tells of itself: its name, version, release, a digest of its settings, and the fault of each probe
    that found one, with the detail for staff."""

    device: str
    version: str
    release: str
    settings: str
    faults: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class DeviceState:
    """A machine as the ledger knows it: what it told last and when (`seen`), since when its faults are what they are
    (`since`), when its last visit began (0: never), how many visits and alarms since yesterday. Times in seconds since
    the epoch, of the store's clock, as `now` is."""

    report: DeviceReport
    seen: float
    since: float
    last_visit: float
    visits: int
    alarms: int
    closed: str  # the reason, where staff closed it
    now: float

    @property
    def silent(self) -> bool:
        """It should have told something since."""
        return self.now - self.seen > SILENT_S

    @property
    def well(self) -> bool:
        """Nothing to do for anybody."""
        return not (self.silent or self.closed or self.report.faults)


@dataclass(frozen=True)
class FleetOrder:
    """What somebody told a machine, and why."""

    device: str
    action: FleetAction
    reason: str
    actor: str
    at: float
