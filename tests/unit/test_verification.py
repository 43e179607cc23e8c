"""Answers and codes at the service: waits, limits, one-time codes, equal times."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.adapters.ris.archive_directory import ArchiveDirectory
from kiosk.adapters.sql import SqlLedger
from kiosk.config import IdentitySettings, ReportSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.codes import Claim, ClaimKind
from kiosk.domain.person.identity import IdentityFacts, Question
from kiosk.domain.person.tries import TryCount, TryLimits
from kiosk.domain.trail import AuditRecord
from kiosk.domain.visit import Candidate
from kiosk.ports.ledger import AuditFilter
from kiosk.services.audit import Audit
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.identity.verification import CODE_LIFE_S, ProofOutcome, Verification
from kiosk.services.machine.lanes import Cancelled
from tests.support.paper import ANSWER, LI, TELEPHONE, WANG, WRONG, PaperArchive, exam
from tests.support.scripted import HandClock

PATIENT, NOBODY = Candidate("s-patient", WANG), Candidate("s-nobody", None)
CODE = Question.ONE_TIME_CODE


class Phones:
    """kiosk.ports.notifier.Notifier that keeps what it sends."""

    def __init__(self, fault: FaultCode | None = None) -> None:
        self.sent: list[tuple[str, str]] = []
        self.fault = fault

    def send_code(self, telephone: str, code: str) -> None:
        if self.fault:
            raise KioskError(self.fault)
        self.sent.append((telephone, code))

    def send_ready(self, telephone: str, name: str) -> None:
        self.sent.append((telephone, name))


class Counter:
    """A verification with its ledger, clock and phones."""

    def __init__(self, file: Path, phones: Phones | None = None, **settings: Any) -> None:
        self.clock, self.phones = HandClock(), phones or Phones()
        self.ledger = SqlLedger(f"sqlite:///{file}")
        audit = Audit(self.ledger, "k1", self.clock)
        wanted = IdentitySettings(**{"uniform_ms": 0, **settings})
        self.service = Verification(self.ledger, audit, self.clock, wanted, "k1", self.phones)

    def answer(
        self, text: str, visit: str = "v1", who: Candidate = PATIENT, question: Question = Question.ID_LAST_SIX
    ) -> ProofOutcome:
        return self.service.verify(visit, who, question, text, Cancelled())

    def patiently(self, text: str, **given: Any) -> ProofOutcome:
        """Answer after any wait."""
        outcome = self.answer(text, **given)
        while outcome.early:
            self.clock.sleep(outcome.wait_s)
            outcome = self.answer(text, **given)
        return outcome

    def kinds(self) -> list[str]:
        return [event.kind for event in self.ledger.events(AuditFilter())][::-1]


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "ledger.db")
    yield made
    made.ledger.close()


@pytest.mark.parametrize("who", [PATIENT, NOBODY], ids=["known", "unknown"])
def test_waits_grow_and_an_early_answer_is_neither_evaluated_nor_counted(counter: Counter, who: Candidate) -> None:
    assert [counter.answer(WRONG, who=who).wait_s for _ in range(2)] == [0, 2]
    early = counter.answer(ANSWER, who=who)
    assert early.early and not early.right and early.tries_left == 3 and 0 < early.wait_s <= 2
    other_visit = counter.answer(ANSWER, who=who, visit="v2")
    assert other_visit.early, "a new visit does not shorten the wait"
    counter.clock.sleep(2)
    third = counter.answer(WRONG, who=who)
    assert (third.tries_left, third.wait_s, third.early) == (2, 4, False)
    assert counter.kinds().count("identity-early") == 2


def test_the_sixth_right_answer_is_refused_in_any_visit(counter: Counter) -> None:
    left = [counter.patiently(WRONG).tries_left for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    for visit in ("v1", "v2"):
        refused = counter.patiently(ANSWER, visit=visit)
        assert (refused.right, refused.tries_left, refused.fault) == (False, 0, FaultCode.IDENTITY_LOCKED)


def test_five_a_visit_and_five_a_patient_and_day(counter: Counter) -> None:
    for visit in ("v1", "v2", "v3", "v4", "v5"):
        assert not counter.patiently(WRONG, visit=visit).right
    assert counter.patiently(ANSWER, visit="v6").fault is FaultCode.IDENTITY_LOCKED
    others = [Candidate(f"s{n}", None) for n in range(6)]
    outcomes = [counter.patiently(WRONG, visit="v9", who=other) for other in others]
    assert [o.fault for o in outcomes] == [None] * 5 + [FaultCode.IDENTITY_LOCKED]


def test_a_hundred_a_kiosk_and_hour(counter: Counter) -> None:
    faults = [counter.patiently(WRONG, visit=f"v{n}", who=Candidate(f"s{n}", None)).fault for n in range(101)]
    assert faults[:100] == [None] * 100 and faults[100] is FaultCode.IDENTITY_LOCKED
    assert counter.patiently(ANSWER, visit="v101").fault is FaultCode.IDENTITY_LOCKED


def test_limits_survive_a_restart(tmp_path: Path) -> None:
    before = Counter(tmp_path / "ledger.db")
    for _ in range(5):
        before.patiently(WRONG)
    before.ledger.close()
    after = Counter(tmp_path / "ledger.db")
    assert after.service.tries_left("v2", PATIENT.subject) == 0
    assert after.answer(ANSWER, visit="v2").fault is FaultCode.IDENTITY_LOCKED
    after.ledger.close()


def test_staff_unlock_clears_limit_and_wait(counter: Counter) -> None:
    for _ in range(4):
        counter.patiently(WRONG)
    assert counter.answer(ANSWER).early
    counter.ledger.unlock(PATIENT.subject, "nurse")
    assert counter.answer(ANSWER, visit="v2").right


def test_the_right_answer_forgives_what_came_before(counter: Counter) -> None:
    counter.answer(WRONG)
    assert counter.answer("３１００２ｘ").right
    assert counter.service.tries_left("v2", PATIENT.subject) == 5


# --- one-time codes ------------------------------------------------------------------------------------------------
def test_a_code_goes_to_the_phone_on_file_and_is_good_for_five_minutes_once(counter: Counter) -> None:
    counter.service.send_code("v1", PATIENT)
    ((telephone, code),) = counter.phones.sent
    assert telephone == TELEPHONE and len(code) == 6
    counter.clock.sleep(CODE_LIFE_S - 1)
    assert counter.answer(code, question=CODE).right
    assert not counter.answer(code, question=CODE).right


def test_a_code_expires(counter: Counter) -> None:
    counter.service.send_code("v1", PATIENT)
    counter.clock.sleep(CODE_LIFE_S)
    assert not counter.answer(counter.phones.sent[0][1], question=CODE).right


def test_a_code_belongs_to_its_visit(counter: Counter) -> None:
    counter.service.send_code("v1", PATIENT)
    assert not counter.answer(counter.phones.sent[0][1], visit="v2", question=CODE).right
    counter.service.forget("v1")
    assert not counter.answer(counter.phones.sent[0][1], question=CODE).right


def test_codes_are_not_sent_again_and_again(counter: Counter) -> None:
    for _ in range(5):
        counter.service.send_code("v1", PATIENT)
    assert len(counter.phones.sent) == 1, "while one is good, no second one goes out"
    for visit in range(2, 12):
        counter.service.send_code(f"v{visit}", PATIENT)
    assert len(counter.phones.sent) == 5, "five a patient and day"
    assert counter.service.tries_left("v1", PATIENT.subject) == 5, "messages are no answers"


@pytest.mark.parametrize("who", [NOBODY, Candidate("s-nophone", IdentityFacts("P9", "张三"))])
def test_where_no_phone_is_on_file_nothing_is_sent_and_no_code_is_right(counter: Counter, who: Candidate) -> None:
    counter.service.send_code("v1", who)
    assert counter.phones.sent == []
    assert not counter.answer("", who=who, question=CODE).right
    assert not any(counter.service._codes.values()), "there is no code that could be guessed"


def test_a_gateway_that_fails_is_not_told_to_the_person(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "ledger.db", Phones(FaultCode.MESSAGE_NOT_SENT))
    counter.service.send_code("v1", PATIENT)
    event = counter.ledger.events(AuditFilter(kinds=("code-sent",)))[0]
    assert (event.outcome, event.details["fault"]) == ("failed", "message-not-sent")
    counter.ledger.close()


# --- time ----------------------------------------------------------------------------------------------------------
class TurningCancelled(Cancelled):
    """Waiting turns the clock."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, seconds: float) -> bool:
        self._clock.sleep(seconds)
        return False


