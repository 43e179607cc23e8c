"""What can happen to a visit: what the person did, what a service answers, what a timer says.

Events with a token belong to one visit; when that is over they are stale, dropped and counted.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.calls import HelpCall
from kiosk.domain.desk import DeskRequest, PanelShown
from kiosk.domain.exam import ListedExam
from kiosk.domain.faults import FaultCode
from kiosk.domain.health import Health
from kiosk.domain.links import PatientLink, Publication
from kiosk.domain.person.codes import Claim
from kiosk.domain.person.identity import Question
from kiosk.domain.reasons import FilmReason, Relation
from kiosk.domain.roles import StaffMember
from kiosk.domain.visit import Candidate, Receipt


# --- what the person does ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Touch:
    """Any touch: the person is still there."""


@dataclass(frozen=True)
class Begin:
    """Touched the attract screen."""


@dataclass(frozen=True)
class TypeNumber:
    """Wants the keypad instead of the camera, or back (`on` False)."""

    on: bool = True


@dataclass(frozen=True)
class CodePresented:
    """The scanner or the keypad has a payload; `claim` is None where no pattern matches."""

    claim: Claim | None
    typed: bool = False


@dataclass(frozen=True)
class Answer:
    """The answer to the question."""

    text: str


@dataclass(frozen=True)
class AskOther:
    """Wants another question."""

    question: Question


@dataclass(frozen=True)
class TellRelation:
    """For whom they collect."""

    relation: Relation


@dataclass(frozen=True)
class AskNotice:
    """Wants a message when a report is ready."""


@dataclass(frozen=True)
class AgreeNotice:
    """Agrees to what the message will be."""


@dataclass(frozen=True)
class Pick:
    """Ticks or unticks an exam."""

    study_uid: str


@dataclass(frozen=True)
class Preview:
    """Wants to see a report."""

    study_uid: str


@dataclass(frozen=True)
class TurnPage:
    """Another page of the preview."""

    page: int


@dataclass(frozen=True)
class PrintReports:
    """Print what is ticked."""


@dataclass(frozen=True)
class AskFilm:
    """Wants film."""


@dataclass(frozen=True)
class PickFilm:
    """Ticks or unticks an exam for film."""

    study_uid: str


@dataclass(frozen=True)
class ChooseReason:
    """Says what the film is for."""

    reason: FilmReason


@dataclass(frozen=True)
class PrintFilm:
    """Print film, and the ticked reports with it."""


@dataclass(frozen=True)
class ShowQr:
    """Wants it on the phone."""


@dataclass(frozen=True)
class Back:
    """One step back."""


@dataclass(frozen=True)
class Finish:
    """Cancel or finish: home."""


@dataclass(frozen=True)
class Retry:
    """Try again, where that is safe."""


@dataclass(frozen=True)
class CallHelp:
    """Wants a person."""


@dataclass(frozen=True)
class StaffGesture:
    """The hidden gesture, or a badge (`badge` is its payload)."""

    badge: str = ""


@dataclass(frozen=True)
class StaffLogin:
    """Name and PIN."""

    name: str
    pin: str


@dataclass(frozen=True)
class StaffPanel:
    """Another tab."""

    panel: str


@dataclass(frozen=True)
class StaffDo:
    """Something at the desk."""

    request: DeskRequest


# --- what services answer ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class HealthKnown:
    """What works now."""

    health: Health


@dataclass(frozen=True)
class HintSeen:
    """The scanner's word of advice."""

    hint: str


@dataclass(frozen=True)
class Claimed:
    """Who the code belongs to (or nobody, told by nothing)."""

    token: str
    candidate: Candidate
    questions: tuple[Question, ...]
    tries_left: int


@dataclass(frozen=True)
class Verdict:
    """How the answer was; `fault` IDENTITY_LOCKED, PATIENT_COLLISION … when that ends it.

    `early`: it came before the wait was over and was neither evaluated nor counted.
    """

    token: str
    right: bool
    tries_left: int
    wait_s: float = 0.0
    fault: FaultCode | None = None
    early: bool = False


@dataclass(frozen=True)
class Listed:
    """The patient's exams. `mismatch`: under their number there are records that name somebody else."""

    token: str
    exams: tuple[ListedExam, ...]
    mismatch: bool = False


@dataclass(frozen=True)
class PagesReady:
    """Pictures of the report's pages; the conclusion stands on `page` (index), `top` of its height down (0 to 1)."""

    token: str
    study_uid: str
    pages: tuple[str, ...]
    page: int = 0
    top: float = 0.0


@dataclass(frozen=True)
class PagesCounted:
    """How many pages the due reports of one exam have."""

    token: str
    study_uid: str
    pages: int


@dataclass(frozen=True)
class Preparing:
    """Film is being composed: images ready, of so many."""

    token: str
    ready: int
    total: int


@dataclass(frozen=True)
class PrintProgress:
    """Sheets out, of so many; `waiting` while the printer wants something."""

    token: str
    done: int
    total: int
    eta_s: float
    kind: str
    waiting: FaultCode | None = None


@dataclass(frozen=True)
class PrintSettled:
    """Every document has ended one way or another."""

    token: str
    receipt: Receipt
    reference: str = ""


@dataclass(frozen=True)
class LinkMade:
    """The patient link, and how far the study is on its way to the cloud."""

    token: str
    link: PatientLink
    publication: Publication
    done: float


@dataclass(frozen=True)
class HelpKnown:
    """How this visit's call for help stands: told to the desk, somebody is coming, over; or nobody could be told."""

    token: str
    call: HelpCall


@dataclass(frozen=True)
class CallsKnown:
    """The open calls of all kiosks, for the desk."""

    token: str
    calls: tuple[HelpCall, ...]


@dataclass(frozen=True)
class WorkFailed:
    """A service could not do its part."""

    token: str
    fault: FaultCode
    reference: str = ""


@dataclass(frozen=True)
class LoggedIn:
    """A staff member has proven who they are; None when the secret was wrong."""

    token: str
    who: StaffMember | None
    problem: str = ""


@dataclass(frozen=True)
class DeskAnswer:
    """What the desk service answers; it is merged into what the panels show."""

    token: str
    shown: PanelShown


# --- what time does ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class TimeUp:
    """Nobody touched anything for the state's limit."""

    token: str


Event = (
    Touch | Begin | TypeNumber | CodePresented | Answer | AskOther | TellRelation | AskNotice | AgreeNotice | Pick
    | Preview | TurnPage | PrintReports | AskFilm
    | PickFilm | ChooseReason | PrintFilm | ShowQr | Back | Finish | Retry | CallHelp | StaffGesture | StaffLogin
    | StaffPanel | StaffDo | HealthKnown | HintSeen | Claimed | Verdict | Listed | PagesCounted | PagesReady
    | Preparing | PrintProgress | PrintSettled | LinkMade | HelpKnown | CallsKnown | WorkFailed | LoggedIn
    | DeskAnswer | TimeUp
)  # fmt: skip

PERSONAL = (
    Touch, Begin, TypeNumber, CodePresented, Answer, AskOther, TellRelation, AskNotice, AgreeNotice, Pick,
    Preview, TurnPage, PrintReports, AskFilm, PickFilm,
    ChooseReason, PrintFilm, ShowQr, Back, Retry, CallHelp, StaffGesture, StaffLogin, StaffPanel, StaffDo,
)  # fmt: skip
