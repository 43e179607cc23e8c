"""R8, the kiosk log in figures: what each kiosk did, what went wrong, every override with reason and person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from kiosk.domain.reasons import Relation
from kiosk.domain.records import Journal, TaskRecord
from kiosk.domain.trail import EventKind
from kiosk.statistics.figures import TOTAL, UNRECORDED, Period, staff_visits
from kiosk.statistics.tables import Cell, Chart, Column, StatisticsReport, Table, row
from kiosk.statistics.trail_counts import events_by_kind

JAM, EMPTY = "media-jam", "media-empty"


def r8_kiosk_log(journal: Journal, _: Period) -> StatisticsReport:
    """What each kiosk did: sessions, prints, sheets, trouble; overrides with reason and person; the trail by kind."""
    note = "A jam or an empty tray that was cleared while a job waited counts under waited, not under jams or empties."
    people = (_overrides(journal), _collected(journal))
    tables = (_sessions(journal), _prints(journal), *people, events_by_kind(journal.tally))
    return StatisticsReport("R8", "Kiosk log", tables, (note,))


def _sessions(journal: Journal) -> Table:
    staff = staff_visits(journal)
    visits = [v for v in journal.visits if v.visit not in staff]
    ends = sorted({v.outcome or UNRECORDED for v in visits})
    columns = (
        Column("kiosk"),
        Column("patient sessions", "visits", "visits in which nobody logged in as staff"),
        *(Column(f"ended: {end}", "visits", "patient sessions with this outcome") for end in ends),
        Column("staff sessions", "visits", "visits with a successful staff log-in"),
    )
    kiosks = (*sorted({v.kiosk for v in journal.visits}), TOTAL)
    rows = tuple(_session_row(kiosk, journal, staff, ends) for kiosk in kiosks)
    return Table("Sessions", columns, rows, {"visits": len(journal.visits)}, Chart(0, 1))


def _session_row(kiosk: str, journal: Journal, staff: frozenset[str], ends: Sequence[str]) -> tuple[Cell, ...]:
    mine = [v for v in journal.visits if kiosk in (v.kiosk, TOTAL)]
    patients = [v for v in mine if v.visit not in staff]
    by_end = Counter(v.outcome or UNRECORDED for v in patients)
    return row(kiosk, len(patients), *(by_end[end] for end in ends), len(mine) - len(patients))


def _prints(journal: Journal) -> Table:
    columns = (
        Column("kiosk"),
        Column("document"),
        Column("print tasks", "tasks", "reservations made"),
        Column("sheets planned", "sheets", "Σ sheets of the tasks"),
        Column("sheets printed", "sheets", "sheets whose state is printed"),
        Column("sheets missing", "sheets", "sheets whose state is missing"),
        Column("sheets uncertain", "sheets", "sheets whose state is uncertain: nobody has looked yet"),
        Column("retries", "tasks", "tasks for a document and copy that had an earlier task in the period"),
        Column("jams", "tasks", "tasks that ended with media-jam"),
        Column("empties", "tasks", "tasks that ended with media-empty"),
        Column("other faults", "tasks", "tasks that ended with any other fault"),
        Column("waited", "tasks", "tasks that had to wait and then went on"),
    )
    kiosks = (*sorted({t.kiosk for t in journal.tasks}), TOTAL)
    again = _retries(journal.tasks)
    rows = tuple(_print_row(kiosk, kind, journal.tasks, again) for kiosk in kiosks for kind in ("report", "film"))
    return Table("Prints", columns, rows, {"print tasks": len(journal.tasks)})


def _retries(tasks: Iterable[TaskRecord]) -> frozenset[str]:
    seen: set[tuple[str, int]] = set()
    again = set()
    for task in tasks:
        if (task.document, task.copy) in seen:
            again.add(task.serial)
        seen.add((task.document, task.copy))
    return frozenset(again)


def _print_row(kiosk: str, kind: str, tasks: Sequence[TaskRecord], again: frozenset[str]) -> tuple[Cell, ...]:
    mine = [t for t in tasks if kiosk in (t.kiosk, TOTAL) and t.kind == kind]
    why = Counter(t.why for t in mine if t.why)
    others = sum(why.values()) - why[JAM] - why[EMPTY] - why["waited"]
    sheets = (sum(t.sheets for t in mine), sum(t.printed for t in mine), sum(t.missing for t in mine))
    uncertain, retries = sum(t.uncertain for t in mine), sum(t.serial in again for t in mine)
    return row(kiosk, kind, len(mine), *sheets, uncertain, retries, why[JAM], why[EMPTY], others, why["waited"])


def _collected(journal: Journal) -> Table:
    told = Counter(str(e.details.get("relation", "")) for e in journal.events if e.kind is EventKind.COLLECTED_BY)
    columns = (Column("collected for"), Column("times", "visits", "visits in which this was said"))
    rows = tuple(row(str(relation), told[relation]) for relation in Relation if told[relation])
    return Table("Collected for somebody else", columns, rows, {"visits": told.total()})


def _overrides(journal: Journal) -> Table:
    counted = Counter((o.actor, o.what, o.reason) for o in journal.overrides)
    columns = (
        Column("person"),
        Column("what"),
        Column("reason"),
        Column("times", "overrides", "overrides with this person, deed and reason"),
    )
    rows = tuple(row(*who, times) for who, times in sorted(counted.items()))
    return Table("Overrides", columns, rows, {"overrides": len(journal.overrides)})
