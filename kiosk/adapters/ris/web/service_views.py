"""A web service of the hospital's as rows: requests by templates, answers by paths. SOAP is one kind of template."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from kiosk.adapters.ris.row_documents import RowDocuments
from kiosk.adapters.ris.row_values import RECEIPT, Row, receipt_values, text
from kiosk.adapters.ris.web.answers import AnswerReader
from kiosk.adapters.ris.web.link import WebLink
from kiosk.adapters.ris.web.templates import FilledTemplate
from kiosk.config.web import RequestTemplate
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.archive import StudyQuery
from kiosk.ports.receipts import PrintReceipt

ASKED_BY = ("accession", "patient", "national", "study", "visit")
DOCUMENT_BY = ("report_id", "version", "accession", "patient_id", "study_uid", "pdf_path")


class ServiceView:
    """Implements kiosk.adapters.ris.row_sources.RowView. Of several requests the first counts that can be filled."""

    def __init__(
        self, link: WebLink, requests: Sequence[RequestTemplate], needed: Sequence[str], key: str, try_with: str
    ) -> None:
        """`needed`: aliases of every request ("pdf|text": one of these). Raises KioskError CONFIG_INVALID."""
        self._link, self._needed, self._try_with = link, tuple(needed), try_with
        self._requests = [(FilledTemplate(one, ASKED_BY, key), AnswerReader(one, key)) for one in requests]
        for _, reader in self._requests:
            missing = _missing(needed, reader.aliases)
            if missing:
                raise KioskError(FaultCode.CONFIG_INVALID, f"{key}.columns lacks {', '.join(missing)}")

    def rows(self, query: StudyQuery, without: Sequence[str] = ()) -> list[Row]:
        """See the protocol."""
        values = _values(query)
        for template, reader in self._requests:
            if template.fits(values):
                answer = self._link.ask(template.request(values))
                return reader.rows(answer.body, answer.content_type, self._link.most, without)
        return []

    def answers(self, query: StudyQuery) -> bool:
        """See the protocol."""
        values = _values(query)
        return any(template.fits(values) for template, _ in self._requests)

    def check(self) -> str:
        """Every request with the number that is configured for it. Raises KioskError naming what is found nowhere."""
        values = dict.fromkeys(ASKED_BY, self._try_with)
        counts = [self._tried(*one, values) for one in self._requests]
        if not any(counts):
            return f"it answers; no row for {self._try_with}, so the columns are not proved (try_with)"
        return f"{sum(counts)} rows for {self._try_with}"

    def _tried(self, template: FilledTemplate, reader: AnswerReader, values: dict[str, str]) -> int:
        answer = self._link.ask(template.request(values))
        rows = reader.rows(answer.body, answer.content_type, self._link.most, ("pdf",))
        filled = {name for row in rows for name, value in row.items() if value} | {"pdf"}
        missing = _missing(self._needed, filled) if rows else []
        if missing:
            raise KioskError(FaultCode.CONFIG_INVALID, f"rows are found, but nothing in them for {', '.join(missing)}")
        return len(rows)


class ServiceDocuments:
    """Implements kiosk.adapters.ris.row_sources.PointedDocuments: by a request of its own, else what the row holds."""

    def __init__(self, link: WebLink, wanted: RequestTemplate | None, beside: RowDocuments) -> None:
        """Raises KioskError CONFIG_INVALID."""
        key = "ris.reports.document"
        self._link, self._beside = link, beside
        self._template = FilledTemplate(wanted, DOCUMENT_BY, key) if wanted else None
        self._reader = AnswerReader(wanted, key) if wanted else None

    def of(self, row: Row) -> bytes:
        """See the protocol."""
        values = {name: text(row, name) for name in DOCUMENT_BY}
        if not self._template or not self._reader or not self._template.fits(values):
            return self._beside.of(row)
        answer = self._link.ask(self._template.request(values))
        if self._reader.plain:
            return self._beside.paper(answer.body)
        rows = self._reader.rows(answer.body, answer.content_type, 1)
        return self._beside.of(rows[0] if rows else {})


class ServiceReceipts:
    """Implements kiosk.ports.receipts.ReceiptSink. The moment is the hospital's own time, without a zone."""

    def __init__(self, link: WebLink, wanted: RequestTemplate, zone: tzinfo) -> None:
        """Raises KioskError CONFIG_INVALID."""
        key = "ris.receipts.request"
        self._link, self._zone = link, zone
        self._template, self._reader = FilledTemplate(wanted, RECEIPT, key), AnswerReader(wanted, key)
        self._judged = bool(wanted.success)

    def printed(self, receipt: PrintReceipt) -> None:
        """See the port."""
        values = {name: str(value) for name, value in receipt_values(receipt, self._zone).items()}
        answer = self._link.tell(self._template.request(values))
        if self._judged:
            self._reader.tree(answer.body, answer.content_type)

    def close(self) -> None:
        """See the port."""
        self._link.close()


def _missing(needed: Sequence[str], there: Sequence[str] | set[str]) -> list[str]:
    return [name for name in needed if not set(name.split("|")) & set(there)]


def _values(query: StudyQuery) -> dict[str, str]:
    return {
        "accession": query.accession,
        "patient": query.patient_id,
        "national": query.national_id,
        "study": query.study_uid,
        "visit": query.visit_number,
    }
