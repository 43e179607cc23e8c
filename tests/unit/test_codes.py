"""Payload rules: what is a claim, and what is an unknown code."""

from __future__ import annotations

import random
import string
from datetime import date

import pytest

from kiosk.domain.person.codes import Claim, ClaimKind, ClaimSource, CodeRules, acceptable, fingerprint
from kiosk.domain.person.identity import Question
from tests.support.shared_data import photographs

TODAY = date(2026, 11, 24)
RULES = CodeRules()

MALICIOUS = [
    "https://evil.example/login?next=javascript:alert(1)",
    "' OR '1'='1",
    "1; DROP TABLE visits--",
    "*",
    "?",
    "123*",
    "12?4",
    "acc=12*4",
    "acc=12?4",
    "https://host/x?acc=1?2",
    "../../../../etc/passwd",
    "..%2f..%2fetc",
    "..",
    "a..b",
    "a\r\nX-Injected: 1",
    "A1234\n",
    "A1234\r",
    "A12\x0034",
    "\x1b[2J\x1b]0;x\x07",
    "${jndi:ldap://127.0.0.1/x}",
    "{0.__class__.__mro__}%s%n",
    "<img src=x onerror=alert(1)>",
    "\u202e0123456789",
    "0123456789\u200b",
    "WIFI:S:evil;T:WPA;P:x;;",
    "KIOSK-ADMIN:exit",
    "1" * 1200,
    "1" * 257,
    "A" * 17,
    "\\" * 60,
    "123\\456",
    "http://kiosk.local/s/AAAAAAAAAAAAAAAAAAAAAA",
    "file:///etc/passwd?acc=1234",
    "00000000",
    "",
    " ",
    "王小东|80801554",
    "１２３４５６",
    "650102190501278770",
]


@pytest.mark.parametrize("payload", MALICIOUS)
def test_case_49_malicious_payloads_are_unknown_codes(payload: str) -> None:
    assert RULES.parse(payload, "QRCode", TODAY) is None


def test_case_49_malicious_pictures_hold_unknown_codes() -> None:
    harmful = [photo.expected for photo in photographs() if photo.malicious and photo.expected is not None]
    assert [text for text in harmful if RULES.parse(text, "QRCode", TODAY) is not None] == []


@pytest.mark.parametrize("payload", MALICIOUS)
def test_case_49_what_is_logged_of_an_unknown_code_does_not_hold_it(payload: str) -> None:
    logged = fingerprint(payload)
    assert logged.startswith(f"{len(payload)} characters, sha256 ")
    assert logged.isascii()
    assert len(payload) < 4 or payload not in logged


@pytest.mark.parametrize(
    ("payload", "kind", "value"),
    [
        ("CT28281047", ClaimKind.ACCESSION, "CT28281047"),
        ("3800466732", ClaimKind.ACCESSION, "3800466732"),
        ("A.2026-11_004", ClaimKind.ACCESSION, "A.2026-11_004"),
        ("ABCDEFGHIJKLMNOP", ClaimKind.ACCESSION, "ABCDEFGHIJKLMNOP"),
        ("7", ClaimKind.ACCESSION, "7"),
        ("650102190501278772", ClaimKind.NATIONAL_ID, "650102190501278772"),
        ("11010519491231002x", ClaimKind.NATIONAL_ID, "11010519491231002X"),
        ("ID:110105491231002", ClaimKind.NATIONAL_ID, "11010519491231002X"),
        ("PATIENT:52918645", ClaimKind.PATIENT_ID, "52918645"),
        ("PID:P-196406", ClaimKind.PATIENT_ID, "P-196406"),
        ("pid:" + "9" * 64, ClaimKind.PATIENT_ID, "9" * 64),
        ("VIS:V20261124-7", ClaimKind.VISIT_NUMBER, "V20261124-7"),
        ("ACC:CT28281047", ClaimKind.ACCESSION, "CT28281047"),
        ("acc=CT28281047", ClaimKind.ACCESSION, "CT28281047"),
        ("pid=52918645;acc=CT28281047", ClaimKind.ACCESSION, "CT28281047"),
        ("acc=CT28281047&pid=52918645", ClaimKind.ACCESSION, "CT28281047"),
        ("pid=52918645", ClaimKind.PATIENT_ID, "52918645"),
        ("visit=V7;mod=CT;", ClaimKind.VISIT_NUMBER, "V7"),
        ("https://hospital.example/x?acc=CT28281047", ClaimKind.ACCESSION, "CT28281047"),
        ("https://hospital.example:8443/a/b?lang=zh&pid=52918645", ClaimKind.PATIENT_ID, "52918645"),
    ],
)
def test_the_built_in_patterns(payload: str, kind: ClaimKind, value: str) -> None:
    assert RULES.parse(payload, "Code128", TODAY) == Claim(kind, value)


