"""The worklist: fills itself, filters, finds, says what is wrong, and survives an archive that is away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kiosk.adapters.machine.system import SystemClock
from kiosk.adapters.sql import SqlLedger
from kiosk.config import IdentitySettings, ReportSettings
from kiosk.domain.desk_work.today import PAGE, PatientType, TodayAsked
from kiosk.domain.exam import Exam, Report, ReportKind, ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import IdentityFacts
from kiosk.domain.reasons import OverrideReason
from kiosk.ports.archive import StudyQuery
from kiosk.services.audit import Audit
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.worklist.today import TodayList
from tests.support.desk import Clerk, DeskServer
from tests.support.servers import wait_until

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def exam(number: int, name: str = "王秀英", final: bool = True, **more: Any) -> Exam:
    uid = f"1.2.{number}"
    taken = more.pop("taken", NOW - timedelta(minutes=number))
    facts = IdentityFacts(f"P{number:05d}", name, telephone=f"1380013{number:04d}")
    status = ReportStatus.FINAL if final else ReportStatus.PRELIMINARY
    report = Report(uid, f"{uid}.1", f"{uid}.1.1", ReportKind.PDF, status, 1, written=taken + timedelta(seconds=30))
    known = {"modality": "CT", "body_part": "", "description": "CHEST", **more}
    return Exam(uid, f"A{number:05d}", facts, taken=taken, reports=(report,), **known)


class Shelf:
    """The exams of some days."""

    def __init__(self, *exams: Exam) -> None:
        self.kept = {one.study_uid: one for one in exams}
        self.fault: FaultCode | None = None
        self.asked = 0

    def studies_since(self, day: date) -> Iterator[str]:
        if self.fault:
            raise KioskError(self.fault)
        return iter([uid for uid, one in self.kept.items() if one.taken and one.taken.date() >= day])

    def exams(self, query: StudyQuery, limit: int = 50) -> list[Exam]:
        self.asked += 1
        return [self.kept[query.study_uid]] if query.study_uid in self.kept else []


class _Clock(SystemClock):
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def ledger() -> Iterator[SqlLedger]:
    opened = SqlLedger("sqlite://", later=True)
    yield opened
    opened.close()


def a_list(shelf: Any, ledger: Any, days: int = 3) -> TodayList:
    clock, names = _Clock("UTC"), Pseudonyms(b"k" * 32)
    lookup = Lookup(shelf, None, ledger, names, Audit(ledger, "d", clock), clock, IdentitySettings(),  # type: ignore[arg-type]
                    ReportSettings())  # fmt: skip
    made = TodayList(shelf, shelf, lookup, clock.now, days)
    made.look()
    return made


def found(made: TodayList, query: str) -> list[str]:
    return [row.listed.exam.accession for row in made.page(TodayAsked(query, days=0)).rows]


@pytest.fixture
def ward_day(tmp_path: Any) -> Iterator[tuple[Shelf, SqlLedger, TodayList]]:
    shelf = Shelf(
        exam(1),
        exam(2, "欧阳春", ward="7 West"),
        exam(3, "Smith^John", final=False, modality="MR"),
        exam(4, "李强", taken=NOW - timedelta(days=1)),
    )
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield shelf, ledger, a_list(shelf, ledger)
    ledger.close()


def test_people_are_found_by_numbers_inside_names_initials_syllables_and_the_telephone(ward_day: Any) -> None:
    _, _, made = ward_day
    wanted = {"秀英": 1, "wxy": 1, "wangxiu": 1, "WXY": 1, "阳春": 2, "oyc": 2, "smith": 3, "john": 3, "sj": 3,
              "a00004": 4, "00003": 3, "Ｐ00002": 2, "0004": 4}  # fmt: skip
    for query, number in wanted.items():
        assert found(made, query)[:1] == [f"A{number:05d}"], query
    assert found(made, "nobody") == found(made, "9999") == []


def test_rows_are_filtered_counted_and_newest_first(ward_day: Any) -> None:
    _, _, made = ward_day
    page = made.page(TodayAsked())
    assert [row.listed.exam.accession for row in page.rows] == ["A00001", "A00002", "A00003"], "today's, newest first"
    assert page.counts == {"ready": 2, "preliminary": 1} and page.modalities == ("CT", "MR")
    assert page.wards == ("7 West",)

    def some(**asked: Any) -> list[str]:
        return [row.listed.exam.accession for row in made.page(TodayAsked(**asked)).rows]

    assert some(state="preliminary") == some(modality="MR") == ["A00003"]
    assert some(ward="7 West") == some(patient=PatientType.INPATIENT) == ["A00002"]
    assert some(days=2, patient="outpatient") == ["A00001", "A00003", "A00004"]
    assert page.rows[0].since == pytest.approx((NOW - timedelta(seconds=30)).timestamp()), "since the report"
    assert page.rows[2].since == pytest.approx((NOW - timedelta(minutes=3)).timestamp()), "since the exam"


def test_what_changes_shows_without_anybody_asking_and_costs_the_archive_little(ward_day: Any) -> None:
    shelf, ledger, made = ward_day
    mark = made.page(TodayAsked()).mark
    made.look()
    assert made.page(TodayAsked()).mark == mark, "nothing has changed"
    ledger.hold(Pseudonyms(b"k" * 32).study("1.2.1"), OverrideReason.OTHER, "nurse")
    shelf.kept["1.2.3"] = exam(3, "Smith^John")
    shelf.kept["1.2.9"] = exam(9)
    made.look()
    page = made.page(TodayAsked())
    assert page.mark != mark and page.counts == {"held": 1, "ready": 3}
    del shelf.kept["1.2.9"]
    made.look()
    assert made.page(TodayAsked()).matched == 3, "withdrawn"
    shelf.kept.update({one.study_uid: one for one in (exam(n) for n in range(100, 400))})
    made.look()
    assert made.page(TodayAsked()).matched == 303 and len(made.page(TodayAsked()).rows) == PAGE
    assert len(made.page(TodayAsked(first=300)).rows) == 3
    shelf.asked = 0
    made.look()
    assert shelf.asked <= 50, "not all of them each time"


def test_an_archive_that_is_away_is_said_and_the_list_stays(ward_day: Any) -> None:
    shelf, _, made = ward_day
    shelf.fault = FaultCode.ARCHIVE_UNREACHABLE
    made.look()
    page = made.page(TodayAsked())
    assert page.fault is FaultCode.ARCHIVE_UNREACHABLE and page.matched == 3
    shelf.fault = None
    made.look()
    assert made.page(TodayAsked()).fault is None


def test_one_person_with_two_exams_keeps_both(ward_day: Any) -> None:
    shelf, _, made = ward_day
    shelf.kept["1.2.5"] = replace(exam(5), identity=exam(1).identity)
    made.look()
    assert sorted(found(made, "P00001")) == ["A00001", "A00005"]


# --- the page --------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def nurse(desk: DeskServer) -> Iterator[Clerk]:
    with desk.clerk("nurse") as clerk:
        yield clerk


def test_the_page_fills_itself_filters_and_tells_only_what_is_new(desk: DeskServer, nurse: Clerk) -> None:
    wait_until(lambda: "data-row" in nurse.see("/today?days=0").text, "the sample hospital's exams", 120)
    page = nurse.see("/today?days=0").text
    counted = {state: int(count) for state, count in re.findall(r'data-state="([\w-]+)"[^>]*><b>(\d+)</b>', page)}
    rows = page.count("<tr data-row")
    assert sum(counted.values()) >= rows > 3
    state = max(counted, key=lambda one: counted[one])
    assert nurse.see(f"/today?days=0&state={state}").text.count("<tr data-row") == min(PAGE, counted[state])
    mark = re.findall(r'data-fresh="(\w+)"', page)[0]
    live = "/today/live?days=0&mark="
    assert nurse.see(f"{live}{mark}", headers={"x-live": "1"}).status_code == 204
    assert "<tr data-row" in nurse.see(f"{live}0", headers={"x-live": "1"}).text
    assert nurse.see("/today?days=x&first=-3&state=<script>").ok


def test_initials_find_people_and_the_trail_holds_no_name(desk: DeskServer, nurse: Clerk) -> None:
    wait_until(lambda: "data-row" in nurse.see("/today?days=0").text, "the sample hospital's exams", 120)
    answer = nurse.submit("/today", query="wxy")
    assert "王秀英" in answer.text
    assert "wxy" not in str([event.details for event in desk.audited("staff-search")])
