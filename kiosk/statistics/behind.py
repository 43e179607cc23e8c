"""What is behind a figure: the records of the ledger that it counts, newest first.

For each table of each report one function says which records a row and a column stand for. A column that divides two
others (a share, a median) stands for the records of its part. What the portal counts is behind R5 and R7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kiosk.domain.figures.days import (
    FAILED,
    OPENED,
    REFUSED,
    UNRECORDED,
    group_of,
    groups_of,
    hour_name,
    in_line,
    whole,
)
from kiosk.domain.figures.period import Period
from kiosk.domain.links import PhoneEvent
from kiosk.domain.panels.figures import BehindRecord
from kiosk.domain.records import FilmWish, Journal, LinkRecord, OverrideRecord, TaskRecord, VisitRecord
from kiosk.domain.trail import AuditRecord, EventKind
from kiosk.statistics.facts import TOTAL, PeriodFacts
from kiosk.statistics.figures import PHONE_FAILED
from kiosk.statistics.log import EMPTY, JAM

Record = AuditRecord | FilmWish | LinkRecord | OverrideRecord | PhoneEvent | TaskRecord | VisitRecord


@dataclass(frozen=True)
class FigureSpot:
    """One figure: its row's name and its column's title, in the words of the source."""

    row: str
    column: str
    names: tuple[str, ...] = ()

    def holds(self, name: str) -> bool:
        """True where the row is of this name, or the total of all."""
        return self.row in (name, TOTAL)


Finder = Callable[[Journal, Period, FigureSpot], Iterable[Record]]


def _made(journal: Journal) -> list[AuditRecord]:
    return [e for e in journal.events if e.kind is EventKind.LINK_MADE and e.subject]


def _opened(journal: Journal) -> set[str]:
    return {one.locator for one in journal.phone if one.kind == OPENED}


def _asked(journal: Journal, period: Period, spot: FigureSpot) -> Iterable[Record]:
    made = [e for e in _made(journal) if e.details.get("how") == "screen"]
    if spot.column.startswith("served"):
        mine = {e.subject for e in made if any(map(spot.holds, groups_of(e)))}
        return [k for k in journal.links if k.online and k.subject in mine]
    months = {spot.column} if spot.column in period.months else set(period.months)
    return [e for e in made if any(map(spot.holds, groups_of(e))) and period.month(e.when) in months]


def _demand(journal: Journal, _: Period, spot: FigureSpot) -> Iterable[Record]:
    tasks = [t for t in journal.tasks if spot.holds(group_of(t.modality))]
    wishes = [w for w in journal.wishes if spot.holds(group_of(w.modality))]
    if spot.column == "film sheets printed":
        return [t for t in tasks if t.kind == "film" and t.printed]
    if spot.column != "people":
        return wishes
    made = [e for e in _made(journal) if any(map(spot.holds, groups_of(e)))]
    return [*made, *wishes, *(t for t in tasks if t.subject)]


def _reasons(journal: Journal, period: Period, spot: FigureSpot) -> Iterable[Record]:
    mine = [w for w in PeriodFacts.of(journal, period).stated if spot.row in (w.reason, "Σ n")]
    if spot.column in ("people", "share"):
        return mine
    return [w for w in mine if spot.column in (group_of(w.modality), period.month(w.at))]


def _told(journal: Journal, _: Period, spot: FigureSpot) -> Iterable[Record]:
    return [w for w in journal.wishes if w.reason == PHONE_FAILED and spot.holds(w.how)]


def _rate(journal: Journal, _: Period, spot: FigureSpot) -> Iterable[Record]:
    if spot.column == "people with a link":
        return _made(journal)
    if spot.column.startswith("measured"):
        return [p for p in journal.phone if p.kind == FAILED or spot.column == "measured attempts"]
    return [w for w in journal.wishes if w.reason == PHONE_FAILED]


def _failures(journal: Journal, _: Period, spot: FigureSpot) -> Iterable[Record]:
    return [p for p in journal.phone if p.kind == FAILED and spot.row == (p.detail or "–")]


def _printed(journal: Journal, _: Period, spot: FigureSpot) -> Iterable[Record]:
    if spot.column == "reports printed":
        reports = (t for t in journal.tasks if t.kind == "report" and whole(t))
        return [t for t in reports if spot.holds(group_of(t.modality))]
    if spot.column.startswith("ready to opened"):
        opened = _opened(journal)
        return [k for k in journal.links if k.locator in opened]
    events = (e for e in journal.events if e.kind is EventKind.DOCUMENT_PRINTED and e.details.get("what") == "report")
    return [e for e in events if spot.holds(group_of(str(e.details.get("modality", ""))))]


def _never(journal: Journal, _: Period, __: FigureSpot) -> Iterable[Record]:
    return [e for e in journal.events if e.kind is EventKind.EXAMS_LISTED and e.details.get("ready", 0)]


def _links(journal: Journal, period: Period, spot: FigureSpot) -> Iterable[Record]:
    mine = [k for k in journal.links if spot.holds(period.month(k.since))]
    opened, locators = _opened(journal), {k.locator for k in mine}
    if spot.column == "opened":
        return [k for k in mine if k.locator in opened]
    if spot.column == "refused":
        return [p for p in journal.phone if p.kind == REFUSED and p.locator in locators]
    if spot.column.startswith("run out"):
        over = [k for k in mine if k.expires <= period.until]
        return over if spot.column == "run out" else [k for k in over if k.locator not in opened]
    return mine


def _visits(journal: Journal, period: Period, spot: FigureSpot) -> Iterable[Record]:
    staff = PeriodFacts.of(journal, period).staff_visits
    mine = [v for v in journal.visits if spot.holds(v.kiosk)]
    if spot.column == "staff sessions":
        return [v for v in mine if v.visit in staff]
    patients = [v for v in mine if v.visit not in staff]
    end = spot.column.removeprefix("ended: ")
    return patients if end == spot.column else [v for v in patients if (v.outcome or UNRECORDED) == end]


def _retries(journal: Journal) -> set[str]:
    seen: set[tuple[str, int]] = set()
    again = set()
    for task in journal.tasks:
        if (task.document, task.copy) in seen:
            again.add(task.serial)
        seen.add((task.document, task.copy))
    return again


def _tasks(journal: Journal, _: Period, spot: FigureSpot) -> Iterable[Record]:
    kind, again = spot.names[1], _retries(journal)
    chosen: Mapping[str, Callable[[TaskRecord], bool]] = {
        "sheets printed": lambda t: t.printed > 0,
        "sheets missing": lambda t: t.missing > 0,
        "sheets uncertain": lambda t: t.uncertain > 0,
        "retries": lambda t: t.serial in again,
        "jams": lambda t: t.why == JAM,
        "empties": lambda t: t.why == EMPTY,
        "other faults": lambda t: t.why not in ("", JAM, EMPTY, "waited"),
        "waited": lambda t: t.why == "waited",
    }
    wanted = chosen.get(spot.column)
    mine = [t for t in journal.tasks if spot.holds(t.kiosk) and t.kind == kind]
    return mine if wanted is None else [t for t in mine if wanted(t)]


def _overrides(journal: Journal, _: Period, spot: FigureSpot) -> Iterable[Record]:
    return [o for o in journal.overrides if (o.actor, o.what, o.reason) == spot.names[:3]]


def _collected(journal: Journal, _: Period, spot: FigureSpot) -> Iterable[Record]:
    told = (e for e in journal.events if e.kind is EventKind.COLLECTED_BY)
    return [e for e in told if spot.holds(str(e.details.get("relation", "")))]


def _hours(journal: Journal, period: Period, spot: FigureSpot) -> Iterable[Record]:
    visits = journal.visits if spot.column == "visits" else in_line(journal.visits)
    return [v for v in visits if hour_name(v.opened, period.zone) == spot.row]


def _films(journal: Journal, _: Period, spot: FigureSpot) -> Iterable[Record]:
    return [t for t in journal.tasks if t.kind == "film" and t.printed]


FINDERS: Mapping[str, Finder] = {
    "People who asked for cloud film": _asked,
    "Two periods": _films,
    "Film demand": _demand,
    "Reasons for film": _reasons,
    "Reasons by modality": _reasons,
    "Reasons by month": _reasons,
    "Reasons that still need film": _reasons,
    "Phone access failed, as told at the kiosk": _told,
    "Rate": _rate,
    "Measured failures": _failures,
    "Browsers that fail": _failures,
    "From ready to printed": _printed,
    "Seen ready, never collected": _never,
    "Patient links": _links,
    "Sessions": _visits,
    "Prints": _tasks,
    "Overrides": _overrides,
    "Collected for somebody else": _collected,
    "Hours with queues": _hours,
}


def records_behind(journal: Journal, period: Period, title: str, spot: FigureSpot) -> list[BehindRecord]:
    """The records behind a figure of the table of this title, newest first; none where only a sum is kept."""
    finder = FINDERS.get(title)
    found = finder(journal, period, spot) if finder else ()
    return sorted(map(behind, found), key=lambda one: -one.at)


def behind(record: Record) -> BehindRecord:
    """A record as it is shown: what kind of record, and what it says in words and numbers of the ledger."""
    match record:
        case AuditRecord():
            return BehindRecord(record.when, str(record.kind), record.kiosk, record.visit, "", record.details)
        case FilmWish():
            return BehindRecord(record.at, "film requests", "", record.visit,
                                f"{record.reason} · {record.modality} · {record.how}")  # fmt: skip
        case TaskRecord():
            told = f"{record.kind} · {record.modality} · {record.printed}/{record.sheets} {record.why}".strip()
            return BehindRecord(record.since, "print tasks", record.kiosk, record.visit, told)
        case LinkRecord():
            return BehindRecord(record.since, "links", "", record.visit, f"{record.studies}")
        case VisitRecord():
            return BehindRecord(record.opened, "visits", record.kiosk, record.visit, record.outcome or UNRECORDED)
        case OverrideRecord():
            told = f"{record.actor} · {record.what} · {record.reason}"
            return BehindRecord(record.at, "overrides", "", record.visit, told)
        case PhoneEvent():
            return BehindRecord(record.at, record.kind, "", "", record.detail)
