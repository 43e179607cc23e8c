"""The archive's exams, the information system's orders and its reports, joined.

By StudyInstanceUID, else by accession number and patient number together; then the person must be the same. Where two
systems disagree on how ready a report is, the less ready one wins; where they disagree on the person, the exam is
handed out at the desk, with an alarm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from kiosk.domain.exam import Exam, Report, ReportStatus
from kiosk.domain.orders import DeliveryMode, ExamOrder, OrderStage
from kiosk.ports.archive import Archive, Foreign, InstanceRef, StudyQuery
from kiosk.ports.reports import OrderSource, ReportSource
from kiosk.services.audit import Audit

IDENTITY, HOLD = "identity", "hold"


class JoinedRecords:
    """Implements kiosk.ports.archive.Archive; images come from the archive as they are."""

    def __init__(
        self, archive: Archive, reports: ReportSource, orders: OrderSource | None, audit: Audit,
        delivery: Mapping[str, DeliveryMode] | None = None,
    ) -> None:  # fmt: skip
        """`delivery`: what is handed out, by type of patient."""
        self._delivery = dict(delivery or {})
        self._archive, self._reports, self._orders, self._audit = archive, reports, orders, audit

    def exams(self, query: StudyQuery, limit: int = 50) -> list[Exam]:
        """See the port."""
        found = self._archive.exams(query, limit)
        orders = self._ordered(query, found, limit)
        found += self._by_order(orders, found)
        joined = [self._with_order(exam, orders) for exam in found]
        missing = [order for order in orders if not any(_same_exam(e, order) for e in joined)]
        expected = [_expected(order, self._mode(order)) for order in missing]
        wanted = [e for e in (*joined, *expected) if query.study_uid in ("", e.study_uid)]
        return [self._with_reports(exam, orders) for exam in wanted][:limit]

    def _ordered(self, query: StudyQuery, found: Sequence[Exam], limit: int) -> list[ExamOrder]:
        """The orders that match, and those of the exams that were found by what orders do not hold."""
        if self._orders is None or query.name_prefix:
            return []
        by_study = replace(query, patient_id="") if query.study_uid else query
        orders = self._orders.orders(by_study, limit)
        if not orders and not found and query.study_uid and query.patient_id:  # an order that names no study
            orders = self._orders.orders(replace(query, study_uid=""), limit)
        for exam in found:
            if exam.accession and not any(_same_exam(exam, order) for order in orders):
                orders += self._orders.orders(StudyQuery(accession=exam.accession), limit)
        return list({(o.accession, o.study_uid, o.identity.patient_id): o for o in orders}.values())

    def _by_order(self, orders: Sequence[ExamOrder], found: Sequence[Exam]) -> list[Exam]:
        """Exams that the archive keeps without the number that was asked for: by the order's study."""
        known = {exam.study_uid for exam in found}
        missing = {order.study_uid for order in orders if order.study_uid} - known
        return [exam for uid in sorted(missing) for exam in self._archive.exams(StudyQuery(study_uid=uid), 2)]

    def _with_order(self, exam: Exam, orders: Sequence[ExamOrder]) -> Exam:
        order = next((one for one in orders if _same_exam(exam, one)), None)
        if order is None:
            return exam
        if not _same_person(exam, order):
            return self._conflict(exam)
        exam = replace(exam, accession=exam.accession or order.accession, stage=order.stage, mode=self._mode(order))
        return replace(exam, withheld=HOLD) if order.hold else exam

    def _with_reports(self, exam: Exam, orders: Sequence[ExamOrder]) -> Exam:
        reports = self._reports.find(exam)
        if any(r.identity and not exam.identity.same_person(r.identity) for r in reports):
            return replace(self._conflict(exam), reports=())
        order = next((one for one in orders if _same_exam(exam, one)), None)
        return replace(exam, reports=tuple(_agreed(reports, exam.reports, order)))

    def _mode(self, order: ExamOrder) -> DeliveryMode:
        return self._delivery.get(order.patient_type, self._delivery.get("", DeliveryMode.ANY))

    def _conflict(self, exam: Exam) -> Exam:
        self._audit.foreign(Foreign(1, exam.study_uid, exam.accession))
        return replace(exam, withheld=IDENTITY)

    def instances(self, study_uid: str, series_uid: str) -> list[InstanceRef]:
        """See the port."""
        return self._archive.instances(study_uid, series_uid)

    def fetch(self, refs: list[InstanceRef], *, any_order: bool = False) -> Iterator[tuple[InstanceRef, bytes]]:
        """See the port."""
        return self._archive.fetch(refs, any_order=any_order)

    def probe(self) -> str:
        """See the port: the archive's; each other system has a probe of its own."""
        return self._archive.probe()

    def server_time(self) -> datetime | None:
        """See the port."""
        return self._archive.server_time()

    def close(self) -> None:
        """See the port."""
        self._archive.close()


def _same_exam(exam: Exam, order: ExamOrder) -> bool:
    if order.study_uid and exam.study_uid == order.study_uid:
        return True
    numbers = (order.accession, order.identity.patient_id)
    return all(numbers) and numbers == (exam.accession, exam.identity.patient_id)


def _same_person(exam: Exam, order: ExamOrder) -> bool:
    return exam.identity.same_person(order.identity)


def _expected(order: ExamOrder, mode: DeliveryMode) -> Exam:
    """An exam of which there are no images yet."""
    return Exam(
        study_uid=order.uid,
        accession=order.accession,
        identity=order.identity,
        modality=order.modality,
        body_part="",
        description=order.description,
        taken=order.since,
        stage=order.stage,
        mode=mode,
        withheld=HOLD if order.hold or order.unmatched else "",
    )


def _agreed(reports: Sequence[Report], beside: Sequence[Report], order: ExamOrder | None) -> Iterator[Report]:
    """The reports, none more ready than any system says.

    `beside`: those that lie in the archive. What is written there and not final counts against what is not newer.
    """
    cancelled = order is not None and order.stage is OrderStage.CANCELLED
    open_order = order is not None and not order.signed
    last = max(beside, key=lambda r: r.version, default=None)
    doubt = last if last is not None and last not in reports and last.status is not ReportStatus.FINAL else None
    for report in reports:
        if report.status is ReportStatus.FINAL and cancelled:
            report = replace(report, status=ReportStatus.CANCELLED)
        elif report.status is ReportStatus.FINAL and (open_order or (doubt and not _newer(report, doubt))):
            report = replace(report, status=ReportStatus.PRELIMINARY)
        yield report


def _newer(report: Report, other: Report) -> bool:
    return report.written is not None and other.written is not None and report.written > other.written
