"""The figures as a service of the desk: a report of a period, what is behind a figure, files, and the check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.figures.period import Period
from kiosk.domain.figures.tables import StatisticsReport, Words
from kiosk.domain.panels.figures import (
    Against,
    FigureAsked,
    FiguresAsked,
    FiguresChecked,
    FigureShown,
    FiguresShown,
    FileAsked,
    FileKind,
    FileShown,
    ReportNumber,
)
from kiosk.domain.trail import EventKind
from kiosk.ports.ledger import FigureLedger
from kiosk.services.audit import Audit
from kiosk.services.desk.user import DeskUser
from kiosk.statistics.behind import FigureSpot, records_behind
from kiosk.statistics.given import both_of
from kiosk.statistics.service import ReportRequest, from_days, report_of
from kiosk.statistics.words import words_in
from kiosk.statistics.writing import csv_text, formulas

WEEK_DAYS = 7
MOST_DAYS = 1100  # three years; whoever wants more asks the command line
SHOWN = 200  # records behind a figure on one page


@dataclass(frozen=True)
class FigureSource:
    """Whose figures they are: name by language, time zone, and the clock."""

    name: Callable[[str], str]
    zone: tzinfo
    now: Callable[[], datetime]

    @property
    def today(self) -> date:
        """By the hospital's clock."""
        return self.now().astimezone(self.zone).date()


class FigureDesk:
    """Reports for whoever has the right to figures. Every file that is taken away is noted in the trail."""

    def __init__(self, records: FigureLedger, audit: Audit, hospital: FigureSource) -> None:
        self._records = records
        self._audit = audit
        self._hospital = hospital

    def figures(self, _: DeskUser, asked: FiguresAsked) -> FiguresShown:
        """A report, and beside it that of another period; what is no period or number is said and left out."""
        period, problem = self._period(asked.number, asked.first, asked.last)
        before = beside(period, asked.against)
        try:
            report = self._report(asked.number, period, asked.given, before)
        except ValueError:
            problem, report = "no-number", self._report(asked.number, period, "", before)
        twice = before is not None and asked.number is not ReportNumber.R2
        compared = self._report(asked.number, before, "", None) if before and twice else None
        return FiguresShown(report, period, compared, before, problem=problem)

    def figure(self, _: DeskUser, asked: FigureAsked) -> FigureShown:
        """One figure and what is behind it. Raises KioskError NOTHING_FOUND where there is none at this place."""
        period, _wrong = self._period(asked.number, asked.first, asked.last)
        try:
            report = self._report(asked.number, period, asked.given, None)
            spot = (int(asked.table), int(asked.row), int(asked.column))
            named = _named(report, spot)
        except (ValueError, IndexError) as error:
            raise KioskError(FaultCode.NOTHING_FOUND, "no such figure") from error
        journal = self._records.journal(period.since, period.until)
        found = records_behind(journal, period, report.tables[spot[0]].title, named)
        return FigureShown(report, period, spot, tuple(found[:SHOWN]), len(found))

    def take_figures(self, user: DeskUser, asked: FileAsked) -> FileShown:
        """A report as a file."""
        period, _wrong = self._period(asked.number, asked.first, asked.last)
        try:
            report = self._report(asked.number, period, asked.given, None)
        except ValueError:
            report = self._report(asked.number, period, "", None)
        data = self._file(report, period, asked.kind, asked.language)
        what = f"figures {asked.number} {asked.kind}"
        self._audit.record(EventKind.LOG_EXPORTED, visit=user.session, actor=user.name, what=what)
        return FileShown(f"{report.number}-{period.first}-{period.last}.{asked.kind}", data)

    def check_figures(self, _: DeskUser, asked: FiguresAsked) -> FiguresChecked:
        """Whether the figures of a period are those that follow from its events."""
        period, problem = self._period(asked.number, asked.first, asked.last)
        self._records.refresh_days(self._hospital.zone)
        found = self._records.differing_days(self._hospital.zone, period.first, period.last)
        days = (period.last - period.first).days + 1
        return FiguresChecked(days, tuple(f"{day} {part}" for day, part in found), period, problem=problem)

    def _report(self, number: ReportNumber, period: Period, given: str, before: Period | None) -> StatisticsReport:
        """Raises ValueError where `given` holds no numbers."""
        first, second = both_of(given)
        return report_of(from_days(self._records), ReportRequest(str(number), period, before, first, second))

    def _period(self, number: ReportNumber, first: str, last: str) -> tuple[Period, str]:
        """What is asked for, else this month (the week: the last seven days), and what is wrong with it."""
        today = self._hospital.today
        since = today - timedelta(days=WEEK_DAYS - 1) if number is ReportNumber.WEEK else today.replace(day=1)
        try:
            begin = date.fromisoformat(first) if first else since
            period = Period.of_days(begin, date.fromisoformat(last) if last else max(today, begin), self._hospital.zone)
            if (period.last - period.first).days > MOST_DAYS:
                raise ValueError("too long")
        except (ValueError, OverflowError):
            return Period.of_days(since, today, self._hospital.zone), "no-period"
        return period, ""

    def _file(self, report: StatisticsReport, period: Period, kind: FileKind, language: str) -> bytes:
        words, told = words_in(language), {"from": str(period.first), "to": str(period.last)}
        if kind is FileKind.CSV:
            return csv_text(report, told, words).encode()
        if kind is FileKind.XLSX:
            from kiosk.statistics.drawn.workbook import report_xlsx  # loads openpyxl, which pages do not need

            return report_xlsx(report, told, words)
        return self._pdf(report, told, words, language)

    def _pdf(self, report: StatisticsReport, told: dict[str, str], words: Words, language: str) -> bytes:
        from kiosk.statistics.drawn.pages import PageSetting, report_pdf  # loads reportlab, which pages do not need

        made = f"{self._hospital.now().astimezone(self._hospital.zone):%Y-%m-%d %H:%M}"
        name = self._hospital.name(language)
        return report_pdf(report, PageSetting(name, told, made, words, lambda table: formulas(table, words)))


def beside(period: Period, against: Against) -> Period | None:
    """The period to compare with."""
    first, last = period.first, period.last
    if against is Against.NONE:
        return None
    if against is Against.BEFORE:
        days = (last - first).days + 1
        return Period.of_days(first - timedelta(days=days), first - timedelta(days=1), period.zone)
    return Period.of_days(_year_ago(first), _year_ago(last), period.zone)


def _year_ago(day: date) -> date:
    """The same day; of the 29th of February the 28th."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _named(report: StatisticsReport, spot: tuple[int, int, int]) -> FigureSpot:
    """Raises IndexError where there is no such cell."""
    if min(spot) < 0:
        raise IndexError
    table = report.tables[spot[0]]
    cells = table.rows[spot[1]]
    names = tuple(str(cell.value) for cell in cells)
    return FigureSpot(names[0], table.columns[spot[2]].title, names)
