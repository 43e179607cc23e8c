"""One audit event as a FHIR R4 AuditEvent (4.0.1; codes as IHE BALP 1.1 and PS3.15 A.5 have them).

As in the XML nothing is in it that is not in the trail: people and exams are keyed pseudonyms.
"""

from __future__ import annotations

import json
from typing import Any

from kiosk.adapters.audit.audit_xml import APPLICATION, EVENT_IDS, instant_of, outcome_of
from kiosk.domain.orders import derived_uid
from kiosk.domain.trail import AuditRecord

DCM = "http://dicom.nema.org/resources/ontology/DCM"
KINDS = f"urn:oid:{derived_uid('kiosk', 'event-kind')}"
NUMBERS = f"urn:oid:{derived_uid('kiosk', 'event-number')}"
_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_SOURCE = "http://terminology.hl7.org/CodeSystem/security-source-type"


def audit_event(record: AuditRecord) -> bytes:
    """The JSON of one event."""
    code, meaning = EVENT_IDS.get(record.kind, APPLICATION)
    kind = str(record.kind)
    who = record.actor or record.subject or record.kiosk
    event = {
        "resourceType": "AuditEvent",
        "type": _coding(DCM, code, meaning),
        "subtype": [_coding(KINDS, kind, kind.replace("-", " "))],
        "action": "E",
        "recorded": instant_of(record),
        "outcome": outcome_of(record),
        "agent": [{
            "who": {"identifier": {"value": who}}, "requestor": True, "network": {"address": record.kiosk, "type": "1"},
        }],
        "source": {"observer": {"identifier": {"value": record.kiosk}}, "type": [_coding(_SOURCE, "1", "User Device")]},
        "entity": list(_entities(record)),
    }  # fmt: skip
    return json.dumps(event, ensure_ascii=False).encode()


def _entities(record: AuditRecord) -> list[dict[str, Any]]:
    """The event of the trail, whose number tells what came twice; and the person where there is one."""
    told: dict[str, Any] = {
        "what": {"identifier": {"system": NUMBERS, "value": f"{record.kiosk}/{record.number}"}},
        "type": _coding(_TYPE, "2", "System Object"),
        "role": _coding(_ROLE, "13", "Security Resource"),
    }
    if record.details:
        told["detail"] = [{"type": name, "valueString": str(value)} for name, value in record.details.items()]
    if not record.subject:
        return [told]
    person = {
        "what": {"identifier": {"value": record.subject}},
        "type": _coding(_TYPE, "1", "Person"),
        "role": _coding(_ROLE, "1", "Patient"),
    }
    return [told, person]


def _coding(system: str, code: str, display: str) -> dict[str, str]:
    return {"system": system, "code": code, "display": display}
