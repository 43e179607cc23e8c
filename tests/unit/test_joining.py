"""Archive, orders and reports as one exam: by which numbers, for which person, and never more ready than any says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from kiosk.domain.delivery import DeliveryRules, Known, list_exam
from kiosk.domain.exam import Exam, Readiness, Report, ReportKind, ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.orders import ExamOrder, OrderStage
from kiosk.domain.trail import AuditRecord, EventKind, EventOutcome
from kiosk.domain.visit import TaskResult
from kiosk.ports.archive import StudyQuery
from kiosk.ports.receipts import PrintReceipt
from kiosk.services.audit import Audit
from kiosk.services.joining.records import JoinedRecords
from kiosk.services.receipts import Receipts
from tests.support.paper import LI, WANG, PaperArchive, exam
from tests.unit.test_delivery_rules import NOW

ADA = replace(WANG, name="Wang Xiuying", birth_date=date(1949, 12, 31))


class Trail:
    """An audit sink in memory."""

    def __init__(self) -> None:
        self.events: list[AuditRecord] = []

    def append(self, record: AuditRecord) -> int:
        self.events.append(record)
        return len(self.events)


class Clock:
    """Stands still until it is turned."""

    def __init__(self) -> None:
        self.at = NOW

    def monotonic(self) -> float:
        return self.at.timestamp()

    def now(self):  # type: ignore[no-untyped-def]
        return self.at


@dataclass
class Reported:
    """Reports by accession number."""

    held: dict[str, tuple[Report, ...]] = field(default_factory=dict)

    def find(self, exam: Exam) -> tuple[Report, ...]:
        return self.held.get(exam.accession, ())

    def document(self, exam: Exam, report: Report) -> bytes:
        return b""


@dataclass
class Ordered:
    """Orders in memory, asked as the port says."""

    held: list[ExamOrder] = field(default_factory=list)

    def orders(self, query: StudyQuery, limit: int = 50) -> list[ExamOrder]:
        return [
            one
            for one in self.held
            if (query.accession and one.accession == query.accession)
            or (query.patient_id and not query.study_uid and one.identity.patient_id == query.patient_id)
            or (query.study_uid and one.study_uid == query.study_uid)
        ]


def report(status: ReportStatus = ReportStatus.FINAL, **values: object) -> Report:
    made = Report("2.25.7", "2.25.7", "2.25.7.1", ReportKind.PDF, status, 1, identity=WANG, number="R1")
    return replace(made, **values)  # type: ignore[arg-type]


def order(stage: OrderStage | None = OrderStage.SIGNED, accession: str = "A0001", **values: object) -> ExamOrder:
    return replace(ExamOrder(accession, "", WANG, stage), **values)  # type: ignore[arg-type]


def joined(
    exams: list[Exam], reports: tuple[Report, ...] = (), orders: list[ExamOrder] | None = None
) -> tuple[JoinedRecords, Trail]:
    trail = Trail()
    audit = Audit(trail, "k1", Clock())
    source = None if orders is None else Ordered(orders)
    return JoinedRecords(PaperArchive(exams), Reported({"A0001": reports}), source, audit), trail


def readiness(one: Exam) -> Readiness:
    return list_exam(one, Known(), DeliveryRules(), NOW).readiness


def bare(**values: object) -> Exam:
    return replace(exam(reports=0), **values)  # type: ignore[arg-type]


def test_a_signed_report_makes_an_exam_ready() -> None:
    records, trail = joined([bare()], (report(),), [order()])
    (one,) = records.exams(StudyQuery(accession="A0001"))
    assert readiness(one) is Readiness.READY and one.reports[0].number == "R1" and trail.events == []


def test_the_less_ready_word_wins() -> None:
    cases = {
        OrderStage.READING: Readiness.PRELIMINARY,
        OrderStage.SCANNED: Readiness.PRELIMINARY,
        None: Readiness.PRELIMINARY,
        OrderStage.CANCELLED: Readiness.WAITING,
        OrderStage.SIGNED: Readiness.READY,
    }
    for stage, expected in cases.items():
        records, _ = joined([bare()], (report(),), [order(stage)])
        assert readiness(records.exams(StudyQuery(accession="A0001"))[0]) is expected, stage


def test_what_the_archive_calls_preliminary_counts_unless_the_report_is_newer() -> None:
    draft = report(ReportStatus.PRELIMINARY, instance_uid="1.9", written=NOW - timedelta(hours=2))
    for written, expected in ((NOW, Readiness.READY), (NOW - timedelta(hours=3), Readiness.PRELIMINARY)):
        records, _ = joined([bare(reports=(draft,))], (report(written=written),))
        assert readiness(records.exams(StudyQuery(accession="A0001"))[0]) is expected


def test_another_person_sends_the_exam_to_the_desk_with_an_alarm() -> None:
    stranger = replace(WANG, name="李之女", national_id="", birth_date=None)
    for reports, orders in (((report(identity=stranger),), [order()]), ((report(),), [order(identity=stranger)])):
        records, trail = joined([bare()], reports, orders)
        (one,) = records.exams(StudyQuery(accession="A0001"))
        assert readiness(one) is Readiness.HELD
        assert [(e.kind, e.outcome) for e in trail.events] == [(EventKind.FOREIGN_OBJECT, EventOutcome.ALARM)]


def test_one_accession_number_of_two_patients_is_joined_to_neither_by_it_alone() -> None:
    records, _ = joined([bare()], (report(),), [order(OrderStage.READING, identity=LI)])
    found = {e.identity.patient_id: e for e in records.exams(StudyQuery(accession="A0001"))}
    assert readiness(found["P0001"]) is Readiness.READY
    assert found["P0002"].study_uid != found["P0001"].study_uid


def test_an_order_without_images_is_an_exam_that_is_expected() -> None:
    records, _ = joined([], (), [order(OrderStage.REGISTERED, accession="A0002")])
    (one,) = records.exams(StudyQuery(patient_id="P0001"))
    assert (readiness(one), one.accession) == (Readiness.REGISTERED, "A0002")
    again = records.exams(StudyQuery(study_uid=one.study_uid, patient_id="P0001"))
    assert [e.study_uid for e in again] == [one.study_uid]


def test_an_archive_without_the_accession_number_is_found_by_the_orders_study() -> None:
    records, _ = joined([bare(accession="")], (report(),), [order(study_uid="2.25.1")])
    (one,) = records.exams(StudyQuery(accession="A0001"))
    assert (one.accession, one.images, readiness(one)) == ("A0001", 3, Readiness.READY)


def test_a_hold_is_honoured() -> None:
    records, _ = joined([bare()], (report(),), [order(hold="VIP")])
    assert readiness(records.exams(StudyQuery(accession="A0001"))[0]) is Readiness.HELD


@dataclass
class Box:
    """An outbox in memory."""

    kept: dict[str, PrintReceipt] = field(default_factory=dict)

    def put(self, receipt: PrintReceipt) -> None:
        self.kept.setdefault(receipt.serial, receipt)

    def waiting(self, limit: int = 50) -> list[PrintReceipt]:
        return list(self.kept.values())[:limit]

    def done(self, serial: str) -> None:
        del self.kept[serial]


@dataclass
class Sink:
    """Fails so many times."""

    failures: int
    told: list[str] = field(default_factory=list)

    def printed(self, receipt: PrintReceipt) -> None:
        self.told.append(receipt.serial)
        if self.failures:
            self.failures -= 1
            raise KioskError(FaultCode.ARCHIVE_UNREACHABLE, "down")

    def close(self) -> None:
        pass


def test_a_receipt_is_told_until_it_is_taken() -> None:
    box, sink, clock = Box(), Sink(3), Clock()
    receipts = Receipts(box, sink, clock, "k1")
    receipts.note(bare(), report(), TaskResult("d", "report", "q", "1", 1, 1, "S1"))
    assert "not for long" in receipts.ask()
    clock.at += timedelta(minutes=20)
    try:
        receipts.ask()
        raise AssertionError("it has waited for twenty minutes")
    except KioskError as fault:
        assert fault.code is FaultCode.ARCHIVE_UNREACHABLE and "20 min" in fault.detail
    receipts.close()
    assert box.kept
    assert receipts.ask() == "all receipts told (1 now)" and not box.kept
    assert sink.told == ["S1"] * 4
