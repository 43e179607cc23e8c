"""What staff can do at a desk: one table of actions, each with the right it takes, what it asks and what it shows.

The panel at a kiosk and a desk in a browser use the same table. A new action is a row here and a method of its name in
one of the services of `kiosk/services/desk`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args, get_type_hints

from kiosk.domain.calls import HelpCall
from kiosk.domain.desk_work.films import FilmAsked, FilmShown, PreviewAsked, SheetAsked, SheetShown
from kiosk.domain.desk_work.jobs import BatchAsked, BatchShown, JobAsked, JobShown
from kiosk.domain.desk_work.panel import PanelShown as PanelShown
from kiosk.domain.desk_work.today import TodayAsked, TodayShown
from kiosk.domain.exam import ListedExam
from kiosk.domain.faults import FaultCode
from kiosk.domain.fleet import DeviceState
from kiosk.domain.panels.accounts import (
    AccountAsked,
    NewAccountAsked,
    NoteAsked,
    NoteNumberAsked,
    RoleAsked,
    SecretAsked,
    ShiftShown,
)
from kiosk.domain.panels.accounts import AccountsShown as AccountsShown
from kiosk.domain.panels.figures import (
    FigureAsked,
    FiguresAsked,
    FiguresChecked,
    FigureShown,
    FiguresShown,
    FileAsked,
    FileShown,
)
from kiosk.domain.panels.inbox import InboxShown as InboxShown
from kiosk.domain.person.identity import IdentityFacts
from kiosk.domain.reasons import OverrideReason
from kiosk.domain.roles import Right, StaffMember
from kiosk.domain.sheets.printing import DocumentKind, PrinterState, Reservation, Settlement
from kiosk.domain.sheets.supplies import Supply
from kiosk.domain.trail import AuditRecord, TrailCheck
from kiosk.domain.visit import Receipt
from kiosk.domain.waiting.inbox import ItemAsked, ItemReasonAsked, MatchAsked

LONGEST = 200  # characters of a text that comes from a screen or a browser


class DeskAction(StrEnum):
    """Everything there is to do."""

    CALLS = "calls"
    CLAIM_HELP = "claim-help"
    ANSWER_HELP = "answer-help"
    SEARCH = "search"
    SELECT = "select"
    PRINT = "print"
    UNLOCK = "unlock"
    HOLD = "hold"
    RELEASE = "release"
    PRINTERS = "printers"
    SETTLE = "settle"
    UNSETTLE = "unsettle"
    LOG = "log"
    EXPORT = "export"
    CHECK_TRAIL = "check-trail"
    DEVICES = "devices"
    CLOSE_KIOSK = "close-kiosk"
    OPEN_KIOSK = "open-kiosk"
    ACCOUNTS = "accounts"
    ADD_ACCOUNT = "add-account"
    CHANGE_ROLE = "change-role"
    RESET_PIN = "reset-pin"
    SET_BADGE = "set-badge"
    CLOSE_ACCOUNT = "close-account"
    OPEN_ACCOUNT = "open-account"
    UNLOCK_ACCOUNT = "unlock-account"
    SHIFT = "shift"
    WRITE_NOTE = "write-note"
    READ_NOTE = "read-note"
    FIGURES = "figures"
    FIGURE = "figure"
    TAKE_FIGURES = "take-figures"
    CHECK_FIGURES = "check-figures"
    FILM = "film"
    PREVIEW_FILM = "preview-film"
    FILM_SHEET = "film-sheet"
    PRINT_FILM = "print-film"
    JOB = "job"
    BATCH = "batch"
    BEGIN_BATCH = "begin-batch"
    PAUSE_JOB = "pause-job"
    RESUME_JOB = "resume-job"
    STOP_JOB = "stop-job"
    TODAY = "today"
    INBOX = "inbox"
    INBOX_ITEM = "inbox-item"
    INBOX_MATCH = "inbox-match"
    INBOX_REFUSE = "inbox-refuse"
    INBOX_RETRY = "inbox-retry"
    INBOX_UNDO = "inbox-undo"


class LogSpan(StrEnum):
    """How far back the log is read."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"


# --- what is asked -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class NothingAsked:
    """The action says all."""


@dataclass(frozen=True)
class CallAsked:
    """One call for help, by the code that the patient's screen shows."""

    code: str


@dataclass(frozen=True)
class SearchAsked:
    """An accession, a patient number, a visit number or the beginning of a name."""

    query: str = ""


@dataclass(frozen=True)
class StudyAsked:
    """One exam."""

    study: str


@dataclass(frozen=True)
class ReasonAsked:
    """One exam, and why; the reason goes into the trail."""

    study: str
    reason: OverrideReason


@dataclass(frozen=True)
class PrintAsked:
    """One exam's reports or its film, and why they are printed whatever the rules say."""

    study: str
    kind: DocumentKind
    reason: OverrideReason


@dataclass(frozen=True)
class SheetsAsked:
    """The sheets of one print (numbers as on the paper) that a person has seen; the others did not come out."""

    serial: str
    printed: tuple[int, ...]


