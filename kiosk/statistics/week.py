"""What would help most this week, from the data: why film is still wanted, when people stand in line, what fails.

Nobody measures a queue at a kiosk; but a visit that begins as soon as the one before it is over was waiting for it.
"""

from __future__ import annotations

from collections import Counter

from kiosk.domain.figures.period import Period
from kiosk.domain.figures.tables import Chart, Column, StatisticsReport, Table, row, share
from kiosk.statistics.facts import PeriodFacts
from kiosk.statistics.figures import NO_PORTAL
from kiosk.statistics.phone import Phones, ranked

MOST = 8
LINE_NOTE = (
    "Waited in line: visits that began within 30 seconds of the end of the visit before at the same kiosk. Who gave up "
    "and went is not counted."
)


def week_report(facts: PeriodFacts, _: Period) -> StatisticsReport:
    """The three tables, the most frequent first."""
    notes = (LINE_NOTE, *(() if Phones(facts).told else (NO_PORTAL,)))
    return StatisticsReport("week", "What would help most", (_reasons(facts), _lines(facts), _browsers(facts)), notes)


def _reasons(facts: PeriodFacts) -> Table:
    people = Counter(reason for reason, _ in {(w.reason, w.subject) for w in facts.stated})
    rows = tuple(row(name, n, share(n, people.total(), ("n_r", "Σ n"))) for name, n in ranked(people)[:MOST])
    columns = (
        Column("reason"),
        Column("people", "people", "n_r = distinct people who named the reason"),
        Column("share", "%", "n_r ÷ Σ n × 100"),
    )
    return Table("Reasons that still need film", columns, rows, {"film requests": len(facts.wishes)}, Chart(0, 1))


def _lines(facts: PeriodFacts) -> Table:
    rows = tuple(
        row(hour, visits, waited, share(waited, visits, ("waited in line", "visits")))
        for hour, (visits, waited) in sorted(facts.hours.items())
    )
    columns = (
        Column("hour"),
        Column("visits", "visits", "visits that began in this hour of a day"),
        Column("waited in line", "visits", "of these, begun within 30 s of the end of the one before at the kiosk"),
        Column("share", "%", "waited in line ÷ visits × 100"),
    )
    visits = sum(visits for visits, _ in facts.hours.values())
    return Table("Hours with queues", columns, rows, {"visits": visits}, Chart(0, 2))


def _browsers(facts: PeriodFacts) -> Table:
    columns = (Column("browser and stage"), Column("measured failures", "attempts", "recorded by the portal"))
    failed = facts.phone.failed
    rows = tuple(row(detail or "–", n) for detail, n in ranked(failed)[:MOST])
    return Table("Browsers that fail", columns, rows, {"failed events": failed.total()}, Chart(0, 1))
