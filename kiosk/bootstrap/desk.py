"""The staff's desk, put together of its services: the same for a panel at a kiosk and for a desk in a browser."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from kiosk.bootstrap.services import Adapters, Services
from kiosk.config import Settings
from kiosk.services.desk.account_desk import AccountDesk
from kiosk.services.desk.calls import CallDesk
from kiosk.services.desk.devices import DeviceDesk
from kiosk.services.desk.handing_out import HandOutDesk
from kiosk.services.desk.holds import HoldDesk
from kiosk.services.desk.kiosks import KioskDesk
from kiosk.services.desk.log_book import LogBook, LogDesk
from kiosk.services.desk.patients import PatientDesk, PatientFiles
from kiosk.services.desk.sheets import SheetDesk
from kiosk.services.desk.shifts import ShiftDesk
from kiosk.services.desk.staff_desk import Desk
from kiosk.services.desk.user import DeskTrail
from kiosk.services.machine.fleet import FleetOffice
from kiosk.statistics.office import FigureDesk, FigureSource


def desk_of(settings: Settings, adapters: Adapters, services: Services) -> Desk:
    """Every action of the desk, with one service that carries it out."""
    ledger, names, audit = adapters.ledger, services.pseudonyms, services.audit
    trail = DeskTrail(ledger, audit)
    files = PatientFiles(adapters.archive, services.lookup, ledger, names, settings.identity.limits)
    devices = DeviceDesk(services.printing, ledger, services.lanes)
    zone = ZoneInfo(settings.hospital.time_zone)
    book = LogBook(ledger, settings.kiosk.state_dir / "exports", zone)
    return Desk(
        audit,
        CallDesk(services.calls),
        PatientDesk(files, services.lookup, ledger, audit, trail),
        HandOutDesk(files, services.delivery, names, services.rooms, trail),
        HoldDesk(files, ledger, names, trail),
        devices,
        KioskDesk(FleetOffice(ledger, audit)),
        SheetDesk(devices, services.printing, ledger, trail),
        LogDesk(book, audit),
        AccountDesk(ledger, audit),
        ShiftDesk(ledger),
        FigureDesk(ledger, audit, FigureSource(settings.hospital.name_in, zone, adapters.clock.now)),
        four_eyes=settings.desk.four_eyes,
    )
