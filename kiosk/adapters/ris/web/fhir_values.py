"""What FHIR R4 resources say, as the columns that views have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from kiosk.adapters.ris.web.answers import unpacked
from kiosk.adapters.ris.web.fhir_server import Resource, inside, listed, text_of
from kiosk.config.web import FhirSettings
from kiosk.domain.exam import ReportStatus
from kiosk.domain.orders import OrderStage

# FHIR R4, value sets diagnostic-report-status and request-status.
REPORT_STATUS = {
    "final": ReportStatus.FINAL,
    "amended": ReportStatus.FINAL,
    "corrected": ReportStatus.FINAL,
    "appended": ReportStatus.FINAL,
    "cancelled": ReportStatus.CANCELLED,
    "entered-in-error": ReportStatus.CANCELLED,
}
REQUEST_STAGE = {
    "draft": OrderStage.REGISTERED,
    "active": OrderStage.REGISTERED,
    "on-hold": OrderStage.REGISTERED,
    "completed": OrderStage.COMPLETE,
    "revoked": OrderStage.CANCELLED,
    "entered-in-error": OrderStage.CANCELLED,
}
UID = "urn:oid:"
_PREFERRED = ("official", "usual", "")


def identifiers(resource: Resource, system: str) -> list[str]:
    """Values of the identifiers of a system; of all where none is configured, those of accession type first."""
    found = [one for one in listed(resource, "identifier") if system in ("", text_of(one, "system"))]
    ranked = sorted(found, key=lambda one: not _is_accession(one))
    return [value for one in ranked if (value := text_of(one, "value"))]


def _is_accession(identifier: Resource) -> bool:
    return any(text_of(coding, "code") == "ACSN" for coding in listed(inside(identifier, "type"), "coding"))


def study_uids(resources: Iterable[Resource]) -> list[str]:
    """StudyInstanceUIDs of imaging studies (their identifiers are urn:oid)."""
    values = [value for resource in resources for value in identifiers(resource, "")]
    return [value.removeprefix(UID) for value in values if value.startswith(UID)]


def wanted_of(values: Sequence[str], asked: str) -> str:
    """Of several numbers the one that was asked for, else the first."""
    return asked if asked in values else next(iter(values), "")


def reference(resource: Resource, name: str) -> str:
    """`Type/id` of a reference, without the server's address and a version."""
    return _tail(text_of(inside(resource, name), "reference"))


def references(resource: Resource, name: str) -> list[str]:
    """`Type/id` of each."""
    return [_tail(text_of(one, "reference")) for one in listed(resource, name)]


def _tail(address: str) -> str:
    return "/".join(address.partition("/_history/")[0].split("/")[-2:])


def own_reference(resource: Resource) -> str:
    """By what others point to it."""
    return f"{text_of(resource, 'resourceType')}/{text_of(resource, 'id')}"


def moment_of(*written: str) -> datetime | date | None:
    """The first that is an instant, with its own zone where it says one, or a day."""
    for one in filter(None, written):
        try:
            return datetime.fromisoformat(one) if "T" in one else date.fromisoformat(one)
        except ValueError:
            continue
    return None


def words_of(concept: Resource) -> str:
    """A CodeableConcept's text, or what its coding is called."""
    shown = [text_of(coding, "display") or text_of(coding, "code") for coding in listed(concept, "coding")]
    return text_of(concept, "text") or next(filter(None, shown), "")


def person_columns(patient: Resource, asked: str, wanted: FhirSettings) -> dict[str, Any]:
    """The person's columns."""
    national = identifiers(patient, wanted.national_system) if wanted.national_system else []
    phones = [text_of(one, "value") for one in listed(patient, "telecom") if text_of(one, "system") in ("phone", "sms")]
    return {
        "patient_id": wanted_of(identifiers(patient, wanted.patient_system), asked),
        "patient_name": _name(patient),
        "birth_date": text_of(patient, "birthDate"),
        "national_id": next(iter(national), ""),
        "telephone": next(filter(None, phones), ""),
    }


def _name(patient: Resource) -> str:
    """As it is written here: an official one, and characters before their transcription."""
    names = [(one, _written(one)) for one in listed(patient, "name") if text_of(one, "use") in _PREFERRED]
    ranked = sorted(names, key=lambda pair: (pair[1].isascii(), _PREFERRED.index(text_of(pair[0], "use"))))
    return ranked[0][1] if ranked else ""


def _written(name: Resource) -> str:
    if text := text_of(name, "text"):
        return text
    given = name.get("given")
    parts = [text_of(name, "family"), *(part for part in (given if isinstance(given, list) else []) if part)]
    words = [str(part) for part in parts if part]
    return (" " if all(map(str.isascii, words)) else "").join(words)


def document_columns(report: Resource) -> dict[str, Any]:
    """The PDF of a report: with it, or where it lies. A conclusion alone is no report."""
    for form in listed(report, "presentedForm"):
        kind = text_of(form, "contentType").partition(";")[0].strip().lower()
        if kind == "application/pdf" and (data := text_of(form, "data")):
            return {"pdf": data}
        if kind == "application/pdf" and (address := text_of(form, "url")):
            return {"pdf_url": address}
        if kind == "text/plain" and (data := text_of(form, "data")):
            return {"text": unpacked(data)}
    return {}


def stage_of(request: Resource, studies: Sequence[Resource], reports: Sequence[Resource]) -> str:
    """How far an order is: by its reports, else by its images, else by its own status; a word nobody knows stays."""
    own = text_of(request, "status")
    stage = REQUEST_STAGE.get(own)
    if stage is OrderStage.CANCELLED or (stage is None and own):
        return str(stage or own)
    statuses = [REPORT_STATUS.get(text_of(one, "status")) for one in reports]
    if ReportStatus.FINAL in statuses:
        return str(OrderStage.SIGNED)
    if None in statuses:
        return str(OrderStage.READING)
    if stage is not OrderStage.COMPLETE and any(text_of(one, "status") == "available" for one in studies):
        return str(OrderStage.SCANNED)
    return str(stage or "")
