"""Reports, orders and identity facts out of views of the hospital's database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from kiosk.adapters.ris.report_objects import ReportHead, as_object
from kiosk.adapters.ris.row_documents import PDF_COLUMNS, RowDocuments
from kiosk.adapters.ris.row_values import Row, identity, text, when
from kiosk.adapters.ris.sql_views import HospitalView
from kiosk.config.ris import OrderSourceSettings
from kiosk.domain.exam import Exam, Report, ReportKind, ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.orders import ExamOrder, derived_uid
from kiosk.domain.person.identity import IdentityFacts
from kiosk.ports.archive import Foreign, StudyQuery, Suspicious

PERSON = ("patient_id", "patient_name", "birth_date", "national_id", "telephone")
MOST_REPORTS = 40


class SqlReports:
    """Implements kiosk.ports.reports.ReportSource over a view of reports."""

    needed = ("report_id", "status", "accession|study_uid", "patient_id", "|".join(PDF_COLUMNS))

    def __init__(
        self,
        view: HospitalView,
        statuses: Mapping[str, ReportStatus],
        documents: RowDocuments,
        zone: tzinfo,
        suspicious: Suspicious = lambda _: None,
    ) -> None:
        self._view, self._statuses, self._documents = view, dict(statuses), documents
        self._zone, self._suspicious = zone, suspicious

    def find(self, exam: Exam) -> tuple[Report, ...]:
        """See the port."""
        rows = self._own(exam, self._view.rows(_exam_query(exam), without=("pdf", "text")))
        if len(rows) > MOST_REPORTS:
            raise KioskError(FaultCode.ARCHIVE_TRUNCATED, f"{len(rows)} reports of one exam")
        ordered = sorted(rows, key=self._age)
        return tuple(self._report(row, number) for number, row in enumerate(ordered, start=1))

    def document(self, exam: Exam, report: Report) -> bytes:
        """See the port."""
        rows = self._own(exam, self._view.rows(_exam_query(exam)))
        row = next((row for row in rows if _instance_uid(row) == report.instance_uid), None)
        if row is None or self._status(row) is not report.status is not ReportStatus.PRELIMINARY:
            raise KioskError(FaultCode.REPORT_UNREADABLE, "the view has no such report any more")
        person = identity(row)
        if not exam.identity.same_person(person):
            raise KioskError(FaultCode.WRONG_PATIENT, "the view's row now names somebody else")
        head = ReportHead(exam.study_uid, report.instance_uid, person, exam.accession, report.title, report.written)
        return as_object(head, self._documents.of(row))

    def probe(self) -> str:
        """Run the view with a limit of one row. Raises KioskError naming what is missing."""
        return f"view of reports, {self._view.check()}"

    def _own(self, exam: Exam, rows: Sequence[Row]) -> list[Row]:
        own = [row for row in rows if _is_of(row, exam)]
        others = [row for row in rows if row not in own and text(row, "patient_id") != exam.identity.patient_id]
        if others:
            self._suspicious(Foreign(len(others), exam.study_uid, exam.accession))
        return own

    def _report(self, row: Row, number: int) -> Report:
        chain = derived_uid("report", text(row, "report_id"))
        return Report(
            study_uid=chain,  # a document is the same one when its images arrive later
            series_uid=chain,
            instance_uid=_instance_uid(row),
            kind=ReportKind.PDF,
            status=self._status(row),
            version=number,
            title=text(row, "title", 64),
            written=when(row, "written", self._zone),
            identity=identity(row),
            chain=chain,
            number=text(row, "report_id"),
        )

    def _status(self, row: Row) -> ReportStatus:
        return self._statuses.get(text(row, "status"), ReportStatus.PRELIMINARY)

    def _age(self, row: Row) -> tuple[float, float, str]:
        written, version = when(row, "written", self._zone), text(row, "version")
        return (float(version) if version.isdecimal() else 0.0, written.timestamp() if written else 0.0, version)


class SqlOrders:
    """Implements kiosk.ports.orders.OrderSource over a view of orders."""

    needed = ("accession", "patient_id", "stage")

    def __init__(
        self, view: HospitalView, settings: OrderSourceSettings, zone: tzinfo, suspicious: Suspicious = lambda _: None
    ) -> None:
        self._view, self._stages, self._zone, self._suspicious = view, settings.stages, zone, suspicious

    def orders(self, query: StudyQuery, limit: int = 50) -> list[ExamOrder]:
        """See the port."""
        if not self._view.answers(query):
            return []
        found = [self._order(row) for row in self._view.rows(query)]
        own = [order for order in found if _was_asked_for(order, query)]
        if len(own) < len(found):
            self._suspicious(Foreign(len(found) - len(own), query.study_uid, query.accession))
        if len(own) > limit:
            raise KioskError(FaultCode.ARCHIVE_TRUNCATED, f"{len(own)} orders")
        return own

    def probe(self) -> str:
        """Run the view with a limit of one row. Raises KioskError naming what is missing."""
        return f"view of orders, {self._view.check()}"

    def _order(self, row: Row) -> ExamOrder:
        return ExamOrder(
            accession=text(row, "accession"),
            study_uid=text(row, "study_uid"),
            identity=identity(row),
            stage=self._stages.get(text(row, "stage")),
            since=when(row, "since", self._zone),
            hold=text(row, "hold", 64),
            modality=text(row, "modality", 16),
            description=text(row, "description", 64),
            patient_type=text(row, "patient_type", 32),
        )


class SqlDirectory:
    """Implements kiosk.ports.directory.Directory over a view of persons."""

    needed = ("patient_id",)

    def __init__(self, view: HospitalView, suspicious: Suspicious = lambda _: None) -> None:
        self._view, self._suspicious = view, suspicious

    def facts(self, patient_id: str, hint: IdentityFacts) -> IdentityFacts:
        """See the port. Where the view names somebody else under the number, nothing is left that could be asked."""
        if not patient_id:
            return hint
        people = [identity(row) for row in self._view.rows(StudyQuery(patient_id=patient_id))]
        own = [person for person in people if person.patient_id == patient_id]
        if any(not hint.same_person(person) for person in own):
            self._suspicious(Foreign(1))
            return IdentityFacts(patient_id)
        return hint.completed(own)

    def probe(self) -> str:
        """Run the view with a limit of one row. Raises KioskError naming what is missing."""
        return f"view of persons, {self._view.check()}"


REPORT_COLUMNS = ("accession", "study_uid", "version", "written", "title", *PERSON, *PDF_COLUMNS)
ORDER_COLUMNS = ("study_uid", "since", "hold", "modality", "description", "patient_type", *PERSON)


def _exam_query(exam: Exam) -> StudyQuery:
    facts = exam.identity
    return StudyQuery(
        accession=exam.accession,
        patient_id=facts.patient_id,
        national_id=facts.national_id,
        study_uid=exam.study_uid,
        visit_number=exam.referring_visit,
    )


def _is_of(row: Row, exam: Exam) -> bool:
    """By StudyInstanceUID, else by accession number and patient number; the row is not believed to be right."""
    study = text(row, "study_uid")
    if study:
        return study == exam.study_uid
    numbers = text(row, "accession"), text(row, "patient_id")
    return all(numbers) and numbers == (exam.accession, exam.identity.patient_id)


def _instance_uid(row: Row) -> str:
    """Of one version of a report; where the view counts no versions, of what was written at one moment."""
    version = text(row, "version") or text(row, "written")
    return derived_uid("report", text(row, "report_id"), version)


def _was_asked_for(order: ExamOrder, query: StudyQuery) -> bool:
    pairs = (
        (query.accession, order.accession),
        (query.patient_id, order.identity.patient_id),
        (query.national_id.upper(), order.identity.national_id),
        (query.study_uid, order.study_uid),
    )
    return all(asked == told for asked, told in pairs if asked)
