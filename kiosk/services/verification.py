"""Proving identity: counted before it is evaluated, equally slow for right, wrong and unknown."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass

from kiosk.config import IdentitySettings
from kiosk.domain.faults import FaultCode
from kiosk.domain.identity import Question, answer_is_right, normalise_answer
from kiosk.domain.tries import wait_before_next
from kiosk.ports.clock import Clock
from kiosk.ports.ledger import Ledger
from kiosk.ports.notifier import Notifier
from kiosk.services.audit import Audit
from kiosk.services.lanes import Cancelled
from kiosk.session.states import Candidate

CODE_LIFE_S = 300.0


@dataclass(frozen=True)
class Outcome:
    """A verdict: how many tries are left, how long to wait, and what ends the visit."""

    right: bool
    tries_left: int
    wait_s: float = 0.0
    fault: FaultCode | None = None


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
        self._ledger, self._audit, self._clock = ledger, audit, clock
        self._settings, self._kiosk, self._notifier = settings, kiosk, notifier
        self._codes: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def tries_left(self, visit: str, subject: str) -> int:
        """How many answers may still be given."""
        limits = self._settings.limits
        return self._ledger.tries(visit, subject, self._kiosk, limits).left(limits)

    def verify(
        self, visit: str, candidate: Candidate, question: Question, answer: str, cancelled: Cancelled
    ) -> Outcome:
        """One answer. The verdict comes after a fixed time, whatever it is."""
        started = self._clock.monotonic()
        outcome = self._evaluate(visit, candidate, question, answer)
        rest = self._settings.uniform_ms / 1000 - (self._clock.monotonic() - started)
        if rest > 0:
            cancelled.wait(rest)
        return outcome

    def _evaluate(self, visit: str, candidate: Candidate, question: Question, answer: str) -> Outcome:
        limits, subject = self._settings.limits, candidate.subject
        count = self._ledger.begin_try(visit, subject, self._kiosk, limits)
        if count is None:
            self._audit.record("identity-locked", "refused", visit=visit, subject=subject)
            return Outcome(False, 0, fault=FaultCode.IDENTITY_LOCKED)
        given = normalise_answer(question, answer)
        if answer_is_right(self._expected(visit, candidate, question), given):
            return self._right(visit, candidate, count.left(limits))
        left = max(0, count.left(limits) - 1)
        kind = "identity-wrong" if left else "identity-locked"
        self._audit.record(kind, "refused", visit=visit, subject=subject, question=str(question), left=left)
        return Outcome(False, left, wait_before_next(count.visit + 1))

    def _right(self, visit: str, candidate: Candidate, left: int) -> Outcome:
        self._ledger.forgive(visit, candidate.subject)
        if candidate.collision:
            self._audit.record("identity-right", "alarm", visit=visit, subject=candidate.subject,
                               fault=FaultCode.PATIENT_COLLISION)  # fmt: skip
            return Outcome(False, left, fault=FaultCode.PATIENT_COLLISION)
        self._audit.record("identity-right", visit=visit, subject=candidate.subject)
        return Outcome(True, left)

    def _expected(self, visit: str, candidate: Candidate, question: Question) -> str:
        if question is Question.ONE_TIME_CODE:
            with self._lock:
                code, until = self._codes.get(visit, ("", 0.0))
            return code if self._clock.monotonic() < until else ""
        return candidate.facts.expected(question) if candidate.facts else ""

    def send_code(self, visit: str, candidate: Candidate) -> None:
        """A one-time code to the telephone on file; where there is none, nothing is sent and nothing is told."""
        code = f"{secrets.randbelow(10**6):06d}"
        with self._lock:
            self._codes[visit] = (code, self._clock.monotonic() + CODE_LIFE_S)
        if self._notifier and candidate.facts and candidate.facts.telephone:
            self._notifier.send_code(candidate.facts.telephone, code)

    def forget(self, visit: str) -> None:
        """The visit is over."""
        with self._lock:
            self._codes.pop(visit, None)
