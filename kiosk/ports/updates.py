"""How a machine is changed: where releases and settings lie, the machine itself, and what it says to the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kiosk.domain.updates.releases import Attachment
from kiosk.domain.updates.rollouts import Rollout, Turn, UpdateNote, UpdateOutcome


class RolloutLedger(Protocol):
    """What the machines of one ledger know of a release on its way. Contract: as `kiosk.ports.fleet`."""

    def begin_rollout(self, rollout: Rollout) -> None:
        """From now on this one counts. Raises KioskError CONFIG_INVALID for a number that is not greater."""
        ...

    def stop_rollout(self, reason: str) -> None:
        """No machine takes it any more; an empty reason: they go on, and those that went back are excused."""
        ...

    def rollout(self) -> Rollout | None:
        """The one that counts."""
        ...

    def note_update(self, number: int, device: str, outcome: UpdateOutcome, said: str) -> None:
        """How it ended on a machine; the newest word counts."""
        ...

    def update_notes(self, number: int) -> list[UpdateNote]:
        """A line a machine."""
        ...


class Depot(Protocol):
    """Where releases and settings lie. Everything it gives has a good signature, or a digest from what has one.

    Raises UpdateRefusedError for what has not, OSError for a depot that cannot be reached."""

    def manifest(self) -> bytes:
        """Of the newest release."""
        ...

    def wanted(self) -> bytes | None:
        """The settings; None where there are none."""
        ...

    def fetch(self, what: Attachment, room: Path) -> Path:
        """A file of the release, into a folder."""
        ...


@dataclass(frozen=True)
class Trial:
    """What is being tried: kept on the disk from before the switch until it is judged, so that a power cut in between
    is followed by a judgement. `name` follows from its content; `faults`: what the doctor found before."""

    number: int
    name: str
    faults: Sequence[str]


class ChangeablePart(Protocol):
    """What of a machine can be changed and changed back. Each change is on the disk when it returns."""

    def current(self) -> str:
        """The name of what is in use."""
        ...

    def number(self) -> int:
        """Of the newest that this machine ever took: nothing older is taken again."""
        ...

    def undone(self) -> Sequence[int]:
        """Numbers that were tried here and left again."""
        ...

    def trial(self) -> Trial | None:
        """What was being tried."""
        ...

    def faults(self, limit_s: float) -> Sequence[str] | None:
        """What the doctor finds; None where no first picture came within the limit."""
        ...

    def try_out(self, trial: Trial) -> bool:
        """Switch between two visits; False where somebody stayed too long: nothing was changed."""
        ...

    def go_back(self, trial: Trial) -> None:
        """What was before is in use again, and this is not tried any more."""
        ...

    def keep(self, trial: Trial) -> None:
        """The new one stays."""
        ...

    def drop(self) -> None:
        """Forget a trial that never began."""
        ...


class Appliance(ChangeablePart, Protocol):
    """The machine's releases."""

    def holds(self, release: str) -> bool:
        """Whether a release lies there whole."""
        ...

    def room(self) -> Path:
        """An empty folder for what is fetched."""
        ...

    def unpack(self, archive: Path, release: str) -> None:
        """Make the release ready beside the one in use. Raises UpdateRefusedError where it is not whole."""
        ...


class SettingsPlace(ChangeablePart, Protocol):
    """The machine's settings."""

    def lay(self, wanted: bytes) -> str:
        """Make them ready; their name. Raises UpdateRefusedError where the kiosk would not start with them."""
        ...


class FleetVoice(Protocol):
    """This machine among the others. OSError where the ledger cannot be asked."""

    def turn(self) -> Turn:
        """Its turn now."""
        ...

    def note(self, number: int, outcome: UpdateOutcome, said: str) -> None:
        """Tell how it ended; kept and told later where the ledger is away."""
        ...
