"""What a phone reached and what failed: once a session, told to the hospital it belongs to, failures without a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.cloud.wire.keys import LinkSecret
from tests.support.cloud import HOSPITAL, PortalServer, SealedExam
from tests.support.person import Person
from tests.support.servers import wait_until

AGENT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130 Mobile MicroMessenger/8.0"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[PortalServer]:
    with PortalServer(tmp_path) as running:
        yield running


@pytest.fixture
def link(own: PortalServer, sealed: SealedExam) -> LinkSecret:
    made = own.link()
    own.bring(sealed, made)
    return made


@pytest.fixture
def person(own: PortalServer, link: LinkSecret) -> Person:
    made = Person(own, AGENT)
    made.answers(link.text)
    return made


def heard(server: PortalServer, kind: str) -> list[tuple[str, str, str]]:
    return [(one.locator, one.exam, one.detail) for one in server.portal.events.after(HOSPITAL, 0) if one.kind == kind]


def test_each_stage_is_told_once(own: PortalServer, link: LinkSecret, person: Person, sealed: SealedExam) -> None:
    for _ in range(3):
        person.get(f"/exams/{sealed.exam}/pictures/0")
        person.post("/measure", stage="viewer", outcome="ready", exam=sealed.exam)
    assert heard(own, "answered") == [(link.locator, "", "WeChat · Android")]
    assert heard(own, "first_picture") == [(link.locator, sealed.exam, "WeChat · Android")]
    assert heard(own, "viewer") == [(link.locator, sealed.exam, "")]


def test_a_failure_is_told_without_saying_whose_it_was(own: PortalServer, person: Person) -> None:
    person.post("/measure", stage="viewer", outcome="no-wasm")
    assert heard(own, "failed") == [("", "", "viewer|no-wasm|WeChat · Android")]


@pytest.mark.parametrize("stage", ["", "<script>", "a" * 41, "张三丰"])
def test_whatever_a_phone_writes_only_words_of_a_kind_are_kept(own: PortalServer, person: Person, stage: str) -> None:
    assert person.post("/measure", stage=stage, outcome="x").status_code == 204
    assert heard(own, "failed") == []


def test_help_says_how_far_it_came_and_gives_a_number_for_the_desk(
    own: PortalServer, link: LinkSecret, person: Person, sealed: SealedExam
) -> None:
    wait_until(lambda: bool(heard(own, "first_picture")), "the picture of the first page to be noted")
    before = person.get("/help").text
    assert (before.count('class="reached"'), before.count('class="open"')) == (2, 2)
    told = person.post(f"/help?exam={sealed.exam}").text
    code = re.search(r'class="code">(\d{4})<', told)
    assert code is not None
    assert heard(own, "help") == [(link.locator, sealed.exam, f"{code[1]}|picture|WeChat · Android")]
    assert heard(own, "failed") == [("", "", "picture|told|WeChat · Android")]


def test_another_hospital_hears_nothing(own: PortalServer, person: Person) -> None:
    assert own.portal.events.after(HOSPITAL, 0) and own.portal.events.after("another", 0) == []


def test_a_refused_answer_is_told_of_a_link_that_is_known_and_of_no_other(own: PortalServer, link: LinkSecret) -> None:
    Person(own, AGENT).answers(link.text, "000000")
    Person(own, AGENT).answers(LinkSecret.new().text, "000000")
    assert heard(own, "refused") == [(link.locator, "", "WeChat · Android")]
