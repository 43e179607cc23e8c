"""The kiosk's own journal: what was tried, reserved, printed, linked, held, and by whom.

Contract for all parts: calls are thread-safe, each is one transaction that is durable when the call returns
(SQLite WAL with synchronous=FULL, or PostgreSQL), and raise KioskError STORE_UNAVAILABLE or DISK_FULL, in which case
nothing was changed. Nothing personal is stored: `subject` and `document` are keyed pseudonyms. Times are seconds since
the epoch, UTC, of the store's clock where it has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any, Protocol

from kiosk.domain.calls import HelpCall
from kiosk.domain.exam import HandedOut
from kiosk.domain.figures.days import DayPart
from kiosk.domain.links import LinkKeys
from kiosk.domain.panels.accounts import ShiftNote
from kiosk.domain.person.tries import TryCount, TryLimits
from kiosk.domain.reasons import FilmReason, OverrideReason
from kiosk.domain.records import Journal
from kiosk.domain.roles import Role, StaffMember, StaffSession
from kiosk.domain.sheets.printing import Order, Reservation, Settlement, SheetState
from kiosk.domain.sheets.supplies import SupplySample
from kiosk.domain.trail import AuditRecord, TrailCheck
from kiosk.domain.waiting.estimates import Turnaround
from kiosk.ports.audit import AuditSink
from kiosk.ports.cloud.publications import LinkQueue, PhoneLedger, PublicationLedger
from kiosk.ports.desk_jobs import DeskJobLedger
from kiosk.ports.fleet import FleetLedger


@dataclass(frozen=True)
class AuditFilter:
    """Which events to list, newest first; with `after`, those with greater numbers, oldest first. `text`: what one of
    details, kiosk, actor, visit and subject holds, in capitals or not."""

    since: float | None = None
    until: float | None = None
    kinds: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    limit: int = 500
    offset: int = 0
    visit: str = ""
    after: int | None = None
    kiosk: str = ""
    actor: str = ""
    text: str = ""


class TryLedger(Protocol):
    """Attempts at identity; atomic across kiosks on one database."""

    def begin_try(self, visit: str, subject: str, kiosk: str, limits: TryLimits) -> TryCount | None:
        """Count one attempt *before* it is evaluated, in one transaction; None when a limit is already reached."""
        ...

    def forgive(self, visit: str, subject: str) -> None:
        """The answer was right: this visit's and this subject's counted attempts no longer count."""
        ...

    def tries(self, visit: str, subject: str, kiosk: str, limits: TryLimits) -> TryCount:
        """Failures so far in each window."""
        ...

    def share(self, former: str, subject: str) -> None:
        """Two patient numbers turned out to be one person's: attempts and reservations under the former pseudonym are
        this one's from now on."""
        ...

    def unlock(self, subject: str, actor: str) -> None:
        """Staff clears a subject's attempts (audited by the caller)."""
        ...


class SheetLedger(Protocol):
    """Print tasks and their sheets."""

    def reserve(self, visit: str, kiosk: str, order: Order) -> Reservation | None:
        """Commit the right to print the order; None when somebody already holds or has used it."""
        ...

    def submitted(self, serial: str, queue: str, job_id: str) -> None:
        """The spooler has accepted the job. `job_id` is empty when written just before handing over."""
        ...

    def settle(self, serial: str, states: Sequence[SheetState], why: str = "", actor: str = "") -> None:
        """Write how each sheet ended. PRINTED never goes back; MISSING frees those sheets to be reserved again.

        What a person (`actor`) said can be taken back by `unsettle`.
        """
        ...

    def unsettle(self, serial: str) -> bool:
        """Take back what a person said: those sheets are again what they were before.

        False, and nothing is changed, where nobody said anything of them or a later reservation holds one of them, of
        this copy or another.
        """
        ...

    def settlements(self, seconds: float) -> list[Settlement]:
        """What persons said in the last so many seconds and can still be taken back, newest first."""
        ...

    def reservation(self, serial: str) -> Reservation | None:
        """One reservation by its serial."""
        ...

    def unsettled(self, kiosk: str | None = None) -> list[Reservation]:
        """Reservations with sheets neither printed nor missing: open after a crash, or uncertain."""
        ...

    def deliveries(self, documents: Sequence[str]) -> list[HandedOut]:
        """What is known of these documents, newest first; `state` is printed, partly, open or uncertain."""
        ...

    def copies(self, document: str) -> int:
        """The highest copy number ever reserved for a document."""
        ...

    def sheets_of(self, document: str, copy: int) -> dict[int, SheetState]:
        """What counts now for each sheet of a copy that was ever reserved, by its number in the document."""
        ...

    def impressions_of(self, document: str, copy: int) -> int | None:
        """On how many sides each sheet of that copy was printed before; None where nothing of it was ever reserved."""
        ...

    def durations(self, queue: str, limit: int = 50) -> list[tuple[int, float]]:
        """Sheets and seconds of a queue's last jobs that went smoothly, newest first."""
        ...


