"""kiosk.ports.ledger.FigureLedger on both databases: days summed up are what follows from their records, always."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pypdfium2
import pytest
from sqlalchemy import delete, update

from kiosk.adapters.machine.system import SystemClock
from kiosk.adapters.sql import SqlLedger
from kiosk.adapters.sql.office.days import packed
from kiosk.adapters.sql.office.tables import FigureDayRow
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.figures.days import DayPart
from kiosk.domain.figures.period import Period
from kiosk.domain.figures.tables import shown
from kiosk.domain.panels.figures import FigureAsked, FiguresAsked, FileAsked, FileKind, ReportNumber
from kiosk.domain.roles import Role, StaffMember
from kiosk.domain.trail import AuditRecord, EventKind, EventOutcome
from kiosk.ports.ledger import AuditFilter
from kiosk.services.audit import Audit
from kiosk.services.desk.nightly import NightlyCheck
from kiosk.services.desk.user import DeskUser
from kiosk.services.machine.lanes import Cancelled
from kiosk.statistics.behind import FINDERS, FigureSpot, records_behind
from kiosk.statistics.office import FigureDesk, FigureSource
from kiosk.statistics.service import NUMBERS, ReportRequest, from_days, make_report, report_of
from tests.support.year import Year

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, DAYS = date(2024, 1, 20), 14
LAST = FIRST + timedelta(days=DAYS - 1)
PERIOD = Period.of_days(FIRST, LAST, ZONE)
AUDITOR = DeskUser(StaffMember("a", Role.AUDITOR), "visit-a", Cancelled())


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlLedger]:
    """Two weeks, a few hundred visits."""
    folder = tmp_path_factory.mktemp("year")
    url = f"sqlite:///{folder}/l.db" if request.param == "sqlite" else request.getfixturevalue("cluster").database()
    made = SqlLedger(url, anchor=folder / "anchor")
    Year(FIRST, ZONE, 300, DAYS).write(made)
    made.refresh_days(ZONE)
    yield made
    made.close()


def desk_of(ledger: SqlLedger) -> FigureDesk:
    hospital = FigureSource(lambda _: "医院", ZONE, lambda: datetime(2024, 3, 1, tzinfo=ZONE))
    return FigureDesk(ledger, Audit(ledger, "desk", SystemClock("Asia/Shanghai")), hospital)


def straight_and_summed(ledger: SqlLedger, number: str, period: Period = PERIOD) -> bool:
    """True where both are the same, cell by cell."""
    wanted = ReportRequest(number, period)
    return make_report(ledger, wanted) == report_of(from_days(ledger), wanted)


@pytest.mark.parametrize("number", NUMBERS)
def test_pages_are_what_follows_from_the_records(ledger: SqlLedger, number: str) -> None:
    assert straight_and_summed(ledger, number)
    assert straight_and_summed(ledger, number, Period.of_days(date(2024, 1, 31), date(2024, 2, 3), ZONE))


def test_files_hold_the_figures_of_the_page(ledger: SqlLedger) -> None:
    desk = desk_of(ledger)
    period = {"first": str(FIRST), "last": str(LAST)}
    report = desk.figures(AUDITOR, FiguresAsked(ReportNumber.R3, **period)).report
    table = report.tables[0]
    page = [[shown(cell, column.unit) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows]
    taken = desk.take_figures(AUDITOR, FileAsked(ReportNumber.R3, FileKind.CSV, "en", **period))
    rows = list(csv.reader(io.StringIO(taken.data.decode("utf-8-sig"))))
    assert page == rows[5 : 5 + len(page)] and taken.name == f"R3-{FIRST}-{LAST}.csv"
    book = openpyxl.load_workbook(io.BytesIO(desk.take_figures(AUDITOR, FileAsked(ReportNumber.R3, FileKind.XLSX, "en",
                                                                                  **period)).data))  # fmt: skip
    cells = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=5, max_row=4 + len(page))]
    assert [cells[-1][0], *map(int, cells[-1][1:4])] == [page[-1][0], *map(int, page[-1][1:4])]
    paper = pypdfium2.PdfDocument(desk.take_figures(AUDITOR, FileAsked(ReportNumber.R3, FileKind.PDF, "zh",
                                                                       **period)).data)  # fmt: skip
    text = paper[0].get_textpage().get_text_bounded().replace(",", "")
    assert all(figure in text for row in page for figure in row[1:])


def test_what_changes_later_changes_its_day(ledger: SqlLedger) -> None:
    """Staff settles, a portal tells, a visit of another clock is noted: always of a day that was summed up before."""
    ledger.refresh_days(ZONE)
    assert ledger.refresh_days(ZONE) == 0
    day = PERIOD.since + 3 * 86_400 + 3600
    ledger.append(AuditRecord(EventKind.LINK_MADE, subject="late", details={"modalities": "MR", "how": "screen"},
                              when=day))  # fmt: skip
    assert ledger.refresh_days(ZONE) in (1, 2), "with the day of what the trail notes itself"
    assert all(straight_and_summed(ledger, number) for number in ("R1", "R3", "R8"))
    assert ledger.refresh_days(ZONE) == 0


def test_a_sum_that_does_not_follow_is_found_and_made_anew(ledger: SqlLedger) -> None:
    ledger.refresh_days(ZONE)
    assert ledger.differing_days(ZONE, FIRST, LAST) == []
    wrong = update(FigureDayRow).where(FigureDayRow.day == str(FIRST), FigureDayRow.part == str(DayPart.LISTED))
    with ledger.store.write() as session:
        session.execute(wrong.values(facts=packed("nobody")))
    assert not straight_and_summed(ledger, "R6")
    checked = desk_of(ledger).check_figures(AUDITOR, FiguresAsked(ReportNumber.R6, str(FIRST), str(LAST)))
    assert checked.differences == (f"{FIRST} listed",) and checked.days == DAYS
    assert straight_and_summed(ledger, "R6") and ledger.differing_days(ZONE, FIRST, LAST) == []


def test_the_nightly_check_raises_an_alarm_and_mends(ledger: SqlLedger) -> None:
    night = NightlyCheck(ledger, Audit(ledger, "desk", SystemClock("Asia/Shanghai")), ZONE,
                         lambda: datetime(2024, 2, 20, 2, tzinfo=ZONE))  # fmt: skip
    assert night.seconds_to_night() == 3600.0
    assert night.check() == 0
    with ledger.store.write() as session:
        session.execute(delete(FigureDayRow).where(FigureDayRow.day == "2024-02-01"))
    assert night.check() > 0 and night.check() == 0
    (alarm,) = ledger.events(AuditFilter(kinds=(EventKind.FIGURES_DIFFER,)))
    assert alarm.outcome is EventOutcome.ALARM and alarm.details["what"] == "2024-02-01"


def test_another_zone_has_other_days(ledger: SqlLedger) -> None:
    zone = ZoneInfo("America/New_York")
    assert ledger.refresh_days(zone) > DAYS - 1
    period = Period.of_days(FIRST, LAST, zone)
    wanted = ReportRequest("R1", period)
    assert make_report(ledger, wanted) == report_of(from_days(ledger), wanted)
    ledger.refresh_days(ZONE)


def test_behind_every_count_are_as_many_records(ledger: SqlLedger) -> None:
    """Where a column counts records, not people; every table has somebody who finds them, or keeps sums only."""
    journal = ledger.journal(PERIOD.since, PERIOD.until)
    counted = {"R7": ("links made", "opened", "run out", "run out unopened", "refused"),
               "R8": ("patient sessions", "staff sessions", "print tasks", "retries", "jams"),
               "week": ("visits", "waited in line", "measured failures")}  # fmt: skip
    for number, titles in counted.items():
        for table in make_report(ledger, ReportRequest(number, PERIOD)).tables:
            assert table.title in FINDERS or table.title == "Events of the trail"
            for cells in table.rows:
                names = tuple(str(cell.value) for cell in cells)
                for column, cell in zip(table.columns, cells, strict=True):
                    if column.title in titles:
                        found = records_behind(journal, PERIOD, table.title, FigureSpot(names[0], column.title, names))
                        assert len(found) == cell.value, (number, table.title, names[0], column.title)


def test_a_figure_opens_and_a_place_without_one_is_none(ledger: SqlLedger) -> None:
    desk, period = desk_of(ledger), {"first": str(FIRST), "last": str(LAST)}
    shown_figure = desk.figure(AUDITOR, FigureAsked(ReportNumber.R7, **period, table="0", row="0", column="1"))
    table = shown_figure.report.tables[0]
    assert shown_figure.count == table.rows[0][1].value and shown_figure.records
    for spot in (("9", "0", "0"), ("0", "x", "0"), ("0", "-1", "0")):
        with pytest.raises(KioskError) as refused:
            desk.figure(AUDITOR, FigureAsked(ReportNumber.R7, **period, table=spot[0], row=spot[1], column=spot[2]))
        assert refused.value.code is FaultCode.NOTHING_FOUND
