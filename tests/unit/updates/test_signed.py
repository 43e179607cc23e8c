"""Cases 103 and 104: what was not signed, was changed, or is older is refused before anything of it is unpacked."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.adapters.updates.depot import MANIFEST, SignedDepot
from kiosk.adapters.updates.minisign import SUFFIX, sign
from kiosk.cli import main
from kiosk.domain.updates.releases import Attachment, UpdateRefusedError, manifest_of
from kiosk.domain.updates.rollouts import Turn, UpdateOutcome
from kiosk.services.updates.judging import UpdateStep
from kiosk.services.updates.updater import Updater
from tests.support.updates import Signer

RELEASE = "0123456789ab"


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer.made(tmp_path_factory.mktemp("keys") / "ours")


@pytest.fixture
def depot(signer: Signer, tmp_path: Path) -> Path:
    """A release as `kiosk fleet release sign` leaves it."""
    parts = tmp_path / "parts" / RELEASE / ".venv/lib/python3.11/site-packages"
    for name in ("cloud_film_kiosk-0.2.0", "pydicom-3.0.2"):
        (parts / f"{name}.dist-info").mkdir(parents=True)
        (parts / f"{name}.dist-info/METADATA").write_text("", encoding="utf-8")
    archive = tmp_path / f"{RELEASE}.tar.zst"
    words = ["tar", "--create", "--zstd", "-f", str(archive), "-C", str(tmp_path / "parts"), RELEASE]
    subprocess.run(words, check=True)
    (tmp_path / "packages").write_text("libcups2:amd64\t2.4.2-3\n", encoding="utf-8")
    words = ["release", "sign", str(archive), "--number", "7", "--secret-key", str(signer.secret)]
    out = ["--out", str(tmp_path / "depot"), "--packages", str(tmp_path / "packages")]
    assert main(["fleet", *words, *out]) == 0
    return tmp_path / "depot"


class Machine:
    """Whatever is asked of it beyond its numbers would be a change."""

    def __init__(self, number: int = 0) -> None:
        self._number = number
        self.told: list[tuple[int, UpdateOutcome, str]] = []

    def number(self) -> int:
        return self._number

    def trial(self) -> None:
        return None

    def undone(self) -> list[int]:
        return []

    def holds(self, release: str) -> bool:
        return False

    def room(self) -> Path:
        raise AssertionError("something is fetched")

    def turn(self) -> Turn:
        return Turn(7, RELEASE)

    def note(self, number: int, outcome: UpdateOutcome, said: str) -> None:
        self.told.append((number, outcome, said))


def look(depot: Path, signer: Signer, machine: Machine) -> UpdateStep:
    updater = Updater(SignedDepot(str(depot), signer.public), machine, machine, lambda: True, 60.0)  # type: ignore[arg-type]
    return updater.look().step


def test_a_release_says_what_is_in_it(depot: Path, signer: Signer) -> None:
    manifest = manifest_of(SignedDepot(str(depot), signer.public).manifest())
    assert (manifest.number, manifest.release, manifest.version) == (7, RELEASE, "0.2.0")
    parts = json.loads((depot / manifest.sbom.name).read_text(encoding="utf-8"))["components"]
    assert {one["purl"] for one in parts} == {
        "pkg:pypi/cloud-film-kiosk@0.2.0", "pkg:pypi/pydicom@3.0.2", "pkg:deb/debian/libcups2@2.4.2-3",
    }  # fmt: skip


def test_its_files_are_those_that_were_signed(depot: Path, signer: Signer, tmp_path: Path) -> None:
    source = SignedDepot(str(depot), signer.public)
    fetched = source.fetch(manifest_of(source.manifest()).archive, tmp_path)
    assert fetched.read_bytes() == (depot / f"{RELEASE}.tar.zst").read_bytes()


def changed_manifest(depot: Path, signer: Signer) -> None:
    text = (depot / MANIFEST).read_text(encoding="utf-8")
    (depot / MANIFEST).write_text(text.replace('"number": 7', '"number": 8'), encoding="utf-8")


def another_key(depot: Path, signer: Signer) -> None:
    shutil.rmtree(depot.parent / "theirs", ignore_errors=True)
    sign(depot / MANIFEST, Signer.made(depot.parent / "theirs").secret, "trust me")


def no_signature(depot: Path, signer: Signer) -> None:
    (depot / (MANIFEST + SUFFIX)).write_bytes(b"")


def not_a_manifest(depot: Path, signer: Signer) -> None:
    (depot / MANIFEST).write_text('{"format": 1, "number": "7"}', encoding="utf-8")
    sign(depot / MANIFEST, signer.secret, "ours, and wrong")


@pytest.mark.parametrize("tamper", [changed_manifest, another_key, no_signature, not_a_manifest])
def test_case_103_what_was_tampered_with_is_refused_and_told(
    depot: Path, signer: Signer, tamper: Callable[[Path, Signer], None]
) -> None:
    tamper(depot, signer)
    machine = Machine()
    assert look(depot, signer, machine) is UpdateStep.REFUSED
    assert [outcome for _, outcome, _ in machine.told] == [UpdateOutcome.REFUSED]


def test_case_103_a_machine_without_a_key_takes_nothing(depot: Path, signer: Signer, tmp_path: Path) -> None:
    assert look(depot, Signer(tmp_path / "none"), Machine()) is UpdateStep.REFUSED


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"x", lambda data: b"y" + data[1:]])
def test_case_103_a_changed_archive_is_refused_before_it_is_unpacked(
    depot: Path, signer: Signer, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    archive = depot / f"{RELEASE}.tar.zst"
    archive.write_bytes(change(archive.read_bytes()))
    source = SignedDepot(str(depot), signer.public)
    room = tmp_path / "room"
    room.mkdir()
    with pytest.raises(UpdateRefusedError, match="not what was signed"):
        source.fetch(manifest_of(source.manifest()).archive, room)
    assert not list(room.iterdir())


def test_case_103_an_older_release_is_refused_however_well_it_was_signed(depot: Path, signer: Signer) -> None:
    machine = Machine(number=8)
    assert look(depot, signer, machine) is UpdateStep.REFUSED
    assert machine.told[0][0] == 7
    assert look(depot, signer, Machine(number=7)) is UpdateStep.NOTHING


@pytest.mark.parametrize("name", ["../a", "a/b", ".hidden", "", "a\nb"])
def test_no_name_leads_out_of_the_depot(name: str) -> None:
    with pytest.raises(UpdateRefusedError):
        Attachment(name, 1, "0" * 64)


def test_no_size_is_beyond_what_a_release_can_be() -> None:
    good = Attachment("a", 1, "0" * 64)
    for size in (0, -1, 5 << 30):
        with pytest.raises(UpdateRefusedError):
            replace(good, size=size)


def test_a_release_is_signed_only_if_it_holds_the_program(tmp_path: Path, signer: Signer) -> None:
    (tmp_path / RELEASE).mkdir()
    archive = tmp_path / f"{RELEASE}.tar.zst"
    subprocess.run(["tar", "--create", "--zstd", "-f", str(archive), "-C", str(tmp_path), RELEASE], check=True)
    words = ["release", "sign", str(archive), "--number", "1", "--secret-key", str(signer.secret)]
    assert main(["fleet", *words, "--out", str(tmp_path / "depot")]) == 2
