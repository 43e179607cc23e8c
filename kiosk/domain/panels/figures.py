"""What the desk's figures ask and show: a report of a period, one figure with what is behind it, a file, a check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.domain.desk_work.panel import PanelShown
from kiosk.domain.figures.period import Period
from kiosk.domain.figures.tables import StatisticsReport


class ReportNumber(StrEnum):
    """The reports of the administrator; WEEK is what would help most now."""

    WEEK = "week"
    R1 = "R1"
    R2 = "R2"
    R3 = "R3"
    R4 = "R4"
    R5 = "R5"
    R6 = "R6"
    R7 = "R7"
    R8 = "R8"


class Against(StrEnum):
    """Which period stands beside the one that is asked for."""

    NONE = "none"
    BEFORE = "before"  # of the same length, just before
    YEAR = "year"  # the same days a year ago


class FileKind(StrEnum):
    """What a report can be taken away as."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


@dataclass(frozen=True)
class FiguresAsked:
    """A report of whole days (ISO 8601; empty: this month). `given`: R2's numbers, see statistics.office."""

    number: ReportNumber = ReportNumber.WEEK
    first: str = ""
    last: str = ""
    against: Against = Against.NONE
    given: str = ""


@dataclass(frozen=True)
class FigureAsked:
    """One cell of a table of such a report, by its places from 0."""

    number: ReportNumber
    first: str
    last: str
    table: str
    row: str
    column: str
    given: str = ""


@dataclass(frozen=True)
class FileAsked:
    """Such a report as a file, in a language of the screens."""

    number: ReportNumber
    kind: FileKind
    language: str
    first: str = ""
    last: str = ""
    given: str = ""


@dataclass(frozen=True)
class BehindRecord:
    """One record that a figure counts: when, what kind of record, where, in which visit, and what it says; of an event
    of the trail its details (`told`), which the screens have words for."""

    at: float
    source: str
    kiosk: str
    visit: str
    detail: str
    told: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True)
class FiguresShown(PanelShown):
    """A report, and the same of the period beside it."""

    report: StatisticsReport
    period: Period
    compared: StatisticsReport | None = None
    before: Period | None = None


@dataclass(frozen=True)
class FigureShown(PanelShown):
    """One figure, by its places in the report, and the newest of the `count` records that it is made of."""

    report: StatisticsReport
    period: Period
    spot: tuple[int, int, int]
    records: tuple[BehindRecord, ...]
    count: int


@dataclass(frozen=True)
class FileShown(PanelShown):
    """A file to take away."""

    name: str
    data: bytes


@dataclass(frozen=True)
class FiguresChecked(PanelShown):
    """Whether what pages show is what follows from the events: days recomputed, and which of their sums differed."""

    days: int
    differences: tuple[str, ...]
    period: Period
