"""The trail in figures: how many events of each kind ended how. Nothing is left out: what another version of the
program wrote is counted under the words it used, and every report says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from kiosk.domain.figures.tables import Column, StatisticsReport, Table, row
from kiosk.domain.trail import EventCount, EventKind, EventOutcome

# Kinds whose events no report opens one by one (those are kiosk.domain.trail.COUNTED), and why; R8 counts them.
UNREAD: Mapping[EventKind, str] = {
    EventKind.VISIT_OPENED: "R8 reads the ledger's visits, which also hold those that power cut off",
    EventKind.VISIT_CLOSED: "R8 reads the outcome from the ledger's visits",
    EventKind.VISIT_FAILED: "R8 reads the outcome from the ledger's visits",
    EventKind.SERVICE_FAILED: "a fault for staff, told by the log and the supervisor; no report is about it",
    EventKind.CODE_REFUSED: "belongs to nobody: there is no person to count",
    EventKind.IDENTITY_ASKED: "nobody is identified yet; a person counts from the list on",
    EventKind.IDENTITY_RIGHT: "the list that follows it is read",
    EventKind.IDENTITY_WRONG: "a matter of security, for the log",
    EventKind.IDENTITY_LOCKED: "a matter of security, for the log",
    EventKind.IDENTITY_EARLY: "a matter of security, for the log",
    EventKind.CODE_SENT: "no report is about messages",
    EventKind.PATIENT_COLLISION: "an alarm for staff, not a service",
    EventKind.FOREIGN_OBJECT: "an alarm for staff, not a service",
    EventKind.REPORT_PREVIEWED: "nothing was handed out",
    EventKind.DOCUMENT_MISSING: "R6 and R8 read the print tasks, which staff settles later",
    EventKind.DOCUMENT_UNCERTAIN: "R6 and R8 read the print tasks, which staff settles later",
    EventKind.RECONCILED: "R6 and R8 read the print tasks it settled",
    EventKind.FILM_REQUESTED: "R3 to R5 read the ledger's film requests",
    EventKind.FILM_MADE: "R3 counts sheets that came out, not sheets that were made",
    EventKind.HELP_CALLED: "no report is about help",
    EventKind.HELP_CLAIMED: "no report is about help",
    EventKind.HELP_ANSWERED: "no report is about help",
    EventKind.STAFF_SEARCH: "for whoever asks who looked for whom, in the log",
    EventKind.STAFF_REFUSED: "for whoever asks who wanted what is not theirs, in the log",
    EventKind.STAFF_OVERRIDE: "R8 reads the ledger's overrides",
    EventKind.STAFF_ACCOUNT: "for the log",
    EventKind.KIOSK_CLOSED: "for the log, and `kiosk fleet status`",
    EventKind.KIOSK_OPENED: "for the log, and `kiosk fleet status`",
    EventKind.INBOX_DECIDED: "for whoever asks who gave an item to which exam, in the log",
    EventKind.LOG_EXPORTED: "for the log",
    EventKind.FIGURES_DIFFER: "an alarm for staff: the figures were made anew",
    EventKind.JOB_CHANGED: "for the log; what a job printed is read from the print tasks",
    EventKind.CLOCK_JUMP: "says how far to trust times, not how many there were of anything",
    EventKind.STORE_QUARANTINED: "an alarm for staff; what was saved is in the ledger and is counted",
    EventKind.TRAIL_BROKEN: "an alarm for staff, proved by `kiosk audit verify`",
    EventKind.TRAIL_RENEWED: "for the log",
}

UNKNOWN_NOTE = (
    "Some events of the period are of a kind or outcome that this version of the program does not know. They stand in "
    "a table of their own; no other figure counts them."
)


def events_by_kind(tally: Iterable[EventCount]) -> Table:
    """Kind × outcome, of all kinds that occurred."""
    counts = Counter({(one.kind, one.outcome): one.events for one in tally if one.known})
    kinds = [kind for kind in EventKind if any((kind, outcome) in counts for outcome in EventOutcome)]
    columns = (
        Column("event"),
        *(Column(str(outcome), "events", "events of this kind with this outcome") for outcome in EventOutcome),
    )
    rows = tuple(row(str(kind), *(counts[kind, outcome] for outcome in EventOutcome)) for kind in kinds)
    return Table("Events of the trail", columns, rows, {"events": counts.total()})


def with_unknown_events(report: StatisticsReport, tally: Iterable[EventCount]) -> StatisticsReport:
    """The report, and where there were events that this version does not know, that they are not in it."""
    unknown = [one for one in tally if not one.known]
    if not unknown:
        return report
    columns = (
        Column("event"),
        Column("outcome"),
        Column("times", "events", "events of this kind with this outcome"),
    )
    rows = tuple(row(str(one.kind), str(one.outcome), one.events) for one in unknown)
    table = Table("Events unknown to this version", columns, rows, {"events": sum(one.events for one in unknown)})
    return replace(report, tables=(*report.tables, table), notes=(*report.notes, UNKNOWN_NOTE))
