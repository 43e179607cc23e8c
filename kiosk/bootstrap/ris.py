"""The hospital's information systems, as configured: without any, everything comes from the archive as before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from kiosk.adapters.machine.probes import AskingProbe
from kiosk.adapters.ris.archive_directory import ArchiveDirectory
from kiosk.adapters.ris.archive_reports import ArchiveReports
from kiosk.adapters.ris.row_sources import RowView
from kiosk.bootstrap.keys import make_state_dir, pseudonym_key
from kiosk.bootstrap.ris_rows import (
    ADVICE,
    ADVICE_FHIR,
    ADVICE_INBOX,
    ADVICE_SERVICE,
    Connected,
    RowSystem,
    row_documents,
    wire_rows,
)
from kiosk.config import RisSettings, Settings, secret
from kiosk.domain.orders import OrderStage
from kiosk.ports.archive import Archive
from kiosk.ports.clock import Clock
from kiosk.ports.receipts import ReceiptSink
from kiosk.ports.reports import OrderSource
from kiosk.services.audit import Audit
from kiosk.services.joining.records import JoinedRecords
from kiosk.services.receipts import Receipts

if TYPE_CHECKING:
    from kiosk.adapters.inbox.store import InboxStore




def connected(settings: Settings, archive: Archive, audit: Audit, clock: Clock) -> Connected:
    """Wire what is configured. Raises KioskError CONFIG_INVALID."""
    wanted = settings.ris
    made = Connected(archive, ArchiveReports(archive), ArchiveDirectory(archive))
    zone = clock.now().tzinfo
    assert zone is not None  # noqa: S101 - the clock's contract
    orders: OrderSource | None = None
    kinds = (wanted.reports.kind, wanted.orders.kind, wanted.directory.kind)
    for kind, wire in (("sql", _sql_sources), ("http", _http_sources), ("fhir", _fhir_sources)):
        if kind in kinds:
            orders = wire(settings, made, zone, audit) or orders
    if wanted.inbox.url:  # a desk settles what was received, whatever else reports and orders come from
        orders = _inbox_sources(settings, made, audit) or orders
    if wanted.receipts.kind != "none":
        _receipts(settings, made, zone, clock)
    if orders or wanted.reports.kind != "archive":
        made.archive = JoinedRecords(archive, made.reports, orders, audit, wanted.orders.delivery)
    return made


def _sql_sources(settings: Settings, made: Connected, zone: tzinfo, audit: Audit) -> OrderSource | None:
    from kiosk.adapters.ris.sql_views import HospitalDatabase, HospitalView

    wanted = settings.ris
    database = HospitalDatabase(wanted.database, secret(wanted.database.password).get_secret_value())
    made._closing.append(database.close)

    def view(source: str, needed: Sequence[str], more: Sequence[str]) -> RowView:
        return HospitalView(database, getattr(wanted, source).select, needed, more)

    documents = row_documents(settings, wanted.database.query_s)
    return wire_rows(made, settings, RowSystem("sql", view, documents, ADVICE), zone, audit)


def _http_sources(settings: Settings, made: Connected, zone: tzinfo, audit: Audit) -> OrderSource | None:
    from kiosk.adapters.ris.web.link import WebLink
    from kiosk.adapters.ris.web.service_views import ServiceDocuments, ServiceView

    wanted = settings.ris
    link = WebLink(wanted.service, "ris.service")
    made._closing.append(link.close)

    def view(source: str, needed: Sequence[str], _: Sequence[str]) -> RowView:
        own = [one for one in needed if not ("pdf" in one.split("|") and wanted.reports.document)]
        key = f"ris.{source}.requests"
        return ServiceView(link, getattr(wanted, source).requests, own, key, wanted.service.try_with)

    beside = row_documents(settings, wanted.service.query_s)
    documents = ServiceDocuments(link, wanted.reports.document, beside)
    return wire_rows(made, settings, RowSystem("http", view, documents, ADVICE_SERVICE), zone, audit)


def _fhir_sources(settings: Settings, made: Connected, zone: tzinfo, audit: Audit) -> OrderSource | None:
    from kiosk.adapters.ris.web import fhir_views as fhir
    from kiosk.adapters.ris.web.fhir_server import FhirServer
    from kiosk.adapters.ris.web.fhir_values import REPORT_STATUS
    from kiosk.adapters.ris.web.link import WebLink

    wanted = settings.ris.fhir
    link = WebLink(wanted, "ris.fhir")
    made._closing.append(link.close)
    server = FhirServer(link, wanted.url)
    records = fhir.FhirRecords(server, wanted)
    views: dict[str, Callable[[fhir.FhirRecords], RowView]] = {
        "reports": fhir.FhirReportView, "orders": fhir.FhirOrderView, "directory": fhir.FhirPersonView,
    }  # fmt: skip

    def view(source: str, _: Sequence[str], __: Sequence[str]) -> RowView:
        return views[source](records)

    documents = fhir.FhirDocuments(server, row_documents(settings, wanted.query_s))
    stages = {str(stage): stage for stage in OrderStage}
    system = RowSystem("fhir", view, documents, ADVICE_FHIR, REPORT_STATUS, stages)
    return wire_rows(made, settings, system, zone, audit)


def inbox_store(settings: Settings) -> InboxStore:
    """The inbox that the gateway fills. Raises KioskError CONFIG_INVALID."""
    from kiosk.adapters.inbox.store import InboxStore

    wanted = settings.ris.inbox
    password, key = secret(wanted.password).get_secret_value(), secret(wanted.key).get_secret_value()
    return InboxStore(wanted, password, key)


def _inbox_sources(settings: Settings, made: Connected, audit: Audit) -> OrderSource | None:
    from kiosk.adapters.inbox import sources as inbox
    from kiosk.adapters.inbox.decisions import InboxDecisions
    from kiosk.adapters.inbox.films import InboxFilms

    wanted, store = settings.ris, inbox_store(settings)
    made._closing.append(store.close)
    made.unmatched, made.films, made.merges = InboxDecisions(store), InboxFilms(store), inbox.InboxMerges(store)
    orders: OrderSource | None = None
    if wanted.reports.kind == "inbox":
        reports = inbox.InboxReports(store, audit.foreign)
        made.reports = reports
        made.probes.append(AskingProbe("reports", reports.probe, ADVICE_INBOX))
    if wanted.orders.kind == "inbox":
        orders = ordered = inbox.InboxOrders(store)
        made.probes.append(AskingProbe("orders", ordered.probe, ADVICE_INBOX))
    if wanted.directory.kind == "inbox":
        made.directory = inbox.InboxDirectory(store, audit.foreign)
    return orders


def _receipts(settings: Settings, made: Connected, zone: tzinfo, clock: Clock) -> None:
    from kiosk.adapters.ris.outbox import SealedOutbox

    outbox = SealedOutbox(make_state_dir(settings.kiosk) / "receipts.db", pseudonym_key(settings.kiosk))
    made.receipts = Receipts(outbox, _receipt_sink(settings.ris, zone), clock, settings.kiosk.id)
    advice = ADVICE if settings.ris.receipts.kind == "sql" else ADVICE_SERVICE
    made.probes.append(AskingProbe("receipts", made.receipts.ask, advice))
    made._closing.append(made.receipts.close)


def _receipt_sink(wanted: RisSettings, zone: tzinfo) -> ReceiptSink:
    if wanted.receipts.request and wanted.receipts.kind == "http":
        from kiosk.adapters.ris.web.link import WebLink
        from kiosk.adapters.ris.web.service_views import ServiceReceipts

        return ServiceReceipts(WebLink(wanted.service, "ris.service"), wanted.receipts.request, zone)
    from kiosk.adapters.ris.sql_receipts import SqlReceipts
    from kiosk.adapters.ris.sql_views import HospitalDatabase

    database = HospitalDatabase(wanted.database, secret(wanted.database.password).get_secret_value(), writes=True)
    return SqlReceipts(database, wanted.receipts.statement, zone)
