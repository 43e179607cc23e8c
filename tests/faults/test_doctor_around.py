"""`kiosk doctor` where what surrounds the kiosk is wrong: it goes on to the end and says what to do."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.adapters.machine.system import SystemClock
from kiosk.bootstrap import build
from kiosk.cli import main
from kiosk.config import Settings, load
from kiosk.domain.faults import FaultCode
from kiosk.ports.probe import Finding
from tests.support.certificates import self_signed
from tests.support.faulty import LyingHandler, lying
from tests.support.io_faults import build as build_shim
from tests.support.io_faults import run_child
from tests.support.postgres import Cluster

ELSE_PROBED = {"archive", "clock", "fonts", "private", "camera", "printer report"}


def config_with(folder: Path, text: str) -> Path:
    """A kiosk on a folder of files unless the text says another archive; no film printer, no camera."""
    if "[archive]" not in text:
        (folder / "archive").mkdir()
        text += "\n[archive]\npath = 'archive'"
    file = folder / "kiosk.toml"
    file.write_text(f"{text}\n[printers.film]\nkind = 'none'\n[camera]\nsource = 'none'\n", encoding="utf-8")
    return file


def doctor(config: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit code, and the findings by probe."""
    code = main(["doctor", "--json", "--config", str(config)])
    return code, by_probe(capsys.readouterr().out)


def by_probe(told: str) -> dict[str, dict[str, Any]]:
    return {finding["probe"]: finding for finding in json.loads(told.strip().splitlines()[-1])["findings"]}


@pytest.mark.parametrize("when", ["new", "in use"])
def test_with_a_full_disk_doctor_goes_on_and_names_it(
    when: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every write of the state folder meets ENOSPC, on the first start as well as later."""
    config = config_with(tmp_path, "")
    if when == "in use":
        assert doctor(config, capsys)[0] == 0
    said = run_child(build_shim(tmp_path), "tests.support.doctor_child", str(config), str(tmp_path / "state"))
    told, code = said.splitlines()
    findings = by_probe(told)
    assert code == "1"
    wrong = [finding for finding in findings.values() if not finding["ok"]]
    assert FaultCode.DISK_FULL in [finding["fault"] for finding in wrong], wrong
    assert all(finding["advice"] for finding in wrong)
    assert "fonts" in findings and (when == "new" or findings.keys() >= ELSE_PROBED)


def not_there(handler: LyingHandler) -> None:
    handler.send_error(404)


def nothing_held(handler: LyingHandler) -> None:
    handler.send_json([])


def test_a_path_that_is_not_the_archives_names_its_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with lying(not_there) as server:
        code, findings = doctor(config_with(tmp_path, archive_at(server.url)), capsys)
    assert code == 1 and "404" in findings["archive"]["said"] and "archive.url" in findings["archive"]["said"]
    assert findings.keys() >= ELSE_PROBED


@pytest.mark.parametrize("known", [False, True])
def test_a_self_signed_certificate_names_ca_file_and_is_well_once_that_is_set(
    known: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))
    more = "ca_file = 'server.pem'" if known else ""
    with lying(nothing_held, context) as server:
        code, findings = doctor(config_with(tmp_path, f"{archive_at(server.url)}\n{more}"), capsys)
    assert (code, findings["archive"]["ok"]) == ((0, True) if known else (1, False)), findings
    assert known or "archive.ca_file" in findings["archive"]["said"]


def archive_at(url: str) -> str:
    return f"[archive]\nkind = 'dicomweb'\nurl = '{url}'"


@dataclass
class WrongClock(SystemClock):
    """The machine's clock, so many seconds ahead."""

    ahead_s: float

    def __post_init__(self) -> None:
        super().__init__("Asia/Shanghai")

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.ahead_s)


@pytest.mark.parametrize(("ahead_s", "ok"), [(0, True), (600, False), (-600, False)])
def test_the_clock_is_compared_with_the_database(tmp_path: Path, cluster: Cluster, ahead_s: float, ok: bool) -> None:
    settings = load(config_with(tmp_path, f"[ledger]\nurl = '{cluster.database()}'"))
    finding = clock_of(settings, WrongClock(ahead_s))
    assert finding.ok is ok and "against the database" in finding.said
    assert ok or (finding.fault is FaultCode.CLOCK_OFF and f"{ahead_s:+d} s" in finding.said)


@pytest.mark.parametrize(("ahead_s", "ok"), [(0, True), (600, False)])
def test_the_clock_is_compared_with_an_archive_that_tells_the_time(tmp_path: Path, ahead_s: float, ok: bool) -> None:
    with lying(nothing_held) as server:
        settings = load(config_with(tmp_path, archive_at(server.url)))
        finding = clock_of(settings, WrongClock(ahead_s))
    assert finding.ok is ok and "against the archive" in finding.said


def clock_of(settings: Settings, clock: SystemClock) -> Finding:
    application = build(settings, clock=clock)
    try:
        return next(finding for finding in application.doctor() if finding.probe == "clock")
    finally:
        application.close()
