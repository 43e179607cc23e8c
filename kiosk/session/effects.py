"""What the visit wants done. Services carry effects out on named lanes and answer with events."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.desk import DeskRequest
from kiosk.domain.exam import ListedExam
from kiosk.domain.faults import FaultCode
from kiosk.domain.links import PatientLink
from kiosk.domain.person.codes import Claim
from kiosk.domain.person.identity import Question
from kiosk.domain.reasons import FilmReason
from kiosk.domain.roles import StaffMember
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.domain.visit import Candidate


@dataclass(frozen=True)
class OpenVisit:
    """A visit begins in the ledger."""

    token: str


@dataclass(frozen=True)
class LookUp:
    """Find who a code belongs to. Answer: Claimed."""

    token: str
    claim: Claim


@dataclass(frozen=True)
class Verify:
    """Evaluate an answer. Answer: Verdict."""

    token: str
    candidate: Candidate
    question: Question
    answer: str


@dataclass(frozen=True)
class SendCode:
    """A one-time code to the telephone on file; silent when there is none."""

    token: str
    candidate: Candidate


@dataclass(frozen=True)
class LoadExams:
    """List the proven patient's exams. Answer: Listed."""

    token: str
    candidate: Candidate


@dataclass(frozen=True)
class MakePreview:
    """Pictures of a report. Answer: PagesReady."""

    token: str
    exam: ListedExam


@dataclass(frozen=True)
class PrintDocuments:
    """Print reports and film. Answers: Preparing, PrintProgress, PrintSettled."""

    token: str
    candidate: Candidate
    reports: tuple[ListedExam, ...]
    films: tuple[ListedExam, ...] = ()
    reason: FilmReason | None = None
    link: PatientLink | None = None


@dataclass(frozen=True)
class RecordFilmRequest:
    """Film was wanted and is not printed here: `how` is desk or cloud."""

    token: str
    candidate: Candidate
    films: tuple[ListedExam, ...]
    reason: FilmReason
    how: str


@dataclass(frozen=True)
class KeepNotice:
    """The patient agreed to a message when the reports of these exams are ready."""

    token: str
    candidate: Candidate
    exams: tuple[ListedExam, ...]


@dataclass(frozen=True)
class MakeLink:
    """The patient link. Answers: LinkMade, again as publication proceeds."""

    token: str
    candidate: Candidate
    exams: tuple[ListedExam, ...]
    link: PatientLink | None = None


@dataclass(frozen=True)
class SummonHelp:
    """Tell the desk. Answers: HelpKnown, again when somebody comes."""

    token: str
    where: str


@dataclass(frozen=True)
class WatchCalls:
    """The desk is open: tell it who calls. Answers: CallsKnown, until the work is cancelled."""

    token: str


@dataclass(frozen=True)
class CancelWork:
    """Whatever still runs for this visit is of no use any more."""

    token: str


@dataclass(frozen=True)
class Wipe:
    """Remove every trace of the visit from this machine, and close it in the ledger with its outcome."""

    token: str
    outcome: str


@dataclass(frozen=True)
class Record:
    """An audit event."""

    token: str
    kind: EventKind
    outcome: EventOutcome = EventOutcome.OK
    fault: FaultCode | None = None
    subject: str = ""
    noted: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Sound:
    """good-read, paper-ready, soft-error or help-call."""

    name: str


@dataclass(frozen=True)
class LogIn:
    """Check name and PIN, or a badge. Answer: LoggedIn."""

    token: str
    name: str = ""
    pin: str = ""
    badge: str = ""


@dataclass(frozen=True)
class DeskCall:
    """Something at the desk. Answer: DeskAnswer."""

    token: str
    who: StaffMember
    request: DeskRequest


Effect = (
    OpenVisit | LookUp | Verify | SendCode | LoadExams | MakePreview | PrintDocuments | RecordFilmRequest | KeepNotice
    | MakeLink | SummonHelp | WatchCalls | CancelWork | Wipe | Record | Sound | LogIn | DeskCall
)  # fmt: skip
