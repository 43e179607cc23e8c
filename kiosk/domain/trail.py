"""The audit trail: what is written into it, and what can be said about it (is the chain whole, who vouches for it)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType


class EventKind(StrEnum):
    """What an event is about. The values are part of the hash chain and stay as they are: a kind gets a new value,
    never another one."""

    VISIT_OPENED = "visit-opened"
    VISIT_CLOSED = "visit-closed"
    VISIT_FAILED = "visit-failed"  # the patient was told that it did not work
    SERVICE_FAILED = "service-failed"  # a service could not do what the visit asked of it
    CODE_REFUSED = "code-refused"  # a code that is none of the hospital's
    IDENTITY_ASKED = "identity-asked"
    IDENTITY_RIGHT = "identity-right"
    IDENTITY_WRONG = "identity-wrong"
    IDENTITY_LOCKED = "identity-locked"
    IDENTITY_EARLY = "identity-early"  # answered before the wait was over: not evaluated, not counted
    CODE_SENT = "code-sent"
    PATIENT_COLLISION = "patient-collision"  # one patient number, two people
    FOREIGN_OBJECT = "foreign-object"  # the archive gave another patient's object
    EXAMS_LISTED = "exams-listed"
    REPORT_PREVIEWED = "report-previewed"
    DOCUMENT_PRINTED = "document-printed"
    DOCUMENT_MISSING = "document-missing"
    DOCUMENT_UNCERTAIN = "document-uncertain"
    RECONCILED = "reconciled"  # what an earlier run left open was settled with the spooler
    FILM_REQUESTED = "film-requested"
    FILM_MADE = "film-made"
    LINK_MADE = "link-made"
    HELP_CALLED = "help-called"
    HELP_CLAIMED = "help-claimed"
    HELP_ANSWERED = "help-answered"
    STAFF_LOGIN = "staff-login"
    STAFF_SEARCH = "staff-search"
    STAFF_OVERRIDE = "staff-override"
    STAFF_REFUSED = "staff-refused"  # wanted what the account has no right to
    STAFF_ACCOUNT = "staff-account"
    KIOSK_CLOSED = "kiosk-closed"  # by staff, with a reason
    KIOSK_OPENED = "kiosk-opened"
    INBOX_DECIDED = "inbox-decided"  # staff said whose an item of the inbox is, or took that back
    LOG_EXPORTED = "log-exported"
    FIGURES_DIFFER = "figures-differ"  # sums of the statistics did not follow from their events; made anew
    JOB_CHANGED = "job-changed"  # a batch begun, or any job of the desk paused, resumed, stopped
    CLOCK_JUMP = "clock-jump"
    STORE_QUARANTINED = "store-quarantined"  # a damaged ledger was set aside
    TRAIL_BROKEN = "trail-broken"  # the chain's end is not what it was
    TRAIL_RENEWED = "trail-renewed"  # a person has looked, and vouches for the chain as it is


class EventOutcome(StrEnum):
    """How it ended. An alarm is a matter for security: somebody else's data, or the trail itself."""

    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    ALARM = "alarm"
    NOTICED = "noticed"


# A kind or outcome as another version of the program wrote it: kept as it stands, never taken for one of ours.
UnknownWord = NewType("UnknownWord", str)

# The kinds whose events the statistics open one by one. Of all kinds they read how many there were.
COUNTED = (EventKind.LINK_MADE, EventKind.DOCUMENT_PRINTED, EventKind.EXAMS_LISTED, EventKind.STAFF_LOGIN)

_KINDS = {str(kind): kind for kind in EventKind}
_OUTCOMES = {str(outcome): outcome for outcome in EventOutcome}


def kind_named(written: str) -> EventKind | UnknownWord:
    """The kind that is written so."""
    return _KINDS.get(written) or UnknownWord(written)


def outcome_named(written: str) -> EventOutcome | UnknownWord:
    """The outcome that is written so."""
    return _OUTCOMES.get(written) or UnknownWord(written)


@dataclass(frozen=True)
class AuditRecord:
    """One event of the trail (PS3.15 A.5 in spirit): who did what to which pseudonym, and how it ended.

    `when` in seconds since the epoch, UTC (0: the ledger's now); `number` is the place in the chain (0: none yet).
    """

    kind: EventKind | UnknownWord
    outcome: EventOutcome | UnknownWord = EventOutcome.OK
    kiosk: str = ""
    visit: str = ""
    subject: str = ""
    actor: str = ""
    details: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    when: float = 0.0
    number: int = 0


@dataclass(frozen=True)
class EventCount:
    """How many events of one kind ended so in a period."""

    kind: EventKind | UnknownWord
    outcome: EventOutcome | UnknownWord
    events: int

    @property
    def known(self) -> bool:
        """False where another version of the program wrote it."""
        return isinstance(self.kind, EventKind) and isinstance(self.outcome, EventOutcome)


class TrailFlaw(StrEnum):
    """What does not fit."""

    CHANGED = "changed"  # an event is not what was written, or was written under another key
    MISSING = "missing"  # an event is gone from the middle
    CUT = "cut"  # the newest events are gone
    REPLACED = "replaced"  # other events stand where this machine saw its own
    HEAD = "head"  # the database's note of the last event was not written by a kiosk
    ANCHOR = "anchor"  # this machine's own note was not written by a kiosk


@dataclass(frozen=True)
class TrailCheck:
    """The chain, recomputed. `events` fit; `anchored` is the number of the last one that this machine vouches for
    (0: it has no anchor yet, so a cut-off end could not be noticed here), noted at `anchored_at` (seconds)."""

    events: int
    anchored: int = 0
    anchored_at: float = 0.0
    flaws: tuple[TrailFlaw, ...] = ()
    first_bad: int | None = None
