"""Questions, answers and masking."""

from __future__ import annotations

from datetime import date

import pytest

from kiosk.domain.person.identity import (
    IdentityFacts,
    Question,
    answer_is_right,
    normalise_answer,
    offered,
    questions_for,
)
from kiosk.domain.person.masking import graphemes, mask_id, mask_name, printable

ALL = (Question.ID_LAST_SIX, Question.BIRTH_DATE, Question.PHONE_LAST_FOUR)
WANG = IdentityFacts("P1", "王秀英", "11010519491231002X", date(1949, 12, 31), "13812345678")
BABY = IdentityFacts("P2", "李之女", "", date(2026, 11, 1), "")


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三丰", "张*丰"),
        ("张三", "张*"),
        ("张", "张"),
        ("欧阳志远", "欧**远"),
        ("阿依古丽·买买提", "阿******提"),
        ("张䶮", "张*"),
        ("李𬱟之女", "李**女"),
        ("John Smith", "J*** S***"),
        ("SMITH^JOHN", "S*** J***"),
        ("홍길동", "홍*동"),
        ("山田太郎", "山**郎"),
        ("葛󠄀城", "葛󠄀*"),
        ("é́clair", "é́***"),
        ("", "*"),
        ("^^", "*"),
        ("\u202e张三丰\u0000", "张*丰"),
    ],
)
def test_names_are_masked_by_grapheme(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_numbers_are_masked() -> None:
    assert mask_id("11010519491231002X") == "110***********002X"
    assert mask_id("12345") == "*****"


def test_case_70_hostile_names_become_one_short_line() -> None:
    assert printable("a\r\nb\x00c\u202ed") == "abcd"
    assert len(printable("x" * 70_000)) == 64
    assert graphemes("e\u0301a") == ["e\u0301", "a"]


@pytest.mark.parametrize(
    ("question", "typed", "plain"),
    [
        (Question.ID_LAST_SIX, " ３１００２ｘ\n", "31002X"),
        (Question.ID_LAST_SIX, "31002X", "31002X"),
        (Question.BIRTH_DATE, "1949-12-31", "19491231"),
        (Question.PHONE_LAST_FOUR, "56 78", "5678"),
        (Question.ID_LAST_SIX, "9" * 100, "9" * 16),
    ],
)
def test_case_48_answers_are_normalised(question: Question, typed: str, plain: str) -> None:
    assert normalise_answer(question, typed) == plain


def test_questions_follow_what_is_on_file() -> None:
    assert questions_for(WANG, ALL) == ALL
    assert questions_for(BABY, ALL) == (Question.BIRTH_DATE,)
    assert questions_for(None, ALL) == ()


def test_everybody_is_offered_the_same_questions_and_nobodys_numbers_are_asked_like_somebodys() -> None:
    assert offered(WANG, ALL, 0, 10) == ALL
    baby = (Question.BIRTH_DATE, Question.ID_LAST_SIX, Question.PHONE_LAST_FOUR)
    assert offered(BABY, ALL, 50, 10) == baby
    asked = [offered(None, ALL, lot, 10) for lot in range(100)]
    assert (asked.count(ALL), asked.count(baby)) == (90, 10)
    blank = IdentityFacts("P3", "无名氏")
    assert [offered(blank, ALL, lot, 10) for lot in range(100)] == asked
    assert offered(None, ALL[:1], 0, 100) == ALL[:1]


def test_what_the_code_answers_is_not_asked_whoever_it_is() -> None:
    card = frozenset((Question.ID_LAST_SIX, Question.BIRTH_DATE))
    code = (*ALL, Question.ONE_TIME_CODE)
    for facts in (WANG, BABY, None):
        for lot in (5, 50):
            assert offered(facts, ALL, lot, 10, card) == (Question.PHONE_LAST_FOUR,)
            assert offered(facts, code, lot, 10, card) == (Question.PHONE_LAST_FOUR, Question.ONE_TIME_CODE)
            assert offered(facts, ALL[:2], lot, 10, card) == ()
    no_phone = frozenset((Question.PHONE_LAST_FOUR,))
    assert offered(WANG, ALL, 0, 10, no_phone) == (Question.ID_LAST_SIX, Question.BIRTH_DATE)


def test_blanks_are_filled_from_the_same_person_only() -> None:
    known = IdentityFacts("P1", "Li Lei")
    same = IdentityFacts("P1", "Li Lei", telephone="13800001111")
    other = IdentityFacts("P1", "Han Meimei", birth_date=date(1990, 1, 1))
    assert known.completed((other, same)) == same


def test_nothing_on_file_is_never_right() -> None:
    assert answer_is_right("31002X", "31002X")
    assert not answer_is_right("31002X", "31002")
    assert not answer_is_right("", "")
    assert not answer_is_right("", "\0")


def test_case_16_same_number_other_person() -> None:
    assert WANG.same_person(IdentityFacts("P1", "王秀英"))
    assert not WANG.same_person(IdentityFacts("P1", "王秀兰"))
    assert not WANG.same_person(IdentityFacts("P1", "王秀英", birth_date=date(1950, 1, 1)))
    assert not WANG.same_person(IdentityFacts("P9", "王秀英"))


def test_case_16_names_in_two_scripts_need_another_fact_that_agrees() -> None:
    born = date(1949, 12, 31)
    reported = IdentityFacts("P1", "王秀英", birth_date=born)
    assert reported.same_person(IdentityFacts("P1", "WANG XIUYING", birth_date=born))
    assert not reported.same_person(IdentityFacts("P1", "WANG XIUYING"))
    assert not reported.same_person(IdentityFacts("P1", "WANG XIUYING", birth_date=date(1950, 1, 1)))
    assert reported.same_person(IdentityFacts("P1", "王 秀英"))
