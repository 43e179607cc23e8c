"""What would help most this week, from the data: why film is still wanted, when people stand in line, what fails.

Nobody measures a queue at a kiosk; but a visit that begins as soon as the one before it is over was waiting for it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from itertools import pairwise

from kiosk.domain.figures.period import Period
from kiosk.domain.figures.tables import Chart, Column, StatisticsReport, Table, row, share
from kiosk.domain.records import Journal, VisitRecord
from kiosk.statistics.figures import NO_PORTAL, stated
from kiosk.statistics.phone import Phones

IN_LINE_S = 30.0  # between the end of a visit and the beginning of the next at the same kiosk
MOST = 8
PUBLISHED_NOTE = (
    "Waited in line: visits that began within 30 seconds of the end of the visit before at the same kiosk. Who gave up "
    "and went is not counted."
)


def week_report(journal: Journal, period: Period) -> StatisticsReport:
    """The three tables, the most frequent first."""
    phones = Phones(journal)
    tables = (_reasons(journal), _lines(journal, period.zone), _browsers(phones))
    notes = (PUBLISHED_NOTE, *(() if phones.told else (NO_PORTAL,)))
    return StatisticsReport("week", "What would help most", tables, notes)


def _reasons(journal: Journal) -> Table:
    wishes = stated(journal)
    people = Counter(reason for reason, _ in {(w.reason, w.subject) for w in wishes})
    whole = sum(people.values())
    ranked = sorted(people.items(), key=lambda one: (-one[1], one[0]))[:MOST]
    rows = tuple(row(reason, n, share(n, whole, ("n_r", "Σ n"))) for reason, n in ranked)
    columns = (
        Column("reason"),
        Column("people", "people", "n_r = distinct people who named the reason"),
        Column("share", "%", "n_r ÷ Σ n × 100"),
    )
    return Table("Reasons that still need film", columns, rows, {"film requests": len(journal.wishes)}, Chart(0, 1))


def hour_name(at: float, zone: tzinfo) -> str:
    """The hour of a day, as 09:00."""
    return f"{datetime.fromtimestamp(at, zone):%H}:00"


def in_line(visits: Iterable[VisitRecord]) -> list[VisitRecord]:
    """Visits that began as soon as the one before them at their kiosk was over."""
    by_kiosk: dict[str, list[VisitRecord]] = defaultdict(list)
    for visit in sorted(visits, key=lambda one: one.opened):
        by_kiosk[visit.kiosk].append(visit)
    found = []
    for those in by_kiosk.values():
        found += [late for early, late in pairwise(those) if early.closed and 0 <= late.opened - early.closed <= IN_LINE_S]
    return found


def _lines(journal: Journal, zone: tzinfo) -> Table:
    visits = Counter(hour_name(v.opened, zone) for v in journal.visits)
    waited = Counter(hour_name(v.opened, zone) for v in in_line(journal.visits))
    rows = tuple(
        row(hour, visits[hour], waited[hour], share(waited[hour], visits[hour], ("waited in line", "visits")))
        for hour in sorted(visits)
    )
    columns = (
        Column("hour"),
        Column("visits", "visits", "visits that began in this hour of a day"),
        Column("waited in line", "visits", "of these, begun within 30 s of the end of the one before at the kiosk"),
        Column("share", "%", "waited in line ÷ visits × 100"),
    )
    return Table("Hours with queues", columns, rows, {"visits": len(journal.visits)}, Chart(0, 2))


def _browsers(phones: Phones) -> Table:
    columns = (Column("browser and stage"), Column("measured failures", "attempts", "recorded by the portal"))
    rows: Sequence[tuple[str, int]] = phones.failures.most_common(MOST)
    return Table("Browsers that fail", columns, tuple(row(detail or "–", n) for detail, n in rows),
                 {"failed events": sum(phones.failures.values())}, Chart(0, 1))  # fmt: skip
