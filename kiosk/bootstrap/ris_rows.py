"""Systems that answer in rows (views, web services, FHIR servers), wired as sources of a visit; and what `kiosk doctor`
advises where one does not answer as it should."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from kiosk.adapters.machine.probes import AskingProbe
from kiosk.adapters.ris.row_documents import RowDocuments
from kiosk.adapters.ris.row_sources import PointedDocuments, RowDirectory, RowOrders, RowReports, RowView
from kiosk.config import Settings
from kiosk.domain.exam import ReportStatus
from kiosk.domain.faults import FaultCode
from kiosk.domain.orders import OrderStage
from kiosk.ports.archive import Archive
from kiosk.ports.directory import Directory, Merges
from kiosk.ports.probe import Probe
from kiosk.ports.reports import FilmSource, OrderSource, ReportSource, UnmatchedItems
from kiosk.services.audit import Audit
from kiosk.services.receipts import Receipts

MIB = 1 << 20
ADVICE = {
    FaultCode.ARCHIVE_UNREACHABLE: "Check the network and ris.database.url, and that the database runs.",
    FaultCode.ARCHIVE_DENIED: "Ask the hospital's IT for a user with SELECT on the view; check ris.database.password.",
    FaultCode.ARCHIVE_TIMEOUT: "Ask the hospital's IT for an index on the columns the view is searched by.",
    FaultCode.ARCHIVE_ERROR: "Run the SELECT by hand as the kiosk's user: the database refuses it.",
    FaultCode.ARCHIVE_TRUNCATED: "The SELECT answers more than one exam's rows: it has to use its binds.",
    FaultCode.CONFIG_INVALID: "Ask the hospital's IT to add the aliases to the view; docs/connectors.md lists them.",
}

ADVICE_SERVICE = {
    FaultCode.ARCHIVE_UNREACHABLE: "Check the network and ris.service.url. HTTP 500 is how SOAP services refuse: have "
    "the hospital's IT compare the request (path, SOAPAction, body) with their WSDL.",
    FaultCode.ARCHIVE_DENIED: "Ask the hospital's IT whether this kiosk's address and its token or user are let in.",
    FaultCode.ARCHIVE_TIMEOUT: "Ask the hospital's IT why one number takes so long; ris.service.query_s is the limit.",
    FaultCode.ARCHIVE_ERROR: "Send the request by hand (curl): ask the hospital's IT for a sample of its answer, and "
    "compare rows, inner, success and columns with it.",
    FaultCode.ARCHIVE_TRUNCATED: "The service answers more than was asked for: the request has to hold the number.",
    FaultCode.CONFIG_INVALID: "Ask the hospital's IT for a sample answer; docs/connectors.md lists the aliases.",
}

ADVICE_FHIR = {
    FaultCode.ARCHIVE_UNREACHABLE: "Check the network and ris.fhir.url: below it /metadata has to answer.",
    FaultCode.ARCHIVE_DENIED: "Ask the hospital's IT for a token that may read Patient, ServiceRequest, ImagingStudy, "
    "DiagnosticReport and Binary; check ris.fhir.token.",
    FaultCode.ARCHIVE_TIMEOUT: "Ask the hospital's IT why a search takes so long; ris.fhir.query_s is the limit.",
    FaultCode.ARCHIVE_ERROR: "Open ris.fhir.url/metadata by hand: a FHIR R4 server answers with a CapabilityStatement.",
    FaultCode.ARCHIVE_TRUNCATED: "One patient has more resources than ris.fhir.rows.",
    FaultCode.CONFIG_INVALID: "Ask the hospital's IT for the searches of docs/conformance-fhir.md.",
}

ADVICE_INBOX = {
    FaultCode.ARCHIVE_UNREACHABLE: "Check the network and ris.inbox.url, and that the gateway's database runs.",
    FaultCode.ARCHIVE_DENIED: "ris.inbox.key or its password is not the gateway's.",
}


@dataclass
class Connected:
    """What takes part in a visit beside the archive. `archive` is the joined one where anything is joined."""

    archive: Archive
    reports: ReportSource
    directory: Directory
    receipts: Receipts | None = None
    unmatched: UnmatchedItems | None = None
    films: FilmSource | None = None
    merges: Merges | None = None
    probes: list[Probe] = field(default_factory=list)
    _closing: list[Callable[[], None]] = field(default_factory=list)

    def close(self) -> None:
        """Let go of all connections but the archive's."""
        for close in self._closing:
            close()


@dataclass(frozen=True)
class RowSystem:
    """One system. `view`: makes that of a source, from its aliases needed and read besides.

    `statuses`, `stages`: what its words mean where the configuration does not say otherwise.
    """

    kind: str
    view: Callable[[str, Sequence[str], Sequence[str]], RowView]
    documents: PointedDocuments
    advice: Mapping[FaultCode, str]
    statuses: Mapping[str, ReportStatus] = field(default_factory=dict)
    stages: Mapping[str, OrderStage] = field(default_factory=dict)


def row_documents(settings: Settings, seconds: float) -> RowDocuments:
    """PointedDocuments in rows and where rows point to."""
    wanted = settings.ris.reports
    return RowDocuments(wanted.url_prefixes, wanted.path_roots, settings.archive.report_mib * MIB, seconds)


def wire_rows(made: Connected, settings: Settings, system: RowSystem, zone: tzinfo, audit: Audit) -> OrderSource | None:
    """The sources that the configuration wants of this system, each with its probe; the orders are given back."""
    wanted, orders = settings.ris, None
    if wanted.reports.kind == system.kind:
        view = system.view("reports", RowReports.needed, RowReports.read)
        reports = RowReports(view, {**system.statuses, **wanted.reports.status}, system.documents, zone, audit.foreign)
        made.reports = reports
        made.probes.append(AskingProbe("reports", reports.probe, system.advice))
    if wanted.orders.kind == system.kind:
        view = system.view("orders", RowOrders.needed, RowOrders.read)
        orders = RowOrders(view, {**system.stages, **wanted.orders.stages}, zone, audit.foreign)
        made.probes.append(AskingProbe("orders", orders.probe, system.advice))
    if wanted.directory.kind == system.kind:
        view = system.view("directory", RowDirectory.needed, RowDirectory.read)
        directory = RowDirectory(view, audit.foreign)
        made.directory = directory
        made.probes.append(AskingProbe("directory", directory.probe, system.advice))
    return orders
