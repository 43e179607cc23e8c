"""A kiosk among others, as real programs on one configuration: it is seen, closed, opened, and named by nobody."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.bootstrap import Outlets, build
from kiosk.cli import main
from kiosk.config import load
from kiosk.domain.faults import FaultCode
from kiosk.domain.health import Health
from kiosk.session.events import Event, HealthKnown
from tests.support.servers import wait_until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def config(hospital: Path, tmp_path: Path) -> Path:
    file = tmp_path / "kiosk.toml"
    file.write_text(
        f"""
[kiosk]
id = "lobby-1"
private_dir = "private"
[archive]
path = "{hospital / "archive"}"
[camera]
source = "none"
[fleet]
metrics = "kiosk.prom"
""",
        encoding="utf-8",
    )
    return file


def fleet(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kiosk", "fleet", "--config", str(config), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


class Watched:
    """A kiosk whose supervisor runs; what it tells is kept."""

    def __init__(self, config: Path) -> None:
        self.told: list[Health] = []
        self.application = build(load(config), Outlets(post=self._hear))
        self.application.watch()

    def _hear(self, event: Event) -> None:
        if isinstance(event, HealthKnown):
            self.told.append(event.health)

    def until(self, wanted: Callable[[Health], bool]) -> None:
        def looked() -> bool:
            self.application.supervisor.look_now()
            return bool(self.told) and wanted(self.told[-1])

        wait_until(looked, 60)

    def close(self) -> None:
        self.application.close()


def test_it_is_seen_closed_by_another_program_and_opened_again(config: Path) -> None:
    kiosk = Watched(config)
    try:
        kiosk.until(lambda health: not health.closed)
        refused = fleet(config, "close", "lobby-7", "--reason", "none such")
        assert (refused.returncode, "no machine 'lobby-7'" in refused.stderr) == (2, True)
        assert fleet(config, "close", "lobby-1", "--reason", "tray is broken", "--by", "wang").returncode == 0
        kiosk.until(lambda health: health.closed == (FaultCode.CLOSED_BY_STAFF,))
        said = fleet(config, "status", "--json")
        (row,) = json.loads(said.stdout)["kiosks"]
        assert said.returncode == 1
        assert (row["kiosk"], row["state"], row["closed"]) == ("lobby-1", "closed", "tray is broken")
        assert "tray is broken" in fleet(config, "status").stdout
        assert fleet(config, "open", "lobby-1").returncode == 0
        kiosk.until(lambda health: not health.closed)
    finally:
        kiosk.close()


def test_monitoring_reads_figures_and_no_person(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    visit = ["journey", "--config", str(config), "--code", "A1001", "--answer", "000000", "--json"]
    main(visit)
    kiosk = Watched(config)
    try:
        figures = config.with_name("kiosk.prom")
        wait_until(lambda: figures.exists() and "kiosk_visits_day 1.0" in figures.read_text("ascii"), 60)
        assert 'kiosk_probe_ok{probe="archive"} 1.0' in figures.read_text("ascii")
        assert "A1001" not in figures.read_text("ascii")
    finally:
        kiosk.close()
    capsys.readouterr()


def test_the_support_bundle_says_what_is_wrong_and_names_nobody(
    config: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    main(["journey", "--config", str(config), "--code", "A1001", "--answer", "000000", "--json"])
    out = tmp_path / "bundle.tar.gz"
    assert main(["support-bundle", "--config", str(config), "--out", str(out)]) == 0
    capsys.readouterr()
    with tarfile.open(out) as bundle:
        names = {Path(one.name).name for one in bundle.getmembers()}
        everything = b"".join(file.read() for one in bundle.getmembers() if (file := bundle.extractfile(one)))
    assert {"about.json", "findings.json", "settings.json", "ledger.json", "packages.txt", "kiosk.log"} <= names
    assert b'"archive"' in everything
    assert b"A1001" not in everything