class SupplyLedger(Protocol):
    """Levels of toner, film and the like, so that staff can order in time."""

    def note_supplies(self, queue: str, levels: Sequence[tuple[str, int]]) -> None:
        """Keep the levels (name, per cent) that differ from what was noted last."""
        ...

    def supply_levels(self, queue: str, days: float = 30.0) -> list[SupplySample]:
        """What was noted, oldest first."""
        ...


class DeskLedger(Protocol):
    """Holds, film requests, overrides and staff accounts."""

    def hold(self, study: str, reason: str, actor: str) -> None:
        """Withhold an exam (pseudonym of its study UID) from self-service."""
        ...

    def release(self, study: str, actor: str) -> None:
        """Take a hold back."""
        ...

    def held(self, studies: Sequence[str]) -> dict[str, str]:
        """The held ones among these, with their reason."""
        ...

    def request_film(self, visit: str, subject: str, study: str, modality: str, reason: FilmReason, how: str) -> None:
        """Somebody wanted film; `how` is printed, desk, cloud or refused."""
        ...

    def override(self, visit: str, actor: str, reason: OverrideReason, what: str, subject: str) -> None:
        """A nurse did what the rules would not have allowed."""
        ...

    def add_staff(self, member: StaffMember, secret_hash: str) -> None:
        """A new account; raises KioskError CONFIG_INVALID when the name is taken."""
        ...

    def staff(self) -> list[StaffMember]:
        """All accounts, by name."""
        ...

    def staff_secret(self, name: str) -> str:
        """The argon2 hash of the account, or an empty string."""
        ...

    def set_staff(
        self,
        name: str,
        *,
        role: Role | None = None,
        secret_hash: str | None = None,
        enabled: bool | None = None,
        badge: str | None = None,
    ) -> None:
        """Change an account; raises KioskError CONFIG_INVALID when there is none."""
        ...


class StaffSessionLedger(Protocol):
    """Who is logged in in a browser; all desks on one ledger know the same sessions."""

    def begin_session(self, digest: str, session: StaffSession, longest_s: float) -> None:
        """Somebody came in; `digest`: what is kept of their cookie. What is older than `longest_s` is taken away."""
        ...

    def session(self, digest: str, idle_s: float, longest_s: float, touch: bool = True) -> StaffSession | None:
        """The session, where it is no older and was last used no longer ago than that; `touch`: it is used now."""
        ...

    def end_session(self, digest: str) -> None:
        """They left."""
        ...


class ShiftLedger(Protocol):
    """Hand-over notes."""

    def write_note(self, author: str, text: str) -> None:
        """A note for whoever comes next."""
        ...

    def read_note(self, number: int, name: str) -> None:
        """This person has read it."""
        ...

    def shift_notes(self, seconds: float) -> list[ShiftNote]:
        """Of the last so many seconds, newest first, with who has read them."""
        ...


