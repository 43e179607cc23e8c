"""What may be handed out: final, once per version and copy, inside the window, not held."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kiosk.domain.delivery import DeliveryRules, Known, list_exam
from kiosk.domain.exam import (
    Exam,
    HandedOut,
    Readiness,
    Report,
    ReportKind,
    ReportStatus,
    SeriesInfo,
)
from kiosk.domain.person.identity import IdentityFacts

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
RULES = DeliveryRules(window_days=90)


def report(uid: str, status: ReportStatus, version: int = 1, chain: str = "a", hours: float = 1) -> Report:
    written = NOW - timedelta(hours=hours)
    return Report("1.2", "1.2.9", uid, ReportKind.PDF, status, version, written=written, chain=chain)


def exam(*reports: Report, images: int = 2, days: int = 1) -> Exam:
    series = (SeriesInfo("1.2.3", "DX", "", 1, images),) if images else ()
    taken = NOW - timedelta(days=days)
    return Exam("1.2", "A1", IdentityFacts("P1"), "DX", "CHEST", "", taken, series, tuple(reports))


def delivery(state: str, minutes: float = 0) -> HandedOut:
    return HandedOut("d", state, NOW - timedelta(minutes=minutes), "k", 1, 1)


FINAL, FIRST_DRAFT = report("9", ReportStatus.FINAL), report("8", ReportStatus.PRELIMINARY)


@pytest.mark.parametrize(
    ("what", "known", "expected", "due"),
    [
        (exam(images=0), Known(), Readiness.REGISTERED, 0),
        (exam(), Known(), Readiness.WAITING, 0),
        (exam(FIRST_DRAFT), Known(), Readiness.PRELIMINARY, 0),
        (exam(FINAL), Known(), Readiness.READY, 1),
        (exam(FINAL), Known(held=True), Readiness.HELD, 0),
        (exam(FINAL, days=400), Known(), Readiness.OUTSIDE_WINDOW, 0),
        (exam(FINAL), Known(deliveries={"9": [delivery("printed")]}), Readiness.PRINTED, 0),
        (exam(FINAL), Known(deliveries={"9": [delivery("uncertain")]}), Readiness.UNCERTAIN, 0),
        (exam(FINAL), Known(deliveries={"9": [delivery("open")]}), Readiness.PRINTING, 0),
        (exam(FINAL), Known(deliveries={"9": [delivery("open", -2)]}), Readiness.PRINTING, 0),
        (exam(FINAL), Known(deliveries={"9": [delivery("open", 20)]}), Readiness.UNCERTAIN, 0),
        (exam(FINAL), Known(deliveries={"9": [delivery("open"), delivery("uncertain")]}), Readiness.UNCERTAIN, 0),
        (exam(FINAL), Known(deliveries={"9": [delivery("partly")]}), Readiness.READY, 1),
        (exam(report("9", ReportStatus.CANCELLED)), Known(), Readiness.WAITING, 0),
    ],
)
def test_readiness(what: Exam, known: Known, expected: Readiness, due: int) -> None:
    listed = list_exam(what, known, RULES, NOW)
    assert (listed.readiness, len(listed.due)) == (expected, due)


def test_an_amended_version_prints_again() -> None:
    amended = report("10", ReportStatus.FINAL, version=2)
    known = Known(deliveries={"9": [delivery("printed")]})
    listed = list_exam(exam(FINAL, amended), known, RULES, NOW)
    assert (listed.readiness, listed.due) == (Readiness.AMENDED, (amended,))


def test_case_18_two_reports_of_one_exam_are_both_due() -> None:
    second = report("10", ReportStatus.FINAL, version=2, chain="b")
    listed = list_exam(exam(FINAL, second), Known(deliveries={"9": [delivery("printed")]}), RULES, NOW)
    assert listed.due == (second,)


def test_a_second_copy_by_policy() -> None:
    known = Known(deliveries={"9": [delivery("printed")]})
    assert list_exam(exam(FINAL), known, DeliveryRules(copies=2), NOW).printable


def test_a_fresh_signature_waits() -> None:
    rules = DeliveryRules(wait_minutes=120)
    assert list_exam(exam(FINAL), Known(), rules, NOW).readiness is Readiness.PRELIMINARY


def test_film_is_printed_once() -> None:
    assert list_exam(exam(FINAL), Known(film=[delivery("printed")]), RULES, NOW).film_printed
    assert not list_exam(exam(FINAL), Known(film=[delivery("partly")]), RULES, NOW).film_printed


def test_a_film_that_another_kiosk_prints_just_now_is_not_called_printed_for_good() -> None:
    seen = {m: list_exam(exam(FINAL), Known(film=[delivery("open", m)]), RULES, NOW) for m in (1, 20)}
    assert [(one.film_printed, one.film_running) for one in seen.values()] == [(True, True), (True, False)]
