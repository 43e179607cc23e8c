"""`kiosk audit forward` to a FHIR server: AuditEvents that @medplum/fhir-router takes; a server that refuses in the
middle; and syslog's absence delays FHIR not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from kiosk.adapters.machine.system import SystemClock
from kiosk.bootstrap import ledger_of
from kiosk.bootstrap.audit_out import lag_probes, ways_out
from kiosk.cli import main
from kiosk.config import load
from kiosk.domain.faults import KioskError
from kiosk.domain.trail import AuditRecord, EventKind, EventOutcome
from tests.support import counterparts
from tests.support.servers import free_port
from tests.support.web_service import Sent, serving

TOKEN = "s3cret-t0ken"
NOW = SystemClock("Asia/Shanghai").now().timestamp()


def configured(folder: Path, url: str, more: str = "") -> Path:
    token = folder / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    config = folder / "kiosk.toml"
    config.write_text(
        f'[kiosk]\nid = "k1"\nstate_dir = "{folder}/state"\n[audit]\n{more}\n'
        f'[audit.fhir]\nurl = "{url}/fhir"\ntoken = "file:{token}"\nquery_s = 5\n'
    )
    return config


def noted(config: Path, count: int, when: float = NOW) -> int:
    """Write events; returns the last one's number."""
    ledger = ledger_of(load(config))
    for number in range(count):
        details: dict[str, str | int | float | bool] = {"sheets": number, "what": '<&>"'}
        record = AuditRecord(EventKind.DOCUMENT_PRINTED, EventOutcome.ALARM, "k1", "v1", "abcdefgh", details=details,
                             when=when)  # fmt: skip
        last = ledger.append(record)
    ledger.close()
    return last


def forward(config: Path) -> int:
    ledger = ledger_of(load(config))
    (way,) = ways_out(load(config), ledger)
    try:
        return way.forwarding.round()
    finally:
        way.close()
        ledger.close()


def lag(config: Path) -> Any:
    ledger = ledger_of(load(config))
    (probe,) = lag_probes(load(config), ledger)
    try:
        return probe.check()
    finally:
        ledger.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("fhir") / "log"
    with counterparts.node("fhir_server.mjs", log, TOKEN) as url:
        yield url


def test_a_fhir_server_takes_every_event_once(server: str, tmp_path: Path) -> None:
    config = configured(tmp_path, server)
    last = noted(config, 25)
    assert forward(config) == last and forward(config) == 0
    assert forward(config) == 0 and noted(config, 1) == last + 1 and forward(config) == 1
    headers = {"Authorization": f"Bearer {TOKEN}"}
    found = requests.get(f"{server}/fhir/AuditEvent?_count=100", headers=headers, timeout=30).json()
    events = [entry["resource"] for entry in found["entry"]]
    numbers = {event["entity"][0]["what"]["identifier"]["value"] for event in events}
    assert len(events) == last + 1 and numbers == {f"k1/{number}" for number in range(1, last + 2)}
    (one,) = [event for event in events if event["entity"][0]["what"]["identifier"]["value"] == f"k1/{last}"]
    assert (one["type"]["code"], one["subtype"][0]["code"], one["outcome"]) == ("110106", "document-printed", "12")
    assert one["entity"][1]["what"]["identifier"]["value"] == "abcdefgh"
    assert {"type": "what", "valueString": '<&>"'} in one["entity"][0]["detail"]
    assert one["agent"][0]["requestor"] is True and one["recorded"].endswith("Z")


@dataclass
class Refusing:
    """Takes some, then refuses."""

    left: int
    url: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)

    def lie(self, sent: Sent) -> Sent:
        return sent

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Sent:
        if (method, target) != ("POST", "/fhir/AuditEvent") or self.left <= 0:
            return 422, "application/fhir+json", b"{}"
        self.left -= 1
        self.taken.append(json.loads(body))
        return 201, "application/fhir+json", body


def test_what_was_refused_comes_again_and_the_lag_is_a_finding(tmp_path: Path) -> None:
    with serving(Refusing(30)) as repository:
        config = configured(tmp_path, repository.url)
        last = noted(config, 50, 1_790_000_000.0)
        with pytest.raises(KioskError, match="message-not-sent"):
            forward(config)
        finding = lag(config)
        assert not finding.ok and "min" in finding.said and finding.probe == "audit out fhir"
        repository.left = 100
        assert forward(config) == last - 20, "the first twenty have their receipts"
        told = [event["entity"][0]["what"]["identifier"]["value"] for event in repository.taken]
        assert set(told) == {f"k1/{number}" for number in range(1, last + 1)} and len(told) == last + 10
        assert lag(config).ok


def test_syslog_that_is_away_delays_only_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Refusing(100)) as repository:
        more = f'host = "127.0.0.1"\nport = {free_port()}'
        config = configured(tmp_path, repository.url, more)
        last = noted(config, 3)
        assert main(["audit", "--config", str(config), "forward", "--once"]) == 6
        assert f"{last} events forwarded (fhir)" in capsys.readouterr().out
        assert len(repository.taken) == last
