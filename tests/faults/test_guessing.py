"""Brute force: cases 51, 82 and 83 at the kiosk, and a million simulated guesses."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk.adapters.machine.system import SystemClock
from kiosk.adapters.sql import SqlLedger
from kiosk.config import IdentitySettings
from kiosk.domain.faults import FaultCode
from kiosk.domain.person.identity import Question, answer_is_right, normalise_answer
from kiosk.domain.person.tries import TryCount, TryLimits, wait_before_next
from kiosk.domain.visit import Candidate
from kiosk.services.audit import Audit
from kiosk.services.identity.verification import Verification
from kiosk.services.machine.lanes import Cancelled
from tests.support.paper import ANSWER, WANG, WRONG
from tests.support.postgres import Cluster

GUESSES = 200
PATIENT = Candidate("s-patient", WANG)


@pytest.fixture(params=["sqlite", "postgresql"])
def two_kiosks(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], list[SqlLedger]]:
    """Opens one store as two kiosks do."""
    if request.param == "sqlite":
        return lambda: [SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}") for _ in range(2)]
    cluster: Cluster = request.getfixturevalue("cluster")
    url = cluster.database()
    return lambda: [SqlLedger(url, anchor=tmp_path / f"anchor{n}") for n in range(2)]


def test_case_82_two_hundred_parallel_guesses_at_two_kiosks_five_are_evaluated(
    two_kiosks: Callable[[], list[SqlLedger]],
) -> None:
    ledgers, clock = two_kiosks(), SystemClock("Asia/Shanghai")
    settings = IdentitySettings(uniform_ms=0)
    kiosks = [Verification(one, Audit(one, f"k{n}", clock), clock, settings, f"k{n}", None)
              for n, one in enumerate(ledgers)]  # fmt: skip
    start = threading.Barrier(16)

    def guesser(number: int) -> list[str]:
        start.wait()
        seen = []
        for n in range(number, GUESSES, 16):
            told = kiosks[n % 2].verify(f"v{n}", PATIENT, Question.ID_LAST_SIX, f"{n:06d}", Cancelled())
            seen.append("early" if told.early else "locked" if told.fault else "evaluated")
        return seen

    with ThreadPoolExecutor(16) as pool:
        seen = [word for words in pool.map(guesser, range(16)) for word in words]
    assert len(seen) == GUESSES and seen.count("evaluated") <= 5
    limits = settings.limits
    while ledgers[0].begin_try("rest", PATIENT.subject, "k0", limits):
        seen.append("evaluated")
    assert seen.count("evaluated") == 5, "the guesses that had to wait left the others their five"
    last = [kiosk.verify("last", PATIENT, Question.ID_LAST_SIX, ANSWER, Cancelled()) for kiosk in kiosks]
    assert all(told.early or told.fault is FaultCode.IDENTITY_LOCKED for told in last)
    assert not any(told.right for told in last)
    for one in ledgers:
        one.close()


class FastTries:
    """The rules of `TryLimits` in memory: sliding windows, counted before the answer is evaluated."""

    def __init__(self, limits: TryLimits) -> None:
        self.limits = limits
        self._subjects: dict[int, deque[float]] = {}
        self._kiosk: deque[float] = deque()

    def begin(self, visit_failures: int, subject: int, now: float) -> TryCount | None:
        mine = self._subjects.setdefault(subject, deque())
        _expire(mine, now - self.limits.subject_hours * 3600)
        _expire(self._kiosk, now - self.limits.kiosk_hours * 3600)
        count = TryCount(visit_failures, len(mine), len(self._kiosk))
        if not count.left(self.limits):
            return None
        mine.append(now)
        self._kiosk.append(now)
        return count


def _expire(window: deque[float], before: float) -> None:
    while window and window[0] <= before:
        window.popleft()


def test_a_million_guesses_with_a_thousand_stolen_slips() -> None:
    """Ten guesses a second for 28 hours at one kiosk, by somebody who knows everything but the last three figures.

    "Last six" is day, sequence and check character: who knows area and birth date has 1,000 candidates for each
    patient (product.md section 5). Waits, visit and patient limits let the guesser change slips every time; the kiosk's
    hundred an hour bounds the rest: at most 100 an hour are evaluated, each right with one chance in a thousand.
    """
    dice, limits = random.Random(20_261_124), TryLimits()
    tries, slips, candidates = FastTries(limits), 1000, 1000
    secrets_ = [f"31{dice.randrange(candidates):03d}X" for _ in range(slips)]
    free_at = [0.0] * slips
    failures = [0] * slips
    evaluated = hits = early = 0
    for guess in range(1_000_000):
        now, subject = guess * 0.1, guess % slips
        if now < free_at[subject]:
            early += 1
            continue
        count = tries.begin(0, subject, now)
        if count is None:
            continue
        evaluated += 1
        failures[subject] = count.subject + 1
        free_at[subject] = now + wait_before_next(failures[subject])
        hits += answer_is_right(secrets_[subject], f"31{dice.randrange(candidates):03d}X")
    hours = 1_000_000 * 0.1 / 3600
    bound = limits.per_kiosk * (int(hours) + 1)
    expected = bound / candidates
    print(f"\n1,000,000 guesses in {hours:.1f} h: {evaluated} evaluated (at most {bound}), {hits} right, "
          f"{expected:.1f} expected at most; per slip and day {5 / candidates:.1%}")  # fmt: skip
    assert evaluated <= bound
    assert hits <= expected + 4 * expected**0.5, "four standard deviations"
    assert max(failures) <= limits.per_subject


def test_a_million_different_answers_to_one_patient_five_are_evaluated_a_day() -> None:
    """Every six-figure answer in order, a thousand a second, against one slip: the right one is never reached."""
    tries, right = FastTries(TryLimits()), "999999"
    free_at, evaluated, hits = 0.0, 0, 0
    for guess in range(1_000_000):
        now = guess * 0.001
        if now < free_at:
            continue
        count = tries.begin(evaluated, 0, now)
        if count is None:
            continue
        evaluated += 1
        free_at = now + wait_before_next(count.subject + 1)
        hits += answer_is_right(right, normalise_answer(Question.ID_LAST_SIX, f"{guess:06d}"))
    assert (evaluated, hits) == (5, 0)


def test_case_51_a_code_alone_is_never_enough(tmp_path: Path) -> None:
    ledger, clock = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}"), SystemClock("Asia/Shanghai")
    service = Verification(ledger, Audit(ledger, "k", clock), clock, IdentitySettings(uniform_ms=0), "k", None)
    nothing = [service.verify(f"v{n}", PATIENT, q, text, Cancelled()).right
               for n, (q, text) in enumerate([(Question.ID_LAST_SIX, ""), (Question.ONE_TIME_CODE, ""),
                                              (Question.PHONE_LAST_FOUR, WRONG)])]  # fmt: skip
    assert nothing == [False] * 3
    ledger.close()
