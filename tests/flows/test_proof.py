"""A number that proves itself proves nothing: the person's path for each way in.

Whoever finds an ID card, or reads its number over a shoulder, must not get reports with it.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kiosk.bootstrap import code_event
from kiosk.domain.faults import FaultCode
from kiosk.domain.person.codes import ClaimSource
from kiosk.domain.person.identity import IdentityFacts, Question
from kiosk.session import events as on
from kiosk.session import states as at
from tests.support.paper import ANSWER, LI, NATIONAL, TELEPHONE, WANG, PaperArchive, at_kiosk, exam
from tests.support.storyboard import Storyboard
from ui.acts import acts

NOBODY = "34052419800101001X"  # a good number that is on nobody's card here
PAYLOADS = (NATIONAL, f"ID:{NATIONAL}", f"idno={NATIONAL}", f"https://hospital.example/v?id={NATIONAL}&lang=zh")
Enter = Callable[[Storyboard, str], None]


@pytest.fixture
def archive() -> PaperArchive:
    return PaperArchive([exam(WANG, "A0001", 1), exam(LI, "A0002", 2)])


@pytest.fixture
def person(archive: PaperArchive, tmp_path: Path) -> Iterator[Storyboard]:
    with at_kiosk(tmp_path, archive) as made:
        yield made


# --- the ways in ---------------------------------------------------------------------------------------------------
def types(person: Storyboard, number: str) -> None:
    """At the keypad, as the touch arrives from the screen."""
    person.does(on.TypeNumber(), acts(person.application.rules.parse_typed)["number"](number))


def scans_a_bar_code(person: Storyboard, payload: str) -> None:
    person.does(code_event(payload, "Code128", person.application.rules))


def scans_a_qr(person: Storyboard, payload: str) -> None:
    person.does(code_event(payload, "QRCode", person.application.rules))


def reads_with_the_wedge(person: Storyboard, payload: str) -> None:
    """A card reader that types: one burst of keys, then Enter."""
    wedge = person.application.wedge()
    for place, key in enumerate((*payload, "\r")):
        wedge.feed(key, 1_000 + 4 * place)


WAYS: dict[ClaimSource, Enter] = {
    ClaimSource.TYPED: types,
    ClaimSource.SLIP: scans_a_bar_code,
    ClaimSource.QR: scans_a_qr,
    ClaimSource.READER: reads_with_the_wedge,
}


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_id_number_is_not_proven_by_its_own_last_six_or_birth_date(person: Storyboard, way: ClaimSource) -> None:
    WAYS[way](person, NATIONAL)
    view = person.sees("confirm")
    assert view.body["question"] == "phone-last-four" and view.body["others"] == []
    for own in (ANSWER, "19491231", NATIONAL[-4:]):
        person.answers(own)
        assert person.sees("confirm").body["wrong"]
    person.does(on.AskOther(Question.ID_LAST_SIX), on.AskOther(Question.BIRTH_DATE))
    assert person.view.body["question"] == "phone-last-four"
    person.answers(TELEPHONE[-4:])
    person.sees("list")
    (asked,) = person.audited("identity-asked")
    assert (asked.details["by"], asked.details["source"]) == ("national-id", way)


@pytest.mark.parametrize("payload", PAYLOADS, ids=["plain", "prefixed", "pair", "address"])
def test_in_whatever_form_the_id_number_stands_in_a_qr(person: Storyboard, payload: str) -> None:
    scans_a_qr(person, payload)
    assert person.sees("confirm").body["question"] == "phone-last-four"
    person.answers(ANSWER)
    assert person.sees("confirm").body["wrong"]


@pytest.mark.parametrize(("payload", "left"), [
    ("acc=A0001&dob=1949-12-31", ["id-last-six", "phone-last-four"]),
    (f"acc=A0001;tel={TELEPHONE}", ["id-last-six", "birth-date"]),
    ("acc=A0001;birth=19491231;mobile=5678", ["id-last-six"]),
    (f"acc=A0001;idno={NATIONAL};dob=1", ["phone-last-four"]),
    ("acc=A0001;mod=CT", ["id-last-six", "birth-date", "phone-last-four"]),
])  # fmt: skip
def test_what_stands_beside_the_number_in_a_qr_is_not_asked(person: Storyboard, payload: str, left: list[str]) -> None:
    scans_a_qr(person, payload)
    view = person.sees("confirm")
    assert [view.body["question"], *(a.value for a in view.body["others"])] == left


def test_a_slip_of_the_exam_is_asked_as_before(person: Storyboard) -> None:
    scans_a_bar_code(person, "A0001")
    assert person.sees("confirm").body["question"] == "id-last-six"
    person.answers(ANSWER)
    person.sees("list")


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_numbers_of_nobody_are_asked_like_those_of_somebody(person: Storyboard, way: ClaimSource) -> None:
    seen = []
    for number in (NATIONAL, NOBODY):
        WAYS[way](person, number)
        screens = [person.sees("confirm").plain()]
        person.answers("000000")
        screens.append(person.sees("confirm").plain())
        person.does(on.Finish())
        person.settles()
        seen.append(screens)
    assert seen[0] == seen[1]


def test_with_nothing_left_to_ask_the_desk_is_named_whoever_it_is(archive: PaperArchive, tmp_path: Path) -> None:
    short = {"questions": (Question.ID_LAST_SIX, Question.BIRTH_DATE)}
    with at_kiosk(tmp_path, archive, identity=short) as person:
        seen = []
        for number in (NATIONAL, NOBODY):
            types(person, number)
            view = person.sees("trouble")
            state = person.state
            assert isinstance(state, at.Failed) and state.fault is FaultCode.IDENTITY_AT_DESK
            seen.append(view.plain())
            person.does(on.Finish())
            person.settles()
        assert seen[0] == seen[1]
        assert "检查单" in seen[0]["body"]["next"] and "3 号窗口" in seen[0]["body"]["next"]


def test_where_only_a_one_time_code_is_left_it_is_sent_unasked(archive: PaperArchive, tmp_path: Path) -> None:
    order = {"questions": (Question.ID_LAST_SIX, Question.ONE_TIME_CODE)}
    with at_kiosk(tmp_path, archive, identity=order, notifier={"kind": "file"}) as person:
        types(person, NATIONAL)
        view = person.sees("confirm")
        assert view.body["question"] == "one-time-code" and view.body["others"] == []
        person.settles()
        (line,) = (tmp_path / "messages.txt").read_text(encoding="utf-8").splitlines()
        assert line.startswith(TELEPHONE)
        person.answers("".join(c for c in line.split("\t")[1] if c in string.digits)[:6])
        person.sees("list")


# --- what only the person's own facts tell -------------------------------------------------------------------------
def test_a_patient_number_made_of_the_birth_date_does_not_prove_it(tmp_path: Path) -> None:
    baby = IdentityFacts("20261101", "李之女", "", date(2026, 11, 1), TELEPHONE)
    with at_kiosk(tmp_path, PaperArchive([exam(baby, "A0002", 2)])) as person:
        types(person, "20261101")
        person.sees("confirm")
        person.does(on.AskOther(Question.BIRTH_DATE))
        person.answers("20261101")
        assert person.sees("confirm").body["wrong"]
        person.does(on.AskOther(Question.PHONE_LAST_FOUR))
        person.answers(TELEPHONE[-4:])
        person.sees("list")


def test_the_link_on_paper_does_not_ask_what_the_paper_tells(tmp_path: Path) -> None:
    known = replace(WANG, patient_id=NATIONAL)
    with at_kiosk(tmp_path, PaperArchive([exam(known, "A0001", 1)])) as person:
        person.proves("A0001", ANSWER)
        person.does(on.ShowQr())
        person.sees("qr", lambda v: bool(v.body["matrix"]))
        state = person.state
        assert isinstance(state, at.ShowingQr) and state.link is not None
        assert state.link.question == "phone-last-four"


def test_a_visit_by_id_number_makes_a_link_that_asks_for_the_telephone(person: Storyboard) -> None:
    types(person, NATIONAL)
    person.sees("confirm")
    person.answers(TELEPHONE[-4:])
    person.sees("list", lambda v: not v.body["loading"])
    person.does(on.ShowQr())
    view = person.sees("qr", lambda v: bool(v.body["matrix"]))
    assert "手机号后四位" in view.body["asks"]
