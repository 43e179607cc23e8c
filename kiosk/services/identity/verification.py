"""Proving identity: counted before it is evaluated, equally slow for right, wrong and unknown."""

from __future__ import annotations

import math
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from kiosk.config import IdentitySettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import Question, answer_is_right, normalise_answer
from kiosk.domain.person.tries import TryLimits, wait_before_next
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.domain.visit import Candidate
from kiosk.ports.clock import Clock
from kiosk.ports.ledger import Ledger
from kiosk.ports.notifier import Notifier
from kiosk.services.audit import Audit
from kiosk.services.machine.lanes import Cancelled

CODE_LIFE_S = 300.0  # messages take a minute now and then, and a telephone has to be found
# Messages are counted like answers, under names of their own: 3 a visit, 5 a patient and day, 60 a kiosk and hour.
MESSAGE_LIMITS = TryLimits(per_visit=3, per_subject=5, subject_hours=24.0, per_kiosk=60)
T = TypeVar("T")


@dataclass(frozen=True)
class ProofOutcome:
    """A verdict: how many tries are left, how long to wait, and what ends the visit.

    `early`: the answer came before the wait was over; it was neither evaluated nor counted.
    """

    right: bool
    tries_left: int
    wait_s: float = 0.0
    fault: FaultCode | None = None
    early: bool = False


class Verification:
    """Evaluates answers for one kiosk. Runs on an io lane."""

    def __init__(
        self,
        ledger: Ledger,
        audit: Audit,
        clock: Clock,
        settings: IdentitySettings,
        kiosk: str,
        notifier: Notifier | None,
    ) -> None:
        self._ledger = ledger
        self._audit = audit
        self._clock = clock
        self._settings = settings
        self._kiosk = kiosk
        self._notifier = notifier
        self._codes: dict[str, tuple[str, float]] = {}
        self._waits: dict[str, float] = {}
        self._lock = threading.Lock()

    def tries_left(self, visit: str, subject: str) -> int:
        """How many answers may still be given."""
        limits = self._settings.limits
        return self._ledger.tries(visit, subject, self._kiosk, limits).left(limits)

    def evenly(self, cancelled: Cancelled, work: Callable[[], T], at_least: Callable[[], float] = lambda: 0.0) -> T:
        """Do the work, and be done after a fixed time or a multiple of it, whatever it found (matrix case 89).

        `at_least`, asked afterwards: seconds that the work may take where it finds something else.
        """
        started = self._clock.monotonic()
        try:
            return work()
        finally:
            step, passed = self._settings.uniform_ms / 1000, self._clock.monotonic() - started
            if step > 0:
                cancelled.wait(step * math.ceil(max(passed, at_least()) / step) - passed)

    def verify(
        self, visit: str, candidate: Candidate, question: Question, answer: str, cancelled: Cancelled
    ) -> ProofOutcome:
        """One answer."""
        return self.evenly(cancelled, lambda: self._evaluate(visit, candidate, question, answer))

    def _evaluate(self, visit: str, candidate: Candidate, question: Question, answer: str) -> ProofOutcome:
        limits, subject = self._settings.limits, candidate.subject
        wait = self._still_to_wait(visit, subject)
        if wait > 0:
            self._audit.record(EventKind.IDENTITY_EARLY, EventOutcome.REFUSED, visit=visit, subject=subject)
            return ProofOutcome(False, self.tries_left(visit, subject), wait, early=True)
        count = self._ledger.begin_try(visit, subject, self._kiosk, limits)
        if count is None:
            self._audit.record(EventKind.IDENTITY_LOCKED, EventOutcome.REFUSED, visit=visit, subject=subject)
            return ProofOutcome(False, 0, fault=FaultCode.IDENTITY_LOCKED)
        given = normalise_answer(question, answer)
        if answer_is_right(self._expected(visit, candidate, question), given):
            return self._right(visit, candidate, count.left(limits))
        left = max(0, count.left(limits) - 1)
        kind = EventKind.IDENTITY_WRONG if left else EventKind.IDENTITY_LOCKED
        self._audit.record(kind, EventOutcome.REFUSED, visit=visit, subject=subject, question=str(question), left=left)
        return ProofOutcome(False, left, self._wait(subject, wait_before_next(max(count.visit, count.subject) + 1)))

    def _wait(self, subject: str, seconds: float) -> float:
        """From now on, answers for this subject have to wait."""
        now = self._clock.monotonic()
        with self._lock:
            self._waits = {name: until for name, until in self._waits.items() if until > now}
            if seconds > 0:
                self._waits[subject] = now + seconds
        return seconds

    def _still_to_wait(self, visit: str, subject: str) -> float:
        """Seconds; none where staff has cleared the attempts meanwhile, at whatever desk."""
        with self._lock:
            rest = self._waits.get(subject, 0.0) - self._clock.monotonic()
        if rest <= 0:
            return 0.0
        count = self._ledger.tries(visit, subject, self._kiosk, self._settings.limits)
        return rest if max(count.visit, count.subject) else 0.0

    def _right(self, visit: str, candidate: Candidate, left: int) -> ProofOutcome:
        self._ledger.forgive(visit, candidate.subject)
        self.forget(visit)
        if candidate.collision:
            self._audit.record(EventKind.IDENTITY_RIGHT, EventOutcome.ALARM, visit=visit, subject=candidate.subject,
                               fault=FaultCode.PATIENT_COLLISION)  # fmt: skip
            return ProofOutcome(False, left, fault=FaultCode.PATIENT_COLLISION)
        self._audit.record(EventKind.IDENTITY_RIGHT, visit=visit, subject=candidate.subject)
        return ProofOutcome(True, left)

    def _expected(self, visit: str, candidate: Candidate, question: Question) -> str:
        if question is Question.ONE_TIME_CODE:
            return self._live_code(visit)
        if question in candidate.no_proof:
            return ""  # whoever holds the code reads the answer from it
        return candidate.facts.expected(question) if candidate.facts else ""

    # --- one-time codes -----------------------------------------------------------------------------------------
    def _live_code(self, visit: str) -> str:
        with self._lock:
            code, until = self._codes.get(visit, ("", 0.0))
        return code if self._clock.monotonic() < until else ""

    def send_code(self, visit: str, candidate: Candidate) -> None:
        """A one-time code to the telephone on file; where there is none, nothing is sent and nothing is told.

        A gateway that fails is told to nobody but the trail: the patient would learn that the number exists.
        """
        if self._live_code(visit) or not self._may_send(visit, candidate.subject):
            return
        telephone = candidate.facts.telephone if candidate.facts else ""
        if self._notifier is None or not telephone:
            self._audit.record(EventKind.CODE_SENT, EventOutcome.REFUSED, visit=visit, subject=candidate.subject)
            return
        code = f"{secrets.randbelow(10**6):06d}"
        try:
            self._notifier.send_code(telephone, code)
        except KioskError as error:
            self._audit.record(EventKind.CODE_SENT, EventOutcome.FAILED, visit=visit, subject=candidate.subject,
                               fault=error.code)  # fmt: skip
            return
        with self._lock:
            self._codes[visit] = (code, self._clock.monotonic() + CODE_LIFE_S)
        self._audit.record(EventKind.CODE_SENT, visit=visit, subject=candidate.subject)

    def _may_send(self, visit: str, subject: str) -> bool:
        names = (f"message {visit}", f"message {subject}", f"message {self._kiosk}")
        return self._ledger.begin_try(*names, MESSAGE_LIMITS) is not None

    def forget(self, visit: str) -> None:
        """The visit is over, or its code is used."""
        with self._lock:
            self._codes.pop(visit, None)
