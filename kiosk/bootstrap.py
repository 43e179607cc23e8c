"""The one composition root: settings -> adapters -> services -> engine. Every adapter can be replaced by argument."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kiosk.adapters.archive_limits import ByteLimits
from kiosk.adapters.camera.eye import Eye, Listeners
from kiosk.adapters.cups_printer import CupsPrinter
from kiosk.adapters.dicom_records import ReportReading
from kiosk.adapters.dicomweb import DicomWebArchive
from kiosk.adapters.dicomweb_http import Credentials, Patience, Transport
from kiosk.adapters.directory import ArchiveDirectory
from kiosk.adapters.folder_archive import FolderArchive
from kiosk.adapters.folder_printer import FolderPrinter
from kiosk.adapters.instance_lock import InstanceLock
from kiosk.adapters.notifiers import notifier_of
from kiosk.adapters.pdf_pages import extract_pages
from kiosk.adapters.probes import (
    AskingProbe,
    clock_ask,
    disk_ask,
    fonts_ask,
    no_camera,
)
from kiosk.adapters.probes_geometry import GeometryProbe
from kiosk.adapters.probes_print import CupsProbe, PrinterProbe
from kiosk.adapters.rendering import WorkshopRenderer
from kiosk.adapters.sql import SqlLedger
from kiosk.adapters.system import SystemClock
from kiosk.adapters.wedge import WedgeDetector
from kiosk.config import ArchiveSettings, PrinterSettings, Settings, secret
from kiosk.domain.codes import Alphabet, ClaimSource, CodeRules, fingerprint
from kiosk.domain.exam import ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.film import media_named
from kiosk.domain.printing import DocumentKind, Media
from kiosk.domain.roles import BADGE_PREFIX
from kiosk.ports.archive import Archive, Foreign, Suspicious
from kiosk.ports.clock import Clock, Timers
from kiosk.ports.ledger import Ledger
from kiosk.ports.notifier import Notifier
from kiosk.ports.printer import Printer
from kiosk.ports.probe import Finding, Probe
from kiosk.ports.rendering import Renderer
from kiosk.ports.scanner import Wedge
from kiosk.services.audit import Audit
from kiosk.services.calls import Calls
from kiosk.services.delivery import Delivery
from kiosk.services.desk import Desk
from kiosk.services.documents import Documents
from kiosk.services.lane_probe import LaneProbe
from kiosk.services.lanes import Lanes
from kiosk.services.links import Links
from kiosk.services.lookup import Lookup
from kiosk.services.printing import PrintService
from kiosk.services.pseudonyms import KEY_BYTES, Pseudonyms
from kiosk.services.rooms import Rooms
from kiosk.services.runner import Runner
from kiosk.services.staff_door import StaffDoor
from kiosk.services.supervisor import Supervisor
from kiosk.services.verification import Verification
from kiosk.session.engine import Engine
from kiosk.session.events import CodePresented, Event, HealthKnown, HintSeen, StaffGesture
from kiosk.session.facts import Policy
from kiosk.session.texts import all_texts

log = logging.getLogger(__name__)
MIB = 1 << 20


@dataclass(frozen=True)
class Adapters:
    """The real world, as this configuration has it."""

    archive: Archive
    ledger: Ledger
    printers: dict[DocumentKind, Printer]
    renderer: Renderer
    clock: Clock


@dataclass(frozen=True)
class Application:
    """Everything wired. `close` lets go of all of it."""

    settings: Settings
    adapters: Adapters
    pseudonyms: Pseudonyms
    rules: CodeRules
    lanes: Lanes
    rooms: Rooms
    audit: Audit
    runner: Runner
    printing: dict[DocumentKind, PrintService]
    desk: Desk
    supervisor: Supervisor
    eye: Eye | None
    calls: Calls

    def engine(self, timers: Timers, deliver: Callable[[Event], None]) -> Engine:
        """The engine of a visit; `deliver` brings events of all threads to its own."""
        texts = all_texts(self.settings.hospital.desk_in)
        self.runner.post = deliver
        clock = self.adapters.clock
        return Engine(self.runner.run, texts, clock, timers, policy_of(self.settings), self.settings.screens.language)

    def wedge(self, deliver: Callable[[Event], None]) -> Wedge:
        """Takes key presses; whole bursts of a keyboard-wedge scanner become codes."""
        return WedgeDetector(lambda text: deliver(code_event(text, "*", self.rules, ClaimSource.READER)))

    def doctor(self) -> list[Finding]:
        """Every probe, and the scheduler's configuration where this machine's own CUPS prints."""
        wanted = (self.settings.printers.report, self.settings.printers.film)
        own = any(one.kind == "cups" and not one.server for one in wanted)
        return [*self.supervisor.check(), *([CupsProbe().check()] if own else [])]

    def reconcile(self) -> None:
        """Before the first visit: settle with the spooler what an earlier run left open."""
        for service in self.printing.values():
            for kept in self.lanes.call("printer", lambda s=service: s.reconcile(self.settings.kiosk.id)):  # type: ignore[misc]
                if kept.reservation:
                    states, printed = kept.reservation.states, kept.reservation.printed
                    self.audit.record("reconciled", "uncertain" if kept.fault else "ok", fault=kept.fault,
                                      serial=kept.reservation.serial, printed=printed, sheets=len(states))  # fmt: skip

    def watch(self, deliver: Callable[[Event], None]) -> None:
        """Start the supervisor; what it finds goes to the engine."""
        self.supervisor.first = self.reconcile
        self.supervisor.tell = lambda health: deliver(HealthKnown(health))
        self.supervisor.start()

    def close(self) -> None:
        """End lanes, workers, connections; remove the private folder."""
        self.supervisor.close()
        if self.eye:
            self.eye.close()
        self.calls.close()
        self.lanes.close()
        self.adapters.renderer.close()
        self.adapters.ledger.close()
        self.rooms.close()


def policy_of(settings: Settings) -> Policy:
    """What the visit's rules need of the settings."""
    film, screens = settings.film, settings.screens
    return Policy(
        film.policy,
        film.modality_policy,
        screens.idle_s,
        screens.warn_s,
        screens.qr_s,
        screens.done_s,
        screens.failed_s,
        screens.staff_s,
        settings.codes.letters,
    )


