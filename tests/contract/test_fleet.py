"""The machines of one ledger, on SQLite and PostgreSQL: what they tell, and what they are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.adapters.sql import SqlLedger
from kiosk.domain.faults import KioskError
from kiosk.domain.fleet import SILENT_S, DeviceReport, FleetAction
from kiosk.domain.trail import AuditRecord, EventKind, EventOutcome
from kiosk.domain.updates.rollouts import Rollout, UpdateOutcome

WELL = DeviceReport("lobby-1", "0.1.0", "abc", "123")
SICK = replace(WELL, faults={"archive": ("archive-unreachable", "no route"), "disk": ("disk-full", "12 MiB free")})


class Hands:
    """A clock that the test turns, for SQLite; PostgreSQL has its own."""

    at = 1_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    return str(request.getfixturevalue("cluster").database())


@pytest.fixture
def ledger(url: str, tmp_path: Path) -> SqlLedger:
    return SqlLedger(url, key=b"secret", anchor=tmp_path / "anchor")


def test_a_machine_tells_of_itself_in_the_place_of_what_it_told_before(ledger: SqlLedger) -> None:
    ledger.report_device(SICK)
    ledger.report_device(replace(WELL, device="desk-1"))
    ledger.report_device(WELL)
    assert [one.report for one in ledger.devices()] == [replace(WELL, device="desk-1"), WELL]
    assert all(one.well for one in ledger.devices())
    ledger.close()


def test_since_when_its_faults_are_what_they_are(tmp_path: Path) -> None:
    hands = Hands()
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.db", key=b"secret", now=hands)
    ledger.report_device(SICK)
    hands.at += 60
    worse = {"archive": SICK.faults["archive"], "disk": ("disk-full", "11 MiB free")}
    ledger.report_device(replace(SICK, faults=worse))
    (state,) = ledger.devices()
    assert (state.since, state.seen, state.well) == (1_000_000.0, 1_000_060.0, False)
    hands.at += 60
    ledger.report_device(WELL)
    assert ledger.devices()[0].since == hands.at
    hands.at += SILENT_S + 1
    assert ledger.devices()[0].silent
    ledger.close()


def test_visits_and_alarms_are_counted_by_machine(ledger: SqlLedger) -> None:
    ledger.report_device(WELL)
    ledger.report_device(replace(WELL, device="lobby-2"))
    ledger.open_visit("visit", "lobby-1")
    ledger.append(AuditRecord(EventKind.FOREIGN_OBJECT, EventOutcome.ALARM, "lobby-2"))
    first, second = ledger.devices()
    assert (first.visits, first.alarms, second.visits, second.alarms) == (1, 0, 0, 1)
    assert first.last_visit > 0
    assert second.last_visit == 0
    ledger.close()


def test_the_newest_order_counts(ledger: SqlLedger, url: str, tmp_path: Path) -> None:
    assert ledger.closed_by("lobby-1") is None
    ledger.report_device(WELL)
    ledger.tell_device("lobby-1", FleetAction.CLOSE, "paper tray is broken", "wang")
    other = SqlLedger(url, key=b"secret", anchor=tmp_path / "other")
    order = other.closed_by("lobby-1")
    assert order is not None
    assert (order.reason, order.actor) == ("paper tray is broken", "wang")
    assert other.closed_by("lobby-2") is None
    assert (other.devices()[0].closed, other.devices()[0].well) == ("paper tray is broken", False)
    other.tell_device("lobby-1", FleetAction.OPEN, "", "wang")
    assert ledger.closed_by("lobby-1") is None
    assert ledger.devices()[0].well
    ledger.close()
    other.close()


def test_a_machine_that_is_no_more_is_forgotten_with_its_orders(ledger: SqlLedger) -> None:
    ledger.report_device(WELL)
    ledger.tell_device("lobby-1", FleetAction.CLOSE, "sold", "wang")
    assert ledger.forget_device("lobby-1")
    assert not ledger.forget_device("lobby-1")
    assert ledger.devices() == []
    assert ledger.closed_by("lobby-1") is None
    ledger.close()


def test_a_release_on_its_way_to_the_machines(ledger: SqlLedger) -> None:
    assert ledger.rollout() is None
    ledger.begin_rollout(Rollout(3, "aaaaaaaaaaaa", "0.3.0", first=("b", "a"), soak_s=60.0, actor="wang"))
    begun = ledger.rollout()
    assert begun is not None
    assert (begun.number, begun.first, begun.soak_s, begun.stopped, begun.at > 0) == (3, ("b", "a"), 60.0, "", True)
    for number in (2, 3):
        with pytest.raises(KioskError):
            ledger.begin_rollout(replace(begun, number=number))
    ledger.note_update(3, "a", UpdateOutcome.TAKEN, "")
    ledger.note_update(3, "b", UpdateOutcome.TAKEN, "")
    ledger.note_update(3, "b", UpdateOutcome.UNDONE, "no picture")
    assert [(one.device, one.outcome) for one in ledger.update_notes(3)] == [("a", "taken"), ("b", "undone")]
    ledger.stop_rollout("smoke")
    assert ledger.rollout() == replace(begun, stopped="smoke")
    ledger.stop_rollout("")
    assert [(one.device, one.outcome) for one in ledger.update_notes(3)] == [("a", "taken"), ("b", "excused")]
    ledger.begin_rollout(replace(begun, number=4))
    assert ledger.update_notes(4) == []
    ledger.close()
