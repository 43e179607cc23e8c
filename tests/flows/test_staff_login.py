"""Matrix case 101: five wrong secrets, five minutes; what is typed as a name is never kept as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.adapters.sql import SqlLedger
from kiosk.domain.roles import Role, StaffMember
from kiosk.services.desk.accounts import NOBODYS, hashed, matches
from kiosk.session import events as on
from tests.support.paper import NATIONAL, WANG, PaperArchive, at_kiosk, exam
from tests.support.storyboard import Storyboard

PIN, MINUTES = "2468", 60.0


class Wall:
    """The store's clock, turned by hand."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Storyboard]:
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.add_staff(StaffMember("nurse", Role.NURSE, badge="STAFF:77"), hashed(PIN))
    with at_kiosk(tmp_path, PaperArchive([exam(WANG)]), adapters={"ledger": ledger}) as made:
        made.does(on.StaffGesture())
        yield made


def logs_in(person: Storyboard, name: str, pin: str) -> str:
    person.does(on.StaffLogin(name, pin))
    return str(person.sees("staff", lambda v: not v.body["busy"]).body["problem"])


def test_case_101_five_wrong_secrets_lock_for_five_minutes(person: Storyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [logs_in(person, "nurse", "9999") for _ in range(5)] == ["工号或密码不对"] * 5
    assert logs_in(person, "nurse", PIN) == "已锁定，请 5 分钟后再试"
    refused = person.audited("staff-login")
    assert [event.outcome for event in refused] == ["refused"] * 6
    assert [event.details.get("locked", False) for event in refused] == [False] * 5 + [True]
    assert {event.actor for event in refused} == {"nurse"}
    store = person.application.adapters.ledger.store  # type: ignore[attr-defined]
    monkeypatch.setattr(store, "_steady_base", store._steady_base + 5 * MINUTES + 1)
    assert logs_in(person, "nurse", PIN) == ""
    assert person.view.body["panel"] == "worklist"


def test_case_101_names_are_not_told_apart(person: Storyboard) -> None:
    assert logs_in(person, "nobody-of-that-name", PIN) == logs_in(person, "nurse", "9999")
    assert not matches(NOBODYS, "") and not matches(NOBODYS, PIN), "a real hash, so that both take as long"


def test_case_105_what_a_patient_types_as_a_name_is_not_kept(person: Storyboard) -> None:
    logs_in(person, NATIONAL, "1234")
    logs_in(person, "a\r\n\x1b[31mb", "1234")
    (first, second) = person.audited("staff-login")
    assert NATIONAL not in str(first) and "\x1b" not in str(second) and first.actor != second.actor


def test_many_names_do_not_get_round_the_limit(person: Storyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.services.desk.staff_door.matches", lambda kept, pin: False)
    problems = [logs_in(person, f"name{n}", "1357") for n in range(21)]
    assert problems[19] == "工号或密码不对" and problems[20] == "已锁定，请 5 分钟后再试"


def test_staff_failures_do_not_use_up_the_patients_tries(person: Storyboard) -> None:
    for _ in range(5):
        logs_in(person, "nurse", "9999")
    person.does(on.Finish())
    person.holds("A0001")
    assert person.sees("confirm").body["wrong"] == ""
    person.answers("000000")
    assert person.sees("confirm", lambda v: bool(v.body["wrong"])).body["wrong"].endswith("还可以试 4 次")


def test_a_badge_opens_at_once_and_an_unknown_one_does_not(person: Storyboard) -> None:
    person.does(on.Finish(), on.StaffGesture(badge="STAFF:1"))
    assert person.sees("staff", lambda v: bool(v.body["problem"])).body["problem"] == "工号或密码不对"
    person.does(on.Finish(), on.StaffGesture(badge="STAFF:77"))
    person.sees("staff", lambda v: v.body["panel"] == "worklist")
    assert "STAFF:1" not in str(person.audited("staff-login"))


def test_staff_are_logged_out_after_two_quiet_minutes_or_as_configured(person: Storyboard) -> None:
    logs_in(person, "nurse", PIN)
    person.sees("staff", lambda v: not v.body["busy"])
    person.waits_too_long()
    person.waits_too_long()
    person.sees("attract")
