"""What the supervisor and `kiosk doctor` look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from kiosk.adapters.camera.eye import Eye
from kiosk.adapters.machine.probes import AskingProbe, ByChoice, clock_ask, disk_ask, fonts_ask, store_advice
from kiosk.adapters.machine.probes_geometry import GeometryProbe
from kiosk.adapters.machine.probes_print import PrinterProbe
from kiosk.adapters.printing.cups_printer import CupsPrinter
from kiosk.bootstrap.printing import by_kind, media_of
from kiosk.config import Settings
from kiosk.domain.faults import FaultCode
from kiosk.domain.sheets.printing import DocumentKind
from kiosk.ports.archive import Archive
from kiosk.ports.clock import Clock
from kiosk.ports.fleet import FleetLedger
from kiosk.ports.ledger import Ledger
from kiosk.ports.printer import Printer
from kiosk.ports.probe import Probe
from kiosk.services.machine.fleet import staff_ask
from kiosk.services.machine.lane_probe import LaneProbe
from kiosk.services.machine.lanes import Lanes
from kiosk.services.machine.rooms import Rooms
from kiosk.session.limits import PRINTING_S


def surroundings(settings: Settings, archive: Archive, ledger: Ledger, clock: Clock, rooms: Rooms) -> list[Probe]:
    """Archive, ledger, disk, clock and fonts."""
    times = {"archive": archive.server_time, "database": _database_time(ledger)}
    asks: dict[str, Callable[[], str]] = {
        "archive": archive.probe,
        "store": ledger.probe,
        "trail": ledger.attest,
        "disk": disk_ask(settings.kiosk.state_dir),
        "private": rooms.ask,
        "clock": clock_ask(clock, times),
        "fonts": fonts_ask,
    }
    advice = {"store": store_advice(settings.ledger)} if settings.ledger.url else {}
    return [AskingProbe(name, ask, advice.get(name, {})) for name, ask in asks.items()]


def staff_probe(ledger: FleetLedger, device: str) -> Probe:
    """Whether staff closed this kiosk."""
    return AskingProbe("staff", staff_ask(ledger, device))


def camera_probe(eye: Eye | None) -> Probe:
    """The camera's, or that there is none by choice."""
    return AskingProbe("camera", eye.ask) if eye else ByChoice("camera", FaultCode.CAMERA_MISSING, "camera.source")


def printer_probes(settings: Settings, printers: Mapping[DocumentKind, Printer], lanes: Lanes) -> list[Probe]:
    """Each queue, on the lane that owns its connection."""
    media = media_of(settings)
    return [
        LaneProbe(PrinterProbe(kind, printers[kind], media[kind]), lanes, PRINTING_S)
        if kind in printers
        else ByChoice(f"printer {kind}", FaultCode.PRINTER_MISSING, f"printers.{kind}.kind")
        for kind in DocumentKind
    ]


def geometry_probes(settings: Settings) -> list[Probe]:
    """Of the configured CUPS queues, each with a connection of its own: measuring takes a while."""
    media = media_of(settings)
    wanted = by_kind(settings.printers)
    return [GeometryProbe(kind, CupsPrinter(one), media[kind]) for kind, one in wanted.items() if one.kind == "cups"]


def _database_time(ledger: Ledger) -> Callable[[], datetime | None]:
    def ask() -> datetime | None:
        seconds = ledger.server_time()
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

    return ask
