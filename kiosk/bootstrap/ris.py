"""The hospital's information systems, as configured: without any, everything comes from the archive as before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TYPE_CHECKING

from kiosk.adapters.machine.probes import AskingProbe
from kiosk.adapters.ris.archive_directory import ArchiveDirectory
from kiosk.adapters.ris.archive_reports import ArchiveReports
from kiosk.adapters.ris.row_documents import RowDocuments
from kiosk.bootstrap.keys import make_state_dir, pseudonym_key
from kiosk.config import Settings, secret
from kiosk.domain.faults import FaultCode
from kiosk.ports.archive import Archive
from kiosk.ports.clock import Clock
from kiosk.ports.directory import Directory, Merges
from kiosk.ports.probe import Probe
from kiosk.ports.reports import FilmSource, OrderSource, ReportSource, UnmatchedItems
from kiosk.services.audit import Audit
from kiosk.services.joining.records import JoinedRecords
from kiosk.services.receipts import Receipts

if TYPE_CHECKING:
    from kiosk.adapters.inbox.store import InboxStore

MIB = 1 << 20
ADVICE = {
    FaultCode.ARCHIVE_UNREACHABLE: "Check the network and ris.database.url, and that the database runs.",
    FaultCode.ARCHIVE_DENIED: "Ask the hospital's IT for a user with SELECT on the view; check ris.database.password.",
    FaultCode.ARCHIVE_TIMEOUT: "Ask the hospital's IT for an index on the columns the view is searched by.",
    FaultCode.ARCHIVE_ERROR: "Run the SELECT by hand as the kiosk's user: the database refuses it.",
    FaultCode.ARCHIVE_TRUNCATED: "The SELECT answers more than one exam's rows: it has to use its binds.",
    FaultCode.CONFIG_INVALID: "Ask the hospital's IT to add the aliases to the view; docs/connectors.md lists them.",
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


def connected(settings: Settings, archive: Archive, audit: Audit, clock: Clock) -> Connected:
    """Wire what is configured. Raises KioskError CONFIG_INVALID."""
    wanted = settings.ris
    made = Connected(archive, ArchiveReports(archive), ArchiveDirectory(archive))
    zone = clock.now().tzinfo
    assert zone is not None  # noqa: S101 - the clock's contract
    orders: OrderSource | None = None
    if "sql" in (wanted.reports.kind, wanted.orders.kind, wanted.directory.kind):
        orders = _sql_sources(settings, made, zone, audit)
    if wanted.inbox.url:  # a desk settles what was received, whatever else reports and orders come from
        orders = _inbox_sources(settings, made, audit) or orders
    if wanted.receipts.kind == "sql":
        _receipts(settings, made, zone, clock)
    if orders or wanted.reports.kind != "archive":
        made.archive = JoinedRecords(archive, made.reports, orders, audit, wanted.orders.delivery)
    return made


def _sql_sources(settings: Settings, made: Connected, zone: tzinfo, audit: Audit) -> OrderSource | None:
    from kiosk.adapters.ris import sql_sources as sql
    from kiosk.adapters.ris.sql_views import HospitalDatabase, HospitalView

    wanted = settings.ris
    database = HospitalDatabase(wanted.database, secret(wanted.database.password).get_secret_value())
    made._closing.append(database.close)
    orders: OrderSource | None = None
    if wanted.reports.kind == "sql":
        one = wanted.reports
        most, seconds = settings.archive.report_mib * MIB, wanted.database.query_s
        documents = RowDocuments(one.url_prefixes, one.path_roots, most, seconds)
        view = HospitalView(database, one.select, sql.SqlReports.needed, sql.REPORT_COLUMNS)
        reports = sql.SqlReports(view, one.status, documents, zone, audit.foreign)
        made.reports = reports
        made.probes.append(AskingProbe("reports", reports.probe, ADVICE))
    if wanted.orders.kind == "sql":
        view = HospitalView(database, wanted.orders.select, sql.SqlOrders.needed, sql.ORDER_COLUMNS)
        orders = ordered = sql.SqlOrders(view, wanted.orders, zone, audit.foreign)
        made.probes.append(AskingProbe("orders", ordered.probe, ADVICE))
    if wanted.directory.kind == "sql":
        view = HospitalView(database, wanted.directory.select, sql.SqlDirectory.needed, sql.PERSON)
        directory = sql.SqlDirectory(view, audit.foreign)
        made.directory = directory
        made.probes.append(AskingProbe("directory", directory.probe, ADVICE))
    return orders


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
    from kiosk.adapters.ris.sql_receipts import SqlReceipts
    from kiosk.adapters.ris.sql_views import HospitalDatabase

    wanted = settings.ris
    database = HospitalDatabase(wanted.database, secret(wanted.database.password).get_secret_value(), writes=True)
    sink = SqlReceipts(database, wanted.receipts.statement, zone)
    outbox = SealedOutbox(make_state_dir(settings.kiosk) / "receipts.db", pseudonym_key(settings.kiosk))
    made.receipts = Receipts(outbox, sink, clock, settings.kiosk.id)
    made.probes.append(AskingProbe("receipts", made.receipts.ask, ADVICE))
    made._closing.append(made.receipts.close)
