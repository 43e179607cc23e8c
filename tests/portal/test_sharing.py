"""Showing a film to somebody: opens once, in five minutes, for the right answer; ends when the patient says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from kiosk.cloud.portal.shares import ALPHABET
from kiosk.domain.person.identity import Question
from tests.support.cloud import ANSWER, PortalServer, SealedExam, exam_of
from tests.support.person import Person

Phone = Callable[..., AbstractContextManager[Page]]


class Clock:
    """Seconds that a test moves on."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(tmp_path: Path, clock: Clock) -> Iterator[PortalServer]:
    """A portal whose time stands still until the test moves it."""
    with PortalServer(tmp_path, now=clock) as running:
        yield running


@pytest.fixture
def patient(timed: PortalServer, sealed: SealedExam) -> Person:
    link = timed.link()
    timed.bring(sealed, link)
    person = Person(timed)
    person.answers(link.text)
    return person


@pytest.mark.parametrize(("seconds", "opens"), [(299, True), (300, False), (301, False)])
def test_case_85_a_share_opens_until_five_minutes_by_the_servers_clock(
    timed: PortalServer, patient: Person, clock: Clock, seconds: float, opens: bool
) -> None:
    share = patient.shares()
    clock.now += seconds
    doctor = Person(timed)
    assert doctor.answers(share.secret, door="/s").ok == opens
    assert doctor.sees("/film") == opens


def test_a_share_opens_once_and_for_one_browser(timed: PortalServer, patient: Person) -> None:
    share = patient.shares()
    first, second = Person(timed), Person(timed)
    assert first.answers(share.secret, door="/s").ok
    assert not second.answers(share.secret, door="/s").ok
    assert not second.types(share.code).ok
    assert first.sees("/film") and not second.sees("/film")


def test_somebody_who_was_let_in_looks_for_an_hour_and_not_longer(
    timed: PortalServer, patient: Person, clock: Clock
) -> None:
    doctor = Person(timed)
    doctor.answers(patient.shares().secret, door="/s")
    clock.now += 3599
    assert doctor.sees("/film")
    clock.now += 2
    assert not doctor.sees("/film")


def test_the_giver_sees_when_and_with_what_it_was_opened_and_ends_it_at_once(
    timed: PortalServer, patient: Person, sealed: SealedExam
) -> None:
    share = patient.shares()
    doctor = Person(timed, "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36")
    doctor.answers(share.secret, door="/s")
    told = patient.get(f"/share/state?share={share.locator}").json()
    assert told["state"] == "open"
    assert re.search(r"\d\d-\d\d \d\d:\d\d 已打开，Chrome · Android", told["receipt"])
    picture = f"/exams/{sealed.exam}/pictures/0"
    assert doctor.sees(picture)
    patient.post("/share/end", share=share.locator)
    assert not doctor.sees(picture) and not doctor.sees("/film")
    assert "已收回" in patient.get("/access").text


def test_a_typed_code_leads_to_the_question_and_misread_letters_do_not_matter(
    timed: PortalServer, patient: Person
) -> None:
    share = patient.shares()
    assert re.fullmatch(f"[{ALPHABET}]{{8}}", share.code)
    spelled = share.code.replace("0", "o").replace("1", "l").lower()
    doctor = Person(timed)
    page = doctor.types(f"{spelled[:4]}-{spelled[4:]}")
    secret = re.search(r'id="secret" value="([\w-]{43})"', page.text)
    assert page.ok and secret is not None
    assert doctor.answers(secret[1], door="/s").ok


def test_five_wrong_codes_and_the_right_one_is_refused(timed: PortalServer, patient: Person, clock: Clock) -> None:
    share, doctor = patient.shares(), Person(timed)
    assert [doctor.types("ZZZZ ZZZZ").status_code for _ in range(5)] == [403] * 5
    assert doctor.types(share.code).status_code == 429
    clock.now += 301
    assert doctor.types(patient.shares().code).ok


def test_a_one_time_code_opens_instead_of_the_patients_own_answer(timed: PortalServer, patient: Person) -> None:
    share = patient.shares(question="one-time-code")
    assert re.fullmatch(r"\d{6}", share.one_time)
    doctor = Person(timed)
    assert not doctor.answers(share.secret, ANSWER, door="/s").ok
    assert doctor.answers(share.secret, share.one_time, door="/s").ok


def test_where_the_last_six_is_not_on_file_a_one_time_code_is_made(timed: PortalServer, sealed: SealedExam) -> None:
    link = timed.link({Question.BIRTH_DATE: "19530214"})
    timed.bring(sealed, link)
    person = Person(timed)
    assert person.answers(link.text, "19530214").ok
    assert re.fullmatch(r"\d{6}", person.shares().one_time)


