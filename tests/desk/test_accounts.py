"""Accounts, badges, hand-over notes and four eyes, in browsers on a real ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain.roles import Role, StaffMember
from kiosk.ports.archive import StudyQuery
from kiosk.services.desk.accounts import hashed
from tests.support.desk import Clerk, DeskServer


@pytest.fixture(scope="module")
def desk(hospital: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    """Unlocking takes two here."""
    with DeskServer(hospital, tmp_path_factory.mktemp("desk"), four_eyes=("unlock", "hold")) as running:
        yield running


@pytest.fixture(scope="module")
def admin(desk: DeskServer) -> Iterator[Clerk]:
    with desk.clerk("admin") as clerk:
        yield clerk


@pytest.fixture(scope="module")
def nurse(desk: DeskServer) -> Iterator[Clerk]:
    with desk.clerk("nurse") as clerk:
        yield clerk


def account(desk: DeskServer, name: str) -> StaffMember:
    return next(one for one in desk.ledger.staff() if one.name == name)


def test_an_account_is_made_works_changes_its_role_and_is_closed(desk: DeskServer, admin: Clerk) -> None:
    made = admin.submit("/accounts/add", name="王芳", role="film-desk", pin="8642", badge="")
    assert 'data-account="王芳"' in made.text and account(desk, "王芳").role is Role.FILM_DESK
    wang = desk.clerk()
    assert wang.log_in("王芳", "8642").ok and wang.see("/devices").status_code == 403
    admin.submit("/accounts/role", name="王芳", role="technician")
    assert wang.see("/devices").ok and wang.see("/today").status_code == 403, "the open session obeys at once"
    admin.submit("/accounts/close", name="王芳")
    assert "/login" in wang.see("/devices").url
    admin.submit("/accounts/open", name="王芳")
    admin.submit("/accounts/pin", name="王芳", secret="9753")
    assert desk.clerk().log_in("王芳", "8642").status_code == 403 and desk.clerk().log_in("王芳", "9753").ok
    noted = [(one.details["name"], one.details["what"]) for one in desk.audited("staff-account")]
    assert [what for name, what in noted if name == "王芳"] == ["pin", "enable", "disable", "role", "add"]
    assert "8642" not in str(noted) and "9753" not in str(noted)


def test_what_cannot_be_meant_is_said_and_changes_nothing(desk: DeskServer, admin: Clerk) -> None:
    before = desk.ledger.staff()
    for fields in ({"name": "nurse", "role": "nurse", "pin": "8642"}, {"name": "", "role": "nurse", "pin": "8642"},
                   {"name": "<b>x</b>", "role": "nurse", "pin": "8642"}, {"name": "li", "role": "nurse", "pin": "1234"},
                   {"name": "li", "role": "nurse", "pin": "8642", "badge": "a b"}):  # fmt: skip
        assert 'class="alert"' in admin.submit("/accounts/add", **{"badge": "", **fields}).text, fields
    for end, fields in (("close", {}), ("role", {"role": "nurse"})):
        assert 'class="alert"' in admin.submit(f"/accounts/{end}", name="admin", **fields).text, "one's own account"
    assert admin.submit("/accounts/add", name="li", role="king", pin="8642", badge="").status_code == 403
    assert admin.submit("/accounts/close", name="nobody").status_code == 404
    assert desk.ledger.staff() == before


def test_the_last_administrator_stays(desk: DeskServer, admin: Clerk) -> None:
    admin.submit("/accounts/add", name="second", role="administrator", pin="8642", badge="")
    second = desk.clerk()
    assert second.log_in("second", "8642").ok
    admin.submit("/accounts/close", name="second")
    assert account(desk, "admin").enabled and "/login" in second.see("/accounts").url


def test_who_was_locked_out_is_let_in_again(desk: DeskServer, admin: Clerk) -> None:
    desk.ledger.add_staff(StaffMember("forgetful", Role.NURSE), hashed("8642"))
    for _ in range(6):
        last = desk.clerk().log_in("forgetful", "1357")
    assert last.status_code == 429 and 'action="/accounts/unlock"' in admin.see("/accounts").text
    assert 'action="/accounts/unlock"' not in admin.submit("/accounts/unlock", name="forgetful").text
    assert desk.clerk().log_in("forgetful", "8642").ok


def test_a_badge_opens_the_desk_and_a_lost_one_does_not(desk: DeskServer, admin: Clerk) -> None:
    admin.submit("/accounts/badge", name="nurse", secret="0004711")
    clerk = desk.clerk()
    answer = clerk.submit("/login", badge="0004711")
    assert answer.ok and "nurse" in answer.text and "/login" not in answer.url
    assert 'class="alert"' in admin.submit("/accounts/badge", name="admin", secret="0004711").text, "somebody's already"
    admin.submit("/accounts/badge", name="nurse", secret="")
    assert desk.clerk().submit("/login", badge="0004711").status_code == 403
    assert desk.clerk().submit("/login", badge="").status_code == 400


def test_a_note_is_shown_first_to_whoever_has_not_read_it(desk: DeskServer, nurse: Clerk) -> None:
    wrote = nurse.submit("/shift/write", text="tray 2 of kiosk-1 <b>sticks</b>")
    assert "&lt;b&gt;sticks" in wrote.text and "<b>sticks" not in wrote.text
    assert 'class="alert"' in nurse.submit("/shift/write", text="  ").text
    next_shift = desk.clerk()
    first = next_shift.log_in("admin")
    assert first.url.endswith("/shift") and 'action="/shift/read"' in first.text
    found = re.search(r'data-note="(\d+)"', first.text)
    assert found is not None
    assert 'action="/shift/read"' not in next_shift.submit("/shift/read", number=found[1]).text
    assert next_shift.submit("/shift/read", number="x").ok
    assert desk.clerk().log_in("admin").url.endswith("/today")
    assert desk.clerk().log_in("nurse").url.endswith("/today"), "its author knows it"
    assert [note.readers for note in desk.ledger.shift_notes(3600)] == [("admin",)]


def test_what_takes_two_is_not_done_by_one(desk: DeskServer, nurse: Clerk) -> None:
    exam = next(iter(desk.service.parts.adapters.archive.exams(StudyQuery(name_prefix="王"), 50)))
    study = desk.service.parts.services.pseudonyms.study(exam.study_uid)
    desk.ledger.add_staff(StaffMember("colleague", Role.NURSE), hashed("8642"))
    desk.ledger.add_staff(StaffMember("mechanic", Role.TECHNICIAN), hashed("8642"))
    asked = {"study": exam.study_uid, "reason": "other"}
    alone = ({}, {"second": "nurse", "second_pin": "2468"}, {"second": "colleague", "second_pin": "1111"},
             {"second": "mechanic", "second_pin": "8642"})  # fmt: skip
    assert 'name="second_pin"' in nurse.see(f"/patient/{exam.study_uid}").text
    for fields in alone:
        assert 'class="alert"' in nurse.submit("/patient/hold", **asked, **fields).text, fields
        assert not desk.ledger.held([study])
    held = nurse.submit("/patient/hold", **asked, second="colleague", second_pin="8642")
    assert held.ok and desk.ledger.held([study]) == {study: "other"}
    override = desk.audited("staff-override")[0]
    confirmed = desk.audited("staff-login")[0]
    assert (override.actor, confirmed.actor, confirmed.visit) == ("nurse", "colleague", override.visit)
    assert nurse.submit("/patient/release", **asked).ok and not desk.ledger.held([study]), "releasing takes one here"
