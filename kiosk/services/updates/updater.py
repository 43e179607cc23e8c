"""A machine takes a new release: only one that was signed and is newer, only in its turn, between two visits and in the
hour for it; judged by its first picture and the doctor, and left again by itself where it is not well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.updates.releases import ReleaseManifest, UpdateRefused, manifest_of
from kiosk.domain.updates.rollouts import UpdateOutcome
from kiosk.ports.updates import Appliance, Depot, FleetVoice, Trial


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
class Updater:
    """One machine's. `in_window` tells whether now is an hour for it, `gate_s` how long a first picture may take."""

    depot: Depot
    appliance: Appliance
    fleet: FleetVoice
    in_window: Callable[[], bool]
    gate_s: float

    def look(self) -> Looked:
        """One step further. A power cut at any moment in it is followed by the same step at the next look.

        Raises OSError where depot or ledger cannot be reached: nothing was changed.
        """
        trial = self.appliance.trial()
        if trial is not None:
            return self._judge(trial)
        if not self.in_window():
            return Looked(UpdateStep.NOT_NOW, "outside the hours for updates")
        manifest = None
        try:
            manifest = manifest_of(self.depot.manifest())
            return self._consider(manifest)
        except UpdateRefused as error:
            self.fleet.note(manifest.number if manifest else 0, UpdateOutcome.REFUSED, str(error))
            return Looked(UpdateStep.REFUSED, str(error))

    def _consider(self, manifest: ReleaseManifest) -> Looked:
        newest = self.appliance.number()
        if manifest.number < newest:
            raise UpdateRefused(f"release number {manifest.number} is older than {newest}, which this machine had")
        if manifest.number == newest or manifest.release == self.appliance.current():
            return Looked(UpdateStep.NOTHING)
        if manifest.number in self.appliance.undone():
            return Looked(UpdateStep.NOTHING, "was tried here and left")
        turn = self.fleet.turn()
        if turn.why or turn.number != manifest.number or turn.release != manifest.release:
            return Looked(UpdateStep.NOT_NOW, turn.why or f"started is number {turn.number}, not {manifest.number}")
        return self._take(manifest)

    def _take(self, manifest: ReleaseManifest) -> Looked:
        if not self.appliance.holds(manifest.release):
            archive = self.depot.fetch(manifest.archive, self.appliance.room())
            self.appliance.unpack(archive, manifest.release)
        before = self.appliance.faults(self.gate_s)
        trial = Trial(manifest.number, manifest.release, tuple(before or ()))
        if not self.appliance.try_out(trial):
            return Looked(UpdateStep.BUSY)
        return self._judge(trial)

    def _judge(self, trial: Trial) -> Looked:
        if trial.number in self.appliance.undone():
            return self._back(trial, "going back was cut off")
        if self.appliance.current() != trial.release:
            self.appliance.drop()
            return Looked(UpdateStep.NOT_NOW, "cut off before the switch; once more at the next look")
        faults = self.appliance.faults(self.gate_s)
        if faults is None:
            return self._back(trial, f"no first picture within {self.gate_s:.0f} s")
        new = sorted(set(faults) - set(trial.faults))
        if new:
            return self._back(trial, f"the doctor finds what was well before: {', '.join(new)}")
        self.appliance.keep(trial)
        self.fleet.note(trial.number, UpdateOutcome.TAKEN, "")
        return Looked(UpdateStep.TAKEN)

    def _back(self, trial: Trial, why: str) -> Looked:
        self.appliance.go_back(trial)
        self.fleet.note(trial.number, UpdateOutcome.UNDONE, why)
        return Looked(UpdateStep.UNDONE, why)
