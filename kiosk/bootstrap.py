"""The one composition root: settings -> adapters -> services -> engine. Every adapter can be replaced by argument."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from kiosk.adapters.archive.dicom_records import ReportReading
from kiosk.adapters.archive.dicomweb import DicomWebArchive
from kiosk.adapters.archive.dicomweb_http import Credentials, Patience, Transport
from kiosk.adapters.archive.folder import FolderArchive
from kiosk.adapters.archive.limits import ByteLimits
from kiosk.adapters.camera.eye import Eye, Listeners
from kiosk.adapters.documents.workshop import WorkshopRenderer
from kiosk.adapters.machine.file_lock import held, leave_to_owner
from kiosk.adapters.machine.instance_lock import InstanceLock
from kiosk.adapters.machine.probes import AskingProbe, ByChoice, clock_ask, disk_ask, fonts_ask, store_advice
from kiosk.adapters.machine.probes_geometry import GeometryProbe
from kiosk.adapters.machine.probes_print import CupsProbe, PrinterProbe
from kiosk.adapters.machine.system import SystemClock
from kiosk.adapters.notifiers import notifier_of
from kiosk.adapters.printing.cups_printer import CupsPrinter
from kiosk.adapters.printing.folder_printer import FolderPrinter
from kiosk.adapters.printing.pdf_pages import extract_pages
from kiosk.adapters.readers.wedge import WedgeDetector
from kiosk.adapters.ris.archive_directory import ArchiveDirectory
from kiosk.adapters.sql import SqlLedger
from kiosk.adapters.symbols.zxing import formats_of
from kiosk.config import ArchiveSettings, PrinterSettings, Settings, secret
from kiosk.domain.exam import ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.codes import Alphabet, ClaimSource, CodeRules, fingerprint
from kiosk.domain.roles import BADGE_PREFIX
from kiosk.domain.sheets.film import media_named
from kiosk.domain.sheets.printing import DocumentKind, Media
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.ports.archive import Archive, Foreign, Suspicious
from kiosk.ports.clock import Clock, Timers
from kiosk.ports.ledger import Ledger
from kiosk.ports.notifier import Notifier
from kiosk.ports.printer import Printer
from kiosk.ports.probe import Finding, Probe
from kiosk.ports.rendering import Renderer
from kiosk.ports.scanner import Wedge
from kiosk.services.audit import Audit
from kiosk.services.desk.calls import Calls
from kiosk.services.desk.staff_desk import Desk
from kiosk.services.desk.staff_door import StaffDoor
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import KEY_BYTES, Pseudonyms
from kiosk.services.identity.verification import Verification
from kiosk.services.links import Links
from kiosk.services.machine.lane_probe import LaneProbe
from kiosk.services.machine.lanes import Lanes
from kiosk.services.machine.rooms import Rooms
from kiosk.services.machine.supervisor import Supervisor
from kiosk.services.printing.delivery import Delivery
from kiosk.services.printing.documents import Documents
from kiosk.services.printing.print_service import PrintResult, PrintService
from kiosk.services.runner import Runner
from kiosk.session.engine import Engine
from kiosk.session.events import CodePresented, Event, HealthKnown, HintSeen, StaffGesture
from kiosk.session.facts import Policy
from kiosk.session.screens.texts import all_texts

log = logging.getLogger(__name__)
MIB = 1 << 20
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
MAKE_KEY = "python3 -c 'import secrets; print(secrets.token_hex(32))'"


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
        with held(self.settings.kiosk.state_dir / "reconcile.lock"):  # one program at a time
            results = [self.lanes.call("printer", self._settling(service)) for service in self.printing.values()]
        for kept in chain.from_iterable(results):
            if kept.reservation:
                states, printed = kept.reservation.states, kept.reservation.printed
                outcome = EventOutcome.UNCERTAIN if kept.fault else EventOutcome.OK
                self.audit.record(EventKind.RECONCILED, outcome, fault=kept.fault,
                                  serial=kept.reservation.serial, printed=printed, sheets=len(states))  # fmt: skip

    def _settling(self, service: PrintService) -> Callable[[], list[PrintResult]]:
        """What a living program beside this one is printing is its own to settle."""
        return lambda: service.reconcile(self.settings.kiosk.id, alive=self.rooms.inhabited)

    def watch(self, deliver: Callable[[Event], None]) -> None:
        """Start the supervisor; what it finds goes to the engine."""
        self.supervisor.first = self.reconcile
        self.supervisor.tell = lambda health: deliver(HealthKnown(health))
        self.supervisor.start()

    def close(self) -> None:
        """End lanes, workers, connections; remove this process's own private folder."""
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
    make_state_dir(settings)
    alarms: list[Suspicious] = []

    def alarm(found: Foreign) -> None:
        for tell in alarms:
            tell(found)

    adapters = Adapters(
        archive or archive_of(settings, clock, alarm),
        ledger or ledger_of(settings, later=True),
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
    supervisor.probes = _probes(settings, adapters, lanes, rooms, eye)
    parts = (names, rules, lanes, rooms, audit, runner, printing, desk, supervisor, eye, calls)
    return Application(settings, adapters, *parts)


def _probes(settings: Settings, adapters: Adapters, lanes: Lanes, rooms: Rooms, eye: Eye | None) -> list[Probe]:
    asks: dict[str, Callable[[], str]] = {
        "archive": adapters.archive.probe,
        "store": adapters.ledger.probe,
        "trail": adapters.ledger.attest,
        "disk": disk_ask(settings.kiosk.state_dir),
        "private": rooms.ask,
        "clock": clock_ask(adapters.clock, {"archive": _archive_time(adapters), "database": _database_time(adapters)}),
        "fonts": fonts_ask,
    }
    advice = {"store": store_advice(settings)} if settings.ledger.url else {}
    probes: list[Probe] = [AskingProbe(name, ask, advice.get(name, {})) for name, ask in asks.items()]
    without = ByChoice("camera", FaultCode.CAMERA_MISSING, "camera.source")
    probes.append(AskingProbe("camera", eye.ask) if eye else without)
    for kind in DocumentKind:
        probes += _printer_probes(kind, settings, adapters.printers.get(kind), lanes)
    return probes


def _printer_probes(kind: DocumentKind, settings: Settings, printer: Printer | None, lanes: Lanes) -> list[Probe]:
    if printer is None:
        return [ByChoice(f"printer {kind}", FaultCode.PRINTER_MISSING, f"printers.{kind}.kind")]
    media = media_of(settings)[kind]
    probes: list[Probe] = [LaneProbe(PrinterProbe(kind, printer, media), lanes)]
    if isinstance(printer, CupsPrinter):
        probes.append(GeometryProbe(kind, CupsPrinter(getattr(settings.printers, kind)), media))
    return probes


def _archive_time(adapters: Adapters) -> Callable[[], datetime | None]:
    """By the archive's last answer: the probe before this one asked it."""
    archive = adapters.archive
    return lambda: next(iter(archive.server_times()), None) if isinstance(archive, DicomWebArchive) else None


def _database_time(adapters: Adapters) -> Callable[[], datetime | None]:
    def ask() -> datetime | None:
        seconds = adapters.ledger.server_time()
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

    return ask


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


def ledger_of(settings: Settings, later: bool = False) -> Ledger:
    """The journal: SQLite in the state folder, or the fleet's PostgreSQL; with `later` opened when first needed."""
    state = make_state_dir(settings)
    url = settings.ledger.url or f"sqlite:///{state / 'ledger.db'}"
    password = secret(settings.ledger.password).get_secret_value()
    key, kiosk = pseudonym_key(settings), settings.kiosk.id
    return SqlLedger(url, password=password, key=key, anchor=state / "trail.anchor", kiosk=kiosk, later=later)


def make_state_dir(settings: Settings) -> Path:
    """The folder of ledger and keys. Raises KioskError DISK_FULL or STORE_UNAVAILABLE where it cannot be."""
    folder = settings.kiosk.state_dir
    with _kept(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@contextlib.contextmanager
def _kept(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        code = FaultCode.DISK_FULL if error.errno in DISK_FULL else FaultCode.STORE_UNAVAILABLE
        raise KioskError(code, f"{path}: {error.strerror}") from error


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
    """The accepted payloads. Raises KioskError CONFIG_INVALID naming what cannot be read or matched."""
    patterns = [(name, one.pattern) for one in settings.codes.patterns for name in (one.formats or ("*",))]
    try:
        formats_of([*settings.codes.formats, *(name for name, _ in patterns if name != "*")])
        return CodeRules(patterns, Alphabet(settings.codes.letters, settings.codes.chinese))
    except KioskError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"codes.formats: {error.detail}") from error
    except ValueError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"codes.patterns: {error}") from error


def pseudonym_key(settings: Settings) -> bytes:
    """The hospital's key, or one of this kiosk's own, made at first start. A short one could be guessed: refused."""
    if settings.kiosk.pseudonym_key:
        key, name = secret(settings.kiosk.pseudonym_key).get_secret_value().encode(), "kiosk.pseudonym_key"
    else:
        path = make_state_dir(settings) / "pseudonym.key"
        with _kept(path):
            key, name = _own_key(path), str(path)
    if len(key) < KEY_BYTES:
        raise KioskError(
            FaultCode.CONFIG_INVALID, f"{name} has {len(key)} bytes, {KEY_BYTES} are needed; make one with: {MAKE_KEY}"
        )
    return key


def _own_key(path: Path) -> bytes:
    """Written beside its place and then put there whole: of two programs that start at once both get the same."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            leave_to_owner(handle, path.parent)
            file.write(secrets.token_hex(KEY_BYTES))
            file.flush()
            os.fsync(handle)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_bytes().strip()