class Slow:
    """An adapter whose every call takes a while, by the hand clock, never the same."""

    def __init__(self, real: Any, clock: HandClock, least: float, most: float) -> None:
        self._real, self._clock, self._between = real, clock, (least, most)
        self._dice = random.Random(11)

    def __getattr__(self, name: str) -> Any:
        self._clock.sleep(self._dice.uniform(*self._between))
        return getattr(self._real, name)


class PaperTries:
    """kiosk.ports.ledger.Tries without a store: `locked` refuses, everybody else is let in."""

    def begin_try(self, visit: str, subject: str, kiosk: str, limits: TryLimits) -> TryCount | None:
        return None if subject == "locked" else TryCount()

    def tries(self, visit: str, subject: str, kiosk: str, limits: TryLimits) -> TryCount:
        return TryCount()

    def forgive(self, visit: str, subject: str) -> None:
        """Nothing is kept."""

    def append(self, record: AuditRecord) -> int:
        return 1


def test_case_89_verdicts_take_the_same_time_whatever_they_are() -> None:
    """1,000 of each; real time is measured by tests/benchmarks/timing_oracle.py."""
    clock = HandClock()
    ledger: Any = Slow(PaperTries(), clock, 0.001, 0.05)
    service = Verification(ledger, Audit(ledger, "k1", clock), clock, IdentitySettings(), "k1", None)
    cases = {"right": ("p", WANG, ANSWER), "wrong": ("p", WANG, WRONG), "unknown": ("n", None, WRONG),
             "locked": ("locked", WANG, ANSWER)}  # fmt: skip
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for n in range(1000):
        for name, (subject, facts, text) in cases.items():
            began, who = clock.monotonic(), Candidate(f"{subject}{n}" if subject != "locked" else subject, facts)
            service.verify(f"v{n}", who, Question.ID_LAST_SIX, text, TurningCancelled(clock))
            taken[name].append(clock.monotonic() - began)
    assert {round(seconds, 6) for times in taken.values() for seconds in times} == {0.4}


