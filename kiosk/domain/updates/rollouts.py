"""Which machine takes a new release when: one, five, all; and none any more once one of them had to go back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.fleet import DeviceState

STAGES = (1, 5)


class UpdateOutcome(StrEnum):
    """How it ended on a machine."""

    TAKEN = "taken"
    UNDONE = "undone"  # it was not well with it, and went back by itself
    EXCUSED = "excused"  # somebody looked at one that went back, and the others go on
    REFUSED = "refused"  # signature, digest or number was wrong: nothing was changed


@dataclass(frozen=True)
class Rollout:
    """A release on its way to the machines. `first` are those that go before all others; `soak_s`: how long a stage is
    watched before the next; `stopped`: why no more take it; times in seconds since the epoch."""

    number: int
    release: str
    version: str
    first: tuple[str, ...] = ()
    soak_s: float = 0.0
    stopped: str = ""
    actor: str = ""
    at: float = 0.0


@dataclass(frozen=True)
class UpdateNote:
    """What a machine told of a release."""

    device: str
    outcome: UpdateOutcome
    said: str
    at: float


@dataclass(frozen=True)
class Turn:
    """Whether a machine may take a release now (`why` is empty), or why not."""

    number: int = 0
    release: str = ""
    why: str = ""


def turn_of(device: str, rollout: Rollout | None, devices: Sequence[DeviceState], notes: Sequence[UpdateNote]) -> Turn:
    """A machine's turn. One that is silent is not waited for: it takes its place when it is back."""
    if rollout is None:
        return Turn(why="no release was started")
    return Turn(rollout.number, rollout.release, _why_not(device, rollout, devices, notes))


def _why_not(device: str, rollout: Rollout, devices: Sequence[DeviceState], notes: Sequence[UpdateNote]) -> str:
    if rollout.stopped:
        return f"stopped: {rollout.stopped}"
    undone = sorted(note.device for note in notes if note.outcome is UpdateOutcome.UNDONE)
    if undone:
        return f"stopped: {', '.join(undone)} went back"
    order = in_order(rollout, [one for one in devices if not one.silent])
    for size in (*STAGES, len(order)):
        if device in [one.report.device for one in order[:size]]:
            return ""
        waits = [one.report.device for one in order[:size] if not _settled(one, rollout, notes)]
        if waits:
            return f"waits for {', '.join(waits)}"
    return "this machine has not told of itself"


def in_order(rollout: Rollout, devices: Sequence[DeviceState]) -> list[DeviceState]:
    """The chosen ones first, as they were named, the others by name."""
    rank = {name: place for place, name in enumerate(rollout.first)}
    return sorted(devices, key=lambda one: (rank.get(one.report.device, len(rank)), one.report.device))


def _settled(one: DeviceState, rollout: Rollout, notes: Sequence[UpdateNote]) -> bool:
    """It has taken the release, long enough ago, and still runs it."""
    taken = [note.at for note in notes if note.device == one.report.device and note.outcome is UpdateOutcome.TAKEN]
    excused = any(note.device == one.report.device and note.outcome is UpdateOutcome.EXCUSED for note in notes)
    return excused or (bool(taken) and one.report.release == rollout.release and one.now - taken[-1] >= rollout.soak_s)