def build(
    settings: Settings,
    *,
    archive: Archive | None = None,
    ledger: Ledger | None = None,
    printers: dict[DocumentKind, Printer] | None = None,
    renderer: Renderer | None = None,
    clock: Clock | None = None,
    notifier: Notifier | None = None,
) -> Application:
    """Wire the product. Raises KioskError CONFIG_INVALID or STORE_UNAVAILABLE where that cannot be."""
    clock = clock or SystemClock(settings.hospital.time_zone)
    settings.kiosk.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    alarms: list[Suspicious] = []

    def alarm(found: Foreign) -> None:
        for tell in alarms:
            tell(found)

    adapters = Adapters(
        archive or archive_of(settings, clock, alarm),
        ledger or ledger_of(settings),
        printers or printers_of(settings),
        renderer or WorkshopRenderer(settings),
        clock,
    )
    application = _wire(settings, adapters, notifier)
    alarms.append(application.audit.foreign)
    return application


def _wire(settings: Settings, adapters: Adapters, notifier: Notifier | None) -> Application:
    lanes, rooms = Lanes(), Rooms(settings.kiosk.private_dir)
    names = Pseudonyms(pseudonym_key(settings))
    ledger, archive, clock, kiosk = adapters.ledger, adapters.archive, adapters.clock, settings.kiosk.id
    audit = Audit(ledger, kiosk, clock)
    messages = notifier or notifier_of(settings)
    lookup = Lookup(archive, ArchiveDirectory(archive), ledger, names, audit, clock, settings, messages is not None)
    verification = Verification(ledger, audit, clock, settings.identity, kiosk, messages)
    documents, links = (
        Documents(archive, adapters.renderer, settings),
        Links(ledger, names, audit, clock, settings.cloud),
    )
    configured = {DocumentKind.REPORT: settings.printers.report, DocumentKind.FILM: settings.printers.film}
    printing = {
        kind: PrintService(ledger, printer, configured[kind], clock, extract_pages)
        for kind, printer in adapters.printers.items()
    }
    delivery = Delivery(lookup, documents, links, printing, media_of(settings), ledger, names, audit, lanes, settings)
    calls = Calls(ledger, audit, kiosk)
    desk = Desk(archive, lookup, delivery, printing, ledger, names, audit, lanes, rooms, calls, settings)
    door = StaffDoor(ledger, names, audit, kiosk)
    runner = Runner(
        lanes, lookup, verification, documents, delivery, links, desk, calls, door, audit, ledger, rooms, names,
        settings,
    )  # fmt: skip
    rules, supervisor = code_rules(settings), Supervisor()
    eye = eye_of(settings, rules, runner, supervisor)
    if eye:
        runner.forget_frames = eye.wipe
    supervisor.probes = _probes(settings, adapters, lanes, eye)
    parts = (names, rules, lanes, rooms, audit, runner, printing, desk, supervisor, eye, calls)
    return Application(settings, adapters, *parts)


def _probes(
    settings: Settings,
    adapters: Adapters,
    lanes: Lanes,
    eye: Eye | None,
) -> list[Probe]:
    def servers() -> list[datetime]:
        return adapters.archive.server_times() if isinstance(adapters.archive, DicomWebArchive) else []

    asks: dict[str, Callable[[], str]] = {
        "archive": adapters.archive.probe,
        "store": adapters.ledger.probe,
        "disk": disk_ask(settings.kiosk.state_dir),
        "clock": clock_ask(adapters.clock, servers),
        "fonts": fonts_ask,
        "camera": eye.ask if eye else no_camera,
    }
    media = media_of(settings)
    probes: list[Probe] = [AskingProbe(name, ask) for name, ask in asks.items()]
    for kind in DocumentKind:
        printer = adapters.printers.get(kind)
        if printer is None:
            probes.append(AskingProbe(f"printer {kind}", lambda kind=kind: _no_printer(kind)))  # type: ignore[misc]
        else:
            probes.append(LaneProbe(PrinterProbe(kind, printer, media[kind]), lanes))
        if isinstance(printer, CupsPrinter):
            probes.append(GeometryProbe(kind, CupsPrinter(getattr(settings.printers, kind)), media[kind]))
    return probes


