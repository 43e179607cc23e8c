"""Signed settings for all machines: over each one's own file, judged, the last good ones kept; secrets apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from kiosk.adapters.updates.depot import SignedDepot
from kiosk.adapters.updates.settings_files import SettingsFiles
from kiosk.cli import main
from kiosk.config import load
from kiosk.domain.faults import KioskError
from kiosk.domain.updates.releases import UpdateRefusedError, wanted_of
from kiosk.domain.updates.rollouts import Turn, UpdateOutcome
from kiosk.services.updates.judging import UpdateStep
from kiosk.services.updates.updater import SettingsTaker
from tests.support.updates import PowerCutError, Signer

OWN = '[kiosk]\nid = "lobby-1"\n[screens]\nidle_s = 70\n'
WANTED = """number = {number}
[settings.screens]
language = "en"
[settings.archive]
kind = "dicomweb"
url = "https://pacs.hospital/dicom-web"
token = "file:/etc/kiosk/secrets/archive"
[kiosks.lobby-1.screens]
idle_s = 90
[kiosks.lobby-2.screens]
idle_s = 50
"""


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer.made(tmp_path_factory.mktemp("keys") / "ours")


class Kiosk:
    """A machine's folder of settings, and a depot."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.signer, self.depot = signer, folder / "depot"
        self.file = folder / "etc" / "kiosk.toml"
        self.file.parent.mkdir()
        self.file.write_text(OWN, encoding="utf-8")
        self.finds: dict[str, Sequence[str] | None] = {}
        self.starts: list[str] = []
        self.told: list[tuple[int, UpdateOutcome, str]] = []
        self.free = True

    def offer(self, text: str) -> None:
        draft = self.depot.parent / "draft.toml"
        draft.write_text(text, encoding="utf-8")
        words = ["config", "sign", str(draft), "--secret-key", str(self.signer.secret), "--out", str(self.depot)]
        assert main(["fleet", *words]) == 0

    def restart(self) -> None:
        self.starts.append(load(self.file).screens.language)

    def doctor(self, limit_s: float) -> Sequence[str] | None:
        return self.finds.get(load(self.file).screens.language, ())

    def place(self) -> SettingsFiles:
        return SettingsFiles(self.file, self.doctor, lambda: self.free, self.restart)

    def turn(self) -> Turn:
        raise AssertionError("settings have no turns")

    def note(self, number: int, outcome: UpdateOutcome, said: str) -> None:
        self.told.append((number, outcome, said))

    def look(self, place: SettingsFiles | None = None) -> UpdateStep:
        depot = SignedDepot(str(self.depot), self.signer.public)
        return SettingsTaker(depot, place or self.place(), self, 60.0).look().step


@pytest.fixture
def kiosk(tmp_path: Path, signer: Signer) -> Kiosk:
    return Kiosk(tmp_path, signer)


def test_what_all_have_lies_over_what_one_has_and_under_what_it_alone_is_to_have(kiosk: Kiosk) -> None:
    kiosk.offer(WANTED.format(number=1))
    assert kiosk.look() is UpdateStep.TAKEN
    settings = load(kiosk.file)
    assert (settings.kiosk.id, settings.screens.language, settings.screens.idle_s) == ("lobby-1", "en", 90)
    assert settings.archive.token == "file:/etc/kiosk/secrets/archive"
    assert kiosk.starts == ["en"]
    assert kiosk.look() is UpdateStep.NOTHING


def test_a_machine_that_is_not_well_with_them_goes_back_to_the_last_good_ones(kiosk: Kiosk) -> None:
    kiosk.offer(WANTED.format(number=1))
    kiosk.look()
    kiosk.finds = {"es": ["archive: archive-unreachable"]}
    kiosk.offer(WANTED.format(number=2).replace('"en"', '"es"'))
    assert kiosk.look() is UpdateStep.UNDONE
    assert load(kiosk.file).screens.language == "en"
    assert kiosk.look() is UpdateStep.NOTHING
    kiosk.offer(WANTED.format(number=3).replace('"en"', '"ar"'))
    assert kiosk.look() is UpdateStep.TAKEN


