"""A release comes to five kiosks: one is not well with it, one is cut off in the middle, one is off line.

The disks are laid out by the real installer, the signature is minisign's, the ledger is SQLite.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.adapters.sql import SqlLedger
from kiosk.adapters.updates.depot import SignedDepot
from kiosk.domain.fleet import SILENT_S
from kiosk.domain.updates.releases import ReleaseManifest
from kiosk.domain.updates.rollouts import Rollout
from kiosk.services.updates.judging import UpdateStep
from tests.support.updates import PowerCutError, Signer, SimulatedKiosk, checkout, laid_out, offered, packed_release

NAMES = ("lobby-1", "lobby-2", "lobby-3", "lobby-4", "lobby-5")
SOAK_S = 3600.0


class Hands:
    """A clock that the test turns."""

    at = 1_000_000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Hospital:
    """Five kiosks with the release before, a newer one in the depot."""

    ledger: SqlLedger
    kiosks: dict[str, SimulatedKiosk]
    old: str
    new: ReleaseManifest
    hands: Hands

    def all_report(self, *but: str) -> None:
        for name, kiosk in self.kiosks.items():
            if name not in but:
                kiosk.reports()

    def runs(self) -> dict[str, str]:
        return {name: kiosk.runs for name, kiosk in self.kiosks.items()}

    def outcomes(self) -> dict[str, str]:
        return {note.device: str(note.outcome) for note in self.ledger.update_notes(self.new.number)}


@dataclass(frozen=True)
class Made:
    """What is made once: a key, a depot with the newer release, a disk with the older one."""

    signer: Signer
    depot: Path
    new: ReleaseManifest
    disk: Path
    old: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    room = tmp_path_factory.mktemp("made")
    signer = Signer.made(room / "key")
    archive = packed_release(checkout(room / "newer", "Newer"), room / "build")
    new = offered(archive, 2, room / "depot", signer)
    return Made(signer, room / "depot", new, room / "disk", laid_out(checkout(room / "older", "Older"), room / "disk"))


@pytest.fixture
def hospital(made: Made, tmp_path: Path) -> Iterator[Hospital]:
    hands = Hands()
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.db", key=b"secret", now=hands)
    depot = SignedDepot(str(made.depot), made.signer.public)
    kiosks = {name: SimulatedKiosk(name, tmp_path / name, ledger, depot) for name in NAMES}
    for kiosk in kiosks.values():
        shutil.copytree(made.disk, kiosk.stage, symlinks=True)
    yield Hospital(ledger, kiosks, made.old, made.new, hands)
    ledger.close()


def test_five_kiosks_end_as_the_fleet_page_says(hospital: Hospital) -> None:
    kiosks, new, old = hospital.kiosks, hospital.new, hospital.old
    hospital.all_report()
    hospital.ledger.begin_rollout(Rollout(new.number, new.release, new.version, first=("lobby-3",), soak_s=SOAK_S))

    # Stage one: the one that was chosen, and nobody else.
    first = [kiosks[name].updater().look().step for name in ("lobby-1", "lobby-3")]
    assert first == [UpdateStep.NOT_NOW, UpdateStep.TAKEN]
    hospital.all_report()
    assert kiosks["lobby-1"].updater().look().why == "waits for lobby-3"

    # Stage two, after the time it was watched. lobby-5 has been silent since; it is not waited for.
    hospital.hands.at += SOAK_S + SILENT_S
    hospital.all_report("lobby-5")

    def cut() -> None:
        raise PowerCutError

    kiosks["lobby-4"].before_judging = cut
    with pytest.raises(PowerCutError):
        kiosks["lobby-4"].updater().look()
    assert hospital.outcomes() == {"lobby-3": "taken"}
    kiosks["lobby-4"].before_judging = lambda: None
    assert kiosks["lobby-4"].updater().look().step is UpdateStep.TAKEN  # the first look after the boot judges

    kiosks["lobby-2"].finds = {new.release: ["printer: printer-missing"]}
    undone = kiosks["lobby-2"].updater().look()
    assert undone.step is UpdateStep.UNDONE
    assert undone.why == "the doctor finds what was well before: printer: printer-missing"

    # One went back: nobody takes it any more, not even the one that comes back now.
    hospital.hands.at += 60
    hospital.all_report()
    assert kiosks["lobby-1"].updater().look().why == "stopped: lobby-2 went back"
    assert kiosks["lobby-5"].updater().look().why == "stopped: lobby-2 went back"
    assert hospital.runs() == {
        "lobby-1": old, "lobby-2": old, "lobby-3": new.release, "lobby-4": new.release, "lobby-5": old,
    }  # fmt: skip

    # Somebody looked at it and lets the others go on; the one that went back is not tried a second time.
    hospital.ledger.stop_rollout("")
    assert [kiosks[name].updater().look().step for name in ("lobby-1", "lobby-5")] == [UpdateStep.TAKEN] * 2
    assert kiosks["lobby-2"].updater().look().step is UpdateStep.NOTHING
    assert hospital.outcomes() == {
        "lobby-1": "taken", "lobby-2": "excused", "lobby-3": "taken", "lobby-4": "taken", "lobby-5": "taken",
    }  # fmt: skip


def test_no_first_picture_and_it_goes_back(hospital: Hospital) -> None:
    kiosk = hospital.kiosks["lobby-1"]
    hospital.all_report()
    hospital.ledger.begin_rollout(Rollout(2, hospital.new.release, "0.2.0"))
    kiosk.finds = {hospital.new.release: None}
    assert kiosk.updater().look().why == "no first picture within 60 s"
    assert kiosk.runs == hospital.old
    assert (kiosk.stage / "etc/systemd/system/kiosk.service").exists()


def test_what_was_wrong_before_is_not_the_releases_fault(hospital: Hospital) -> None:
    """A printer without paper must not turn an update away."""
    kiosk = hospital.kiosks["lobby-1"]
    hospital.all_report()
    hospital.ledger.begin_rollout(Rollout(2, hospital.new.release, "0.2.0"))
    kiosk.finds = {name: ["paper: media-empty"] for name in (hospital.old, hospital.new.release)}
    assert kiosk.updater().look().step is UpdateStep.TAKEN


@pytest.mark.parametrize("moment", ["begin", "switched", "left", "back"])
def test_a_power_cut_at_any_moment_ends_in_one_release_or_the_other(hospital: Hospital, moment: str) -> None:
    """The disk is as the cut left it; the look after the boot ends it."""
    kiosk = hospital.kiosks["lobby-1"]
    hospital.all_report()
    hospital.ledger.begin_rollout(Rollout(2, hospital.new.release, "0.2.0"))
    if moment in ("left", "back"):
        kiosk.finds = {hospital.new.release: None}
    updater = kiosk.updater()
    place = updater.appliance

    def cut(*_: object) -> None:
        raise PowerCutError

    assert vars(place)["_memory"] is not None
    target = {"begin": (place, "_install"), "switched": (place, "keep"), "left": (place, "_install"),
              "back": (vars(place)["_memory"], "end")}[moment]  # fmt: skip
    if moment == "left":  # the switch works, going back does not
        install = getattr(place, "_install")  # noqa: B009 - the cut is inside
        setattr(place, "_install", lambda *words: cut() if "--rollback" in words else install(*words))  # noqa: B010
    else:
        setattr(*target, cut)
    with pytest.raises(PowerCutError):
        updater.look()
    for _ in range(3):
        if kiosk.updater().look().step in (UpdateStep.TAKEN, UpdateStep.NOTHING):
            break
    assert kiosk.updater().look().step is UpdateStep.NOTHING
    assert kiosk.runs == (hospital.old if moment in ("left", "back") else hospital.new.release)
    assert not (kiosk.home / "updates/trial").exists()


def test_outside_the_hours_nothing_is_taken(hospital: Hospital) -> None:
    kiosk = hospital.kiosks["lobby-1"]
    hospital.all_report()
    hospital.ledger.begin_rollout(Rollout(2, hospital.new.release, "0.2.0"))
    kiosk.open_now = False
    assert kiosk.updater().look().step is UpdateStep.NOT_NOW
    assert kiosk.runs == hospital.old
