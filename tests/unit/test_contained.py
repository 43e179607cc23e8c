"""What a code gives away, and so is not asked: judged by the text alone, the same for everybody and nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kiosk.domain.person.contained import answered, contained
from kiosk.domain.person.identity import IdentityFacts, Question
from tests.support.paper import TELEPHONE, WANG
from tests.support.shared_data import national_id_vectors

TODAY = date(2026, 11, 24)
SIX, BORN, PHONE = Question.ID_LAST_SIX, Question.BIRTH_DATE, Question.PHONE_LAST_FOUR
CARD = {SIX, BORN}


@pytest.mark.parametrize(("text", "held"), [
    ("11010519491231002X", CARD),
    ("11010519491231002x", CARD),
    ("110105491231002", CARD),
    ("ID:110105491231002", CARD),
    ("PATIENT:P11010519491231002X-2", CARD),
    ("pid=110105-19491231-002X", CARD),
    ("acc=CT1;idno=11010519491231002X", CARD),
    ("https://hospital.example/x?acc=CT1&id=11010519491231002X", CARD),
    ("13812345678", {PHONE}),
    ("PID:+8613812345678", {PHONE}),
    ("138-1234-5678", {PHONE}),
    ("acc=CT1&tel=5678", {PHONE}),
    ("acc=CT1;Mobile_No=x", {PHONE}),
    ("acc=CT1&dob=491231", {BORN}),
    ("acc=CT1&birth_date=1949%2D12%2D31", {BORN}),
    ("acc=CT1&birthday=20261101", {BORN}),
    ("P19491231", {BORN}),
    ("acc=CT1&x=1949-12-31&tel=1", {BORN, PHONE}),
    # what hospitals number with holds nothing
    ("CT28281047", set()),
    ("CT20261124001", set()),
    ("20261124153000", set()),
    ("3800466732", set()),
    ("110105194912310021", {BORN}),  # a wrong check digit makes it no citizen number; the birth date still stands there
    ("acc=CT1&dob=&tel=", set()),
    ("12345678901", set()),
    ("", set()),
])  # fmt: skip
def test_what_a_text_holds(text: str, held: set[Question]) -> None:
    assert contained(text, TODAY) == held


def test_every_citizen_number_holds_its_last_six_and_birth_date() -> None:
    good = [number for number, verdict, _ in national_id_vectors() if verdict in ("valid", "old15", "normalise")]
    nobodys = ["11010519491231002X", "11010519491231002x", "440524188001010014", "110105491231002"]
    assert [number for number in (*nobodys, *good) if not contained(number, TODAY) >= CARD] == []


@pytest.mark.parametrize(("text", "facts", "held"), [
    ("acc=CT1;id6=31002x", WANG, {SIX}),
    ("MZ31002X", WANG, {SIX}),
    ("NB20261101", IdentityFacts("P2", birth_date=date(2026, 11, 1)), {BORN}),
    ("02387654321", replace(WANG, telephone="023-8765 4321"), {PHONE}),
    ("CT5678", WANG, set()),
    ("CT1", IdentityFacts("P9"), set()),
])  # fmt: skip
def test_what_a_text_answers_for_one_person(text: str, facts: IdentityFacts, held: set[Question]) -> None:
    assert answered(text, facts) == held


def test_four_digits_of_a_telephone_in_a_number_are_chance() -> None:
    assert answered(f"CT{TELEPHONE[-4:]}", WANG) == frozenset()
    assert answered(f"CT{TELEPHONE}", WANG) == {PHONE}
