"""AuditEvents to a FHIR server: one POST a record, each with its receipt (201)."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.adapters.archive.dicomweb_http import Outgoing
from kiosk.adapters.ris.web.link import WebLink
from kiosk.domain.faults import FaultCode, KioskError


class FhirLine:
    """Implements kiosk.services.forwarding.AuditLine. What has a receipt is never repeated for a new connection."""

    open = True

    def __init__(self, link: WebLink) -> None:
        self._link = link

    def connect(self) -> None:
        """Nothing: every record opens what it needs."""

    def send(self, messages: Sequence[bytes]) -> None:
        """See the protocol. What stands before the one that was refused may come again."""
        for message in messages:
            headers = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
            try:
                self._link.tell(Outgoing("/AuditEvent", "POST", headers, message))
            except KioskError as fault:
                said = f"audit repository (FHIR): {fault.detail or fault.code}"
                raise KioskError(FaultCode.MESSAGE_NOT_SENT, said) from fault

    def close(self) -> None:
        """See the protocol."""
        self._link.close()
