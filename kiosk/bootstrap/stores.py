"""Where data come from and where they are kept: the archive, the directory, the ledger."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk.adapters.archive.dicom_records import ReportReading
from kiosk.adapters.archive.dicomweb import DicomWebArchive
from kiosk.adapters.archive.dicomweb_http import Credentials, Patience, Transport
from kiosk.adapters.archive.folder import FolderArchive
from kiosk.adapters.archive.limits import ByteLimits
from kiosk.adapters.audit.audit_xml import syslog_message
from kiosk.adapters.audit.cursor_file import CursorFile
from kiosk.adapters.audit.syslog import TlsSyslog
from kiosk.adapters.machine.probes import AskingProbe
from kiosk.adapters.sql import SqlLedger
from kiosk.bootstrap.keys import make_state_dir, pseudonym_key
from kiosk.bootstrap.ris import inbox_store
from kiosk.config import ArchiveSettings, Settings, secret
from kiosk.domain.exam import ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.archive import StudyArchive, Suspicious
from kiosk.ports.clock import Clock
from kiosk.ports.ledger import Ledger, TrailLedger
from kiosk.ports.probe import Probe
from kiosk.services.forwarding import Forwarding, lag_ask

if TYPE_CHECKING:
    from kiosk.adapters.archive.dimse.archive import Moves

MIB = 1 << 20


def archive_of(settings: Settings, clock: Clock, suspicious: Suspicious = lambda _: None) -> StudyArchive:
    """The imaging platform. Raises KioskError CONFIG_INVALID where C-MOVE is wanted and no gateway is named."""
    wanted, reports = settings.archive, settings.reports
    zone = clock.now().tzinfo
    assert zone is not None  # noqa: S101 - the clock's contract
    reading = ReportReading(zone, ReportStatus(reports.without_flag))
    limits = ByteLimits(wanted.instance_mib * MIB, wanted.study_mib * MIB, wanted.report_mib * MIB)
    if wanted.kind == "dicomweb":
        transport = transport_of(wanted)
        return DicomWebArchive(transport, reading, limits, wanted.query_s, wanted.study_s, suspicious)
    if wanted.kind == "dimse":
        return _dimse(settings, reading, limits, suspicious)
    # Its index names patients, so it lies beside the files it is of, never in the kiosk's own state.
    return FolderArchive(wanted.path, reading, wanted.path.with_name(f".{wanted.path.name}.index"), limits, suspicious)


def _dimse(
    settings: Settings, reading: ReportReading, limits: ByteLimits, suspicious: Suspicious
) -> StudyArchive:
    from kiosk.adapters.archive.dimse.archive import DimseArchive
    from kiosk.adapters.archive.dimse.link import DimseAddress, DimseLink, DimsePatience

    wanted, moves = settings.archive, _moves(settings)
    address = DimseAddress(
        wanted.host, wanted.port, wanted.called_ae, wanted.calling_ae, wanted.tls, wanted.ca_file
    )
    link = DimseLink(address, DimsePatience(wanted.connect_s, wanted.read_s), wanted.character_set)
    return DimseArchive(link, reading, limits, wanted.study_s, wanted.read_s, suspicious, moves)


def _moves(settings: Settings) -> Moves | None:
    if settings.archive.retrieve == "get":
        return None
    from kiosk.adapters.archive.dimse.archive import Moves
    from kiosk.adapters.inbox.moved import MovedShelf

    if not settings.ris.inbox.url:
        raise KioskError(FaultCode.CONFIG_INVALID, "archive.retrieve move needs ris.inbox.url: the gateway's database")
    store = inbox_store(settings)
    return Moves(settings.archive.move_to, MovedShelf(store), store.close)


def transport_of(wanted: ArchiveSettings) -> Transport:
    """The way to a DICOMweb server."""
    credentials = Credentials(wanted.user, secret(wanted.password), secret(wanted.token))
    return Transport(wanted.url, credentials, Patience(wanted.connect_s, wanted.read_s), wanted.ca_file)


def ledger_of(settings: Settings, later: bool = False) -> Ledger:
    """The journal: SQLite in the state folder, or the fleet's PostgreSQL; with `later` opened when first needed."""
    state = make_state_dir(settings.kiosk)
    url = settings.ledger.url or f"sqlite:///{state / 'ledger.db'}"
    password = secret(settings.ledger.password).get_secret_value()
    key, kiosk = pseudonym_key(settings.kiosk), settings.kiosk.id
    return SqlLedger(url, password=password, key=key, anchor=state / "trail.anchor", kiosk=kiosk, later=later)


AUDIT_ADVICE = {FaultCode.MESSAGE_NOT_SENT: "See that `kiosk audit forward` runs, and what it says of the repository."}


def _cursor(settings: Settings) -> CursorFile:
    return CursorFile(settings.kiosk.state_dir / "audit-forward.cursor")


def forwarding_of(settings: Settings, trail: TrailLedger) -> tuple[Forwarding, Callable[[], None]]:
    """The forwarding, and what ends its line. Raises KioskError CONFIG_INVALID where no repository is named."""
    wanted = settings.audit
    if not wanted.host:
        raise KioskError(FaultCode.CONFIG_INVALID, "audit.host: no audit repository is named")
    line = TlsSyslog(wanted.host, wanted.port, wanted.ca_file, wanted.cert_file, wanted.key_file)
    return Forwarding(trail, line, _cursor(settings), syslog_message), line.close


def lag_probes(settings: Settings, trail: TrailLedger) -> list[Probe]:
    """How far the repository is behind, where there is one."""
    if not settings.audit.host:
        return []
    return [AskingProbe("audit out", lag_ask(trail, _cursor(settings), time.time), AUDIT_ADVICE)]
