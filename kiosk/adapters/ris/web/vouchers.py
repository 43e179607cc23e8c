"""Health cards and e-vouchers: the code is posted once to the hospital's service, which answers with a number."""

from __future__ import annotations

from dataclasses import replace

from kiosk.adapters.archive.dicomweb_http import Outgoing
from kiosk.adapters.ris.row_values import text
from kiosk.adapters.ris.web.answers import AnswerReader
from kiosk.adapters.ris.web.link import WebLink
from kiosk.adapters.ris.web.templates import FilledTemplate
from kiosk.config.web import RequestTemplate
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person import national_id
from kiosk.domain.person.codes import Claim, ClaimKind, acceptable

KINDS = {
    "accession": ClaimKind.ACCESSION,
    "patient_id": ClaimKind.PATIENT_ID,
    "national_id": ClaimKind.NATIONAL_ID,
}
ANSWERS = (FaultCode.ARCHIVE_ERROR, FaultCode.ARCHIVE_DENIED, FaultCode.TOO_LARGE)  # somebody is there


class ServiceVouchers:
    """Implements kiosk.ports.hospital.voucher.VoucherDecoder."""

    def __init__(self, link: WebLink, wanted: RequestTemplate) -> None:
        """Raises KioskError CONFIG_INVALID."""
        key = "voucher.request"
        self._link = link
        self._template = FilledTemplate(wanted, ("code",), key)
        self._reader = AnswerReader(wanted, key, FaultCode.VOUCHER_REFUSED)
        if self._template.places != {"code"} or not set(self._reader.aliases) & set(KINDS):
            raise KioskError(FaultCode.CONFIG_INVALID, f"{key}: it needs {{code}}, and a column of {', '.join(KINDS)}")

    def decode(self, claim: Claim) -> Claim:
        """See the port. What the service answers is a number like any other: no wildcard gets through."""
        answer = self._link.tell(self._template.request({"code": claim.value}))
        rows = self._reader.rows(answer.body, answer.content_type, 1)
        for alias, kind in KINDS.items():
            number = text(rows[0], alias, 64) if rows else ""
            if kind is ClaimKind.NATIONAL_ID:
                number = national_id.check(number).number
            if number and not acceptable(number):
                raise KioskError(FaultCode.ARCHIVE_ERROR, "the service answers with what is no number")
            if number:
                return replace(claim, kind=kind, value=number)
        raise KioskError(FaultCode.VOUCHER_REFUSED, "the service names nobody")

    def probe(self) -> str:
        """Whether the service is there; codes are not tried, which such services count. Raises KioskError."""
        try:
            self._link.tell(Outgoing("/"))
        except KioskError as fault:
            if fault.code not in ANSWERS:
                raise
        return "the service answers; only a real code proves more"

    def close(self) -> None:
        """Let go of the connections."""
        self._link.close()
