"""What the text of a code gives away: a question whose answer stands in it proves nothing (connectors.md, section 2).

Which questions are left is judged by the text alone, so that a number nobody has is asked like one somebody has
(decision 0011). What only the person's own facts tell is not accepted as a proof either, but nobody is told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import unquote

from kiosk.domain.person import national_id
from kiosk.domain.person.identity import IdentityFacts, Question

# Days of exams stand in many accession numbers; what is so young is no birth date, unless its key says so.
EXAM_DAYS = 730
_FIRST_YEAR = 1900
_SEPARATORS = re.compile(r"[\s._()/-]")
_CARD = re.compile(r"(?=([0-9]{17}[0-9X]))")
_OLD_CARD = re.compile(r"(?<![0-9])[0-9]{15}(?![0-9])")
_MOBILE = re.compile(r"(?<![0-9])(?:0{0,2}86)?1[3-9][0-9]{9}(?![0-9])")
_DAY = re.compile(r"(?=([12][0-9]{3})([01][0-9])([0-3][0-9]))")
_WRITTEN_DAY = re.compile(r"(?<![0-9])([12][0-9]{3})[-./]([0-9]{1,2})[-./]([0-9]{1,2})(?![0-9])")
_PAIR = re.compile(r"([A-Za-z_]{1,20})[=:]([^=:;&,|?]+)")
_BIRTH_KEY = re.compile(r"birth|dob|born|bday|csrq", re.IGNORECASE)
_PHONE_KEY = re.compile(r"phone|mobile|cell|^tel|sjh|lxdh", re.IGNORECASE)


def contained(untrusted_text: str, today: date | None = None) -> frozenset[Question]:
    """The questions whose answers such a text holds, whoever it is about.

    A citizen number holds its last six and the birth date (GB 11643), a mobile number its last four; key=value text
    holds what its keys say.
    """
    text = _plain(untrusted_text)
    compact = _SEPARATORS.sub("", text)
    keys = [key for key, _ in _PAIR.findall(text)]
    card = any(map(_is_card, (*_CARD.findall(compact), *_OLD_CARD.findall(compact))))
    born = card or any(map(_BIRTH_KEY.search, keys)) or any(_birth_days(text, compact, today or date.today()))
    phone = bool(_MOBILE.search(compact)) or any(map(_PHONE_KEY.search, keys))
    found = {Question.ID_LAST_SIX: card, Question.BIRTH_DATE: born, Question.PHONE_LAST_FOUR: phone}
    return frozenset(question for question, held in found.items() if held)


def answered(untrusted_text: str, facts: IdentityFacts) -> frozenset[Question]:
    """The questions whose very answers for this person stand in the text: a patient number made of the birth date.

    Four digits stand in a number by chance, so of a telephone number the whole must be there.
    """
    compact = _SEPARATORS.sub("", _plain(untrusted_text))
    telephone = "".join(c for c in facts.telephone if c.isdigit())
    answers = {
        Question.ID_LAST_SIX: facts.expected(Question.ID_LAST_SIX),
        Question.BIRTH_DATE: facts.expected(Question.BIRTH_DATE),
        Question.PHONE_LAST_FOUR: telephone if len(telephone) >= 7 else "",
    }
    return frozenset(question for question, answer in answers.items() if answer and answer in compact)


def _plain(untrusted_text: str) -> str:
    return unicodedata.normalize("NFKC", unquote(untrusted_text)).upper()


def _is_card(text: str) -> bool:
    return bool(national_id.check(text).number)


def _birth_days(text: str, compact: str, today: date) -> Iterator[bool]:
    for year, month, day in (*_DAY.findall(compact), *_WRITTEN_DAY.findall(text)):
        try:
            yield date(_FIRST_YEAR, 1, 1) <= date(int(year), int(month), int(day)) < today - timedelta(days=EXAM_DAYS)
        except ValueError:
            yield False
