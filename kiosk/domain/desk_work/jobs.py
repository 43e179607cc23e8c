"""Jobs: documents that a desk prints one after the other by itself, for as long as that takes.

A film order is a job whose items are its copies, a batch one whose items are exams. Jobs are in the ledger: they
survive the process that runs them, and are run by one process at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.domain.desk_work.panel import PanelShown
from kiosk.domain.exam import ListedExam
from kiosk.domain.faults import FaultCode
from kiosk.domain.sheets.printing import DocumentKind, PrinterState

MOST_ITEMS = 500  # of a batch: a night of a large ward; what a form can carry is less


class JobKind(StrEnum):
    """What a job prints."""

    FILM = "film"
    BATCH = "batch"


class DeskJobState(StrEnum):
    """Where a job stands. Paused: by a person, or by a fault that would befall every item."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"


class JobItemState(StrEnum):
    """Where one item stands. Skipped: the rules say no (printed already, held back); uncertain: a person must look."""

    WAITING = "waiting"
    RUNNING = "running"
    PRINTED = "printed"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class JobItem:
    """One document of a job. `study` is sealed: the ledger knows no exam by its name. `sheets` came out."""

    place: int
    study: str
    state: JobItemState = JobItemState.WAITING
    fault: str = ""
    sheets: int = 0


@dataclass(frozen=True)
class DeskJob:
    """One job. `terms`: what a film order was asked with. `visit`: the token under which it is noted."""

    job: str
    kind: JobKind
    actor: str
    visit: str
    printer: str
    terms: Mapping[str, str] = field(default_factory=dict)
    state: DeskJobState = DeskJobState.RUNNING
    fault: str = ""
    since: float = 0.0
    items: tuple[JobItem, ...] = ()

    def count(self, *states: JobItemState) -> int:
        """Items that stand so."""
        return sum(item.state in states for item in self.items)

    @property
    def left(self) -> int:
        """Items that are still to be printed."""
        return self.count(JobItemState.WAITING, JobItemState.RUNNING)

    @property
    def sheets(self) -> int:
        """Sheets known to have come out."""
        return sum(item.sheets for item in self.items)

    @property
    def over(self) -> bool:
        """True where nothing more happens by itself."""
        return self.state in (DeskJobState.DONE, DeskJobState.STOPPED)


# What is wrong with one document and not with the next: the job goes on with that.
OF_ONE: Mapping[FaultCode, JobItemState] = {
    FaultCode.ALREADY_PRINTED: JobItemState.SKIPPED,
    FaultCode.PRINTING_ELSEWHERE: JobItemState.SKIPPED,
    FaultCode.HELD: JobItemState.SKIPPED,
    FaultCode.OUTSIDE_WINDOW: JobItemState.SKIPPED,
    FaultCode.NOTHING_READY: JobItemState.SKIPPED,
    FaultCode.REPORT_CHANGED: JobItemState.SKIPPED,
    FaultCode.REPORT_UNREADABLE: JobItemState.FAILED,
    FaultCode.OBJECT_UNREADABLE: JobItemState.FAILED,
    FaultCode.NOTHING_TO_SHOW: JobItemState.FAILED,
    FaultCode.NOTHING_FOUND: JobItemState.FAILED,
    FaultCode.TOO_LARGE: JobItemState.FAILED,
    FaultCode.WRONG_PATIENT: JobItemState.FAILED,
}


@dataclass(frozen=True)
class ItemResult:
    """How an item ended; with a fault that pauses its job the others wait."""

    state: JobItemState
    fault: str = ""
    sheets: int = 0
    pauses: bool = False


def result_of(fault: FaultCode | None, sheets: int) -> ItemResult:
    """What becomes of an item that ended so, and of its job.

    A printer without paper or an archive that is away would befall every item: the job waits, and so does this item
    where no sheet of it has come out. What is not known to have come out is looked for by a person, never repeated.
    """
    if fault is None:
        return ItemResult(JobItemState.PRINTED, sheets=sheets)
    if fault in OF_ONE:
        return ItemResult(OF_ONE[fault], fault, sheets)
    if fault is FaultCode.PRINT_UNCERTAIN or sheets:
        return ItemResult(JobItemState.UNCERTAIN, fault, sheets, pauses=True)
    return ItemResult(JobItemState.WAITING, fault, pauses=True)


@dataclass(frozen=True)
class DeskPrinter:
    """A printer that this desk can choose: what it says now, or why it says nothing."""

    name: str
    kind: DocumentKind
    queue: str
    state: PrinterState | None = None
    fault: FaultCode | None = None


@dataclass(frozen=True)
class JobAsked:
    """One job, by its name."""

    job: str


@dataclass(frozen=True)
class BatchAsked:
    """Reports of these exams on that printer. `order` is made with the page: the same one sent twice is one job."""

    order: str
    printer: str
    studies: tuple[str, ...]


@dataclass(frozen=True)
class JobShown(PanelShown):
    """One job, with its exams as the archive knows them where it was asked; None for one that is gone."""

    job: DeskJob
    exams: tuple[ListedExam | None, ...] = ()


@dataclass(frozen=True)
class BatchShown(PanelShown):
    """The jobs of the last days, newest first, and what a new one may be printed on."""

    jobs: tuple[DeskJob, ...]
    printers: tuple[DeskPrinter, ...]
    order: str
