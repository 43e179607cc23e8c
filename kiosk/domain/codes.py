"""What a scanned or typed code claims to be: a number of an exam, a patient, a visit or a person.

A claim selects, it never proves. What matches no configured pattern is an unknown code and nothing is asked of
anybody because of it. Patterns use the named groups `accession`, `visit`, `patient` and `national`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from kiosk.domain import national_id
from kiosk.domain.contained import contained
from kiosk.domain.identity import Question

LONGEST_PAYLOAD = 256
ANY_SYMBOLOGY = "*"


class ClaimKind(StrEnum):
    """Which number a code holds."""

    ACCESSION = "accession"
    VISIT_NUMBER = "visit-number"
    PATIENT_ID = "patient-id"
    NATIONAL_ID = "national-id"


class ClaimSource(StrEnum):
    """How a code came to the kiosk."""

    SLIP = "slip"  # a bar code before the camera
    QR = "qr"  # a two-dimensional code before the camera, which may hold more than a number
    TYPED = "typed"
    READER = "reader"  # a card or hand-held reader that types


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


# DICOM SH (PS3.5 6.2) for numbers, LO for patient IDs, without wildcards, backslash, slash, space and quotes
_SHORT = r"[A-Za-z0-9][A-Za-z0-9._-]{0,15}"
_LONG = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_PERSON = r"[0-9]{17}[0-9Xx]|[0-9]{15}"
_KEYS = {
    "accession": ("acc|accession|accno|accession_?number", _SHORT),
    "visit": ("vis|visit|visitno|visit_?number", _SHORT),
    "patient": ("pid|pat|patient|patient_?id|mrn", _LONG),
    "national": ("id|idno|national_?id", _PERSON),
}
_OTHER = r"[A-Za-z_]{1,20}=[A-Za-z0-9%:._~+-]{0,64}"


def _pair(group: str) -> str:
    keys, value = _KEYS[group]
    return rf"(?i:{keys})=(?P<{group}>{value})"


def _prefixed(group: str) -> str:
    keys, value = _KEYS[group]
    return rf"(?i:{keys}):(?P<{group}>{value})"


def _pairs(group: str) -> str:
    """key=value text, alone or as the query of an address (which is never opened)."""
    return (
        rf"(?:https?://[A-Za-z0-9.-]{{1,80}}(?::[0-9]{{1,5}})?/[A-Za-z0-9/._~-]{{0,80}}\?)?"
        rf"(?:{_OTHER}[;&])*?{_pair(group)}(?:[;&]{_OTHER})*[;&]?"
    )


_BUILT_IN = (
    *(_prefixed(group) for group in _KEYS),
    *(_pairs(group) for group in _KEYS),
    r"(?P<national>[0-9]{17}[0-9Xx])",
    r"(?P<accession>[A-Za-z0-9._-]{1,16})",
)
DEFAULT_PATTERNS: tuple[tuple[str, str], ...] = tuple((ANY_SYMBOLOGY, pattern) for pattern in _BUILT_IN)


class CodeRules:
    """The accepted payloads, in order.

    `patterns`: (symbology or "*", regular expression that must match the whole payload). Empty: the built-in ones.
    Raises ValueError where an expression is broken or names none of the groups.
    """

    def __init__(self, patterns: Sequence[tuple[str, str]] = ()) -> None:
        self._rules = [(symbology, _compiled(pattern)) for symbology, pattern in (patterns or DEFAULT_PATTERNS)]

    def parse(
        self,
        untrusted_payload: str,
        symbology: str = ANY_SYMBOLOGY,
        today: date | None = None,
        source: ClaimSource | None = None,
    ) -> Claim | None:
        """What a payload claims; None: an unknown code. Without `source` it came by the camera."""
        if not acceptable(untrusted_payload):
            return None
        for wanted, pattern in self._rules:
            if ANY_SYMBOLOGY in (wanted, symbology) or wanted == symbology:
                match = pattern.fullmatch(untrusted_payload)
                claim = _claim(match, today) if match else None
                if claim:
                    return replace(claim, source=source or seen_as(symbology), text=untrusted_payload)
        return None

    def parse_typed(self, untrusted_text: str, today: date | None = None) -> Claim | None:
        """What a person typed: full-width characters and stray spaces are forgiven, all else is as with `parse`."""
        if len(untrusted_text) > LONGEST_PAYLOAD:
            return None
        narrow = "".join(unicodedata.normalize("NFKC", untrusted_text).split())
        return self.parse(narrow, ANY_SYMBOLOGY, today, ClaimSource.TYPED)


def acceptable(untrusted_payload: str) -> bool:
    """Printable ASCII of bounded length without wildcards (PS3.4 C.2.2.2.4) and the multi-value backslash."""
    return (
        0 < len(untrusted_payload) <= LONGEST_PAYLOAD
        and untrusted_payload.isascii()
        and untrusted_payload.isprintable()
        and not set("*?\\") & set(_without_query_mark(untrusted_payload))
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


def _claim(match: re.Match[str], today: date | None) -> Claim | None:
    groups = match.groupdict()
    for group, kind in _GROUPS.items():
        value = groups.get(group)
        if value and kind is ClaimKind.NATIONAL_ID:
            number = national_id.check(value, today).number
            return Claim(kind, number) if number else None
        if value and _is_number(value):
            return Claim(kind, value)
    return None


def _is_number(value: str) -> bool:
    """False for fillers: nothing but zeros and punctuation, or dots that look like a path."""
    return bool(value.strip("0._-")) and ".." not in value and not set("*?\\/") & set(value)
