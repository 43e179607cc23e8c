"""The staff's desk, put together of its services: the same for a panel at a kiosk and for a desk in a browser."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from kiosk.bootstrap.desk_jobs import DeskJobs, film_offers
from kiosk.bootstrap.services import Adapters, Services
from kiosk.config import Settings
from kiosk.services.desk.account_desk import AccountDesk
from kiosk.services.desk.calls import CallDesk
from kiosk.services.desk.devices import DeviceDesk
from kiosk.services.desk.handing_out import HandOutDesk
from kiosk.services.desk.holds import HoldDesk
from kiosk.services.desk.inbox import InboxDesk
from kiosk.services.desk.kiosks import KioskDesk
from kiosk.services.desk.log_book import LogBook, LogDesk
from kiosk.services.desk.patients import PatientDesk
from kiosk.services.desk.sheets import SheetDesk
from kiosk.services.desk.shifts import ShiftDesk
from kiosk.services.desk.staff_desk import Desk
from kiosk.services.desk.user import DeskTrail
from kiosk.services.desk_jobs.batches import BatchDesk
from kiosk.services.desk_jobs.book import JobDesk
from kiosk.services.desk_jobs.films import FilmDesk, FilmSheets
from kiosk.services.machine.fleet import FleetOffice
from kiosk.services.worklist.desk import TodayDesk
from kiosk.statistics.office import FigureDesk, FigureSource


def desk_of(settings: Settings, adapters: Adapters, services: Services, jobs: DeskJobs) -> Desk:
    """Every action of the desk, with one service that carries it out."""
    ledger, names, audit = adapters.ledger, services.pseudonyms, services.audit
    trail, files = DeskTrail(ledger, audit), jobs.files
    devices = DeviceDesk(services.printing, ledger, services.lanes)
    zone = ZoneInfo(settings.hospital.time_zone)
    book = LogBook(ledger, settings.kiosk.state_dir / "exports", zone)
    sheets, offers = FilmSheets(services.documents, services.rooms), film_offers(settings)
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
        InboxDesk(adapters.unmatched, files, ledger, names, audit),
        FigureDesk(ledger, audit, FigureSource(settings.hospital.name_in, zone, adapters.clock.now)),
        FilmDesk(files, sheets, jobs.printers, jobs.book, names, trail, audit, offers),
        BatchDesk(jobs.book, jobs.printers, audit),
        JobDesk(jobs.book, audit),
        TodayDesk(jobs.today, audit),
        four_eyes=settings.desk.four_eyes,
    )
