"""Machines that are kept up to date: a depot with a real key, kiosks whose disk is laid out by the real installer."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.adapters.updates.appliance import ReleaseFolders
from kiosk.adapters.updates.depot import MANIFEST, SignedDepot
from kiosk.adapters.updates.minisign import sign
from kiosk.adapters.updates.packing import packed
from kiosk.domain.fleet import DeviceReport
from kiosk.domain.updates.releases import ReleaseManifest
from kiosk.domain.updates.rollouts import Turn, UpdateOutcome, turn_of
from kiosk.ports.ledger import Ledger
from kiosk.services.updates.updater import Updater
from tests.support.servers import program

ROOT = Path(__file__).resolve().parents[2]
VERSION = "0.2.0"


class PowerCutError(BaseException):
    """The mains fail: nothing that would have come after happens, not even in a `finally` of the product's."""


@dataclass(frozen=True)
class Signer:
    """A key pair without a password, as a build machine has it."""

    folder: Path

    @property
    def secret(self) -> Path:
        return self.folder / "secret.key"

    @property
    def public(self) -> Path:
        return self.folder / "update.pub"

    @classmethod
    def made(cls, folder: Path) -> Signer:
        """By minisign."""
        folder.mkdir(parents=True)
        signer = cls(folder)
        tool = program("minisign", "minisign")
        words = "-G", "-W", "-p", str(signer.public), "-s", str(signer.secret)
        subprocess.run([tool, *words], check=True, capture_output=True)
        return signer


def checkout(folder: Path, mark: str) -> Path:
    """A checkout as small as the installer allows; `mark` makes its content its own."""
    shutil.copytree(ROOT / "installer", folder / "installer", ignore=shutil.ignore_patterns("image"))
    (folder / "kiosk").mkdir()
    (folder / "kiosk" / "__init__.py").write_text(f'"""{mark}."""\n', encoding="utf-8")
    metadata = folder / ".venv-lib/python3.11/site-packages" / f"cloud_film_kiosk-{VERSION}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Name: cloud-film-kiosk\nVersion: {VERSION}\n", encoding="utf-8")
    return folder


def laid_out(source: Path, stage: Path) -> str:
    """Install it below a folder; the release's name."""
    command = ["bash", str(source / "installer/install.sh"), "--stage", str(stage)]
    subprocess.run(command, check=True, capture_output=True)
    return (stage / "opt/cloud-film-kiosk/current").readlink().name


def packed_release(source: Path, room: Path) -> Path:
    """As build.sh packs the release that it installed."""
    release = laid_out(source, room / "built")
    archive = room / f"{release}.tar.zst"
    releases = room / "built/opt/cloud-film-kiosk/releases"
    subprocess.run(["tar", "--create", "--zstd", "--file", str(archive), "-C", str(releases), release], check=True)
    return archive


def offered(archive: Path, number: int, depot: Path, signer: Signer) -> ReleaseManifest:
    """Signed into the depot."""
    manifest = packed(archive, number, depot)
    (depot / MANIFEST).write_text(manifest.text(), encoding="utf-8")
    sign(depot / MANIFEST, signer.secret, f"release {number}")
    return manifest


@dataclass
class SimulatedKiosk:
    """One machine: its disk is real, its screen and doctor say what the test has them say."""

    name: str
    stage: Path
    ledger: Ledger
    depot: SignedDepot
    # What the doctor finds while a release is in use; None: no first picture.
    finds: dict[str, Sequence[str] | None] = field(default_factory=dict)
    before_judging: Callable[[], None] = lambda: None
    open_now: bool = True

    @property
    def home(self) -> Path:
        return self.stage / "opt/cloud-film-kiosk"

    @property
    def runs(self) -> str:
        """The release in use."""
        return (self.home / "current").readlink().name

    def reports(self) -> None:
        """As the kiosk does at each look."""
        self.ledger.report_device(DeviceReport(self.name, VERSION, self.runs, "settings"))

    def doctor(self, limit_s: float) -> Sequence[str] | None:
        """After the switch the power may fail before it is asked."""
        if (self.home / "updates/trial").exists():
            self.before_judging()
        return self.finds.get(self.runs, ())

    def updater(self) -> Updater:
        """As after each boot: nothing is remembered but what the disk holds."""
        place = ReleaseFolders(self.doctor, self.home, ("--stage", str(self.stage)))
        return Updater(self.depot, place, self, lambda: self.open_now, 60.0)

    def turn(self) -> Turn:
        """kiosk.ports.updates.FleetVoice."""
        rollout = self.ledger.rollout()
        notes = self.ledger.update_notes(rollout.number) if rollout else []
        return turn_of(self.name, rollout, self.ledger.devices(), notes)

    def note(self, number: int, outcome: UpdateOutcome, said: str) -> None:
        """kiosk.ports.updates.FleetVoice."""
        self.ledger.note_update(number, self.name, outcome, said)
