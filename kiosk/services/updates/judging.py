"""What was tried is judged: by the first picture and the doctor, and left again by itself where it is not well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.updates.releases import UpdateRefusedError
from kiosk.domain.updates.rollouts import UpdateOutcome
from kiosk.ports.updates import ChangeablePart, FleetVoice, Trial


class UpdateStep(StrEnum):
    """What one look came to."""

    NOTHING = "nothing new"
    NOT_NOW = "not now"
    BUSY = "somebody is at the kiosk"
    TAKEN = "taken"
    UNDONE = "went back"
    REFUSED = "refused"


@dataclass(frozen=True)
class Looked:
    """What one look came to, and why."""

    step: UpdateStep
    why: str = ""


@dataclass(frozen=True)
class Judge:
    """Of one place. `gate_s`: how long a first picture may take; releases are `numbered` among
    the machines, settings are told as number 0."""

    place: ChangeablePart
    fleet: FleetVoice
    gate_s: float
    numbered: bool = True

    def is_new(self, number: int) -> bool:
        """Whether there is anything to do. Raises UpdateRefusedError for what is older than what this machine had."""
        newest = self.place.number()
        if number < newest:
            raise UpdateRefusedError(f"number {number} is older than {newest}, which this machine had")
        return number > newest and number not in self.place.undone()

    def try_out(self, number: int, name: str) -> Looked:
        """Switch to what lies ready, and judge it; the same under a new number needs no switch."""
        if name == self.place.current():
            self.place.keep(Trial(number, name, ()))
            return Looked(UpdateStep.NOTHING)
        trial = Trial(number, name, tuple(self.place.faults(self.gate_s) or ()))
        return self.judge(trial) if self.place.try_out(trial) else Looked(UpdateStep.BUSY)

    def judge(self, trial: Trial) -> Looked:
        """Of what was switched to. After a power cut it is not known how far that came: the disk tells."""
        if trial.number in self.place.undone():
            return self._back(trial, "going back was cut off")
        if self.place.current() != trial.name:
            self.place.drop()
            return Looked(UpdateStep.NOT_NOW, "cut off before the switch; once more at the next look")
        faults = self.place.faults(self.gate_s)
        if faults is None:
            return self._back(trial, f"no first picture within {self.gate_s:.0f} s")
        new = sorted(set(faults) - set(trial.faults))
        if new:
            return self._back(trial, f"the doctor finds what was well before: {', '.join(new)}")
        self.place.keep(trial)
        self.tell(trial.number, UpdateOutcome.TAKEN, "")
        return Looked(UpdateStep.TAKEN)

    def refuse(self, number: int, error: UpdateRefusedError) -> Looked:
        """Nothing was changed."""
        self.tell(number, UpdateOutcome.REFUSED, str(error))
        return Looked(UpdateStep.REFUSED, str(error))

    def tell(self, number: int, outcome: UpdateOutcome, said: str) -> None:
        """The others."""
        self.fleet.note(number if self.numbered else 0, outcome, said)

    def _back(self, trial: Trial, why: str) -> Looked:
        self.place.go_back(trial)
        self.tell(trial.number, UpdateOutcome.UNDONE, why)
        return Looked(UpdateStep.UNDONE, why)
