"""The gateway's composition root: the inbox, the archive it looks into, what listens."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.adapters.inbox.store import InboxStore
from kiosk.adapters.machine.system import SystemClock
from kiosk.bootstrap.ris import inbox_store
from kiosk.bootstrap.stores import archive_of
from kiosk.config import Settings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.gateway.drop_folder import DropFolder
from kiosk.gateway.hl7_messages import MessagePlaces
from kiosk.gateway.matching import Inbox
from kiosk.gateway.service import Gateway
from kiosk.ports.archive import Archive

MIB = 1 << 20


@dataclass(frozen=True)
class GatewayParts:
    """Everything wired. `close` lets go of it."""

    store: InboxStore
    archive: Archive
    inbox: Inbox
    gateway: Gateway

    def close(self) -> None:
        """Let go of connections."""
        self.store.close()
        self.archive.close()


def gateway_of(settings: Settings, port: int | None = None) -> GatewayParts:
    """Wire the gateway; `port` instead of the configured one. Raises KioskError CONFIG_INVALID."""
    wanted, clock = settings.gateway, SystemClock(settings.hospital.time_zone)
    if not settings.ris.inbox.url:
        raise KioskError(FaultCode.CONFIG_INVALID, "the gateway needs ris.inbox.url and ris.inbox.key")
    zone = clock.now().tzinfo
    assert zone is not None  # noqa: S101 - the clock's contract
    store = inbox_store(settings)
    archive = archive_of(settings.archive, settings.reports, clock)
    places = MessagePlaces(wanted.accession, wanted.study, wanted.hl7_charset, zone)
    inbox = Inbox(store, archive, places, wanted.purge_days)
    limit = wanted.message_mib * MIB
    chores = (DropFolder(wanted.drop_folder, inbox, limit).round,) if wanted.drop_folder else ()
    listen = port if port is not None else wanted.hl7_port or -1
    return GatewayParts(store, archive, inbox, Gateway(inbox, wanted.bind, listen, limit, chores))