@dataclass(frozen=True)
class SerialAsked:
    """One print, by its serial."""

    serial: str


@dataclass(frozen=True)
class LogAsked:
    """Which events; what is empty leaves out none. One visit is followed through all times. `text`: what its details,
    machine, person, visit or pseudonym must hold."""

    span: LogSpan = LogSpan.TODAY
    kind: str = ""
    outcome: str = ""
    visit: str = ""
    kiosk: str = ""
    actor: str = ""
    text: str = ""


@dataclass(frozen=True)
class DeviceAsked:
    """One machine, by its name, and why; the reason is shown wherever the machine is listed."""

    device: str
    why: str


Asked = (
    NothingAsked | CallAsked | SearchAsked | StudyAsked | ReasonAsked | PrintAsked | SheetsAsked | SerialAsked
    | LogAsked | DeviceAsked | FiguresAsked | FigureAsked | FileAsked
    | AccountAsked | NewAccountAsked | RoleAsked | SecretAsked | NoteAsked | NoteNumberAsked
    | FilmAsked | PreviewAsked | SheetAsked | JobAsked | BatchAsked | TodayAsked
    | ItemAsked | MatchAsked | ItemReasonAsked
)  # fmt: skip


# --- what is shown -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class CallsShown(PanelShown):
    """The open calls of all kiosks, oldest first."""

    calls: tuple[HelpCall, ...]


@dataclass(frozen=True)
class FoundShown(PanelShown):
    """What was searched for, and the exams."""

    query: str
    found: tuple[ListedExam, ...]


@dataclass(frozen=True)
class PatientShown(PanelShown):
    """One patient's exams; `receipt` says what came out where something has just been printed."""

    patient: IdentityFacts
    locked: bool
    exams: tuple[ListedExam, ...]
    receipt: Receipt | None = None


@dataclass(frozen=True)
class PrinterSeen:
    """One printer: what it says, or the fault for which it says nothing."""

    kind: DocumentKind
    queue: str
    state: PrinterState | None = None
    fault: FaultCode | None = None
    supplies: tuple[Supply, ...] = ()


@dataclass(frozen=True)
class PrintToCheck:
    """A print whose sheets somebody must look for; `sheets` is how many the whole document has."""

    reservation: Reservation
    sheets: int


@dataclass(frozen=True)
class PrintersShown(PanelShown):
    """The printers, the prints that a person must look at, and what was said of them and can still be taken back."""

    printers: tuple[PrinterSeen, ...]
    open: tuple[PrintToCheck, ...]
    settled: tuple[Settlement, ...]


@dataclass(frozen=True)
class LogShown(PanelShown):
    """Events, newest first, with the filter they went through; `exported`: the file they were written to."""

    events: tuple[AuditRecord, ...]
    span: LogSpan
    kind: str
    outcome_filter: str
    exported: str = ""


@dataclass(frozen=True)
class TrailShown(PanelShown):
    """Whether the log is as it was written."""

    check: TrailCheck


@dataclass(frozen=True)
class DevicesShown(PanelShown):
    """Every machine that ever told of itself, by name."""

    devices: tuple[DeviceState, ...]


# --- the table -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Terms:
    """One action's right, what it asks, and what it shows."""

    right: Right
    asks: type[Asked]
    shows: type[PanelShown]