def test_any_short_string_of_the_allowed_characters_is_an_accession_number() -> None:
    chance = random.Random(16)
    for _ in range(2000):
        first = chance.choice(string.ascii_letters + "123456789") if chance.random() < 0.8 else "-A"
        rest = "".join(chance.choices(string.ascii_letters + string.digits + "-_", k=chance.randrange(15)))
        assert RULES.parse(first + rest, "Code128", TODAY) == Claim(ClaimKind.ACCESSION, first + rest)


def test_random_bytes_never_raise_and_claims_hold_only_allowed_characters() -> None:
    chance = random.Random(49)
    allowed = set(string.ascii_letters + string.digits + "-_.")
    for _ in range(3000):
        kinds = (256, 127, 127, 0x3000)
        payload = "".join(chr(chance.randrange(chance.choice(kinds))) for _ in range(chance.randrange(40)))
        claim = RULES.parse(payload, "QRCode", TODAY)
        assert claim is None or set(claim.value) <= allowed


def test_typed_numbers_are_forgiven_full_width_and_spaces() -> None:
    assert RULES.parse_typed(" ＣＴ２８２８ 1047 ", TODAY) == Claim(ClaimKind.ACCESSION, "CT28281047")
    number = Claim(ClaimKind.NATIONAL_ID, "11010519491231002X")
    assert RULES.parse_typed("１１０１０５１９４９１２３１００２ｘ", TODAY) == number
    assert RULES.parse_typed("1" * 5000, TODAY) is None


def test_configured_patterns_replace_the_built_in_ones_and_may_be_bound_to_a_symbology() -> None:
    rules = CodeRules([("Code128", r"M(?P<patient>\d{8})"), ("*", r"E(?P<accession>\d{6})")])
    assert rules.parse("M12345678", "Code128") == Claim(ClaimKind.PATIENT_ID, "12345678")
    assert rules.parse("M12345678", "QRCode") is None
    assert rules.parse("E123456", "QRCode") == Claim(ClaimKind.ACCESSION, "123456")
    assert rules.parse("CT28281047", "Code128") is None


def test_a_loose_configured_pattern_still_lets_no_wildcard_through() -> None:
    rules = CodeRules([("*", r"(?P<accession>.*)")])
    assert [rules.parse(payload) for payload in ("*", "1?", "a\\b", "a\nb", "../x", "ü")] == [None] * 6


@pytest.mark.parametrize("pattern", [r"(?P<accession>", r"\d+", r"(?P<name>\d+)"])
def test_broken_patterns_are_refused_when_they_are_configured(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        CodeRules([("*", pattern)])


def test_a_payload_that_tries_to_make_a_pattern_slow_is_answered() -> None:
    assert RULES.parse("a=1;" * 63 + "acc", "QRCode") is None
    assert acceptable("a=1;" * 64)


@pytest.mark.parametrize(("symbology", "source"), [("Code128", ClaimSource.SLIP), ("QRCode", ClaimSource.QR)])
def test_a_claim_says_how_it_came_and_what_it_holds(symbology: str, source: ClaimSource) -> None:
    claim = RULES.parse("acc=CT1&dob=1949-12-31;tel=5678", symbology, TODAY)
    assert claim is not None and claim.source is source
    assert claim.contains == {Question.BIRTH_DATE, Question.PHONE_LAST_FOUR}
    assert claim == Claim(ClaimKind.ACCESSION, "CT1"), "the same number is the same claim"
    assert "1949" not in repr(claim)


def test_what_is_typed_or_read_by_a_reader_says_so() -> None:
    typed = RULES.parse_typed("CT28281047", TODAY)
    read = RULES.parse("CT28281047", source=ClaimSource.READER)
    assert typed is not None and typed.source is ClaimSource.TYPED and typed.contains == frozenset()
    assert read is not None and read.source is ClaimSource.READER