class CallLedger(Protocol):
    """Calls for help. Every kiosk and desk on one ledger sees the same ones."""

    def call_help(self, visit: str, kiosk: str, code: str, where: str) -> HelpCall:
        """Note a call and return it as it now stands.

        One a visit: a visit that has called before keeps its code (`code` is then not used) and its claim; one that was
        over waits anew.
        """
        ...

    def claim_call(self, visit: str, actor: str) -> HelpCall | None:
        """A staff member goes there; the first one stands. None where no call is open."""
        ...

    def end_call(self, visit: str) -> None:
        """Answered. A call also ends with its visit (`close_visit`)."""
        ...

    def call_of(self, visit: str) -> HelpCall | None:
        """A visit's call, open or over."""
        ...

    def open_calls(self, seconds: float) -> list[HelpCall]:
        """The open calls of the last so many seconds, oldest first."""
        ...


class LinkLedger(Protocol):
    """Patient links and the queue of publications."""

    def add_link(
        self,
        digest: str,
        visit: str,
        subject: str,
        studies: Sequence[str],
        question: str,
        expires: float,
        keys: LinkKeys | None = None,
    ) -> None:
        """Keep the hash of a link and queue its studies (pseudonyms) for publication, once each."""
        ...

    def publication(self, study: str) -> tuple[str, float]:
        """State of a study's publication and how much is done, 0 to 1."""
        ...

    def set_publication(self, study: str, state: str, done: float) -> None:
        """The relay tells how far it is."""
        ...


class TrailLedger(AuditSink, Protocol):
    """Audit events, hash-chained: the number that `append` returns is the place in the chain."""

    def events(self, wanted: AuditFilter) -> list[AuditRecord]:
        """Events, in the order that the filter says."""
        ...

    def verify(self) -> int | None:
        """The number of the first event that does not fit the chain, or None."""
        ...

    def check_trail(self) -> TrailCheck:
        """The whole chain recomputed and its end compared with what this machine last saw of it."""
        ...

    def attest(self) -> str:
        """A quick look at the chain's end, which this machine then vouches for. Raises KioskError TRAIL_BROKEN."""
        ...

    def renew(self, record: AuditRecord) -> int:
        """Vouch for the chain as it is now, whatever was seen before; `record` says who decided that."""
        ...


class TurnaroundLedger(Protocol):
    """How long reports took in this hospital."""

    def note_turnarounds(self, told: Sequence[Turnaround]) -> None:
        """Keep each exam once; what makes no sense is left out."""
        ...

    def turnarounds(self, modality: str, since: float) -> list[float]:
        """Seconds from exam to report, of the newest exams whose report was written since then."""
        ...


class RecordLedger(Protocol):
    """What the statistics read."""

    def journal(self, since: float, until: float) -> Journal:
        """Everything that began in the period (seconds since the epoch; `until` excluded), in one consistent view."""
        ...


class FigureLedger(RecordLedger, Protocol):
    """The days of the figures: sums that are read in a moment where the records of a year are not."""

    def refresh_days(self, zone: tzinfo) -> int:
        """Sum up the hospital's days whose records have changed since the last time; how many."""
        ...

    def day_parts(self, part: DayPart, first: date, last: date) -> Iterator[tuple[str, Any]]:
        """One part of each day, with its ISO date, oldest first; days without records are left out."""
        ...

    def differing_days(self, zone: tzinfo, first: date, last: date) -> list[tuple[str, DayPart]]:
        """Days whose sums do not follow from their records, and which part; they are summed up anew."""
        ...


class Ledger(
    TryLedger,
    SheetLedger,
    SupplyLedger,
    DeskLedger,
    StaffSessionLedger,
    ShiftLedger,
    CallLedger,
    LinkLedger,
    LinkQueue,
    PhoneLedger,
    PublicationLedger,
    TrailLedger,
    FigureLedger,
    TurnaroundLedger,
    FleetLedger,
    DeskJobLedger,
    Protocol,
):
    """The whole ledger."""

    def open_visit(self, visit: str, kiosk: str) -> None:
        """A visit begins."""
        ...

    def close_visit(self, visit: str, outcome: str) -> None:
        """A visit ends, and its call for help with it; `outcome` is an exit word such as delivered, abandoned."""
        ...

    def server_time(self) -> float | None:
        """Seconds since the epoch by the database's own machine; None where that is this machine."""
        ...

    def probe(self) -> str:
        """Write and read back; returns what the store is. Raises like the others."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