def test_case_89_look_ups_take_the_same_time_whatever_they_find() -> None:
    """One query for a known accession number, three for nobody's, a fourth for a patient number without ID card."""
    clock = HandClock()
    ledger: Any = Slow(PaperTries(), clock, 0.001, 0.02)
    archive: Any = Slow(PaperArchive([exam(WANG, "A1", 1), exam(LI, "A2", 2)]), clock, 0.01, 0.09)
    audit = Audit(ledger, "k1", clock)
    service = Verification(ledger, audit, clock, IdentitySettings(), "k1", None)
    wanted = IdentitySettings(), ReportSettings()
    lookup = Lookup(archive, ArchiveDirectory(archive), ledger, Pseudonyms(b"k"), audit, clock, *wanted)
    taken, offered = set(), set()
    for _ in range(250):
        for number in ("A1", "A2", LI.patient_id, "NOBODY"):
            claim = Claim(ClaimKind.ACCESSION, number)
            began = clock.monotonic()
            found = service.evenly(TurningCancelled(clock), lambda claim=claim: lookup.candidate(claim))  # type: ignore[misc]
            taken.add(round(clock.monotonic() - began, 6))
            offered.add(frozenset(lookup.questions(found)))
    assert taken == {0.4} and len(offered) == 1


def test_case_89_behind_a_slow_archive_what_is_found_at_once_waits_as_long_as_what_is_nowhere() -> None:
    clock = HandClock()
    ledger: Any = PaperTries()
    archive: Any = Slow(PaperArchive([exam(WANG, "A1", 1)]), clock, 0.28, 0.29)
    audit = Audit(ledger, "k1", clock)
    service = Verification(ledger, audit, clock, IdentitySettings(), "k1", None)
    wanted = IdentitySettings(), ReportSettings()
    lookup = Lookup(archive, ArchiveDirectory(archive), ledger, Pseudonyms(b"k"), audit, clock, *wanted)
    taken = set()
    for number in ("A1", "NOBODY", "A1", "NOBODY", WANG.patient_id):
        claim = Claim(ClaimKind.ACCESSION, number)
        began = clock.monotonic()
        service.evenly(TurningCancelled(clock), lambda claim=claim: lookup.candidate(claim), lookup.longest_s)  # type: ignore[misc]
        taken.add(round(clock.monotonic() - began, 6))
    assert taken == {1.2}


def test_a_slow_store_is_hidden_in_the_next_multiple(counter: Counter) -> None:
    clock = counter.clock
    for work_s in (0.05, 0.39, 0.41, 1.3):
        began = clock.monotonic()
        counter_service = Verification(counter.ledger, Audit(counter.ledger, "k", clock), clock, IdentitySettings(),
                                       "k", None)  # fmt: skip
        counter_service.evenly(TurningCancelled(clock), lambda work_s=work_s: clock.sleep(work_s))  # type: ignore[misc]
        assert (clock.monotonic() - began) / 0.4 == pytest.approx(math.ceil(work_s / 0.4))
