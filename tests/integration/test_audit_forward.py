"""`kiosk audit forward` to a real rsyslog over TLS: in order, at least once, nothing lost in silence."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as Xml
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.bootstrap import build, ledger_of
from kiosk.bootstrap.audit_out import ways_out
from kiosk.config import load
from kiosk.domain.faults import KioskError
from kiosk.domain.trail import AuditRecord, EventKind, EventOutcome
from tests.support import rsyslog
from tests.support.hospital import ROOT
from tests.support.rsyslog import Receiver
from tests.support.servers import wait_until


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    with rsyslog.running(tmp_path_factory.mktemp("rsyslog")) as running:
        yield running


def configured(folder: Path, receiver: Receiver, who: str = "client") -> Path:
    config = folder / "kiosk.toml"
    pems = receiver.folder
    config.write_text(
        f'[kiosk]\nstate_dir = "{folder}/state"\n[audit]\nhost = "127.0.0.1"\nport = {receiver.port}\n'
        f'ca_file = "{pems}/ca.pem"\ncert_file = "{pems}/{who}.pem"\nkey_file = "{pems}/{who}.key"\n'
    )
    return config


def noted(config: Path, count: int) -> int:
    """Write events; returns the last one's number."""
    ledger = ledger_of(load(config))
    for number in range(count):
        kind = EventKind.DOCUMENT_PRINTED if number % 2 else EventKind.FOREIGN_OBJECT
        outcome = EventOutcome.OK if number % 2 else EventOutcome.ALARM
        details = {"sheets": number, "what": "<&>"}
        last = ledger.append(AuditRecord(kind, outcome, "k1", "v1", "abcdefgh", details=details))
    ledger.close()
    return last


def forward(config: Path) -> int:
    """As `kiosk audit forward --once` does; returns how many."""
    ledger = ledger_of(load(config))
    (way,) = ways_out(load(config), ledger)
    try:
        return way.forwarding.round()
    finally:
        way.close()
        ledger.close()


def by_command(config: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "kiosk", "audit", "--config", str(config), "forward", "--once"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def numbers(lines: list[str]) -> list[int]:
    return [int(found) for line in lines for found in re.findall(r'trail@32473 number="(\d+)"', line)]


def test_events_arrive_in_order_and_the_next_call_repeats_a_few(receiver: Receiver, tmp_path: Path) -> None:
    config = configured(tmp_path, receiver)
    last = noted(config, 40)
    assert by_command(config) == (0, f"{last} events forwarded (syslog)\n")
    wait_until(lambda: len(receiver.received()) == last, "arrival")
    assert numbers(receiver.received()) == list(range(1, last + 1))
    assert forward(config) == 0
    more = noted(config, 2)
    assert forward(config) == 2
    wait_until(lambda: len(receiver.received()) == more + 16, "arrival of the rest")
    assert numbers(receiver.received())[last:] == list(range(last - 15, more + 1))
    message = receiver.received()[1]
    xml = Xml.fromstring(message[message.index("<AuditMessage") :])  # noqa: S314 - our own words
    event = xml.find("EventIdentification")
    assert event is not None and event.get("EventOutcomeIndicator") in ("0", "12")
    code = event.find("EventID")
    assert code is not None and code.get("csd-code") in ("110106", "110113")
    assert message.startswith("<85>1 20") and "DICOM+RFC3881" in message


def test_case_107_a_receiver_that_refuses_gets_everything_later(receiver: Receiver, tmp_path: Path) -> None:
    """TLS 1.3 takes the first records before it refuses: they must not count as sent."""
    config = configured(tmp_path, receiver, "stranger")
    noted(config, 3)
    before = len(receiver.received())
    with pytest.raises(KioskError, match="message-not-sent"):
        forward(config)
    assert not (tmp_path / "state" / "audit-forward.cursor").exists()
    config = configured(tmp_path, receiver)
    assert forward(config) == 3
    wait_until(lambda: len(receiver.received()) == before + 3, "arrival")


def test_the_lag_is_a_finding(receiver: Receiver, tmp_path: Path) -> None:
    config = configured(tmp_path, receiver)
    ledger = ledger_of(load(config))
    ledger.append(AuditRecord(EventKind.VISIT_OPENED, kiosk="k1", when=1_790_000_000.0))
    ledger.close()
    application = build(load(config))
    found = {finding.probe: finding for finding in application.doctor()}
    application.close()
    assert not found["audit out"].ok and "min" in found["audit out"].said
    forward(config)
    application = build(load(config))
    found = {finding.probe: finding for finding in application.doctor()}
    application.close()
    assert found["audit out"].ok
