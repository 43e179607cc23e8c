"""What a scanned or typed code claims to be: a number of an exam, a patient, a visit or a person.

A claim selects, it never proves. What matches no configured pattern is an unknown code and nothing is asked of
anybody because of it. Patterns use the named groups `accession`, `visit`, `patient`, `national` and
`voucher`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from kiosk.domain.person import national_id
from kiosk.domain.person.contained import contained
from kiosk.domain.person.identity import Question

LONGEST_PAYLOAD = 256
ANY_SYMBOLOGY = "*"


class ClaimKind(StrEnum):
    """Which number a code holds."""

    ACCESSION = "accession"
    VISIT_NUMBER = "visit-number"
    PATIENT_ID = "patient-id"
    NATIONAL_ID = "national-id"
    VOUCHER = "voucher"  # whose it is only the hospital's own service knows


class ClaimSource(StrEnum):
    """How a code came to the kiosk."""

    SLIP = "slip"  # a bar code before the camera
    QR = "qr"  # a two-dimensional code before the camera, which may hold more than a number
    TYPED = "typed"
    READER = "reader"  # a card or hand-held reader that types
    CARD = "card"  # the chip of an ID card, which proves that it is here and not whose hand holds it


_TWO_DIMENSIONAL = frozenset(("QRCode", "MicroQRCode", "DataMatrix", "PDF417", "Aztec"))


def seen_as(symbology: str) -> ClaimSource:
    """The source of what the camera read."""
    return ClaimSource.QR if symbology in _TWO_DIMENSIONAL else ClaimSource.SLIP


# where several are given, the narrowest counts: one exam before one visit before one person
_GROUPS = {
    "accession": ClaimKind.ACCESSION,
    "visit": ClaimKind.VISIT_NUMBER,
    "patient": ClaimKind.PATIENT_ID,
    "national": ClaimKind.NATIONAL_ID,
    "voucher": ClaimKind.VOUCHER,
}


@dataclass(frozen=True)
class Claim:
    """What the code claims. The same number is the same claim, whichever way and with whatever else it came."""

    kind: ClaimKind
    value: str
    source: ClaimSource = field(default=ClaimSource.SLIP, compare=False)
    text: str = field(default="", compare=False, repr=False)  # all that the code held

    @property
    def said(self) -> str:
        """All that the code held, the number itself included."""
        return f"{self.text};{self.value}"

    @property
    def contains(self) -> frozenset[Question]:
        """Questions that prove nothing beside this code, because it holds their answers."""
        return contained(self.text) | contained(self.value)


@dataclass(frozen=True)
class Alphabet:
    """What numbers may be made of beside letters, digits, dot, hyphen and underscore.

    Wildcards, backslash, slash, space and the like only where the hospital says that its numbers hold them.
    """

    more: str = ""
    chinese: bool = False

    @property
    def characters(self) -> str:
        """For a character class of a regular expression."""
        return r"A-Za-z0-9._\-" + re.escape(self.more) + (_HAN if self.chinese else "")

    @property
    def in_pairs(self) -> str:
        """The same inside key=value text, whose own marks no value can hold."""
        return Alphabet("".join(c for c in self.more if c not in "&;=?#%"), self.chinese).characters

    def holds(self, untrusted_text: str) -> bool:
        """True where every character may stand in a number."""
        return re.fullmatch(f"[{self.characters}]*", untrusted_text) is not None

    def may_stand_in_a_payload(self, character: str) -> bool:
        """Printable ASCII without wildcards (PS3.4 C.2.2.2.4) and backslash, and what is configured beside it."""
        return (character.isascii() and character not in "*?\\") or self.holds(character)


_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # GB 18030-2022 knows them all
_PERSON = r"[0-9]{17}[0-9Xx]|[0-9]{15}"
_KEYS = {
    "accession": "acc|accession|accno|accession_?number",
    "visit": "vis|visit|visitno|visit_?number",
    "patient": "pid|pat|patient|patient_?id|mrn",
    "national": "id|idno|national_?id",
}
_LONGEST = {"accession": 16, "visit": 16, "patient": 64}  # DICOM SH and LO (PS3.5 6.2)


def _value(group: str, characters: str) -> str:
    """A number of this kind; it begins with a letter or a digit."""
    first = rf"(?![._-])[{characters}]"
    return _PERSON if group == "national" else rf"{first}[{characters}]{{0,{_LONGEST[group] - 1}}}"


def _prefixed(group: str, alphabet: Alphabet) -> str:
    return rf"(?i:{_KEYS[group]}):(?P<{group}>{_value(group, alphabet.characters)})"


def _pairs(group: str, alphabet: Alphabet) -> str:
    """key=value text, alone or as the query of an address (which is never opened)."""
    other = rf"[A-Za-z_]{{1,20}}=[{alphabet.in_pairs}%:~+]{{0,64}}"
    pair = rf"(?i:{_KEYS[group]})=(?P<{group}>{_value(group, alphabet.in_pairs)})"
    return (
        rf"(?:https?://[A-Za-z0-9.-]{{1,80}}(?::[0-9]{{1,5}})?/[A-Za-z0-9/._~-]{{0,80}}\?)?"
        rf"(?:{other}[;&])*?{pair}(?:[;&]{other})*[;&]?"
    )


def built_in(alphabet: Alphabet = Alphabet()) -> tuple[tuple[str, str], ...]:
    """The patterns that hold where a hospital configures none of its own."""
    patterns = (
        *(_prefixed(group, alphabet) for group in _KEYS),
        *(_pairs(group, alphabet) for group in _KEYS),
        r"(?P<national>[0-9]{17}[0-9Xx])",
        rf"(?P<accession>[{alphabet.characters}]{{1,16}})",
    )
    return tuple((ANY_SYMBOLOGY, pattern) for pattern in patterns)


class CodeRules:
    """The accepted payloads, in order.

    `patterns`: (symbology or "*", regular expression that must match the whole payload). Empty: the built-in ones.
    `alphabet`: what a number may be made of, whatever the pattern would let through.
    Raises ValueError where an expression is broken or names none of the groups.
    """

    def __init__(self, patterns: Sequence[tuple[str, str]] = (), alphabet: Alphabet = Alphabet()) -> None:
        wanted = patterns or built_in(alphabet)
        self._alphabet = alphabet
        self._rules = [(symbology, _compiled(pattern)) for symbology, pattern in wanted]

    def parse(
        self,
        untrusted_payload: str,
        symbology: str = ANY_SYMBOLOGY,
        today: date | None = None,
        source: ClaimSource | None = None,
    ) -> Claim | None:
        """What a payload claims; None: an unknown code. Without `source` it came by the camera."""
        if not acceptable(untrusted_payload, self._alphabet):
            return None
        for wanted, pattern in self._rules:
            if ANY_SYMBOLOGY in (wanted, symbology) or wanted == symbology:
                match = pattern.fullmatch(untrusted_payload)
                claim = self._claim(match, today) if match else None
                if claim:
                    return replace(claim, source=source or seen_as(symbology), text=untrusted_payload)
        return None

    def _claim(self, match: re.Match[str], today: date | None) -> Claim | None:
        groups = match.groupdict()
        for group, kind in _GROUPS.items():
            value = groups.get(group)
            if value and kind is ClaimKind.NATIONAL_ID:
                number = national_id.check(value, today).number
                return Claim(kind, number) if number else None
            if value and kind is ClaimKind.VOUCHER:
                return Claim(kind, value)  # never a number of a query: the service that issued it takes it as it is
            if value and _is_number(value) and self._alphabet.holds(value):
                return Claim(kind, value)
        return None

    def parse_typed(self, untrusted_text: str, today: date | None = None) -> Claim | None:
        """What a person typed: full-width characters and stray spaces are forgiven, all else is as with `parse`."""
        if len(untrusted_text) > LONGEST_PAYLOAD:
            return None
        between = " " if self._alphabet.holds(" ") else ""
        narrow = between.join(unicodedata.normalize("NFKC", untrusted_text).split())
        return self.parse(narrow, ANY_SYMBOLOGY, today, ClaimSource.TYPED)


def acceptable(untrusted_payload: str, alphabet: Alphabet = Alphabet()) -> bool:
    """Printable text of bounded length, of the characters that may stand in one."""
    return (
        0 < len(untrusted_payload) <= LONGEST_PAYLOAD
        and untrusted_payload.isprintable()
        and all(map(alphabet.may_stand_in_a_payload, _without_query_mark(untrusted_payload)))
    )


def _without_query_mark(untrusted_payload: str) -> str:
    """The payload without the one question mark that stands before an address' query."""
    is_address = untrusted_payload.startswith(("http://", "https://"))
    return untrusted_payload.replace("?", "", 1) if is_address else untrusted_payload


def fingerprint(untrusted_payload: str) -> str:
    """What a log may hold of an unknown code: its length and the beginning of its digest."""
    digest = hashlib.sha256(untrusted_payload.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{len(untrusted_payload)} characters, sha256 {digest[:12]}"


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"pattern {pattern!r}: {error}") from error
    if not set(compiled.groupindex) & set(_GROUPS):
        raise ValueError(f"pattern {pattern!r} names none of {', '.join(_GROUPS)}")
    return compiled


def _is_number(value: str) -> bool:
    """False for fillers: nothing but zeros and punctuation, or dots that look like a path."""
    return any(c.isalnum() and c != "0" for c in value) and ".." not in value
