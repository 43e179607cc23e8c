"""A call for help: from the kiosk to an open desk on the same ledger, back as "somebody comes", over with the visit."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.adapters.sql import SqlLedger
from kiosk.domain.calls import PROMISE_A_PERSON, CallState
from kiosk.domain.desk import request
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.health import Health
from kiosk.domain.roles import Role, StaffMember
from kiosk.domain.visit import Candidate, Receipt, TaskResult
from kiosk.services.desk.accounts import hashed
from kiosk.services.desk.calls import GLANCE_S
from kiosk.session import effects as do
from kiosk.session import events as on
from kiosk.session import states as at
from kiosk.session.facts import Facts
from kiosk.session.table import step
from kiosk.words import assets
from tests.support.storyboard import Storyboard

Make = Callable[..., Storyboard]
PATIENCE_S = 60.0


class Lobby:
    """A kiosk and a staff station on one ledger, each with its own application."""

    def __init__(self, make: Make, tmp_path: Path) -> None:
        self.url = f"sqlite:///{tmp_path / 'shared.db'}"
        shared = {"url": self.url}
        self.kiosk = make(ledger=shared)
        self.desk = make(seeded=False, ledger=shared, kiosk={"id": "desk-1"})
        self.ledger = self.desk.application.adapters.ledger
        self.ledger.add_staff(StaffMember("li.mei", Role.NURSE), hashed("2468"))
        self.heard = self.desk.heard
        self.desk.does(on.StaffGesture())

    def logs_in(self) -> None:
        self.desk.does(on.StaffLogin("li.mei", "2468"))
        self.desk.sees("staff", lambda v: v.body["panel"] == "worklist" and not v.body["busy"])

    def calls(self) -> str:
        """The patient presses Help; the number they are shown."""
        self.kiosk.does(on.CallHelp())
        self.kiosk.loop.run_until(lambda: self.kiosk.engine.call is not None, PATIENCE_S)
        assert self.kiosk.engine.call
        return self.kiosk.engine.call.code

    def desk_shows(self, wanted: Callable[[list[dict[str, object]]], bool]) -> None:
        """The open desk, without anything being pressed there."""
        self.desk.sees("staff", lambda v: wanted(v.body["data"].get("calls", [])))


@pytest.fixture
def lobby(storyboard: Make, tmp_path: Path) -> Iterator[Lobby]:
    yield Lobby(storyboard, tmp_path)


def test_a_call_reaches_the_open_desk_with_a_sound_and_comes_back_as_somebody_on_the_way(lobby: Lobby) -> None:
    lobby.logs_in()
    lobby.kiosk.does(on.Begin())
    code = lobby.calls()
    lobby.desk_shows(lambda calls: [c["code"] for c in calls] == [code])
    assert lobby.heard.count("help-call") == 1
    card = lobby.kiosk.view.help
    assert card and code in card.said and "正在呼叫" in card.title
    lobby.desk.does(on.StaffDo(request("claim-help", {"code": code})))
    lobby.kiosk.loop.run_until(lambda: "正在赶来" in (lobby.kiosk.view.help or card).said, PATIENCE_S)
    assert lobby.kiosk.view.help and lobby.kiosk.view.help.said == "工作人员已接单，正在赶来"
    lobby.desk_shows(lambda calls: bool(calls) and "li.mei" in str(calls[0]["claimed"]) and not calls[0]["waiting"])
    assert [e.actor for e in lobby.desk.audited("help-claimed")] == ["li.mei"]
    assert 2 * GLANCE_S <= 2  # a desk looks often enough to hear within two seconds


def test_a_visit_has_one_code_however_often_help_is_pressed(lobby: Lobby) -> None:
    lobby.kiosk.does(on.Begin())
    codes = {lobby.calls()}
    for _ in range(5):
        lobby.kiosk.does(on.CallHelp())
        lobby.kiosk.settles()
        codes.add(lobby.calls())
    assert len(codes) == 1
    assert len(lobby.ledger.open_calls(3600)) == 1 and len(lobby.kiosk.audited("help-called")) == 1


def test_what_was_read_may_be_put_away_and_comes_again_with_news(lobby: Lobby) -> None:
    lobby.logs_in()
    lobby.kiosk.does(on.Begin())
    code = lobby.calls()
    lobby.kiosk.engine.dismiss_help()
    assert lobby.kiosk.view.help is None
    lobby.desk_shows(lambda calls: bool(calls))
    lobby.desk.does(on.StaffDo(request("claim-help", {"code": code})))
    lobby.kiosk.loop.run_until(lambda: lobby.kiosk.view.help is not None, PATIENCE_S)
    assert lobby.kiosk.view.help


@pytest.mark.parametrize("leaves", [on.Finish(), None], ids=["finish", "time"])
def test_a_call_dies_with_its_visit_on_both_sides(lobby: Lobby, leaves: on.Event | None) -> None:
    lobby.logs_in()
    lobby.kiosk.does(on.Begin())
    lobby.calls()
    lobby.desk_shows(lambda calls: len(calls) == 1)
    if leaves:
        lobby.kiosk.does(leaves)
    else:
        lobby.kiosk.waits_too_long()  # still there?
        lobby.kiosk.waits_too_long()
    assert lobby.kiosk.view.screen == "attract" and lobby.kiosk.view.help is None
    lobby.desk_shows(lambda calls: calls == [])
    lobby.kiosk.does(on.Begin())
    assert lobby.kiosk.engine.call is None and lobby.kiosk.view.help is None


def test_the_next_patients_slip_ends_the_call_of_the_one_before(lobby: Lobby) -> None:
    lobby.kiosk.holds("CT2026110042")
    lobby.kiosk.sees("confirm")
    lobby.calls()
    lobby.kiosk.holds("CT2026110099")
    assert lobby.kiosk.engine.call is None and lobby.kiosk.view.help is None
    lobby.kiosk.settles()
    assert lobby.ledger.open_calls(3600) == []


def test_help_from_the_start_screen_is_a_visit_of_its_own_and_leads_on(lobby: Lobby) -> None:
    code = lobby.calls()
    view = lobby.kiosk.view
    assert (view.screen, view.body["digits"], view.help, view.limit_s) == ("trouble", code, None, 60)
    lobby.kiosk.does(on.TypeNumber())
    assert lobby.kiosk.view.screen == "scan" and lobby.kiosk.view.help and code in lobby.kiosk.view.help.said
    lobby.kiosk.waits_too_long()
    lobby.kiosk.waits_too_long()
    assert lobby.kiosk.view.screen == "attract" and lobby.kiosk.engine.call is None


def test_help_from_a_closed_kiosk_ends_closed(lobby: Lobby) -> None:
    lobby.kiosk.does(on.HealthKnown(Health(archive=FaultCode.ARCHIVE_UNREACHABLE)))
    code = lobby.calls()
    assert lobby.kiosk.view.body["digits"] == code
    assert [a.id for a in lobby.kiosk.view.secondary] == ["finish"]
    lobby.kiosk.does(on.TypeNumber())
    assert lobby.kiosk.view.screen == "trouble"
    lobby.kiosk.does(on.Finish())
    assert lobby.kiosk.view.screen == "closed"


def test_a_desk_where_nobody_has_logged_in_hears_it_too(lobby: Lobby) -> None:
    code = lobby.calls()
    lobby.desk.sees("staff", lambda v: code in v.body["ringing"] and v.body["panel"] == "login")
    assert lobby.heard.count("help-call") == 1
    lobby.logs_in()
    assert lobby.desk.view.body["ringing"] == ""  # there the list itself is seen
    lobby.desk.does(on.StaffPanel("printers"))
    lobby.desk.sees("staff", lambda v: code in v.body["ringing"])


def test_the_first_one_goes_and_an_answered_call_can_be_made_anew(lobby: Lobby) -> None:
    lobby.kiosk.does(on.Begin())
    code = lobby.calls()
    desk, other = lobby.desk.application.services.calls, lobby.kiosk.application.services.calls
    assert [c.claimed_by for c in desk.claim(code, "li.mei", "d")] == ["li.mei"]
    assert [c.claimed_by for c in other.claim(code, "wang.wei", "d")] == ["li.mei"]
    assert desk.end(code, "li.mei", "d") == ()
    lobby.kiosk.loop.run_until(lambda: lobby.kiosk.view.help is None, PATIENCE_S)
    lobby.kiosk.does(on.CallHelp())
    lobby.kiosk.loop.run_until(lambda: lobby.kiosk.view.help is not None, PATIENCE_S)
    again = desk.open()
    assert [(c.code, c.state) for c in again] == [(code, CallState.WAITING)]


def test_another_process_on_the_same_ledger_claims_it(lobby: Lobby) -> None:
    lobby.kiosk.does(on.Begin())
    lobby.calls()
    claim = (
        "import sys; from kiosk.adapters.sql import SqlLedger; ledger = SqlLedger(sys.argv[1]);"
        "print(ledger.claim_call(ledger.open_calls(3600)[0].visit, 'li.mei').code); ledger.close()"
    )
    done = subprocess.run([sys.executable, "-c", claim, lobby.url], capture_output=True, text=True, check=True)
    call = lobby.kiosk.engine.call
    assert call and done.stdout.strip() == call.code
    lobby.kiosk.loop.run_until(lambda: "正在赶来" in str(lobby.kiosk.view.help), PATIENCE_S)
    assert "正在赶来" in str(lobby.kiosk.view.help)


def test_where_nobody_could_be_told_the_patient_is_sent_to_the_desk(
    lobby: Lobby, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KioskError(FaultCode.STORE_UNAVAILABLE)

    lobby.kiosk.does(on.Begin())
    monkeypatch.setattr(SqlLedger, "call_help", broken)
    assert lobby.calls() == ""
    card = lobby.kiosk.view.help
    assert card and "联系不上" in card.title and "3 号窗口" in card.said
    assert "已通知" not in str(lobby.kiosk.view)


PROMISE = {"zh": re.compile("工作人员会"), "en": re.compile("[Ss]taff will")}


@pytest.mark.parametrize("language", sorted(PROMISE))
def test_every_sentence_that_promises_a_person_calls_one(language: str) -> None:
    words = tomllib.loads((assets() / "translations" / f"{language}.toml").read_text(encoding="utf-8"))
    promising = {FaultCode(key) for key, said in words["do"].items() if PROMISE[language].search(said)}
    assert promising == PROMISE_A_PERSON
    others = [key for section in words if section not in ("do", "help") for key, said in words[section].items()
              if PROMISE[language].search(said)]  # fmt: skip
    assert others == []


@pytest.mark.parametrize("fault", sorted(FaultCode))
def test_the_trouble_screen_calls_whom_it_promises(fault: FaultCode) -> None:
    task = TaskResult("d", "report", "q", "1", 2, 1, "K1-1", fault)
    listing = at.Listing("t", None, Candidate("s", None), ())  # type: ignore[arg-type]
    for state, event in (
        (at.Printing("t", listing), on.PrintSettled("t", Receipt((task,)))),
        (at.Printing("t", listing), on.WorkFailed("t", fault)),
        (listing, on.WorkFailed("t", fault)),
    ):
        after = step(state, event, Facts())
        assert isinstance(after.state, at.Failed)
        assert [e.where for e in after.effects if isinstance(e, do.SummonHelp)] == (
            [fault] if fault in PROMISE_A_PERSON else []
        )


def test_a_lane_that_calls_while_the_kiosk_closes_leaves_no_watch_behind(lobby: Lobby) -> None:
    """The lanes end after the calls; what one of them is still about may not begin a thread that nobody ends."""
    calls = lobby.kiosk.application.services.calls
    calls.close()
    before = set(threading.enumerate())
    calls.watch_own("a-visit-that-ends", lambda call: None)
    assert set(threading.enumerate()) <= before