DESK: Mapping[DeskAction, Terms] = {
    DeskAction.CALLS: Terms(Right.SEARCH, NothingAsked, CallsShown),
    DeskAction.CLAIM_HELP: Terms(Right.SEARCH, CallAsked, CallsShown),
    DeskAction.ANSWER_HELP: Terms(Right.SEARCH, CallAsked, CallsShown),
    DeskAction.SEARCH: Terms(Right.SEARCH, SearchAsked, FoundShown),
    DeskAction.SELECT: Terms(Right.SEARCH, StudyAsked, PatientShown),
    DeskAction.PRINT: Terms(Right.PRINT, PrintAsked, PatientShown),
    DeskAction.UNLOCK: Terms(Right.UNLOCK, ReasonAsked, PatientShown),
    DeskAction.HOLD: Terms(Right.HOLD, ReasonAsked, PatientShown),
    DeskAction.RELEASE: Terms(Right.HOLD, ReasonAsked, PatientShown),
    DeskAction.PRINTERS: Terms(Right.PRINTERS, NothingAsked, PrintersShown),
    DeskAction.SETTLE: Terms(Right.SETTLE, SheetsAsked, PrintersShown),
    DeskAction.UNSETTLE: Terms(Right.SETTLE, SerialAsked, PrintersShown),
    DeskAction.LOG: Terms(Right.LOG, LogAsked, LogShown),
    DeskAction.EXPORT: Terms(Right.LOG, LogAsked, LogShown),
    DeskAction.CHECK_TRAIL: Terms(Right.LOG, NothingAsked, TrailShown),
    DeskAction.DEVICES: Terms(Right.KIOSKS, NothingAsked, DevicesShown),
    DeskAction.CLOSE_KIOSK: Terms(Right.KIOSKS, DeviceAsked, DevicesShown),
    DeskAction.OPEN_KIOSK: Terms(Right.KIOSKS, DeviceAsked, DevicesShown),
    DeskAction.ACCOUNTS: Terms(Right.ACCOUNTS, NothingAsked, AccountsShown),
    DeskAction.ADD_ACCOUNT: Terms(Right.ACCOUNTS, NewAccountAsked, AccountsShown),
    DeskAction.CHANGE_ROLE: Terms(Right.ACCOUNTS, RoleAsked, AccountsShown),
    DeskAction.RESET_PIN: Terms(Right.ACCOUNTS, SecretAsked, AccountsShown),
    DeskAction.SET_BADGE: Terms(Right.ACCOUNTS, SecretAsked, AccountsShown),
    DeskAction.CLOSE_ACCOUNT: Terms(Right.ACCOUNTS, AccountAsked, AccountsShown),
    DeskAction.OPEN_ACCOUNT: Terms(Right.ACCOUNTS, AccountAsked, AccountsShown),
    DeskAction.UNLOCK_ACCOUNT: Terms(Right.ACCOUNTS, AccountAsked, AccountsShown),
    DeskAction.SHIFT: Terms(Right.SHIFT, NothingAsked, ShiftShown),
    DeskAction.WRITE_NOTE: Terms(Right.SHIFT, NoteAsked, ShiftShown),
    DeskAction.READ_NOTE: Terms(Right.SHIFT, NoteNumberAsked, ShiftShown),
    DeskAction.FIGURES: Terms(Right.FIGURES, FiguresAsked, FiguresShown),
    DeskAction.FIGURE: Terms(Right.FIGURES, FigureAsked, FigureShown),
    DeskAction.TAKE_FIGURES: Terms(Right.FIGURES, FileAsked, FileShown),
    DeskAction.CHECK_FIGURES: Terms(Right.FIGURES, FiguresAsked, FiguresChecked),
    DeskAction.FILM: Terms(Right.PRINT, StudyAsked, FilmShown),
    DeskAction.PREVIEW_FILM: Terms(Right.PRINT, PreviewAsked, FilmShown),
    DeskAction.FILM_SHEET: Terms(Right.PRINT, SheetAsked, SheetShown),
    DeskAction.PRINT_FILM: Terms(Right.PRINT, FilmAsked, FilmShown),
    DeskAction.JOB: Terms(Right.PRINT, JobAsked, JobShown),
    DeskAction.BATCH: Terms(Right.PRINT, NothingAsked, BatchShown),
    DeskAction.BEGIN_BATCH: Terms(Right.PRINT, BatchAsked, BatchShown),
    DeskAction.PAUSE_JOB: Terms(Right.PRINT, JobAsked, JobShown),
    DeskAction.RESUME_JOB: Terms(Right.PRINT, JobAsked, JobShown),
    DeskAction.STOP_JOB: Terms(Right.PRINT, JobAsked, JobShown),
    DeskAction.TODAY: Terms(Right.SEARCH, TodayAsked, TodayShown),
    DeskAction.INBOX: Terms(Right.INBOX, NothingAsked, InboxShown),
    DeskAction.INBOX_ITEM: Terms(Right.INBOX, ItemAsked, InboxShown),
    DeskAction.INBOX_MATCH: Terms(Right.INBOX, MatchAsked, InboxShown),
    DeskAction.INBOX_REFUSE: Terms(Right.INBOX, ItemReasonAsked, InboxShown),
    DeskAction.INBOX_RETRY: Terms(Right.INBOX, ItemAsked, InboxShown),
    DeskAction.INBOX_UNDO: Terms(Right.INBOX, ItemAsked, InboxShown),
}


@dataclass(frozen=True)
class DeskRequest:
    """One action with what it asks."""

    action: DeskAction
    asked: Asked

    @property
    def fits(self) -> bool:
        """True where what is asked is what the action needs."""
        return type(self.asked) is DESK[self.action].asks


def allowed(who: StaffMember | None, action: DeskAction) -> bool:
    """True where this person may do this."""
    return who is not None and who.may(DESK[action].right)


def request(action: str, params: Mapping[str, Any]) -> DeskRequest:
    """What a screen or a browser sent, as a request.

    Raises ValueError or TypeError for an action that nobody knows and for parameters that are missing, too many or no
    value of theirs; whether the person may is asked by the service.
    """
    known = DeskAction(action)
    asks = DESK[known].asks
    hints = get_type_hints(asks)
    strange = sorted(set(params) - set(hints))
    if strange:
        raise ValueError(f"{known} asks no {', '.join(strange)}")
    return DeskRequest(known, asks(**{name: _as(hints[name], value) for name, value in params.items()}))


def _as(hint: Any, value: Any) -> Any:
    """The value as the parameter's type."""
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    if hint is str:
        return str(value)[:LONGEST]
    if hint is int:
        return int(value)
    (of, _) = get_args(hint)
    return tuple(_as(of, one) for one in value)
