"""A FHIR R4 server as rows of reports, orders and persons: first the patient or the order by its number, then what
belongs to it. Whose a resource is follows from its own references, never from the question it answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kiosk.adapters.ris.row_documents import RowDocuments
from kiosk.adapters.ris.row_values import Row, text
from kiosk.adapters.ris.web.answers import unpacked
from kiosk.adapters.ris.web.fhir_server import FhirServer, Resource, inside, listed, text_of
from kiosk.adapters.ris.web.fhir_values import (
    UID,
    document_columns,
    identifiers,
    moment_of,
    own_reference,
    person_columns,
    reference,
    references,
    stage_of,
    study_uids,
    wanted_of,
    words_of,
)
from kiosk.config.web import FhirSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.archive import StudyQuery

_LONGEST = 2048


class FhirRecords:
    """What all views ask."""

    def __init__(self, server: FhirServer, wanted: FhirSettings) -> None:
        self.server, self.wanted = server, wanted
        self._capable = False

    def patients(self, query: StudyQuery) -> list[Resource]:
        """The patients of a number, as the server keeps them; one that does not bear it was not asked for."""
        wanted = self.wanted
        system, number = wanted.patient_system, query.patient_id
        if not number:
            system, number = wanted.national_system, query.national_id if wanted.national_system else ""
        if not number:
            return []
        found = self.server.search("Patient", "identifier", f"{system}|{number}" if system else number)
        return [one for one in found if number in identifiers(one, system) and one.get("active") is not False]

    def of(self, kind: str, patient: Resource) -> list[Resource]:
        """All resources of a kind whose subject this is."""
        return self.server.search(kind, "subject", own_reference(patient))

    def accession(self, resource: Resource, asked: str) -> str:
        """The accession number that a resource bears."""
        return wanted_of(identifiers(resource, self.wanted.accession_system), asked)

    def check(self) -> str:
        """Whether it is R4, offers the searches, and lets us in. Raises KioskError naming what is missing."""
        missing = [] if self._capable else self.server.capabilities()
        if missing:
            raise KioskError(FaultCode.CONFIG_INVALID, f"the server does not offer {', '.join(missing)}")
        self._capable = True  # long statements are not fetched twice a minute
        self.server.search("Patient", "identifier", "0")
        return "FHIR R4"


class FhirReportView:
    """Implements kiosk.adapters.ris.row_sources.RowView over DiagnosticReport."""

    def __init__(self, records: FhirRecords) -> None:
        self._records = records

    def rows(self, query: StudyQuery, without: Sequence[str] = ()) -> list[Row]:
        """See the protocol."""
        return [row for patient in self._records.patients(query) for row in self._of(patient, query, without)]

    def answers(self, query: StudyQuery) -> bool:
        """See the protocol."""
        return bool(query.patient_id)

    def check(self) -> str:
        """See the protocol."""
        return self._records.check()

    def _of(self, patient: Resource, query: StudyQuery, without: Sequence[str]) -> list[Row]:
        reports = self._records.of("DiagnosticReport", patient)
        if not reports:
            return []
        beside = [*self._records.of("ServiceRequest", patient), *self._records.of("ImagingStudy", patient)]
        known = {own_reference(one): one for one in beside}
        return [self._row(one, patient, known, query, without) for one in reports]

    def _row(
        self, report: Resource, patient: Resource, known: dict[str, Resource], query: StudyQuery, without: Sequence[str]
    ) -> Row:
        requests = [known[one] for one in references(report, "basedOn") if one in known]
        studies = [known[one] for one in references(report, "imagingStudy") if one in known]
        accessions = [self._records.accession(one, query.accession) for one in (*requests, *studies)]
        row: dict[str, Any] = {
            **person_columns(patient, query.patient_id, self._records.wanted),
            "report_id": text_of(report, "id"),
            "version": text_of(inside(report, "meta"), "versionId"),
            "status": text_of(report, "status"),
            "accession": wanted_of([one for one in accessions if one and not one.startswith(UID)], query.accession),
            "study_uid": wanted_of(study_uids(studies), query.study_uid),
            "written": moment_of(text_of(report, "issued"), text_of(report, "effectiveDateTime")),
            "title": words_of(inside(report, "code")),
            **({} if "pdf" in without else document_columns(report)),
        }
        return _owned(row, report, patient)


class FhirOrderView:
    """Implements kiosk.adapters.ris.row_sources.RowView over ServiceRequest, with its images and reports."""

    def __init__(self, records: FhirRecords) -> None:
        self._records = records

    def rows(self, query: StudyQuery, without: Sequence[str] = ()) -> list[Row]:
        """See the protocol."""
        patients = self._records.patients(query) or self._subjects(query)
        rows = [row for patient in patients for row in self._of(patient, query)]
        if query.accession and not query.patient_id:
            rows = [row for row in rows if row["accession"] == query.accession]
        return [row for row in rows if query.study_uid in ("", row["study_uid"])]

    def answers(self, query: StudyQuery) -> bool:
        """See the protocol."""
        national = bool(query.national_id and self._records.wanted.national_system)
        return bool(query.patient_id or query.accession or query.study_uid or national)

    def check(self) -> str:
        """See the protocol."""
        return self._records.check()

    def _subjects(self, query: StudyQuery) -> list[Resource]:
        """Whose the order or the study of that number is."""
        if query.patient_id:
            return []
        kind, system = "ServiceRequest", self._records.wanted.accession_system
        number = f"{system}|{query.accession}" if system else query.accession
        if not query.accession:
            kind, number = "ImagingStudy", f"{UID}{query.study_uid}" if query.study_uid else ""
        found = self._records.server.search(kind, "identifier", number) if number else []
        asked = query.accession or number
        own = [one for one in found if asked in identifiers(one, "")]
        subjects = {reference(one, "subject") for one in own}
        reads = [one.partition("/") for one in sorted(subjects) if one.startswith("Patient/")]
        return [self._records.server.read(kind, ident) for kind, _, ident in reads]

    def _of(self, patient: Resource, query: StudyQuery) -> list[Row]:
        requests = self._records.of("ServiceRequest", patient)
        if not requests:
            return []
        studies, reports = self._records.of("ImagingStudy", patient), self._records.of("DiagnosticReport", patient)
        return [self._row(one, patient, _based(studies, one), _based(reports, one), query) for one in requests]

    def _row(
        self, request: Resource, patient: Resource, studies: list[Resource], reports: list[Resource], query: StudyQuery
    ) -> Row:
        latest = max((text_of(one, "issued") for one in reports), default="")
        begun = next((text_of(one, "started") for one in studies), "")
        modalities = [text_of(one, "code") for study in studies for one in listed(study, "modality")]
        row: dict[str, Any] = {
            **person_columns(patient, query.patient_id, self._records.wanted),
            "accession": self._records.accession(request, query.accession),
            "study_uid": wanted_of(study_uids(studies), query.study_uid),
            "stage": stage_of(request, studies, reports),
            "since": moment_of(latest, begun, text_of(request, "authoredOn")),
            "hold": "on-hold" if text_of(request, "status") == "on-hold" else "",
            "modality": next(filter(None, modalities), ""),
            "description": words_of(inside(request, "code")),
        }
        return _owned(row, request, patient)


class FhirPersonView:
    """Implements kiosk.adapters.ris.row_sources.RowView over Patient."""

    def __init__(self, records: FhirRecords) -> None:
        self._records = records

    def rows(self, query: StudyQuery, without: Sequence[str] = ()) -> list[Row]:
        """See the protocol."""
        wanted = self._records.wanted
        return [person_columns(one, query.patient_id, wanted) for one in self._records.patients(query)]

    def answers(self, query: StudyQuery) -> bool:
        """See the protocol."""
        return bool(query.patient_id)

    def check(self) -> str:
        """See the protocol."""
        return self._records.check()


class FhirDocuments:
    """Implements kiosk.adapters.ris.row_sources.PointedDocuments: attachments and what they point to."""

    def __init__(self, server: FhirServer, beside: RowDocuments) -> None:
        self._server, self._beside = server, beside

    def of(self, row: Row) -> bytes:
        """See the protocol."""
        if data := row.get("pdf"):
            return self._beside.paper(unpacked(str(data)))
        address = text(row, "pdf_url", _LONGEST)
        if address and self._server.holds(address):
            return self._beside.paper(self._server.binary(address))
        return self._beside.of(row)


def _based(resources: Sequence[Resource], request: Resource) -> list[Resource]:
    return [one for one in resources if own_reference(request) in references(one, "basedOn")]


def _owned(row: dict[str, Any], resource: Resource, patient: Resource) -> Row:
    """A resource whose subject is somebody else names nobody of ours, whatever search brought it."""
    subject = reference(resource, "subject")
    return row if subject == own_reference(patient) else {**row, "patient_id": subject or "?", "study_uid": ""}
