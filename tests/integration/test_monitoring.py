"""What watches the fleet: rules by promtool, and a kiosk's own figures read by Prometheus' parser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kiosk.adapters.machine.gauges import TextfileGauges
from kiosk.adapters.sql import SqlLedger
from kiosk.domain.faults import FaultCode
from kiosk.domain.fleet import DeviceReport
from kiosk.ports.probe import Finding
from kiosk.services.machine.fleet import Reporter

MONITORING = Path(__file__).parents[2] / "installer" / "monitoring"
FINDINGS = [Finding("archive", True, "well"), Finding("disk", False, "12 MiB free", FaultCode.DISK_FULL)]


def promtool(*arguments: str, stdin: str = "") -> str:
    program = shutil.which("promtool")
    if program is None:
        pytest.fail("promtool is missing: apt-get install --no-install-recommends prometheus")
    done = subprocess.run(
        [program, *arguments], cwd=MONITORING, input=stdin, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def figures(tmp_path: Path) -> str:
    """The file that a kiosk with a full disk writes."""
    ledger, file = SqlLedger(f"sqlite:///{tmp_path}/ledger.db"), tmp_path / "kiosk.prom"
    Reporter(ledger, "lobby-1", "0.1.0", "abc", "123", TextfileGauges(file, "lobby-1"))(FINDINGS)
    (state,) = ledger.devices()
    ledger.close()
    assert state.report == DeviceReport("lobby-1", "0.1.0", "abc", "123", {"disk": ("disk-full", "12 MiB free")})
    return file.read_text("ascii")


def test_the_rules_are_sound_and_fire_when_they_should() -> None:
    assert "rules found" in promtool("check", "rules", "kiosk.rules.yml")
    assert "SUCCESS" in promtool("test", "rules", "kiosk.tests.yml")


def test_a_kiosks_figures_are_what_prometheus_reads(figures: str) -> None:
    promtool("check", "metrics", stdin=figures)
    assert 'kiosk_probe_ok{probe="disk"} 0.0' in figures
    assert 'release="abc"' in figures


@pytest.mark.parametrize("file", ["kiosk.rules.yml", "kiosk-dashboard.json"])
def test_rules_and_dashboard_ask_for_figures_that_are_there(file: str, figures: str) -> None:
    text = (MONITORING / file).read_text("utf-8")
    asked = set(re.findall(r"\bkiosk_\w+", text))
    assert asked
    assert asked <= set(re.findall(r"^kiosk_\w+", figures, re.MULTILINE))


def test_the_dashboard_can_be_imported() -> None:
    dashboard = json.loads((MONITORING / "kiosk-dashboard.json").read_text("utf-8"))
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_a_kiosk_that_cannot_tell_goes_on(tmp_path: Path) -> None:
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.db")
    Reporter(ledger, "lobby-1", "1", "a", "b", TextfileGauges(tmp_path / "nowhere" / "kiosk.prom", "lobby-1"))(FINDINGS)
    assert len(ledger.devices()) == 1
    ledger.close()