def test_scope_and_download_are_as_chosen(timed: PortalServer) -> None:
    link, one, other = timed.link(), exam_of(), exam_of()
    for exam in (one, other):
        timed.bring(exam, link)
    patient = Person(timed)
    patient.answers(link.text)
    looks = {}
    for scope in ("exam", "history"):
        for download in ("", "yes"):
            doctor = looks[scope, download] = Person(timed)
            doctor.answers(patient.shares(exam=one.exam, scope=scope, download=download).secret, door="/s")
    for (scope, download), doctor in looks.items():
        assert doctor.sees(f"/exams/{one.exam}/pictures/0")
        assert doctor.sees(f"/exams/{other.exam}/pictures/0") == (scope == "history")
        assert doctor.sees(f"/exams/{one.exam}/archive/small") == bool(download)
        assert doctor.sees(f"/exams/{one.exam}/reports/0") == bool(download)
        assert not doctor.sees("/share") and not doctor.sees("/access"), "nothing is given on"


def test_renewing_takes_the_old_one_back(timed: PortalServer, patient: Person) -> None:
    share = patient.shares()
    fresh = patient.shared(patient.post("/share/renew", share=share.locator))
    assert not Person(timed).answers(share.secret, door="/s").ok
    assert Person(timed).answers(fresh.secret, door="/s").ok


def test_family_opens_again_and_again_until_it_is_taken_back(
    timed: PortalServer, patient: Person, clock: Clock
) -> None:
    given = patient.shared(patient.post("/family", name="女儿小芳"))
    daughter, again = Person(timed), Person(timed)
    assert daughter.answers(given.secret, given.one_time, door="/s").ok
    clock.now += 86_400
    assert again.answers(given.secret, given.one_time, door="/s").ok
    renewed = Person(timed)
    renewed.answers(patient.link)
    assert "女儿小芳" in renewed.get("/access").text
    renewed.post("/share/end", share=given.locator)
    assert not again.sees("/film")
    assert not Person(timed).answers(given.secret, given.one_time, door="/s").ok


def test_stop_everything_leaves_this_browser_only(timed: PortalServer, patient: Person) -> None:
    elsewhere, doctor = Person(timed), Person(timed)
    elsewhere.answers(patient.link)
    share = patient.shares()
    doctor.answers(share.secret, door="/s")
    waiting = patient.shares()
    patient.post("/share/stop")
    assert not elsewhere.sees("/film") and not doctor.sees("/film")
    assert not Person(timed).answers(waiting.secret, door="/s").ok
    assert patient.sees("/film")


def test_nobody_ends_what_is_not_theirs(timed: PortalServer, patient: Person, sealed: SealedExam) -> None:
    share, doctor = patient.shares(), Person(timed)
    doctor.answers(share.secret, door="/s")
    link = timed.link()
    timed.bring(exam_of(), link)
    stranger = Person(timed)
    stranger.answers(link.text)
    stranger.post("/share/end", share=share.locator)
    assert stranger.get(f"/share/state?share={share.locator}").status_code == 404
    assert stranger.post("/share/renew", share=share.locator).status_code == 404
    assert doctor.sees("/film")


def test_in_two_browsers_the_receipt_appears_by_itself_and_end_shuts_the_other(
    server: PortalServer, sealed: SealedExam, phone: Phone
) -> None:
    link = server.link()
    server.bring(sealed, link)
    with phone() as mine, phone(viewport={"width": 1280, "height": 800}, is_mobile=False) as theirs:
        mine.goto(f"{server.origin}/l#{link.text}")
        mine.fill("input[name=answer]", ANSWER)
        mine.click("#question [type=submit]")
        mine.click("[data-action=share]")
        mine.get_by_text("输入一次性验证码").click()
        mine.click("main form [type=submit]")
        expect(mine.locator("svg.qr")).to_be_visible()
        theirs.goto(mine.input_value("[data-link]"))
        theirs.fill("input[name=answer]", mine.inner_text("[data-one-time]"))
        theirs.click("#question [type=submit]")
        expect(theirs.locator("[data-layer=film] img")).to_be_visible()
        expect(mine.locator("[data-receipt]")).to_contain_text("已打开", timeout=30_000)
        mine.click("[data-action=end]")
        expect(mine.locator("[data-page=access]")).to_be_visible()
        assert theirs.request.get(f"{server.origin}/film").status == 404


def test_what_happened_is_told_to_the_hospital_without_secrets(timed: PortalServer, patient: Person) -> None:
    share = patient.shares()
    Person(timed).answers(share.secret, door="/s")
    patient.post("/share/end", share=share.locator)
    heard = timed.portal.events.after("city-people", 0)
    kinds = [one.kind for one in heard]
    assert [kind for kind in kinds if kind.startswith("share")] == ["shared", "share_opened", "share_revoked"]
    assert len({one.locator for one in heard}) == 1, "the patient's own link, whoever opened"
    assert not any(share.secret in str(one) or share.code in str(one) for one in heard)
    assert requests.post(f"{timed.origin}/v1/events", data=b"{}", timeout=30).status_code == 401
