"""The gateway's composition root: the inbox, the archive it looks into, what listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial

from kiosk.adapters.archive.dimse.link import DimseAddress, DimseLink, DimsePatience
from kiosk.adapters.archive.dimse.worklist import DimseWorklist
from kiosk.adapters.inbox.moved import MovedShelf
from kiosk.adapters.inbox.store import InboxStore
from kiosk.adapters.machine.system import SystemClock
from kiosk.adapters.symbols.zxing import ZxingDecoder
from kiosk.bootstrap.ris import inbox_store
from kiosk.bootstrap.stores import archive_of
from kiosk.config import GatewaySettings, Settings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.gateway.drop_folder import DropFolder
from kiosk.gateway.films.matching import SYMBOLOGIES, FilmTaker
from kiosk.gateway.films.print_scp import FilmServer
from kiosk.gateway.hl7_messages import MessagePlaces
from kiosk.gateway.matching import Inbox, WorklistOf
from kiosk.gateway.service import Gateway, Listening
from kiosk.gateway.store_scp import StoreServer, forget_moved
from kiosk.ports.archive import Archive

MIB, FILM_MIB = 1 << 20, 160  # an image box of 4480 × 5440 pixels in 16 bits is 47


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


def gateway_of(settings: Settings, port: int | None = None, film_port: int | None = None) -> GatewayParts:
    """Wire the gateway; `port` and `film_port` instead of the configured ones. Raises KioskError CONFIG_INVALID."""
    wanted, clock = settings.gateway, SystemClock(settings.hospital.time_zone)
    if not settings.ris.inbox.url:
        raise KioskError(FaultCode.CONFIG_INVALID, "the gateway needs ris.inbox.url and ris.inbox.key")
    zone = clock.now().tzinfo
    assert zone is not None  # noqa: S101 - the clock's contract
    store = inbox_store(settings)
    archive = archive_of(settings, clock)
    places = MessagePlaces(wanted.accession, wanted.study, wanted.hl7_charset, zone)
    inbox = Inbox(store, archive, places, wanted.purge_days, scheduled=_worklist(settings, zone))
    limit = wanted.message_mib * MIB
    chores: tuple[Callable[[], int], ...] = ()
    if wanted.drop_folder:
        chores += (DropFolder(wanted.drop_folder, inbox, limit).round,)
    listen = port if port is not None else wanted.hl7_port or -1
    films = film_port if film_port is not None else wanted.film_port or -1
    servers: tuple[Callable[[], Listening], ...] = ()
    if films >= 0:
        servers += (partial(_film_server, wanted, inbox, zone, films),)
    if wanted.store_port:
        shelf, largest = MovedShelf(store), settings.archive.instance_mib * MIB
        where = wanted.bind, wanted.store_port, wanted.store_ae
        servers += (partial(StoreServer, *where, shelf, largest, wanted.store_callers),)
        chores += (partial(forget_moved, shelf),)
    return GatewayParts(store, archive, inbox, Gateway(inbox, wanted.bind, listen, limit, chores, servers))


def _film_server(wanted: GatewaySettings, inbox: Inbox, zone: tzinfo, port: int) -> FilmServer:
    decoder = ZxingDecoder(SYMBOLOGIES) if wanted.film_codes else None
    taker = FilmTaker(inbox.keep, wanted.film_labels, zone, decoder)
    return FilmServer(wanted.bind, port, wanted.film_ae, taker.take, FILM_MIB * MIB, wanted.film_callers)


def _worklist(settings: Settings, zone: tzinfo) -> WorklistOf | None:
    wanted, patience = settings.gateway, DimsePatience(settings.archive.connect_s, settings.archive.read_s)
    if not wanted.worklist_host:
        return None
    address = DimseAddress(wanted.worklist_host, wanted.worklist_port, wanted.worklist_ae, wanted.film_ae)
    worklist = DimseWorklist(DimseLink(address, patience, settings.archive.character_set), zone)
    return lambda station, until: worklist.scheduled(station, until, wanted.worklist_hours)
