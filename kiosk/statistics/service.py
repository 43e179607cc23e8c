"""The administrator's reports, collected from the ledger (written: kiosk.statistics.writing; on paper: pages).

A report is a pure function of the ledger and the numbers given, so anybody can recompute it: JSON opens every figure
with its formula, its inputs and the number of records behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.domain.figures.period import Period
from kiosk.domain.figures.tables import StatisticsReport
from kiosk.ports.ledger import FigureLedger, RecordLedger
from kiosk.statistics import figures as of
from kiosk.statistics.economy import PeriodInputs, from_ledger, r2_before_after
from kiosk.statistics.facts import PeriodFacts
from kiosk.statistics.log import r8_kiosk_log
from kiosk.statistics.trail_counts import with_unknown_events
from kiosk.statistics.week import week_report

NUMBERS = ("R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "week")


@dataclass(frozen=True)
class ReportRequest:
    """Which report, of which period; R2 also needs the period before and what is known of both, R6 a number of days."""

    number: str
    period: Period
    before: Period | None = None
    given_before: PeriodInputs = field(default_factory=PeriodInputs)
    given: PeriodInputs = field(default_factory=PeriodInputs)
    days: int = 7


# The facts of a period, wherever they come from.
Read = Callable[[Period], PeriodFacts]


def from_records(records: RecordLedger) -> Read:
    """Straight from the records: slow for a year, and nothing stands between."""
    return lambda period: PeriodFacts.of(records.journal(period.since, period.until), period)


def from_days(records: FigureLedger) -> Read:
    """From the sums of whole days, which are brought up to date first."""

    def read(period: Period) -> PeriodFacts:
        records.refresh_days(period.zone)
        return PeriodFacts(lambda part: records.day_parts(part, period.first, period.last))

    return read


def make_report(records: RecordLedger, wanted: ReportRequest) -> StatisticsReport:
    """Read the ledger's records and compute."""
    return report_of(from_records(records), wanted)


def report_of(read: Read, wanted: ReportRequest) -> StatisticsReport:
    """Whatever the report is about, it says which events it does not know."""
    facts = read(wanted.period)
    return with_unknown_events(_computed(read, facts, wanted), facts.tally)


def _computed(read: Read, facts: PeriodFacts, wanted: ReportRequest) -> StatisticsReport:
    if wanted.number == "R2":
        before = wanted.given_before
        if wanted.before:
            before = from_ledger(read(wanted.before), before)
        return r2_before_after(before, from_ledger(facts, wanted.given))
    if wanted.number == "R6":
        return of.r6_delivery(facts, wanted.period, wanted.days)
    makers = {
        "R1": of.r1_service,
        "R3": of.r3_demand,
        "R4": of.r4_reasons,
        "R5": of.r5_access,
        "R7": of.r7_sharing,
        "R8": r8_kiosk_log,
        "week": week_report,
    }
    return makers[wanted.number](facts, wanted.period)
