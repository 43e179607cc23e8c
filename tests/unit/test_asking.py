"""Collecting for somebody else, and the message when a report is ready: asked by policy, kept without names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kiosk.adapters.sql import SqlLedger
from kiosk.bootstrap.kiosk import policy_of
from kiosk.config import Settings
from kiosk.domain.exam import ListedExam, Readiness
from kiosk.domain.faults import FaultCode
from kiosk.domain.reasons import Relation
from kiosk.domain.trail import AuditRecord, EventKind
from kiosk.ports.ledger import AuditFilter
from kiosk.services.audit import Audit
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.printing.notes import Notes
from kiosk.session import effects as do
from kiosk.session import events as on
from kiosk.session import states as at
from kiosk.session.facts import Facts, Policy
from kiosk.session.screens.bodies import present
from kiosk.session.screens.texts import load_texts
from kiosk.session.screens.view import Surroundings, View
from kiosk.session.table import step
from kiosk.statistics.figures import Period
from kiosk.statistics.service import ReportRequest, make_report
from kiosk.words import tags
from tests.unit.test_visit import CANDIDATE, CLAIM, EXAM, LISTING, PRINTED, VERIFYING, WANG

ASKED = Facts(policy=Policy(relation=True))
OFFERED = Facts(policy=Policy(notices=True))
NOW = datetime(2026, 11, 25, tzinfo=UTC)
TO_COME = ListedExam(replace(EXAM, study_uid="1.4", reports=()), Readiness.WAITING)
WAITING = replace(LISTING, exams=(*LISTING.exams, TO_COME))


class Clock:
    """Stands still."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Nobody waits here."""


def shown(state: at.State, facts: Facts, language: str = "zh") -> View:
    return present(state, Surroundings(facts, load_texts(language, "X"), NOW))


def right(facts: Facts) -> at.State:
    return step(replace(VERIFYING, checking=True), on.Verdict("t", True, 5), facts).state


# --- collecting for somebody else -------------------------------------------------------------------------------
def test_for_whom_is_asked_where_the_hospital_wants_it_only() -> None:
    assert isinstance(right(Facts()), at.Loading)
    assert right(ASKED) == at.Relating("t", CLAIM, CANDIDATE)


def test_the_answer_is_noted_once_and_the_visit_goes_on() -> None:
    after = step(right(ASKED), on.TellRelation(Relation.CHILD), ASKED)
    noted, load = after.effects
    assert noted == do.Record("t", EventKind.COLLECTED_BY, subject="s", noted=(("relation", "child"),))
    assert isinstance(after.state, at.Loading) and load == do.LoadExams("t", CANDIDATE)
    again = step(at.Failed("t", FaultCode.INTERNAL, LISTING), on.Retry(), ASKED).state
    assert isinstance(again, at.Loading), "nobody is asked twice"


@pytest.mark.parametrize("language", tags())
def test_every_relation_can_be_said_with_its_picture(language: str) -> None:
    view = shown(right(ASKED), ASKED, language)
    said = [option["text"] for option in view.body["options"]]
    assert len(set(said)) == len(Relation) and all(option["icon"] for option in view.body["options"])
    assert view.spoken and view.spoken.pieces and WANG.name not in str(view)


def test_r8_counts_for_whom_was_collected(tmp_path: Path) -> None:
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    for relation in (Relation.CHILD, Relation.CHILD, Relation.SELF):
        ledger.append(AuditRecord(EventKind.COLLECTED_BY, details={"relation": relation}))
    period = Period(0.0, 4e9, ZoneInfo("UTC"))
    tables = {t.title: t for t in make_report(ledger, ReportRequest("R8", period)).tables}
    rows = [[cell.value for cell in row] for row in tables["Collected for somebody else"].rows]
    assert rows == [["self", 1], ["child", 2]]
    ledger.close()


# --- a message when it is ready ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("listing", "facts"),
    [(WAITING, Facts()), (LISTING, OFFERED), (replace(WAITING, noticed=True), OFFERED),
     (replace(WAITING, candidate=replace(CANDIDATE, facts=replace(WANG, telephone=""))), OFFERED)],
    ids=["not offered here", "nothing to come", "asked before", "no telephone"],
)  # fmt: skip
def test_a_message_is_not_offered(listing: at.Listing, facts: Facts) -> None:
    assert "ask-notice" not in [one.id for one in shown(listing, facts).secondary]
    assert step(listing, on.AskNotice(), facts).state == listing


def test_what_will_be_sent_is_said_before_anything_is_kept() -> None:
    assert "ask-notice" in [one.id for one in shown(WAITING, OFFERED).secondary]
    asking = step(WAITING, on.AskNotice(), OFFERED)
    assert asking.state == at.AskingNotice("t", WAITING) and asking.effects == ()
    said = " ".join(line["text"] for line in shown(asking.state, OFFERED).body["lines"])
    assert "138****5678" in said and WANG.telephone not in said
    assert step(asking.state, on.Back(), OFFERED).state == WAITING
    agreed = step(asking.state, on.AgreeNotice(), OFFERED)
    assert agreed.state == replace(WAITING, noticed=True)
    assert do.KeepNotice("t", CANDIDATE, (TO_COME,)) in agreed.effects


def test_a_consent_is_kept_once_under_pseudonyms_and_no_number_is(tmp_path: Path) -> None:
    ledger, names = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}"), Pseudonyms(b"k" * 32)
    for visit in ("v1", "v2"):
        Notes(ledger, names, Audit(ledger, "kiosk-1", Clock())).notice_wanted(visit, names.patient("P1"), [EXAM])
    told = [e.details["exams"] for e in ledger.events(AuditFilter()) if e.kind is EventKind.NOTICE_ASKED]
    assert told == [0, 1], "newest first: the second changes nothing"
    ledger.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("ledger*"))
    assert names.study(EXAM.study_uid).encode() in kept
    assert not any(word.encode() in kept for word in (WANG.telephone, WANG.name, EXAM.accession))


@pytest.mark.parametrize(("kind", "ready", "offered"), [("none", "asked", False), ("file", "never", False),
                                                        ("file", "asked", True), ("file", "waited", True)])  # fmt: skip
def test_a_message_is_offered_where_somebody_sends_it(kind: str, ready: str, offered: bool) -> None:
    settings = Settings.model_validate({"notifier": {"kind": kind, "ready": ready}})
    assert policy_of(settings).notices is offered


def test_a_printed_exam_is_not_awaited() -> None:
    assert step(replace(LISTING, exams=(PRINTED,)), on.AskNotice(), OFFERED).state != at.AskingNotice("t", LISTING)
