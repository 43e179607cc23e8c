"""What the ledger remembers, as plain records: the raw material of the statistics. Pseudonyms only, times in UTC."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.links import PhoneEvent
from kiosk.domain.trail import AuditRecord, EventCount


@dataclass(frozen=True)
class VisitRecord:
    """One session at one kiosk, from touch to farewell; `outcome` is empty while it runs or where power was cut."""

    visit: str
    kiosk: str
    opened: float
    closed: float | None
    outcome: str


@dataclass(frozen=True)
class TaskRecord:
    """One print task: what was reserved, and how its sheets ended. `why` is a fault code, waited, or empty."""

    serial: str
    visit: str
    kiosk: str
    subject: str
    document: str
    kind: str
    copy: int
    reason: str
    modality: str
    since: float
    why: str
    sheets: int
    printed: int = 0
    missing: int = 0
    uncertain: int = 0


@dataclass(frozen=True)
class FilmWish:
    """Somebody asked for film of one exam; `how` is printed, failed, desk or cloud."""

    visit: str
    subject: str
    study: str
    modality: str
    reason: str
    how: str
    at: float


@dataclass(frozen=True)
class OverrideRecord:
    """Staff did what the rules would not have allowed."""

    visit: str
    actor: str
    reason: str
    what: str
    at: float


@dataclass(frozen=True)
class LinkRecord:
    """One patient link, made for a visit; `studies` counts the exams it opens.

    `online`: all of them are in the cloud; `ready`: when the newest of their reports was written, where that is known.
    """

    visit: str
    subject: str
    since: float
    expires: float
    studies: int
    locator: str = ""
    online: bool = False
    ready: float | None = None


@dataclass(frozen=True)
class Journal:
    """Everything recorded in one period, oldest first. `events`: those of the kinds COUNTED; `tally`: of all kinds, how
    many there were. `stored_bytes`: of the exams that came into the cloud in the period, as the portal keeps them;
    None where nothing ever did.
    """

    visits: tuple[VisitRecord, ...] = ()
    tasks: tuple[TaskRecord, ...] = ()
    wishes: tuple[FilmWish, ...] = ()
    overrides: tuple[OverrideRecord, ...] = ()
    links: tuple[LinkRecord, ...] = ()
    events: tuple[AuditRecord, ...] = ()
    tally: tuple[EventCount, ...] = ()
    phone: tuple[PhoneEvent, ...] = ()
    stored_bytes: int | None = None
