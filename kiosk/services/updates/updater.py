"""A machine takes a new release: only one that was signed and is newer, only in its turn, between two visits and in the
hours for it; and the settings its hospital wants it to have, at any hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.domain.updates.releases import ReleaseManifest, UpdateRefusedError, manifest_of, wanted_of
from kiosk.ports.updates import Appliance, Depot, FleetVoice, SettingsPlace
from kiosk.services.updates.judging import Judge, Looked, UpdateStep


@dataclass(frozen=True)
class Updater:
    """One machine's. `in_hours` tells whether now is an hour for it, `gate_s` how long a first picture may take."""

    depot: Depot
    appliance: Appliance
    fleet: FleetVoice
    in_hours: Callable[[], bool]
    gate_s: float

    def look(self) -> Looked:
        """One step further. A power cut at any moment in it is followed by the same step at the next look.

        Raises OSError where depot or ledger cannot be reached: nothing was changed.
        """
        judge = Judge(self.appliance, self.fleet, self.gate_s)
        trial = self.appliance.trial()
        if trial is not None:
            return judge.judge(trial)
        if not self.in_hours():
            return Looked(UpdateStep.NOT_NOW, "outside the hours for updates")
        number = 0
        try:
            manifest = manifest_of(self.depot.manifest())
            number = manifest.number
            return self._consider(manifest, judge)
        except UpdateRefusedError as error:
            return judge.refuse(number, error)

    def _consider(self, manifest: ReleaseManifest, judge: Judge) -> Looked:
        if not judge.is_new(manifest.number):
            return Looked(UpdateStep.NOTHING)
        turn = self.fleet.turn()
        if turn.why or (turn.number, turn.release) != (manifest.number, manifest.release):
            return Looked(UpdateStep.NOT_NOW, turn.why or f"started is number {turn.number}, not {manifest.number}")
        if not self.appliance.holds(manifest.release):
            archive = self.depot.fetch(manifest.archive, self.appliance.room())
            self.appliance.unpack(archive, manifest.release)
        return judge.try_out(manifest.number, manifest.release)


@dataclass(frozen=True)
class SettingsTaker:
    """The same for settings: no turns and no hours, since a change of settings is short and often urgent."""

    depot: Depot
    place: SettingsPlace
    fleet: FleetVoice
    gate_s: float

    def look(self) -> Looked:
        """As `Updater.look`."""
        judge = Judge(self.place, self.fleet, self.gate_s, numbered=False)
        trial = self.place.trial()
        if trial is not None:
            return judge.judge(trial)
        number = 0
        try:
            wanted = self.depot.wanted()
            if wanted is None:
                return Looked(UpdateStep.NOTHING)
            number = wanted_of(wanted).number
            if not judge.is_new(number):
                return Looked(UpdateStep.NOTHING)
            return judge.try_out(number, self.place.lay(wanted))
        except UpdateRefusedError as error:
            return judge.refuse(number, error)
