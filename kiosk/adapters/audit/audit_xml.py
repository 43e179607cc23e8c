"""One audit event as PS3.15 A.5 XML in a syslog message (RFC 5424; IHE ITI TF-2 3.20).

Nothing is in it that is not in the trail: people and exams are keyed pseudonyms there too.
"""

from __future__ import annotations

import xml.etree.ElementTree as Xml
from datetime import UTC, datetime

from kiosk.domain.trail import AuditRecord, EventKind, EventOutcome, UnknownWord

# PS3.16 CID 400
APPLICATION, _EXPORT, _QUERY = ("110100", "Application Activity"), ("110106", "Export"), ("110112", "Query")
_SECURITY, _LOGIN = ("110113", "Security Alert"), ("110114", "User Authentication")
_LOG_USED, _READ = ("110101", "Audit Log Used"), ("110103", "DICOM Instances Accessed")
EVENT_IDS: dict[EventKind | UnknownWord, tuple[str, str]] = {
    EventKind.DOCUMENT_PRINTED: _EXPORT,
    EventKind.DOCUMENT_MISSING: _EXPORT,
    EventKind.DOCUMENT_UNCERTAIN: _EXPORT,
    EventKind.LINK_MADE: _EXPORT,
    EventKind.EXAMS_LISTED: _QUERY,
    EventKind.STAFF_SEARCH: _QUERY,
    EventKind.REPORT_PREVIEWED: _READ,
    EventKind.FILM_MADE: _READ,
    EventKind.IDENTITY_RIGHT: _LOGIN,
    EventKind.IDENTITY_WRONG: _LOGIN,
    EventKind.IDENTITY_LOCKED: _LOGIN,
    EventKind.STAFF_LOGIN: _LOGIN,
    EventKind.LOG_EXPORTED: _LOG_USED,
    EventKind.FOREIGN_OBJECT: _SECURITY,
    EventKind.PATIENT_COLLISION: _SECURITY,
    EventKind.TRAIL_BROKEN: _SECURITY,
    EventKind.TRAIL_RENEWED: _SECURITY,
    EventKind.STORE_QUARANTINED: _SECURITY,
}
OUTCOMES = {EventOutcome.OK: "0", EventOutcome.NOTICED: "0", EventOutcome.REFUSED: "4", EventOutcome.UNCERTAIN: "4",
             EventOutcome.FAILED: "8", EventOutcome.ALARM: "12"}  # fmt: skip
_PRIORITY = 10 * 8 + 5  # security messages, notice
ENTERPRISE = "32473"  # RFC 5612: a number for examples; the element is ours and read by nobody else


def outcome_of(record: AuditRecord) -> str:
    """0 success, 4 minor, 8 serious, 12 major (PS3.15 A.5); a word of a later version counts as the worst."""
    return OUTCOMES[record.outcome] if isinstance(record.outcome, EventOutcome) else "12"


def instant_of(record: AuditRecord) -> str:
    """UTC, milliseconds."""
    return datetime.fromtimestamp(record.when, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def audit_message(record: AuditRecord) -> str:
    """The XML of one event."""
    root = Xml.Element("AuditMessage")
    _event(root, record)
    who = record.actor or record.subject or record.kiosk
    Xml.SubElement(root, "ActiveParticipant", UserID=who, UserIsRequestor="true",
                   NetworkAccessPointID=record.kiosk, NetworkAccessPointTypeCode="1")  # fmt: skip
    Xml.SubElement(root, "AuditSourceIdentification", AuditSourceID=record.kiosk)
    if record.subject:
        person = Xml.SubElement(root, "ParticipantObjectIdentification", ParticipantObjectID=record.subject,
                                ParticipantObjectTypeCode="1", ParticipantObjectTypeCodeRole="1")  # fmt: skip
        _code(person, "ParticipantObjectIDTypeCode", "2", "RFC-3881", "Patient Number")
    if record.details:
        told = Xml.SubElement(root, "ParticipantObjectIdentification", ParticipantObjectID=str(record.number),
                              ParticipantObjectTypeCode="2", ParticipantObjectTypeCodeRole="13")  # fmt: skip
        _code(told, "ParticipantObjectIDTypeCode", "event", "99KIOSK", "Event of the kiosk's trail")
        for name, value in record.details.items():
            Xml.SubElement(told, "ParticipantObjectDetail", type=name, value=str(value))
    return Xml.tostring(root, encoding="unicode")


def _event(root: Xml.Element, record: AuditRecord) -> None:
    event = Xml.SubElement(root, "EventIdentification", EventActionCode="E", EventDateTime=instant_of(record),
                           EventOutcomeIndicator=outcome_of(record))  # fmt: skip
    code, meaning = EVENT_IDS.get(record.kind, APPLICATION)
    _code(event, "EventID", code, "DCM", meaning)
    _code(event, "EventTypeCode", str(record.kind), "99KIOSK", str(record.kind).replace("-", " "))


def _code(parent: Xml.Element, name: str, code: str, system: str, meaning: str) -> None:
    Xml.SubElement(parent, name, {"csd-code": code, "codeSystemName": system, "originalText": meaning})


def syslog_message(record: AuditRecord) -> bytes:
    """RFC 5424, with the event's number, by which a receiver tells what came twice."""
    host = "".join(c for c in record.kiosk if 33 <= ord(c) <= 126)[:255] or "-"
    number = f'[trail@{ENTERPRISE} number="{record.number}"]'
    head = f"<{_PRIORITY}>1 {instant_of(record)} {host} kiosk - DICOM+RFC3881 {number} "
    return head.encode() + b"\xef\xbb\xbf" + audit_message(record).encode()
