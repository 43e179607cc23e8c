"""How far an exam is, in the hospital's words; when its report is usually there; what is handed out to whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kiosk.adapters.ris.archive_directory import ArchiveDirectory
from kiosk.adapters.sql import SqlLedger
from kiosk.config import IdentitySettings, ReportSettings
from kiosk.domain.delivery import DeliveryRules, Known, list_exam
from kiosk.domain.exam import Exam, ListedExam, Readiness
from kiosk.domain.orders import DeliveryMode, OrderStage
from kiosk.domain.person.identity import IdentityFacts
from kiosk.domain.reasons import FilmPolicy
from kiosk.domain.visit import Candidate
from kiosk.domain.waiting.estimates import ENOUGH, Turnaround, usually
from kiosk.ports.archive import StudyQuery
from kiosk.services.audit import Audit
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.joining.records import JoinedRecords
from kiosk.session.facts import Facts
from kiosk.session.preview_rows import may_preview
from kiosk.session.rows import may_film, may_show
from kiosk.session.screens.bodies import present
from kiosk.session.screens.texts import load_texts
from kiosk.session.screens.view import Surroundings
from kiosk.words import tags
from tests.support.paper import WANG, PaperArchive
from tests.support.paper import exam as paper_exam
from tests.unit.test_delivery_rules import FINAL, FIRST_DRAFT, NOW, exam
from tests.unit.test_honest_screens import listing
from tests.unit.test_joining import Clock, Ordered, Reported, Trail, bare, order
from tests.unit.test_joining import report as signed_report

HOUR = 3600.0


def listed(one: Exam, **rules: int) -> ListedExam:
    return list_exam(one, Known(), DeliveryRules(**rules), NOW)


@pytest.mark.parametrize(
    ("stage", "one", "word"),
    [
        (None, exam(images=0), "registered"),
        (OrderStage.REGISTERED, exam(images=0), "registered"),
        (OrderStage.ARRIVED, exam(images=0), "arrived"),
        (OrderStage.SCANNED, exam(images=0), "scanned"),
        (OrderStage.SCANNED, exam(), "scanned"),
        (OrderStage.COMPLETE, exam(), "complete"),
        (OrderStage.READING, exam(), "waiting"),
        (None, exam(), "waiting"),
        (OrderStage.READING, exam(FIRST_DRAFT), "preliminary"),
        (OrderStage.SIGNED, exam(FINAL), "ready"),
    ],
)
def test_an_exam_is_as_far_as_its_order_says(stage: OrderStage | None, one: Exam, word: str) -> None:
    assert listed(replace(one, stage=stage)).word == word


def test_a_signed_report_that_waits_says_when() -> None:
    one = listed(exam(FINAL), wait_minutes=120)
    assert (one.word, one.readiness, one.expected) == ("signed", Readiness.PRELIMINARY, NOW + timedelta(hours=1))
    assert said(one, "zh") == "报告已签发，稍后可领 预计 今天 13:00 前可领"


def said(one: ListedExam, language: str) -> str:
    around = Surroundings(Facts(), load_texts(language, "X"), NOW)
    (card,) = present(listing(one), around).body["cards"]
    return str(card["why"])


@pytest.mark.parametrize("language", tags())
def test_every_word_of_a_stage_is_said_in_every_language(language: str) -> None:
    texts = load_texts(language, "X")
    for word in ("registered", "arrived", "scanned", "complete", "waiting", "preliminary", "signed", "film-only"):
        assert texts.get(f"state.{word}", "") and texts.get(f"why.{word}", "")
    assert texts("why.usually", time="T").count("T") == 1


def test_too_few_exams_tell_nothing_and_four_of_five_were_there_in_time() -> None:
    assert usually([HOUR] * (ENOUGH - 1)) is None
    took = [HOUR * n / 10 for n in range(1, 101)]
    longest = usually(took)
    assert longest is not None and longest % timedelta(minutes=15) == timedelta()
    in_time = sum(one <= longest.total_seconds() for one in took)
    assert 80 <= in_time <= 83
    assert not Turnaround("s", "CT", 10.0, 5.0).counts and not Turnaround("s", "CT", 0.0, 30 * 86400.0).counts


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    opened = SqlLedger(f"sqlite:///{tmp_path}/ledger.db")
    yield opened
    opened.close()


def lookup(ledger: SqlLedger, archive: PaperArchive, clock: Clock) -> Lookup:
    audit, names = Audit(ledger, "k1", clock), Pseudonyms(b"k" * 32)
    directory = ArchiveDirectory(archive)
    return Lookup(archive, directory, ledger, names, audit, clock, IdentitySettings(), ReportSettings())


def test_what_reports_took_here_is_what_other_patients_are_told(ledger: SqlLedger) -> None:
    clock, taken = Clock(), NOW - timedelta(hours=2)
    waiting = replace(paper_exam(WANG, "A9", 9, reports=0), taken=taken)
    archive = PaperArchive([waiting])
    visits = lookup(ledger, archive, clock)
    me = Candidate("subject", WANG)
    assert visits.exams(me, "v")[0][0].expected is None, "nothing is known yet"
    for number in range(ENOUGH):
        who = IdentityFacts(f"Q{number}")
        done = replace(paper_exam(who, f"B{number}", 100 + number), taken=NOW - timedelta(days=1, hours=5))
        written = replace(done.reports[0], written=NOW - timedelta(days=1))
        archive.held = [replace(done, reports=(written,))]
        visits.exams(Candidate(f"s{number}", who), "v")
    archive.held = [waiting]
    (mine,) = visits.exams(me, "v")[0]
    assert mine.expected == taken + timedelta(hours=5)
    assert said(mine, "zh").endswith("通常 今天 15:00 前可领")
    late = replace(mine, expected=NOW - timedelta(minutes=1))
    assert "通常" not in said(late, "zh"), "a promise that was not kept is not repeated"
    clock.at = NOW + timedelta(days=40)
    assert visits.exams(me, "v")[0][0].expected is None, "weeks ago is not lately"


MODES = {
    DeliveryMode.ANY: (True, True),
    DeliveryMode.BOTH: (True, True),
    DeliveryMode.FILM: (False, True),
    DeliveryMode.REPORT: (True, False),
    DeliveryMode.NEVER: (False, False),
}


@pytest.mark.parametrize("mode", DeliveryMode)
def test_what_is_handed_out_follows_the_hospitals_rule(mode: DeliveryMode) -> None:
    one = listed(replace(exam(FINAL), mode=mode))
    facts = Facts(policy=replace(Facts().policy, film=FilmPolicy.SELF_SERVICE))
    assert (one.printable, may_film(one, facts)) == MODES[mode]
    assert (may_show(one), may_preview(one)) == (MODES[mode][0],) * 2


def test_with_both_the_film_waits_for_the_report_and_a_waiting_time_is_the_films_own() -> None:
    facts = Facts()
    draft = exam(FIRST_DRAFT)
    assert may_film(listed(draft), facts) and not may_film(listed(replace(draft, mode=DeliveryMode.BOTH)), facts)
    young = replace(exam(FINAL), taken=NOW - timedelta(minutes=30))
    held_back = listed(young, film_wait_minutes=60)
    assert held_back.printable and not may_film(held_back, facts)
    assert may_film(listed(young, film_wait_minutes=20), facts)


def test_the_patient_type_of_the_order_chooses(ledger: SqlLedger) -> None:
    rules = {"I": DeliveryMode.REPORT, "": DeliveryMode.FILM}
    for kind, mode in (("I", DeliveryMode.REPORT), ("O", DeliveryMode.FILM)):
        audit = Audit(Trail(), "k1", Clock())
        orders = Ordered([order(patient_type=kind, study_uid="")])
        records = JoinedRecords(PaperArchive([bare()]), Reported({"A0001": (signed_report(),)}), orders, audit, rules)
        (one,) = records.exams(StudyQuery(accession="A0001"))
        assert (one.mode, one.stage) == (mode, OrderStage.SIGNED)


def test_a_moment_without_a_zone_is_understood() -> None:
    taken = datetime(2026, 11, 24, 11)
    one = ListedExam(replace(exam(), taken=taken), Readiness.WAITING, expected=taken + timedelta(hours=2))
    assert said(one, "en").endswith("13:00")
