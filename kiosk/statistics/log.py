"""R8, the kiosk log in figures: what each kiosk did, what went wrong, every override with reason and person."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.domain.figures.period import Period
from kiosk.domain.figures.tables import Cell, Chart, Column, StatisticsReport, Table, row
from kiosk.domain.reasons import Relation
from kiosk.statistics.facts import TOTAL, PeriodFacts
from kiosk.statistics.trail_counts import events_by_kind

JAM, EMPTY = "media-jam", "media-empty"


def r8_kiosk_log(facts: PeriodFacts, _: Period) -> StatisticsReport:
    """What each kiosk did: sessions, prints, sheets, trouble; overrides with reason and person; the trail by kind."""
    note = "A jam or an empty tray that was cleared while a job waited counts under waited, not under jams or empties."
    people = (_overrides(facts), _collected(facts))
    tables = (_sessions(facts), _prints(facts), *people, events_by_kind(facts.tally))
    return StatisticsReport("R8", "Kiosk log", tables, (note,))


def _sessions(facts: PeriodFacts) -> Table:
    ends = sorted({end for (_, end), (patients, _staff) in facts.sessions.items() if patients})
    columns = (
        Column("kiosk"),
        Column("patient sessions", "visits", "visits in which nobody logged in as staff"),
        *(Column(f"ended: {end}", "visits", "patient sessions with this outcome") for end in ends),
        Column("staff sessions", "visits", "visits with a successful staff log-in"),
    )
    kiosks = (*sorted({kiosk for kiosk, _ in facts.sessions}), TOTAL)
    rows = tuple(_session_row(kiosk, facts, ends) for kiosk in kiosks)
    visits = sum(patients + staff for patients, staff in facts.sessions.values())
    return Table("Sessions", columns, rows, {"visits": visits}, Chart(0, 1))


def _session_row(kiosk: str, facts: PeriodFacts, ends: Sequence[str]) -> tuple[Cell, ...]:
    mine = [(end, counts) for (at, end), counts in facts.sessions.items() if kiosk in (at, TOTAL)]
    by_end = (sum(counts[0] for name, counts in mine if name == end) for end in ends)
    return row(kiosk, sum(counts[0] for _, counts in mine), *by_end, sum(counts[1] for _, counts in mine))


def _prints(facts: PeriodFacts) -> Table:
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
    kiosks = (*sorted({kiosk for kiosk, _, _ in facts.task_keys()}), TOTAL)
    rows = tuple(_print_row(kiosk, kind, facts) for kiosk in kiosks for kind in ("report", "film"))
    return Table("Prints", columns, rows, {"print tasks": facts.tasks()["tasks"]})


def _print_row(kiosk: str, kind: str, facts: PeriodFacts) -> tuple[Cell, ...]:
    mine = facts.tasks(kind, kiosk=kiosk)
    faults = sum(n for name, n in mine.items() if name.startswith("why "))
    jams, empties, waited = mine[f"why {JAM}"], mine[f"why {EMPTY}"], mine["why waited"]
    retries = sum(n for (at, what), n in facts.retries.items() if what == kind and kiosk in (at, TOTAL))
    sheets = (mine["planned"], mine["printed"], mine["missing"], mine["uncertain"])
    return row(kiosk, kind, mine["tasks"], *sheets, retries, jams, empties, faults - jams - empties - waited, waited)


def _collected(facts: PeriodFacts) -> Table:
    told = facts.collected
    columns = (Column("collected for"), Column("times", "visits", "visits in which this was said"))
    rows = tuple(row(str(relation), told[relation]) for relation in Relation if told[relation])
    return Table("Collected for somebody else", columns, rows, {"visits": told.total()})


def _overrides(facts: PeriodFacts) -> Table:
    columns = (
        Column("person"),
        Column("what"),
        Column("reason"),
        Column("times", "overrides", "overrides with this person, deed and reason"),
    )
    rows = tuple(row(*who, times) for who, times in sorted(facts.overrides.items()))
    return Table("Overrides", columns, rows, {"overrides": facts.overrides.total()})
