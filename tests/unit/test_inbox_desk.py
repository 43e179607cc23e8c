"""Items that nobody could match, at the desk: masked, settled by two identifiers, taken back until handed out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from kiosk.adapters.inbox.decisions import InboxDecisions
from kiosk.adapters.inbox.sources import InboxReports
from kiosk.adapters.inbox.store import InboxStore
from kiosk.adapters.machine.system import SystemClock
from kiosk.adapters.ris.archive_directory import ArchiveDirectory
from kiosk.adapters.sql import SqlLedger
from kiosk.config import IdentitySettings, ReportSettings
from kiosk.config.ris import InboxSettings
from kiosk.domain.desk import InboxShown, NothingAsked
from kiosk.domain.faults import KioskError
from kiosk.domain.person.identity import IdentityFacts
from kiosk.domain.roles import Role, StaffMember
from kiosk.domain.sheets.printing import DocumentKind, Order
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.domain.waiting.inbox import ItemAsked, ItemReasonAsked, ItemState, ItemWhy, MatchAsked, SettleReason
from kiosk.gateway.matching import Inbox
from kiosk.ports.ledger import AuditFilter
from kiosk.services.audit import Audit
from kiosk.services.desk.inbox import InboxDesk
from kiosk.services.desk.patients import PatientFiles
from kiosk.services.desk.user import DeskUser
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.machine.lanes import Cancelled
from tests.support.hl7 import NAME, NATIONAL, orm, oru
from tests.support.paper import PaperArchive
from tests.support.paper import exam as paper_exam
from tests.unit.test_hl7_messages import KEY, PLACES

WANG = IdentityFacts("P0000001", NAME, NATIONAL, date(1949, 12, 31), "13800135678")
NURSE = DeskUser(StaffMember("n", Role.NURSE), "session", Cancelled())
FORM = SettleReason.REQUEST_FORM


@dataclass
class Office:
    """A desk over an inbox, an archive in memory and a ledger."""

    desk: InboxDesk
    inbox: Inbox
    store: InboxStore
    archive: PaperArchive
    ledger: SqlLedger
    names: Pseudonyms

    def look(self) -> InboxShown:
        return self.desk.inbox(NURSE, NothingAsked())

    def match(self, item: str, first: str, second: str, study: str = "2.25.1") -> InboxShown:
        return self.desk.inbox_match(NURSE, MatchAsked(item, study, first, second, FORM))

    def decisions(self) -> list[tuple[EventOutcome | str, object]]:
        told = self.ledger.events(AuditFilter(kinds=(EventKind.INBOX_DECIDED,)))
        return [(one.outcome, one.details["what"]) for one in reversed(told)]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    store = InboxStore(InboxSettings(url=f"sqlite:///{tmp_path}/inbox.db"), "", KEY)
    ledger, clock, names = SqlLedger(f"sqlite:///{tmp_path}/ledger.db"), SystemClock("UTC"), Pseudonyms(b"k" * 32)
    archive = PaperArchive([paper_exam(WANG, "A0001234")])
    audit = Audit(ledger, "desk", clock)
    identity, reports = IdentitySettings(), ReportSettings()
    lookup = Lookup(archive, ArchiveDirectory(archive), ledger, names, audit, clock, identity, reports)
    files = PatientFiles(archive, lookup, ledger, names, identity.limits)
    desk = InboxDesk(InboxDecisions(store), files, ledger, names, audit)
    yield Office(desk, Inbox(store, archive, PLACES, 90), store, archive, ledger, names)
    store.close()
    ledger.close()


def test_what_waits_is_told_with_its_reason_and_nothing_that_could_be_copied(office: Office) -> None:
    office.inbox.take(oru(accession="A000123X", patient="P0000001", name="王秀丽"))  # a name that differs
    office.inbox.round()
    (item,) = office.look().items
    assert (item.why, item.state, item.accession, item.patient) == (
        ItemWhy.NO_EXAM, ItemState.UNMATCHED, "…23X", "…001")  # fmt: skip
    opened = office.desk.inbox_item(NURSE, ItemAsked(str(item.item)))
    (candidate,) = opened.candidates
    assert candidate.differs == ("name",)
    shown = str((astuple(item), astuple(candidate)))
    assert not [told for told in (NAME, "P0000001", "A0001234", NATIONAL, "19491231") if told in shown]


def test_two_identifiers_settle_an_item_and_the_exam_has_its_report(office: Office) -> None:
    office.inbox.take(oru(accession="TYPO", patient="P9999999"))
    office.inbox.round()
    (item,) = office.look().items
    number = str(item.item)
    exam = office.archive.held[0]
    assert InboxReports(office.store).find(exam) == ()
    found = office.desk.inbox_item(NURSE, ItemAsked(number, query="A0001234"))
    assert [one.study for one in found.candidates] == ["2.25.1"]
    for first, second in (("A0001234", "A0001234"), ("A0001234", ""), ("A0001234", "19500101"), ("", "")):
        assert office.match(number, first, second).problem == "inbox-identifiers"
    shown = office.match(number, "a0001234", "1949-12-31")
    assert (shown.problem, shown.items) == ("", ())
    assert [(said.state, said.reason, said.actor) for said, _ in shown.decided] == [(ItemState.MATCHED, FORM, "n")]
    (report,) = InboxReports(office.store).find(exam)
    assert report.identity == exam.identity, "staff vouch for whose it is"
    assert office.match(number, "A0001234", "19491231").problem == "inbox-gone", "the first word stands"
    refused, ok = (EventOutcome.REFUSED, "inbox-match"), (EventOutcome.OK, "inbox-match")
    assert office.decisions() == [refused] * 4 + [ok]


def test_an_item_that_names_another_birth_date_is_nobodys(office: Office) -> None:
    office.archive.held[0] = replace(office.archive.held[0], identity=replace(WANG, birth_date=date(1950, 1, 1)))
    office.inbox.take(oru(accession="TYPO", patient="P9999999"))
    (item,) = office.look().items
    shown = office.match(str(item.item), "A0001234", "P0000001")
    assert shown.problem == "inbox-contradicts" and "birth-date" in office.desk.inbox_item(
        NURSE, ItemAsked(str(item.item), "A0001234")).candidates[0].differs  # fmt: skip


def test_a_decision_is_taken_back_until_something_was_handed_out(office: Office) -> None:
    office.inbox.take(oru(accession="TYPO", patient="P9999999"))
    (item,) = office.look().items
    number, exam = str(item.item), office.archive.held[0]
    assert office.match(number, "A0001234", "19491231").problem == ""
    undone = office.desk.inbox_undo(NURSE, ItemAsked(number))
    assert (undone.problem, [one.patient for one in undone.items], undone.decided) == ("", ["…999"], ())
    assert InboxReports(office.store).find(exam) == ()
    assert office.desk.inbox_undo(NURSE, ItemAsked(number)).problem == "inbox-gone"

    office.match(number, "A0001234", "19491231")
    (report,) = InboxReports(office.store).find(exam)
    order = Order(office.names.report(report), "subject", DocumentKind.REPORT, 1, 1)
    assert office.ledger.reserve("visit", "kiosk", order)
    assert office.desk.inbox_undo(NURSE, ItemAsked(number)).problem == "inbox-handed-out"
    assert len(InboxReports(office.store).find(exam)) == 1


def test_refusing_and_looking_again(office: Office) -> None:
    office.inbox.take(oru(accession="TYPO", patient="P9999999"))
    office.inbox.round()
    (item,) = office.look().items
    number = str(item.item)
    again = office.desk.inbox_retry(NURSE, ItemAsked(number))
    assert [(one.state, one.why) for one in again.items] == [(ItemState.NEW, ItemWhy.NO_EXAM)]
    refused = office.desk.inbox_refuse(NURSE, ItemReasonAsked(number, SettleReason.TEST_ITEM))
    assert refused.items == () and office.desk.inbox_retry(NURSE, ItemAsked(number)).problem == "inbox-gone"
    assert len(office.desk.inbox_undo(NURSE, ItemAsked(number)).items) == 1


def test_an_order_waits_only_where_it_names_no_exam(office: Office) -> None:
    office.inbox.take(orm("1"))
    office.inbox.take(orm("2", accession=""))
    (item,) = office.look().items
    assert (item.kind, item.why) == ("order", ItemWhy.NO_NUMBER)


def test_no_inbox_and_no_such_item(office: Office) -> None:
    nothing = replace(office.desk, items=None)
    assert nothing.inbox(NURSE, NothingAsked()).problem == "inbox-none"
    for number in ("7", "x", "", "-1"):
        with pytest.raises(KioskError):
            office.desk.inbox_item(NURSE, ItemAsked(number))
    with pytest.raises(KioskError):
        nothing.inbox_undo(NURSE, ItemAsked("1"))
