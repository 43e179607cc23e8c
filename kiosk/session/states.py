"""The states of a visit. All patient data lives inside them, so leaving a state drops it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kiosk.domain.exam import ListedExam
from kiosk.domain.faults import FaultCode
from kiosk.domain.links import PatientLink, Publication
from kiosk.domain.person.codes import Claim
from kiosk.domain.person.identity import Question
from kiosk.domain.reasons import FilmReason
from kiosk.domain.roles import StaffMember
from kiosk.domain.visit import Candidate, Receipt


@dataclass(frozen=True)
class Starting:
    """The kiosk looks at itself."""


@dataclass(frozen=True)
class OutOfService:
    """Nothing can be handed out; staff see why."""

    reasons: tuple[FaultCode, ...]


@dataclass(frozen=True)
class Idle:
    """Attract: knows nobody."""


@dataclass(frozen=True)
class Helping:
    """Somebody wants a person and nothing else yet: called from the start screen or a closed kiosk."""

    token: str


@dataclass(frozen=True)
class Scanning:
    """A code or a typed number is awaited; `looking` while its exam is searched."""

    token: str
    hint: str = ""
    typing: bool = False
    looking: bool = False
    problem: FaultCode | None = None
    claim: Claim | None = None


@dataclass(frozen=True)
class Verifying:
    """The question stands; nothing personal is shown yet."""

    token: str
    claim: Claim
    candidate: Candidate
    questions: tuple[Question, ...]
    question: Question
    tries_left: int
    checking: bool = False
    wrong: bool = False
    wait_s: float = 0.0


@dataclass(frozen=True)
class Listing:
    """Proven: the patient's exams."""

    token: str
    claim: Claim
    candidate: Candidate
    exams: tuple[ListedExam, ...]
    picked: frozenset[str] = frozenset()
    link: PatientLink | None = None
    mismatch: bool = False
    noticed: bool = False

    def exam(self, study_uid: str) -> ListedExam | None:
        """One of the exams."""
        return next((e for e in self.exams if e.exam.study_uid == study_uid), None)


@dataclass(frozen=True)
class Relating:
    """Proven: for whom somebody collects is asked, where the hospital's policy is so."""

    token: str
    claim: Claim
    candidate: Candidate


@dataclass(frozen=True)
class AskingNotice:
    """A message is wanted when a report is ready: what will be sent, before anybody agrees."""

    token: str
    listing: Listing


@dataclass(frozen=True)
class Loading:
    """Right answer given, exams on their way."""

    token: str
    claim: Claim
    candidate: Candidate


@dataclass(frozen=True)
class Previewing:
    """The report's pages on screen; empty while they are made. `top`: how far down the page one begins to read."""

    token: str
    listing: Listing
    study_uid: str
    pages: tuple[str, ...] = ()
    page: int = 0
    top: float = 0.0

    @property
    def ticked(self) -> Listing:
        """The listing with the report on screen ticked, where it can be printed."""
        shown = self.listing.exam(self.study_uid)
        able = shown is not None and shown.printable
        return replace(self.listing, picked=self.listing.picked | {self.study_uid}) if able else self.listing


@dataclass(frozen=True)
class FilmRequest:
    """Film is wanted: for which exams, and why; cheaper things are offered first."""

    token: str
    listing: Listing
    wanted: frozenset[str]
    reason: FilmReason | None = None


@dataclass(frozen=True)
class Printing:
    """Documents are being made and printed."""

    token: str
    listing: Listing
    total: int = 0
    done: int = 0
    eta_s: float = 0.0
    preparing: tuple[int, int] | None = None
    waiting: FaultCode | None = None
    kind: str = "report"


@dataclass(frozen=True)
class ShowingQr:
    """The cloud QR; `link` is None while it is made."""

    token: str
    listing: Listing
    link: PatientLink | None = None
    publication: Publication = Publication.QUEUED
    done: float = 0.0


@dataclass(frozen=True)
class Done:
    """Farewell: counts, and the slip's code so that one left under the camera begins nothing new."""

    token: str
    receipt: Receipt
    claim: Claim | None = None


@dataclass(frozen=True)
class Failed:
    """Something went wrong; `resume` is where a retry leads, when that is safe. `claim`: whose slip may lie here."""

    token: str
    fault: FaultCode
    resume: Listing | None = None
    receipt: Receipt = field(default_factory=Receipt)
    reference: str = ""
    claim: Claim | None = None


@dataclass(frozen=True)
class Staff:
    """Desk and administration. `who` is None until somebody has logged in; `data` holds what the panels show."""

    token: str
    who: StaffMember | None = None
    panel: str = "login"
    data: Mapping[str, Any] = field(default_factory=dict)
    busy: bool = False
    problem: str = ""


State = (
    Starting
    | OutOfService
    | Idle
    | Helping
    | Scanning
    | Verifying
    | Relating
    | AskingNotice
    | Loading
    | Listing
    | Previewing
    | FilmRequest
    | Printing
    | ShowingQr
    | Done
    | Failed
    | Staff
)


def token_of(state: State) -> str:
    """The visit's token, or an empty string where nobody is there."""
    return getattr(state, "token", "")


def listing_of(state: State) -> Listing | None:
    """The listing a state holds or comes from."""
    if isinstance(state, Listing):
        return state
    if isinstance(state, Failed):
        return state.resume
    return getattr(state, "listing", None)


def claim_of(state: State) -> Claim | None:
    """The code that this visit is about."""
    own: Claim | None = getattr(state, "claim", None)
    listing = listing_of(state)
    return own or (listing.claim if listing else None)


def working(state: State) -> bool:
    """True while the kiosk itself works and the person waits."""
    return isinstance(state, Loading) or getattr(state, "looking", False) or getattr(state, "checking", False)
