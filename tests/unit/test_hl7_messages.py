"""What is understood of HL7 messages, and that nothing readable lies in the inbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kiosk.adapters.inbox.decisions import InboxDecisions
from kiosk.adapters.inbox.sources import InboxDirectory, InboxOrders, InboxReports
from kiosk.adapters.inbox.store import InboxStore
from kiosk.config.ris import InboxSettings
from kiosk.domain.exam import ReportStatus
from kiosk.domain.faults import KioskError
from kiosk.domain.orders import OrderStage
from kiosk.domain.person.identity import IdentityFacts
from kiosk.domain.waiting.inbox import Decision, InboxItem, ItemKind, ItemState, ItemWhy, SettleReason
from kiosk.gateway.drop_folder import DropFolder
from kiosk.gateway.hl7_messages import BadMessageError, MessagePlaces, understood
from kiosk.gateway.matching import Inbox
from kiosk.imaging.paper.source import read_report
from kiosk.ports.archive import Foreign, StudyQuery
from tests.support.hl7 import NAME, NATIONAL, adt, orm, oru
from tests.support.paper import PaperArchive
from tests.support.paper import exam as paper_exam
from tests.support.ris import exam

PLACES = MessagePlaces(("OBR-18", "OBR-3", "ORC-3"), ("ZDS-1", "IPC-3"), "gb18030", ZoneInfo("Asia/Shanghai"))
PDF = b"%PDF-1.4 \xff\x00 nobody's"
KEY = "k" * 32


def item(message: bytes) -> InboxItem:
    (one,) = understood(message, PLACES).items
    return one


@pytest.mark.parametrize("charset", ["UNICODE UTF-8", "GB 18030-2000"])
def test_a_report_with_its_pdf_in_either_character_set(charset: str) -> None:
    one = item(oru(document=PDF, charset=charset))
    facts = one.identity
    assert (one.accession, one.number, one.status, one.document) == ("ACC1", "R1", ReportStatus.FINAL, PDF)
    assert (facts.patient_id, facts.name, facts.national_id, facts.telephone) == ("P1", NAME, NATIONAL, "13800135678")
    assert facts.birth_date == date(1949, 12, 31) and one.title == "胸部 CT 平扫"
    assert one.written and one.written.isoformat() == "2026-11-24T09:30:00+08:00"


def test_without_a_named_character_set_the_hospitals_usual_one() -> None:
    assert item(oru(charset="").decode().encode("gb18030")).identity.name == NAME


@pytest.mark.parametrize(
    ("status", "expected"),
    [("F", "final"), ("C", "final"), ("P", "preliminary"), ("R", "preliminary"), ("X", "cancelled"),
     ("", "preliminary"), ("Z", "preliminary")],
)  # fmt: skip
def test_a_status_is_final_only_where_it_says_so(status: str, expected: str) -> None:
    assert item(oru(status=status)).status == expected


def test_one_preliminary_part_makes_the_whole_preliminary() -> None:
    assert item(oru(obx="OBX|1|TX|1||words||||||P")).status is ReportStatus.PRELIMINARY


def test_words_instead_of_a_document() -> None:
    one = item(oru(obx="OBX|1|TX|1||两肺清晰||||||F\rOBX|2|TX|2||心影不大||||||F"))
    assert one.document.decode() == "两肺清晰\n心影不大"


def test_orders_by_their_control_and_status() -> None:
    cases = {("NW", ""): OrderStage.REGISTERED, ("SC", "IP"): OrderStage.ARRIVED, ("SC", "CM"): OrderStage.COMPLETE,
             ("CA", ""): OrderStage.CANCELLED, ("SC", "ZZ"): None}  # fmt: skip
    for (control, status), stage in cases.items():
        one = item(orm("1", control, status))
        assert (one.kind, one.stage, one.accession) == (ItemKind.ORDER, stage, "ACC9")


def test_a_merge_names_both_numbers() -> None:
    assert understood(adt("1", "A40", "P2", "P1"), PLACES).merged == ("P1", "P2")


@pytest.mark.parametrize(
    "message",
    [b"", b"hello", b"MSH|", oru()[:40], oru(control=""), oru(patient=""),
     oru(obx="OBX|1|ED|1||^a^pdf^Base64^%%%||||||F"), oru().replace(b"ORU^R01", b"QRY^A19"),
     oru(charset="UNICODE UTF-8").replace(NAME.encode(), b"\xff\xfe")],
)  # fmt: skip
def test_what_is_no_message_is_refused_with_a_word_for_it(message: bytes) -> None:
    with pytest.raises(BadMessageError) as caught:
        understood(message, PLACES)
    assert NAME not in str(caught.value) and "P1" not in str(caught.value)


@pytest.fixture
def store(tmp_path: Path) -> InboxStore:
    return InboxStore(InboxSettings(url=f"sqlite:///{tmp_path}/inbox.db"), "", KEY)


class TestInbox:
    """Kept, found, matched, merged, purged."""

    def test_nothing_readable_lies_in_it(self, store: InboxStore, tmp_path: Path) -> None:
        assert store.put(item(oru(document=PDF)), 1.0)
        assert not store.put(item(oru(document=PDF)), 2.0), "the same message again"
        kept = (tmp_path / "inbox.db").read_bytes()
        assert not [canary for canary in (NAME, "ACC1", NATIONAL, "PDF-1.4") if canary.encode() in kept]
        (found,) = store.of(ItemKind.REPORT, StudyQuery(accession="ACC1"))
        assert (found.identity.name, store.document(found.ident)) == (NAME, PDF)
        other = InboxStore(InboxSettings(url=f"sqlite:///{tmp_path}/inbox.db"), "", "x" * 32)
        assert other.of(ItemKind.REPORT, StudyQuery(accession="ACC1")) == []
        for one in (store, other):
            one.close()

    def test_a_report_is_its_exams_by_both_numbers(self, store: InboxStore) -> None:
        store.put(item(oru(document=PDF)), 1.0)
        store.put(item(oru("2", patient="P2", number="R2")), 1.0)
        reports = InboxReports(store)
        (report,) = reports.find(exam())
        assert (report.number, report.status) == ("R1", ReportStatus.FINAL)
        assert read_report(reports.document(exam(), report)).pdf == PDF
        with pytest.raises(KioskError, match="wrong-patient"):
            reports.document(exam(name="李四"), report)
        store.close()

    def test_one_accession_number_of_two_patients(self, store: InboxStore) -> None:
        """What was matched with one of them is none of the other's."""
        both = [paper_exam(IdentityFacts(f"P{n}", NAME), "ACC1", n) for n in (1, 2)]
        inbox = Inbox(store, PaperArchive(both), PLACES, 90)
        inbox.take(oru("1", patient="P1", number="R1"))
        inbox.take(oru("2", patient="P2", number="R2"))
        assert inbox.round() == 2
        told: list[Foreign] = []
        reports = InboxReports(store, told.append)
        assert [[r.number for r in reports.find(one)] for one in both] == [["R1"], ["R2"]]
        assert [one.dropped for one in told] == [1, 1]
        store.close()

    def test_matching_against_the_archive(self, store: InboxStore) -> None:
        now = [1000.0]
        known = paper_exam(IdentityFacts("P1", NAME, NATIONAL, date(1949, 12, 31)), "ACC1")
        archive = PaperArchive([known])
        inbox = Inbox(store, archive, PLACES, 90, now=lambda: now[0])
        assert inbox.take(oru()) == "report" and inbox.take(oru()) == "known already"
        inbox.take(oru("2", accession="NOSUCH", patient="P9", number="R9"))
        inbox.take(oru("3", name="李四", number="R3"))
        archive.held.append(replace(known, accession="ACC7", study_uid="2.25.7"))
        inbox.take(oru("4", accession="TYPO", number="R4"))
        assert inbox.round() == 1
        assert store.counts() == {"matched": 1, "unmatched": 2, "ambiguous": 1}
        assert inbox.round() == 0 and len(store.due(now[0])) == 0, "again after a quarter of an hour"
        now[0] += 901
        archive.held.append(paper_exam(IdentityFacts("P9", NAME), "NOSUCH", 9))
        assert inbox.round() == 1
        decisions = InboxDecisions(store)
        assert {one.why for one in decisions.waiting()} == {ItemWhy.NO_EXAM, ItemWhy.SEVERAL_EXAMS}
        (waiting,) = [one for one in decisions.waiting() if one.state is ItemState.AMBIGUOUS]
        seventh = archive.held[1]
        said = Decision(waiting.ident, "n", SettleReason.OTHER, ItemState.MATCHED, now[0])
        assert decisions.decide(said, seventh)
        seventh = replace(known, accession="ACC7", study_uid="2.25.7")
        assert [r.number for r in InboxReports(store).find(seventh)] == ["R4"]
        now[0] += 91 * 86400
        inbox.round()
        assert store.counts() == {}
        store.close()

    def test_a_number_in_the_queue_is_being_checked(self, store: InboxStore) -> None:
        inbox = Inbox(store, PaperArchive([]), PLACES, 90)
        inbox.take(oru())
        inbox.take(orm("9"))
        inbox.round()
        orders = {order.accession: order for order in InboxOrders(store).orders(StudyQuery(patient_id="P1"))}
        assert (orders["ACC1"].unmatched, orders["ACC9"].unmatched) == (True, False)
        assert orders["ACC9"].stage is OrderStage.REGISTERED
        store.close()

    def test_a_merge_moves_items_and_a08_tells_of_a_person(self, store: InboxStore) -> None:
        inbox = Inbox(store, PaperArchive([]), PLACES, 90)
        inbox.take(oru())
        inbox.take(adt("7", "A40", "P2", "P1"))
        assert [r.number for r in InboxReports(store).find(exam(patient_id="P2"))] == ["R1"]
        assert InboxReports(store).find(exam(patient_id="P1")) == ()
        inbox.take(adt("8", "A08", "P5"))
        directory = InboxDirectory(store)
        assert directory.facts("P5", IdentityFacts("P5", NAME)).telephone == "13800135678"
        assert directory.facts("P5", IdentityFacts("P5", "李四")) == IdentityFacts("P5")
        store.close()

    def test_files_of_a_folder(self, store: InboxStore, tmp_path: Path) -> None:
        folder = tmp_path / "drop"
        folder.mkdir()
        for name, data in (("ACC1_P1.pdf", PDF), ("holiday.pdf", PDF), ("ACC2_P2.pdf", b"no pdf")):
            (folder / name).write_bytes(data)
        inbox = Inbox(store, PaperArchive([]), PLACES, 90)
        assert DropFolder(folder, inbox, 1 << 20).round(0) == 1
        assert sorted(file.name for file in folder.iterdir()) == ["ACC2_P2.pdf", "holiday.pdf"]
        assert len(InboxReports(store).find(exam())) == 1
        store.close()


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KioskError, match="32 bytes"):
        InboxStore(InboxSettings(url=f"sqlite:///{tmp_path}/x.db"), "", "short")
