"""Citizen identity numbers (GB 11643-1999): area 6, birth date 8, sequence 3, check character (ISO 7064 MOD 11-2).

The old form of fifteen digits has two-digit years (always 19yy) and no check character.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class NumberVerdict(StrEnum):
    """What a typed or scanned number is."""

    VALID = "valid"
    NORMALISED = "normalise"  # valid once spaces, full-width digits and a lower-case x are put right
    OLD15 = "old15"  # the old form; the number of today is computed
    INVALID = "invalid"


@dataclass(frozen=True)
class Checked:
    """The verdict and the number in today's form, empty where it is invalid."""

    verdict: NumberVerdict
    number: str = ""


_EARLIEST_YEAR = 1850
_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_CHECK_CHARACTERS = "10X98765432"
# first two digits of the area (GB/T 2260); 9 is given to foreign permanent residents
_AREA = re.compile(r"(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9\d)\d{4}")
_LONGEST_INPUT = 64


def check_character(first17: str) -> str:
    """The eighteenth character for the first seventeen digits."""
    return _CHECK_CHARACTERS[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first17, strict=True)) % 11]


def normalise(untrusted_text: str) -> str:
    """Full-width characters made narrow, white space taken out, x made X."""
    narrow = unicodedata.normalize("NFKC", untrusted_text[:_LONGEST_INPUT])
    return "".join(narrow.split()).upper()


def check(untrusted_text: str, today: date | None = None) -> Checked:
    """Judge a number as it was typed or scanned; birth dates after `today` do not exist."""
    if len(untrusted_text) > _LONGEST_INPUT:
        return Checked(NumberVerdict.INVALID)
    number = normalise(untrusted_text)
    latest = today or date.today()
    if re.fullmatch(r"[0-9]{15}", number):
        upgraded = _upgraded(number)
        return Checked(NumberVerdict.OLD15, upgraded) if _exists(upgraded, latest) else Checked(NumberVerdict.INVALID)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return Checked(NumberVerdict.INVALID)
    if check_character(number[:17]) != number[17] or not _exists(number, latest):
        return Checked(NumberVerdict.INVALID)
    return Checked(NumberVerdict.VALID if number == untrusted_text else NumberVerdict.NORMALISED, number)


def _upgraded(old: str) -> str:
    first17 = f"{old[:6]}19{old[6:]}"
    return first17 + check_character(first17)


def _exists(number: str, latest: date) -> bool:
    """True where the area may exist and the birth date does, not later than `latest`."""
    if not _AREA.fullmatch(number[:6]):
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return born.year >= _EARLIEST_YEAR and born <= latest
