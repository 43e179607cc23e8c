"""Proving identity: questions, answers, and what may be shown of a person.

A scanned code selects, it never proves (quality.md R1 of the product's specification). The questions are asked in the
order the hospital configured, restricted to what is on file. Comparison is constant in time.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class Question(StrEnum):
    """What the patient may be asked."""

    ID_LAST_SIX = "id-last-six"
    BIRTH_DATE = "birth-date"
    PHONE_LAST_FOUR = "phone-last-four"
    ONE_TIME_CODE = "one-time-code"


ANSWER_LENGTH = {
    Question.ID_LAST_SIX: 6,
    Question.BIRTH_DATE: 8,
    Question.PHONE_LAST_FOUR: 4,
    Question.ONE_TIME_CODE: 6,
}


@dataclass(frozen=True)
class IdentityFacts:
    """What is on file of one person, for comparison only. Empty strings where nothing is known."""

    patient_id: str
    name: str = ""
    national_id: str = ""
    birth_date: date | None = None
    telephone: str = ""

    def same_person(self, other: IdentityFacts) -> bool:
        """False where a fact known on both sides differs: two people under one PatientID.

        A console's "WANG XIUYING" cannot be compared with the report's 王秀英; then another fact must agree instead.
        """
        pairs = (
            (self.birth_date, other.birth_date),
            (self.national_id.upper(), other.national_id.upper()),
        )
        known = [a == b for a, b in pairs if a and b]
        mine, theirs = _name_key(self.name), _name_key(other.name)
        if mine and theirs and mine.isascii() != theirs.isascii():
            known.append(any(known))
        elif mine and theirs:
            known.append(mine == theirs)
        return self.patient_id == other.patient_id and all(known)

    def completed(self, others: Iterable[IdentityFacts]) -> IdentityFacts:
        """The same facts with blanks filled from other records of the same person; a contradicting one is not used."""
        facts = self
        for other in others:
            if facts.same_person(other):
                facts = replace(
                    facts,
                    name=facts.name or other.name,
                    national_id=facts.national_id or other.national_id,
                    birth_date=facts.birth_date or other.birth_date,
                    telephone=facts.telephone or other.telephone,
                )
        return facts

    def expected(self, question: Question) -> str:
        """The right answer, normalised, or an empty string where it is not known."""
        if question is Question.ID_LAST_SIX:
            return self.national_id[-6:].upper() if len(self.national_id) >= 15 else ""
        if question is Question.BIRTH_DATE:
            return self.birth_date.strftime("%Y%m%d") if self.birth_date else ""
        if question is Question.PHONE_LAST_FOUR:
            digits = "".join(c for c in self.telephone if c.isdigit())
            return digits[-4:] if len(digits) >= 7 else ""
        return ""


def _name_key(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).replace("^", " ").upper().split()
    return " ".join(plain) if name.isascii() else "".join(plain)


def questions_for(facts: IdentityFacts | None, order: tuple[Question, ...]) -> tuple[Question, ...]:
    """The questions that this person could answer; none for nobody."""
    if facts is None:
        return ()
    return tuple(q for q in order if (q is Question.ONE_TIME_CODE and facts.telephone) or facts.expected(q))


def offered(
    facts: IdentityFacts | None,
    order: tuple[Question, ...],
    lot: int,
    decoy_percent: int,
    contained: frozenset[Question] = frozenset(),
) -> tuple[Question, ...]:
    """Every configured question but those whose answer the code contains, whoever it is; first the one that suits.

    Offering only what is on file would tell that the number exists, and what is known. Of numbers nobody has (or of
    people nothing is known of), `decoy_percent` in a hundred are asked first as somebody without an ID card would be;
    `lot`, a keyed hash of the number, decides, so that the same number is always asked alike. Empty: nothing is left
    that would prove anything.
    """
    left = tuple(question for question in order if question not in contained)
    if not left:
        return ()
    suits = questions_for(facts, left)
    drawn = _without_the_first(left) if lot % 100 < decoy_percent else left[0]
    first = suits[0] if suits else drawn
    return (first, *(question for question in left if question is not first))


def _without_the_first(order: tuple[Question, ...]) -> Question:
    """What somebody is asked of whom the answer to the first question is not known."""
    known_with_it = Question.ONE_TIME_CODE if order[0] is Question.PHONE_LAST_FOUR else None
    return next((question for question in order[1:] if question is not known_with_it), order[0])


def normalise_answer(question: Question, text: str) -> str:
    """Full-width digits and x become plain, separators go; at most 16 characters are looked at."""
    plain = unicodedata.normalize("NFKC", text[:64]).upper()
    allowed = "0123456789X" if question is Question.ID_LAST_SIX else "0123456789"
    return "".join(c for c in plain if c in allowed)[:16]


def answer_is_right(expected: str, given: str) -> bool:
    """Constant-time comparison; nothing on file is never right."""
    blank = not expected
    return hmac.compare_digest((expected or "\0").encode(), given.encode()) and not blank
