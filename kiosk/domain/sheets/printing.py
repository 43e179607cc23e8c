"""Printing: media, tickets, printer and job states, and the life of a sheet (PWG 5100.x, RFC 8011 names)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DocumentKind(StrEnum):
    """What is printed."""

    REPORT = "report"
    FILM = "film"


class SheetState(StrEnum):
    """reserved → submitted → printed | missing | uncertain. Uncertain is settled by a person only."""

    RESERVED = "reserved"
    SUBMITTED = "submitted"
    PRINTED = "printed"
    MISSING = "missing"
    UNCERTAIN = "uncertain"


FINAL = (SheetState.PRINTED, SheetState.MISSING)
SETTLED = (SheetState.PRINTED, SheetState.MISSING, SheetState.UNCERTAIN)


@dataclass(frozen=True)
class Media:
    """One PWG media size; width and height in hundredths of a millimetre (PWG 5101.1)."""

    name: str
    width: int
    height: int
    kind: str = ""


@dataclass(frozen=True)
class Ticket:
    """How one document is to be printed. `job_name` is opaque and holds nothing personal."""

    job_name: str
    media: Media
    sheets: int
    sides: str = "one-sided"
    colour: bool = False


class PrinterStatus(StrEnum):
    """RFC 8011 5.4.11 printer-state, and gone where nobody answers."""

    IDLE = "idle"
    PROCESSING = "processing"
    STOPPED = "stopped"
    GONE = "gone"


@dataclass(frozen=True)
class PrinterState:
    """What a printer says of itself now. `reasons` are IPP keywords, with severity suffix where it gives one.

    `printer_reasons` understands them. `impressions` is the printer's own page counter, None where it
    tells none; `queued` counts the jobs before one that would be submitted now; `two_sided` is what it can do.
    """

    status: PrinterStatus
    reasons: tuple[str, ...] = ()
    media_ready: tuple[Media, ...] = ()
    accepting: bool = True
    queued: int = 0
    impressions: int | None = None
    supplies: tuple[tuple[str, int], ...] = ()
    two_sided: bool = False


class JobStatus(StrEnum):
    """RFC 8011 5.3.7 job-state, and unknown where CUPS has forgotten it."""

    PENDING = "pending"
    HELD = "pending-held"
    PROCESSING = "processing"
    STOPPED = "processing-stopped"
    CANCELED = "canceled"
    ABORTED = "aborted"
    COMPLETED = "completed"
    UNKNOWN = "unknown"


WAITING = (JobStatus.PENDING, JobStatus.HELD)
JOB_ENDED = (JobStatus.CANCELED, JobStatus.ABORTED, JobStatus.COMPLETED, JobStatus.UNKNOWN)


class Recall(StrEnum):
    """What the printer itself knows of a job, past its spooler.

    known      it has the job, running or ended
    forgotten  it answers and has no such job: it was switched off, or keeps no history
    unheard    it could be asked but does not answer now
    mute       it cannot be asked: USB, a protocol without questions, an answer that nobody vouches for
    """

    KNOWN = "known"
    FORGOTTEN = "forgotten"
    UNHEARD = "unheard"
    MUTE = "mute"


@dataclass(frozen=True)
class JobState:
    """What spooler and printer say of one job.

    `sheets` is job-media-sheets-completed, or job-impressions-completed where only that is told (of a two-sided job
    twice as many), None where neither is. `recall` is what the printer itself knows of it. `under_way`: how many sheets
    after these may still come out, where that is known exactly.
    """

    job_id: str
    name: str
    status: JobStatus
    reasons: tuple[str, ...] = ()
    sheets: int | None = None
    recall: Recall = Recall.UNHEARD
    under_way: int | None = None


@dataclass(frozen=True)
class Order:
    """One document to be printed once: the key that is reserved.

    `document` is a keyed pseudonym of the document and its version (no UID, no number of the patient's); two orders
    with the same document, copy and page range can never both be reserved. `serial` is printed on every sheet and
    becomes the reservation's; empty: the ledger makes one. `impressions` is 2 where sheets are printed on both sides.
    """

    document: str
    subject: str
    kind: DocumentKind
    copy: int
    sheets: int
    first_sheet: int = 1
    reason: str = ""
    modality: str = ""
    impressions: int = 1
    serial: str = ""


@dataclass(frozen=True)
class Reservation:
    """A committed right to print an order, once. `serial` is printed on every sheet and names the job."""

    serial: str
    order: Order
    visit: str
    kiosk: str
    states: tuple[SheetState, ...]
    queue: str = ""
    job_id: str = ""
    since: float = 0.0
    number: int = 0

    @property
    def printed(self) -> int:
        """Sheets known to be on paper."""
        return sum(s is SheetState.PRINTED for s in self.states)

    @property
    def settled(self) -> bool:
        """True when no sheet is open any more."""
        return all(s in SETTLED for s in self.states)


@dataclass(frozen=True)
class Settlement:
    """What a person said of a reservation's sheets. `sheets`: the numbers, as on the paper, that were in question."""

    reservation: Reservation
    sheets: tuple[int, ...]
    actor: str
    at: float

    def said(self, state: SheetState) -> tuple[int, ...]:
        """The sheets in question that the person said to be in this state."""
        order = self.reservation.order
        numbered = enumerate(self.reservation.states, order.first_sheet)
        return tuple(number for number, now in numbered if now is state and number in self.sheets)
