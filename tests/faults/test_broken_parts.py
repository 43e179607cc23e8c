"""Parts that break in ways nobody foresaw: rows, views, screens, services, lanes, probes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.bootstrap import Application
from kiosk.domain.exam import Exam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.health import Health
from kiosk.domain.trail import AuditRecord
from kiosk.ports.archive import StudyQuery
from kiosk.services.machine.lanes import Lanes
from kiosk.services.machine.supervisor import Supervisor
from kiosk.session import events as on
from kiosk.session import states as at
from kiosk.session import table
from kiosk.session.limits import PRINTING_S
from tests.support.paper import ANSWER, NAME, WANG, PaperArchive, at_kiosk, exam
from tests.support.storyboard import Storyboard


@pytest.fixture
def archive() -> PaperArchive:
    return PaperArchive([exam(WANG)])


@pytest.fixture
def person(archive: PaperArchive, tmp_path: Path) -> Iterator[Storyboard]:
    with at_kiosk(tmp_path, archive) as made:
        yield made


def broken(*_: Any, **__: Any) -> Any:
    raise ValueError("nobody foresaw this")


def told(person: Storyboard, fault: FaultCode) -> None:
    """The patient reads one sentence; one audit event says so; afterwards the next visit works."""
    view = person.sees("trouble")
    assert isinstance(person.state, at.Failed) and person.state.fault is fault and view.body["next"]
    person.settles()
    events = person.audited("visit-failed", "service-failed", "document-missing", "document-uncertain")
    assert [event.details["fault"] for event in events] == [str(fault)]


def test_a_row_that_raises(person: Storyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    person.proves("A0001", ANSWER)
    with monkeypatch.context() as patch:
        patch.setitem(table.TABLE, (at.Listing, on.PrintReports), broken)
        person.does(on.PrintReports())
    told(person, FaultCode.INTERNAL)
    assert person.engine.counts["crashed"] == 1
    person.does(on.Finish())
    person.proves("A0001", ANSWER)


def test_a_row_that_raises_where_the_failure_is_shown_ends_the_visit(
    person: Storyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.proves("A0001", ANSWER)
    monkeypatch.setitem(table.TABLE, (at.Listing, on.PrintReports), broken)
    monkeypatch.setitem(table.TABLE, (at.Failed, on.CallHelp), broken)
    person.does(on.PrintReports(), on.CallHelp())
    person.sees("attract")


def test_a_view_that_raises(person: Storyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    person.proves("A0001", ANSWER)
    monkeypatch.setattr("kiosk.session.screens.bodies.mask_name", broken)
    told(person, FaultCode.INTERNAL)
    assert NAME not in str(person.view.plain())


def test_a_screen_that_raises_does_not_stop_the_visit(
    person: Storyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person.engine, "_on_change", broken)
    person.proves("A0001", ANSWER)
    person.does(on.PrintReports())
    person.sees("done")
    assert person.engine.counts["crashed"] > 0


class Panic(BaseException):
    """As some native libraries raise it: no Exception."""


@pytest.mark.parametrize("raised", [ValueError, MemoryError, RecursionError, SystemExit, KeyboardInterrupt, Panic])
def test_case_64_a_service_that_raises_anything(
    archive: PaperArchive, person: Storyboard, raised: type[BaseException]
) -> None:
    def lie(query: StudyQuery, found: list[Exam]) -> list[Exam]:
        raise raised

    archive.lie = lie
    person.holds("A0001")
    told(person, FaultCode.INTERNAL)
    archive.lie = lambda query, found: found
    person.does(on.Finish())
    person.proves("A0001", ANSWER)


def test_a_service_that_hangs_ends_in_words(archive: PaperArchive, person: Storyboard) -> None:
    release = threading.Event()

    def lie(query: StudyQuery, found: list[Exam]) -> list[Exam]:
        release.wait(30)
        return found

    archive.lie = lie
    person.holds("A0001")
    assert person.view.screen == "scan" and person.waits_too_long() == 300
    view = person.sees("trouble")
    assert view.headline == "影像系统响应太慢" and view.body["next"]
    person.does(on.Finish())
    release.set()
    person.settles()
    assert person.view.screen == "attract", "the late answer is stale"
    assert person.engine.counts["stale"] >= 1
    assert [e.details["fault"] for e in person.audited("visit-failed")] == ["archive-timeout"]


def test_an_audit_trail_that_breaks_does_not_stop_the_visit(
    person: Storyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(record: AuditRecord) -> int:
        raise KioskError(FaultCode.DISK_FULL)

    monkeypatch.setattr(person.application.adapters.ledger, "append", full)
    person.proves("A0001", ANSWER)
    person.does(on.PrintReports())
    person.sees("done")
    assert len(person.printed()) == 1


# --- lanes ---------------------------------------------------------------------------------------------------------
def test_a_printer_lane_that_is_dead_is_told(person: Storyboard) -> None:
    person.proves("A0001", ANSWER)
    person.application.lanes._pools["printer"].shutdown()
    person.does(on.PrintReports())
    told(person, FaultCode.SPOOLER_DOWN)
    assert not person.printed()


def test_a_lane_that_is_busy_answers_in_time_and_drops_the_question() -> None:
    lanes, release, asked = Lanes(), threading.Event(), []
    lanes.start("printer", "t", lambda cancelled: release.wait(20))
    with pytest.raises(KioskError) as busy:
        lanes.call("printer", lambda: asked.append(1), seconds=0.05)
    assert busy.value.code is FaultCode.PRINTER_BUSY
    release.set()
    assert lanes.call("printer", lambda: "well", seconds=20) == "well"
    assert asked == [], "a question nobody waits for is not asked afterwards"
    lanes.close()


def test_a_time_out_inside_the_work_is_not_taken_for_a_busy_lane() -> None:
    lanes = Lanes()
    with pytest.raises(TimeoutError):
        lanes.call("printer", lambda: (_ for _ in ()).throw(TimeoutError()), seconds=20)
    lanes.close()


def printer_finding(application: Application) -> tuple[bool, str]:
    (found,) = [f for f in application.supervisor.check() if f.probe == "printer report"]
    return found.ok, found.said


def test_a_lane_that_prints_is_no_fault_one_that_hangs_is(person: Storyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.services.machine.lane_probe.PATIENCE_S", 0.05)
    lanes, release = person.application.lanes, threading.Event()
    hanging = threading.Thread(target=lambda: lanes.call("printer", lambda: release.wait(20)))
    hanging.start()
    while not lanes.busy_for("printer"):
        time.sleep(0.005)
    assert printer_finding(person.application) == (True, "printing")
    monkeypatch.setattr(person.application.lanes, "busy_for", lambda lane: PRINTING_S)
    assert printer_finding(person.application)[0] is False
    release.set()
    hanging.join()


# --- the supervisor ------------------------------------------------------------------------------------------------
def watched(
    monkeypatch: pytest.MonkeyPatch, first: Callable[[], object], check: Callable[[], list[Any]], wanted: int
) -> list[Health]:
    """What a supervisor tells until it has told so much."""
    told_: list[Health] = []
    monkeypatch.setattr("kiosk.services.machine.supervisor.FIRST_RETRY_S", 0.01)
    enough, wake = threading.Event(), threading.Event()

    def tell(health: Health) -> None:
        told_.append(health)
        if len(told_) >= wanted:
            enough.set()
        wake.set()

    supervisor = Supervisor((), first, tell, wake=wake)
    monkeypatch.setattr(supervisor, "check", check)
    supervisor.start()
    assert enough.wait(20)
    supervisor.close()
    return told_


def test_a_journal_that_is_down_at_start_closes_the_kiosk_until_it_is_reconciled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempts = iter([KioskError(FaultCode.STORE_UNAVAILABLE), ValueError("broken"), None])

    def first() -> None:
        error = next(attempts)
        if error:
            raise error

    told_ = watched(monkeypatch, first, list, 2)
    assert told_ == [Health(store=FaultCode.STORE_UNAVAILABLE), Health()]
    assert list(attempts) == []


def test_a_probe_that_breaks_closes_the_kiosk_and_the_watch_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = iter([ValueError("broken")])

    def check() -> list[Any]:
        error = next(checks, None)
        if error:
            raise error
        return []

    assert watched(monkeypatch, lambda: None, check, 2) == [Health(store=FaultCode.INTERNAL), Health()]