def test_the_first_ones_give_way_to_the_machines_own_file(kiosk: Kiosk) -> None:
    kiosk.finds = {"en": None}
    kiosk.offer(WANTED.format(number=1))
    assert kiosk.look() is UpdateStep.UNDONE
    assert load(kiosk.file).archive.kind == "folder"


@pytest.mark.parametrize("call", ["_put", "_restart", "keep"])
def test_a_power_cut_in_the_middle_is_followed_by_a_judgement(kiosk: Kiosk, call: str) -> None:
    kiosk.offer(WANTED.format(number=1))
    place = kiosk.place()

    def cut(*words: object) -> None:
        if call != "_put" or words[0] == "wanted.toml":
            raise PowerCutError
        SettingsFiles._put(place, *words)  # type: ignore[arg-type]

    setattr(place, call, cut)
    with pytest.raises(PowerCutError):
        kiosk.look(place)
    steps = [kiosk.look(), kiosk.look()]
    assert UpdateStep.TAKEN in steps
    assert kiosk.look() is UpdateStep.NOTHING
    assert load(kiosk.file).screens.language == "en"


@pytest.mark.parametrize(
    "text",
    [
        'number = 1\n[settings.screens]\nidle_s = "long"\n',
        'number = 1\n[settings.screens]\nnonsense = 1\n',
        'number = 1\n[settings.archive]\nkind = "dicomweb"\nurl = "https://pacs"\ntoken = "open sesame"\n',
    ],
)
def test_settings_with_which_the_kiosk_would_not_start_are_refused(kiosk: Kiosk, text: str) -> None:
    """Also a secret that is written out: only references are taken."""
    kiosk.offer(text)
    assert kiosk.look() is UpdateStep.REFUSED
    assert not kiosk.starts
    assert [number for number, _, _ in kiosk.told] == [0]


def test_older_ones_are_refused(kiosk: Kiosk) -> None:
    kiosk.offer(WANTED.format(number=2))
    kiosk.look()
    kiosk.offer(WANTED.format(number=1).replace('"en"', '"es"'))
    assert kiosk.look() is UpdateStep.REFUSED
    assert load(kiosk.file).screens.language == "en"


def test_others_than_were_signed_are_refused(kiosk: Kiosk) -> None:
    kiosk.offer(WANTED.format(number=1))
    file = kiosk.depot / "settings.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert kiosk.look() is UpdateStep.REFUSED


def test_somebody_at_the_kiosk_is_not_disturbed(kiosk: Kiosk) -> None:
    kiosk.offer(WANTED.format(number=1))
    kiosk.free = False
    assert kiosk.look() is UpdateStep.BUSY
    assert not kiosk.starts


def test_without_the_server_the_kiosk_starts_with_what_it_has(kiosk: Kiosk) -> None:
    kiosk.offer(WANTED.format(number=1))
    kiosk.look()
    for file in kiosk.depot.iterdir():
        file.unlink()
    kiosk.depot.rmdir()
    assert kiosk.look() is UpdateStep.NOTHING
    assert load(kiosk.file).screens.language == "en"


@pytest.mark.parametrize(
    "text",
    [b"number = 0", b"number = 1\nother = 2", b"number = true", b"\xff", b"number = 1\nsettings = 3",
     b'number = 1\n[settings.kiosk]\nid = "all-the-same"', b'number = 1\n[kiosks.a.kiosk]\nid = "b"'],
)  # fmt: skip
def test_what_is_no_set_of_settings(text: bytes) -> None:
    with pytest.raises(UpdateRefusedError):
        wanted_of(text)


def test_settings_that_were_broken_on_the_disk_are_told_as_such(kiosk: Kiosk) -> None:
    kiosk.file.with_name("wanted.toml").write_text("number = 1\n[settings.screens]\nx = 1\n", encoding="utf-8")
    with pytest.raises(KioskError, match="x"):
        load(kiosk.file)
