"""What the desk's pages show and do, on the sample hospital's archive and a real ledger."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from starlette.routing import Route

from kiosk.desk.views import VIEWS
from kiosk.domain.fleet import DeviceReport
from kiosk.domain.roles import RIGHTS, Right, Role, StaffMember
from kiosk.domain.trail import AuditRecord, EventKind
from kiosk.ports.archive import StudyQuery
from kiosk.services.desk.accounts import hashed
from tests.support.desk import Clerk, DeskServer

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def nurse(desk: DeskServer) -> Iterator[Clerk]:
    """Her session does for the whole module: a log-in takes a second of hashing."""
    with desk.clerk("nurse") as clerk:
        yield clerk


@pytest.fixture(scope="module")
def admin(desk: DeskServer) -> Iterator[Clerk]:
    with desk.clerk("admin") as clerk:
        yield clerk


def ready(desk: DeskServer) -> Any:
    """An exam of the sample hospital with a report that nobody has printed or held."""
    past = {one.study_uid for one in desk.made.printed} | set(desk.made.held)
    exams = desk.service.parts.adapters.archive.exams(StudyQuery(name_prefix="王"), 50)
    return next(exam for exam in exams if exam.final_reports and exam.study_uid not in past)


# --- calls -----------------------------------------------------------------------------------------------------------
def test_a_call_appears_is_claimed_once_and_is_over(desk: DeskServer, nurse: Clerk, admin: Clerk) -> None:
    mark = nurse.see("/calls/live").json()["mark"]
    desk.ledger.call_help("visit-1", "kiosk-7", "4821", "printing")
    told = nurse.see("/calls/live", params={"mark": mark}).json()
    assert "4821" in told["waiting"] and "kiosk-7" in told["html"]
    assert nurse.see("/calls/live", params={"mark": told["mark"]}).json()["html"] == "", "the page shows it already"
    opened = nurse.submit("/today", query="4821")
    assert opened.url.endswith("/calls?code=4821") and 'data-call="4821"' in opened.text
    assert nurse.submit("/calls/claim", code="4821").ok
    admin.submit("/calls/claim", code="4821")
    call = desk.ledger.call_of("visit-1")
    assert call is not None and call.claimed_by == "nurse", "the first one stands"
    nurse.submit("/calls/done", code="4821")
    assert "4821" not in nurse.see("/calls").text
    assert [desk.audited(kind)[0].actor for kind in ("help-claimed", "help-answered")] == ["nurse", "nurse"]


# --- today and patient -----------------------------------------------------------------------------------------------
def test_a_number_opens_the_patient(desk: DeskServer, nurse: Clerk) -> None:
    exam = ready(desk)
    found = nurse.submit("/today", query=exam.accession)
    assert found.url.endswith(f"/patient/{exam.study_uid}")
    assert exam.accession in found.text and exam.identity.patient_id in found.text
    assert exam.identity.national_id not in found.text, "the number of the ID card is masked"
    many = nurse.submit("/today", query="王")
    assert 'data-view="today"' in many.text and many.text.count("data-row") > 1
    assert "王" not in str([event.details for event in desk.audited("staff-search")])


def test_hold_and_release_take_a_reason_and_reach_the_kiosks(desk: DeskServer, nurse: Clerk) -> None:
    exam = ready(desk)
    study = desk.service.parts.services.pseudonyms.study(exam.study_uid)
    assert nurse.submit("/patient/hold", study=exam.study_uid, reason="").status_code == 403
    assert not desk.ledger.held([study])
    held = nurse.submit("/patient/hold", study=exam.study_uid, reason="other")
    assert 'action="/patient/release' in held.text and desk.ledger.held([study]) == {study: "other"}
    released = nurse.submit("/patient/release", study=exam.study_uid, reason="other")
    assert 'action="/patient/release' not in released.text and not desk.ledger.held([study])
    assert [event.details["what"] for event in desk.audited("staff-override")[:2]] == ["release", "hold"]


def test_a_locked_person_may_answer_again(desk: DeskServer, nurse: Clerk) -> None:
    exam, limits = ready(desk), desk.settings.identity.limits
    subject = desk.service.parts.services.pseudonyms.patient(exam.identity.patient_id)
    for number in range(limits.per_subject):
        desk.ledger.begin_try(f"v{number}", subject, f"k{number}", limits)
    assert 'action="/patient/unlock' in nurse.see(f"/patient/{exam.study_uid}").text
    unlocked = nurse.submit("/patient/unlock", study=exam.study_uid, reason="no-id-card")
    assert 'action="/patient/unlock' not in unlocked.text
    assert desk.ledger.tries("", subject, "", limits).subject == 0


def test_a_report_is_printed_and_noted_with_its_reason(desk: DeskServer, nurse: Clerk) -> None:
    exam = ready(desk)
    asked = {"study": exam.study_uid, "kind": "report", "reason": "patient-cannot"}
    printed = nurse.submit("/patient/print", **asked)
    assert printed.ok and "alert good" in printed.text
    assert list((desk.settings.printers.report.path).glob("*.pdf"))
    override = desk.audited("staff-override")[0]
    assert (override.actor, override.details["reason"]) == ("nurse", "patient-cannot")
    assert desk.audited("document-printed")[0].visit == override.visit


def test_what_is_not_there_is_said_in_one_shape(desk: DeskServer, nurse: Clerk) -> None:
    for path in ("/patient/1.2.3", f"/patient/{SCRIPT}", "/patient/%00", "/elsewhere", "/patient/hold"):
        answer = nurse.see(path)
        assert answer.status_code == 404 and 'data-fault="nothing-found"' in answer.text, path
        assert SCRIPT not in answer.text


# --- devices ---------------------------------------------------------------------------------------------------------
def test_a_kiosk_is_closed_and_opened_with_a_reason(desk: DeskServer, nurse: Clerk) -> None:
    faults = {"printer": ("media-jam", "tray 2")}
    desk.ledger.report_device(DeviceReport("kiosk-9", "0.1.0", "abc", "123", faults))
    page = nurse.see("/devices").text
    assert 'data-device="kiosk-9"' in page and "tray 2" in page
    assert desk.ledger.closed_by("kiosk-9") is None
    nurse.submit("/devices/close", device="kiosk-9", why="  ")
    assert desk.ledger.closed_by("kiosk-9") is None, "not without a reason"
    closed = nurse.submit("/devices/close", device="kiosk-9", why=f"water {SCRIPT}")
    order = desk.ledger.closed_by("kiosk-9")
    assert order is not None and order.actor == "nurse" and order.reason.startswith("water")
    assert SCRIPT not in closed.text and "&lt;script&gt;" in closed.text, "a reason is text"
    nurse.submit("/devices/open", device="kiosk-9", why="dry")
    assert desk.ledger.closed_by("kiosk-9") is None
    assert nurse.submit("/devices/close", device="nowhere", why="x").status_code == 404


# --- log and accounts ------------------------------------------------------------------------------------------------
def test_the_log_is_filtered_followed_exported_and_checked(desk: DeskServer, admin: Clerk) -> None:
    for kind in (EventKind.VISIT_OPENED, EventKind.EXAMS_LISTED, EventKind.VISIT_CLOSED):
        desk.ledger.append(AuditRecord(kind, kiosk="kiosk-1", visit="visit-of-wang", actor="=cmd()"))
    desk.ledger.append(AuditRecord(EventKind.VISIT_OPENED, kiosk="kiosk-2", visit="another", actor=SCRIPT))
    whole = admin.see("/log", params={"kind": "visit-opened"})
    assert whole.text.count("<tr data-row") == 2 and SCRIPT not in whole.text
    assert 'href="/log?visit=visit-of-wang"' in whole.text
    story = admin.see("/log", params={"visit": "visit-of-wang"}).text
    words = desk.service.parts.engine  # the same words as the kiosk's panel
    assert words and story.count("<tr data-row") == 3
    assert admin.see("/log", params={"kind": SCRIPT, "span": "ever"}).ok, "what is no choice is not asked"
    wish = {"kiosk": "kiosk-L", "visit": "v-50%", "actor": "Li", "details": {"reason": "own-wish"}}
    desk.ledger.append(AuditRecord(EventKind.FILM_REQUESTED, **wish))  # type: ignore[arg-type]
    for filtered, count in (({"kiosk": "kiosk-L"}, 1), ({"kiosk": "kiosk-L", "actor": "Wu"}, 0),
                            ({"text": "OWN-wish"}, 1), ({"text": "50%"}, 1), ({"text": "5_%"}, 0),
                            ({"text": "own-wish", "kind": "visit-opened"}, 0)):  # fmt: skip
        assert admin.see("/log", params=filtered).text.count("<tr data-row") == count, filtered
    sent = admin.submit("/log/export", visit="visit-of-wang")
    rows = list(csv.reader(io.StringIO(sent.content.decode("utf-8-sig"))))
    assert "attachment" in sent.headers["content-disposition"] and len(rows) == 4
    assert rows[1][rows[0].index("actor")] == "'=cmd()", "no cell is a formula"
    assert not list((desk.settings.kiosk.state_dir / "exports").glob("*")), "the file does not stay"
    assert desk.audited("log-exported")[0].details["events"] == 3
    assert "alert good" in admin.submit("/log/check").text


def test_a_log_that_was_tampered_with_is_said(desk: DeskServer, admin: Clerk) -> None:
    desk.ledger.append(AuditRecord(EventKind.CLOCK_JUMP, kiosk="kiosk-1"))
    store = desk.ledger.store  # type: ignore[attr-defined]
    change = "UPDATE events SET kiosk = '{}' WHERE number = (SELECT max(number) FROM events WHERE kind = 'clock-jump')"
    with store.engine.begin() as connection:
        connection.exec_driver_sql(change.format("kiosk-2"))
    try:
        assert "alert bad" in admin.submit("/log/check").text
    finally:
        with store.engine.begin() as connection:
            connection.exec_driver_sql(change.format("kiosk-1"))


def test_names_are_text(desk: DeskServer, admin: Clerk) -> None:
    desk.ledger.add_staff(StaffMember(SCRIPT, Role.NURSE), hashed("8642"))
    page = admin.see("/accounts").text
    assert SCRIPT not in page and "&lt;script&gt;" in page
    wrong = desk.clerk().log_in('"><script>alert(1)</script>', "8642")
    assert wrong.status_code == 403 and "<script>alert" not in wrong.text


# --- rights ----------------------------------------------------------------------------------------------------------
# What a form of an address must say to be that address's form; whether it is done then is another matter.
FIELDS = {
    "/patient/print": {"study": "1.2", "kind": "report", "reason": "other"},
    "/film/print": {"study": "1.2", "order": "a", "reason": "other", "relation": "self", "printer": "film"},
    "/devices/close": {"device": "kiosk-none", "why": "x"},
    "/devices/open": {"device": "kiosk-none", "why": "x"},
    "/figures/take": {"number": "R1", "kind": "csv"},
    "/figures/check": {"number": "R1"},
    "/accounts/add": {"name": "", "role": "nurse", "pin": "", "badge": ""},
    "/accounts/role": {"name": "nobody", "role": "nurse"},
    "/inbox/match": {"item": "1", "study": "1.2", "first": "a", "second": "b", "reason": "other"},
    "/inbox/refuse": {"item": "1", "reason": "other"},
}
SOME = {"item": "1", "study": "1.2", "reason": "other", "code": "0000", "name": "nobody"}
OPEN_TO_ALL = ("/login", "/language", "/static/{name}", "/health")
# The right that each address needs; a new address must say its own here.
RIGHTS_OF = {
    "/calls": Right.SEARCH, "/today": Right.SEARCH, "/patient/{study}": Right.SEARCH, "/patient/print": Right.PRINT,
    "/patient/hold": Right.HOLD, "/patient/release": Right.HOLD, "/patient/unlock": Right.UNLOCK,
    "/devices": Right.KIOSKS, "/log": Right.LOG, "/figures": Right.FIGURES, "/shift": Right.SHIFT,
    "/accounts": Right.ACCOUNTS, "/film": Right.PRINT, "/batch": Right.PRINT, "/job": Right.PRINT,
    "/inbox": Right.INBOX,
}  # fmt: skip


def right_of(path: str) -> Right:
    """Of the address itself, or of the view that it is in."""
    return RIGHTS_OF.get(path) or RIGHTS_OF["/" + path.split("/")[1]]


def addresses(desk: DeskServer) -> list[tuple[str, bool, dict[str, str]]]:
    """Every address of those who are logged in: path, whether it is a form, and its fields."""
    found = []
    for route in desk.service.routes:
        assert isinstance(route, Route)
        if route.path not in (*OPEN_TO_ALL, "/leave", "/"):
            found.append((route.path, "POST" in (route.methods or ()), FIELDS.get(route.path, SOME)))
    return found


def ask(clerk: Clerk, path: str, post: bool, fields: dict[str, str]) -> requests.Response:
    path = re.sub(r"{\w+}", "1", path.replace("{study}", "1.2.3").replace("{number}", "R1"))
    return clerk.submit(path, **fields) if post else clerk.see(path)


def test_every_address_asks_for_a_session(desk: DeskServer) -> None:
    for path, post, fields in addresses(desk):
        assert ask(desk.clerk(), path, post, fields).url.startswith(f"{desk.origin}/login"), path


@pytest.mark.parametrize("role", Role)
def test_every_address_refuses_every_role_without_its_right_in_one_shape(desk: DeskServer, role: Role) -> None:
    """And each refusal stands in the log, by whom; who has the right is not refused."""
    desk.ledger.add_staff(StaffMember(f"a {role}", role), hashed("8642"))
    clerk, shapes = desk.clerk(), set()
    assert clerk.log_in(f"a {role}", "8642").ok
    for path, post, fields in addresses(desk):
        before = len(desk.audited("staff-refused"))
        answer = ask(clerk, path, post, fields)
        refused = desk.audited("staff-refused")[: len(desk.audited("staff-refused")) - before]
        if right_of(path) in RIGHTS[role]:
            assert answer.status_code in (200, 404) and not refused, path
            continue
        assert answer.status_code == 403 and [one.actor for one in refused] == [f"a {role}"], path
        shapes.add(re.sub(r'href="/language[^"]*"', "", answer.text))
    assert len(shapes) <= 1, "a refusal tells nothing of what was asked for"


def test_every_view_opens_for_whoever_may_in_every_language(desk: DeskServer, admin: Clerk) -> None:
    for tag in ("en", "zh"):
        admin.see("/language", params={"tag": tag})
        for view in VIEWS:
            page = admin.see(f"/{view}").text
            assert f'data-view="{view}"' in page and re.search(r'<html lang="' + tag, page)