def _no_printer(kind: DocumentKind) -> str:
    raise KioskError(FaultCode.PRINTER_MISSING, f"printers.{kind}.kind is none")


def eye_of(settings: Settings, rules: CodeRules, runner: Runner, supervisor: Supervisor) -> Eye | None:
    """The camera, if one is configured; what it reads and advises goes to the engine. It is opened later."""
    if settings.camera.source == "none":
        return None

    def read(payload: str, symbology: str) -> None:
        runner.post(code_event(payload, symbology, rules))

    def hint(word: str) -> None:
        runner.post(HintSeen(word))

    def status(fault: FaultCode | None) -> None:
        log.info("camera: %s", fault or "well")
        supervisor.look_now()

    return Eye(settings.camera, settings.codes, Listeners(read, hint, status))


def code_event(payload: str, symbology: str, rules: CodeRules, source: ClaimSource | None = None) -> Event:
    """What a scanned payload means: a staff badge, a claim, or an unknown code (logged as length and digest only)."""
    if payload.startswith(BADGE_PREFIX) and payload.isascii() and payload.isprintable():
        return StaffGesture(badge=payload[:64])
    claim = rules.parse(payload, symbology, source=source)
    if claim is None:
        log.info("unknown code: %s", fingerprint(payload))
    return CodePresented(claim)


def instance_lock(settings: Settings) -> InstanceLock:
    """What keeps a second kiosk from starting on this machine."""
    return InstanceLock(settings.kiosk.state_dir / "running.lock")


def archive_of(settings: Settings, clock: Clock, suspicious: Suspicious = lambda _: None) -> Archive:
    """The imaging platform."""
    zone = clock.now().tzinfo
    assert zone is not None  # noqa: S101 - the clock's contract
    reading = ReportReading(zone, ReportStatus(settings.reports.without_flag))
    wanted = settings.archive
    limits = ByteLimits(wanted.instance_mib * MIB, wanted.study_mib * MIB, wanted.report_mib * MIB)
    if wanted.kind == "dicomweb":
        transport = transport_of(wanted)
        return DicomWebArchive(transport, reading, limits, wanted.query_s, wanted.study_s, suspicious)
    # Its index names patients, so it lies beside the files it is of, never in the kiosk's own state.
    return FolderArchive(wanted.path, reading, wanted.path.with_name(f".{wanted.path.name}.index"), limits, suspicious)


def transport_of(wanted: ArchiveSettings) -> Transport:
    """The way to a DICOMweb server."""
    credentials = Credentials(wanted.user, secret(wanted.password), secret(wanted.token))
    return Transport(wanted.url, credentials, Patience(wanted.connect_s, wanted.read_s), wanted.ca_file)


def ledger_of(settings: Settings) -> Ledger:
    """The journal: SQLite in the state folder, or the fleet's PostgreSQL."""
    url = settings.ledger.url or f"sqlite:///{settings.kiosk.state_dir / 'ledger.db'}"
    password = secret(settings.ledger.password).get_secret_value()
    return SqlLedger(url, password=password, key=pseudonym_key(settings), kiosk=settings.kiosk.id)


def printers_of(settings: Settings) -> dict[DocumentKind, Printer]:
    """The queues that are configured."""
    wanted = {DocumentKind.REPORT: settings.printers.report, DocumentKind.FILM: settings.printers.film}
    return {kind: _printer(one) for kind, one in wanted.items() if one.kind != "none"}


def _printer(wanted: PrinterSettings) -> Printer:
    if wanted.kind == "cups":
        return CupsPrinter(wanted)
    return FolderPrinter(wanted.path, wanted.seconds_per_sheet)


def media_of(settings: Settings) -> dict[DocumentKind, Media]:
    """The sheet each kind of document is printed on."""
    paper, film = media_named(settings.reports.media), media_named(settings.film.media)
    return {
        DocumentKind.REPORT: Media(paper.pwg, *paper.hundredths),
        DocumentKind.FILM: Media(film.pwg, *film.hundredths, "film"),
    }


def code_rules(settings: Settings) -> CodeRules:
    """The accepted payloads."""
    patterns = [(name, one.pattern) for one in settings.codes.patterns for name in (one.formats or ("*",))]
    return CodeRules(patterns, Alphabet(settings.codes.letters, settings.codes.chinese))


def pseudonym_key(settings: Settings) -> bytes:
    """The hospital's key, or one of this kiosk's own, made at first start."""
    if settings.kiosk.pseudonym_key:
        return secret(settings.kiosk.pseudonym_key).get_secret_value().encode()
    return _own_key(settings.kiosk.state_dir / "pseudonym.key")


def _own_key(path: Path) -> bytes:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii").encode()
