"""GB 11643: verdicts, normalising and the old form."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from kiosk.domain.person.national_id import Checked, NumberVerdict, check, check_character
from tests.support.shared_data import national_id_vectors

TODAY = date(2026, 11, 24)
NOBODY = ("11010519491231002X", "440524188001010014", "34052419800101001X")


def reference_check_character(first17: str) -> str:
    """ISO 7064 MOD 11-2 by its recursive definition, not by weights."""
    product = 0
    for digit in first17:
        product = (product + int(digit)) * 2 % 11
    value = (12 - product) % 11
    return "X" if value == 10 else str(value)


def random_numbers(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    numbers = []
    for _ in range(count):
        born = date(1900, 1, 1) + timedelta(days=chance.randrange(45_000))
        first17 = f"{chance.choice(('110101', '310101', '440106', '650102', '820000'))}{born:%Y%m%d}"
        first17 += f"{chance.randrange(1, 1000):03d}"
        numbers.append(first17 + reference_check_character(first17))
    return numbers


@pytest.mark.parametrize("number", [*NOBODY, *random_numbers(40, 11643)])
def test_case_47_a_right_number_is_valid_and_every_changed_digit_is_not(number: str) -> None:
    assert check(number, TODAY) == Checked(NumberVerdict.VALID, number)
    for place in range(17):
        other = str((int(number[place]) + 1) % 10)
        assert check(number[:place] + other + number[place + 1 :], TODAY).verdict is NumberVerdict.INVALID


@pytest.mark.parametrize("number", random_numbers(20, 2))
def test_case_47_adjacent_digits_swapped_are_noticed(number: str) -> None:
    for place in range(16):
        if number[place] != number[place + 1]:
            swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
            assert check(swapped, TODAY).verdict is NumberVerdict.INVALID


@pytest.mark.parametrize("number", random_numbers(20, 3))
def test_the_weights_agree_with_the_recursive_definition(number: str) -> None:
    assert check_character(number[:17]) == reference_check_character(number[:17])


@pytest.mark.parametrize(
    ("typed", "verdict", "number"),
    [
        ("11010519491231002x", NumberVerdict.NORMALISED, NOBODY[0]),
        ("１１０１０５１９４９１２３１００２Ｘ", NumberVerdict.NORMALISED, NOBODY[0]),
        (" 110105 19491231 002X\n", NumberVerdict.NORMALISED, NOBODY[0]),
        ("110105491231002", NumberVerdict.OLD15, NOBODY[0]),
        ("", NumberVerdict.INVALID, ""),
        ("1101051949123100２2", NumberVerdict.INVALID, ""),
        ("X10105194912310021", NumberVerdict.INVALID, ""),
        ("11010519491231002X" * 10, NumberVerdict.INVALID, ""),
        ("٤٤٠٥٢٤١٨٨٠٠١٠١٠٠١٤", NumberVerdict.INVALID, ""),
    ],
)
def test_case_48_normalised_or_refused(typed: str, verdict: NumberVerdict, number: str) -> None:
    assert check(typed, TODAY) == Checked(verdict, number)


@pytest.mark.parametrize("born", ["19000229", "20230230", "19991301", "19990431", "20261125", "18001231", "00000101"])
def test_birth_dates_that_do_not_exist(born: str) -> None:
    first17 = f"110101{born}001"
    assert check(first17 + reference_check_character(first17), TODAY).verdict is NumberVerdict.INVALID


def test_born_today_is_valid_and_tomorrow_is_not() -> None:
    first17 = f"110101{TODAY:%Y%m%d}001"
    number = first17 + reference_check_character(first17)
    assert check(number, TODAY).verdict is NumberVerdict.VALID
    assert check(number, TODAY - timedelta(days=1)).verdict is NumberVerdict.INVALID


def test_areas_that_do_not_exist() -> None:
    first17 = "99010119900101001"[:0] + "00010119900101001"
    assert check(first17 + reference_check_character(first17), TODAY).verdict is NumberVerdict.INVALID


def test_case_47_public_vectors_give_exactly_the_expected_verdict() -> None:
    got = {number: check(number, TODAY).verdict.value for number, _, _ in national_id_vectors()}
    assert got == {number: verdict for number, verdict, _ in national_id_vectors()}


def test_case_48_public_vectors_normalise_to_the_number_they_name() -> None:
    for number, verdict, why in national_id_vectors():
        named = why.rsplit(" ", 1)[-1]
        if verdict == "old15" or "->" in why:
            assert check(number, TODAY).number == named
