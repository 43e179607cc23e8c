"""The administrator's reports, collected from the ledger (written: kiosk.statistics.writing; on paper: pages).

A report is a pure function of the ledger and the numbers given, so anybody can recompute it: JSON opens every figure
with its formula, its inputs and the number of records behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.domain.figures.period import Period
from kiosk.domain.figures.tables import StatisticsReport
from kiosk.domain.records import Journal
from kiosk.ports.ledger import RecordLedger
from kiosk.statistics import figures as of
from kiosk.statistics.economy import PeriodInputs, from_ledger, r2_before_after
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


def make_report(records: RecordLedger, wanted: ReportRequest) -> StatisticsReport:
    """Read the ledger and compute; whatever the report is about, it says which events it does not know."""
    journal = _journal(records, wanted.period)
    return with_unknown_events(_computed(records, journal, wanted), journal.tally)


def _computed(records: RecordLedger, journal: Journal, wanted: ReportRequest) -> StatisticsReport:
    if wanted.number == "R2":
        before = wanted.given_before
        if wanted.before:
            before = from_ledger(_journal(records, wanted.before), before)
        return r2_before_after(before, from_ledger(journal, wanted.given))
    if wanted.number == "R6":
        return of.r6_delivery(journal, wanted.period, wanted.days)
    makers = {
        "R1": of.r1_service,
        "R3": of.r3_demand,
        "R4": of.r4_reasons,
        "R5": of.r5_access,
        "R7": of.r7_sharing,
        "R8": r8_kiosk_log,
        "week": week_report,
    }
    return makers[wanted.number](journal, wanted.period)


def _journal(records: RecordLedger, period: Period) -> Journal:
    return records.journal(period.since, period.until)
