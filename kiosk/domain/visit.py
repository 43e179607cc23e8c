"""What passes between a visit and the services: who stands there, what is to be handed out, what came of it.

A desk or a portal, which have no visit, use the same values.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.desk_work.films import WHOLE_FILM, FilmChoice
from kiosk.domain.exam import ListedExam
from kiosk.domain.faults import FaultCode
from kiosk.domain.links import PatientLink
from kiosk.domain.person.identity import IdentityFacts, Question
from kiosk.domain.reasons import FilmReason, OverrideReason
from kiosk.domain.sheets.printing import DocumentKind


@dataclass(frozen=True)
class Candidate:
    """Who the code belongs to, not yet proven. `subject` is the pseudonym; `exam_uid` the scanned exam, if one was.

    `not_asked`: questions that a code of this form answers itself. `no_proof`: these, and what this very code answers.
    """

    subject: str
    facts: IdentityFacts | None
    exam_uid: str = ""
    collision: bool = False
    not_asked: frozenset[Question] = frozenset()
    no_proof: frozenset[Question] = frozenset()


@dataclass(frozen=True)
class HandOut:
    """Documents to be printed for a proven patient; `visit` is the token under which that is noted.

    `reason`: why film is wanted, `choice`: what is to be on it. `link`: the patient's link where one has been made;
    else one is made for the stamp.
    """

    visit: str
    candidate: Candidate
    reports: tuple[ListedExam, ...] = ()
    films: tuple[ListedExam, ...] = ()
    reason: FilmReason | None = None
    link: PatientLink | None = None
    choice: FilmChoice = WHOLE_FILM


@dataclass(frozen=True)
class Override:
    """A nurse's decision that lifts the print-once rule."""

    actor: str
    reason: OverrideReason


@dataclass(frozen=True)
class Advance:
    """How far printing is: sheets done and in total, seconds still to come, and what the printer waits for."""

    done: int
    total: int
    eta_s: float
    kind: DocumentKind
    waiting: FaultCode | None = None


@dataclass(frozen=True)
class TaskResult:
    """How one document ended, for the receipt and for `kiosk journey --json`."""

    document: str
    kind: str
    queue: str
    job_id: str
    pages: int
    sheets_printed: int
    serial: str
    fault: FaultCode | None = None


@dataclass(frozen=True)
class Receipt:
    """What the patient takes away: counts only."""

    tasks: tuple[TaskResult, ...] = ()

    def sheets(self, kind: str) -> int:
        """Sheets of one kind known to be on paper or film."""
        return sum(t.sheets_printed for t in self.tasks if t.kind == kind)

    @property
    def fault(self) -> FaultCode | None:
        """The first thing that went wrong."""
        return next((t.fault for t in self.tasks if t.fault), None)
