"""The kiosk's composition root. Every adapter can be replaced by keyword; whatever joins two parts is given when the
later one is made, and nothing is set afterwards."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypedDict, Unpack

from kiosk.adapters.camera.eye import Eye, Listeners
from kiosk.adapters.documents.workshop import WorkshopRenderer
from kiosk.adapters.machine.file_lock import held
from kiosk.adapters.machine.instance_lock import InstanceLock
from kiosk.adapters.machine.probes_print import CupsProbe
from kiosk.adapters.machine.system import SystemClock
from kiosk.adapters.notifiers import notifier_of
from kiosk.adapters.readers.wedge import WedgeDetector
from kiosk.bootstrap.audit_out import lag_probes
from kiosk.bootstrap.codes import card_watch_of, code_event, code_rules, reading_probes, vouchers_of
from kiosk.bootstrap.desk import desk_of
from kiosk.bootstrap.desk_jobs import DeskJobs, desk_jobs_of
from kiosk.bootstrap.fleet.watch import reporter_of
from kiosk.bootstrap.keys import make_state_dir
from kiosk.bootstrap.printing import by_kind, cashier_probes, printers_of
from kiosk.bootstrap.probes import camera_probe, geometry_probes, printer_probes, staff_probe, surroundings
from kiosk.bootstrap.ris import connected
from kiosk.bootstrap.ris_rows import Connected
from kiosk.bootstrap.services import Adapters, Services, services_of
from kiosk.bootstrap.stores import archive_of, ledger_of
from kiosk.config import Kiosk, Settings
from kiosk.domain.faults import FaultCode
from kiosk.domain.health import Health
from kiosk.domain.person.codes import ClaimSource, CodeRules
from kiosk.domain.sheets.printing import DocumentKind
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.ports.archive import StudyArchive
from kiosk.ports.audit import AuditSink
from kiosk.ports.clock import Clock, Timers
from kiosk.ports.directory import Directory
from kiosk.ports.ledger import Ledger
from kiosk.ports.notifier import Notifier
from kiosk.ports.printer import Printer
from kiosk.ports.probe import Finding, Probe
from kiosk.ports.rendering import Renderer
from kiosk.ports.reports import ReportSource
from kiosk.ports.scanner import Wedge
from kiosk.runner import DocumentWorks, IdentityWorks, LinkWorks, PeopleWorks, Play, Post, Runner, VisitWorks
from kiosk.services.audit import Audit
from kiosk.services.desk.staff_desk import Desk
from kiosk.services.identity.vouchers import Vouchers
from kiosk.services.machine.fleet import Reporter
from kiosk.services.machine.lanes import Lanes
from kiosk.services.machine.supervisor import Supervisor
from kiosk.services.printing.print_service import PrintResult, PrintService
from kiosk.session.engine import Engine
from kiosk.session.events import HealthKnown, HintSeen
from kiosk.session.facts import Policy, Signs
from kiosk.session.screens.texts import all_texts
from kiosk.session.screens.view import preferences_of

if TYPE_CHECKING:
    from kiosk.adapters.readers.card_watch import CardWatch
    from kiosk.adapters.ris.web.vouchers import ServiceVouchers

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outlets:
    """Where the answers go: events to the engine, from any thread, and tones to the loudspeaker."""

    post: Post = lambda event: None
    play: Play = lambda name: None


@dataclass(frozen=True)
class Reconciliation:
    """Before the first visit: settle with the spooler what an earlier run left open."""

    kiosk: Kiosk
    services: Services

    def __call__(self) -> None:
        services = self.services
        with held(self.kiosk.state_dir / "reconcile.lock"):  # one program at a time
            results = [services.lanes.call("printer", self._settling(one)) for one in services.printing.values()]
        for kept in chain.from_iterable(results):
            if kept.reservation:
                states, printed = kept.reservation.states, kept.reservation.printed
                outcome = EventOutcome.UNCERTAIN if kept.fault else EventOutcome.OK
                services.audit.record(EventKind.RECONCILED, outcome, fault=kept.fault,
                                      serial=kept.reservation.serial, printed=printed, sheets=len(states))  # fmt: skip

    def _settling(self, service: PrintService) -> Callable[[], list[PrintResult]]:
        """What a living program beside this one is printing is its own to settle."""
        return lambda: service.reconcile(self.kiosk.id, alive=self.services.rooms.inhabited)


@dataclass(frozen=True)
class Application:
    """Everything wired. `close` lets go of all of it."""

    settings: Settings
    adapters: Adapters
    services: Services
    desk: Desk
    rules: CodeRules
    runner: Runner
    reconcile: Reconciliation
    supervisor: Supervisor
    eye: Eye | None
    card: CardWatch | None
    decoder: ServiceVouchers | None
    outlets: Outlets
    ris: Connected
    jobs: DeskJobs

    @property
    def lanes(self) -> Lanes:
        """Where work is done."""
        return self.services.lanes

    def engine(self, timers: Timers, on_change: Callable[[], None]) -> Engine:
        """The engine of a visit, on the thread to which `build` was told to post; `on_change` shows its view anew."""
        texts = all_texts(self.settings.hospital.desk_in)
        policy, home = policy_of(self.settings), preferences_of(self.settings.screens)
        return Engine(self.runner.run, texts, self.adapters.clock, timers, policy, home, on_change)

    def wedge(self) -> Wedge:
        """Takes key presses; whole bursts of a keyboard-wedge scanner become codes."""
        post, rules = self.outlets.post, self.rules
        return WedgeDetector(lambda text: post(code_event(text, "*", rules, ClaimSource.READER)))

    def doctor(self) -> list[Finding]:
        """Every probe, and the scheduler's configuration where this machine's own CUPS prints."""
        wanted = by_kind(self.settings.printers).values()
        own = any(one.kind == "cups" and not one.server for one in wanted)
        return [*self.supervisor.check(), *([CupsProbe().check()] if own else [])]

    def watch(self) -> None:
        """Start the supervisor, and look for cards; what is found is posted."""
        self.supervisor.start()
        if self.card:
            self.card.open()

    def close(self) -> None:
        """End lanes, workers, connections; remove this process's own private folder."""
        self.supervisor.close()
        closing = [one.close for one in (self.eye, self.card, self.decoder) if one]
        for close in closing:
            close()
        self.services.calls.close()
        self.lanes.close()
        self.adapters.renderer.close()
        self.ris.close()
        self.adapters.archive.close()
        self.adapters.ledger.close()
        self.services.rooms.close()


def policy_of(settings: Settings) -> Policy:
    """What the visit's rules need of the settings."""
    film, screens = settings.film, settings.screens
    return Policy(
        film=film.policy,
        film_by_modality=film.modality_policy,
        idle_s=screens.idle_s,
        warn_s=screens.warn_s,
        qr_s=screens.qr_s,
        done_s=screens.done_s,
        failed_s=screens.failed_s,
        staff_s=screens.staff_s,
        letters=settings.codes.letters,
        signs=_signs(settings),
        relation=settings.identity.relation,
        notices=settings.notifier.ready != "never" and settings.notifier.kind != "none",
    )


def _signs(settings: Settings) -> Signs:
    machine, kiosk = settings.machine, settings.kiosk
    return Signs(
        scanner=machine.scanner,
        report_tray=machine.report_tray,
        film_tray=machine.film_tray,
        id_card="" if machine.id_card == "none" else machine.id_card,
        voucher=bool(settings.voucher.url),
        nearest=kiosk.nearest,
        report_price=settings.reports.price,
        film_price=settings.film.price,
        report_hours=settings.reports.hours,
        upload_minutes=settings.cloud.upload_minutes,
    )


def instance_lock(settings: Settings) -> InstanceLock:
    """What keeps a second kiosk from starting on this machine."""
    return InstanceLock(settings.kiosk.state_dir / "running.lock")


class Replaced(TypedDict, total=False):
    """Adapters given instead of the configured ones."""

    archive: StudyArchive
    directory: Directory
    reports: ReportSource
    ledger: Ledger
    sink: AuditSink
    printers: dict[DocumentKind, Printer]
    renderer: Renderer
    clock: Clock
    notifier: Notifier


def build(settings: Settings, outlets: Outlets | None = None, **replaced: Unpack[Replaced]) -> Application:
    """Wire the kiosk. Raises KioskError CONFIG_INVALID or STORE_UNAVAILABLE where that cannot be."""
    outlets = outlets or Outlets()
    make_state_dir(settings.kiosk)
    clock = replaced.get("clock") or SystemClock(settings.hospital.time_zone)
    ledger = replaced.get("ledger") or ledger_of(settings, later=True)
    audit = Audit(replaced.get("sink") or ledger, settings.kiosk.id, clock)
    archive = replaced.get("archive") or archive_of(settings, clock, audit.foreign)
    ris = connected(settings, archive, audit, clock)
    adapters = _adapters(settings, ris, clock, ledger, replaced)
    services = services_of(settings, adapters, audit)
    jobs = desk_jobs_of(settings, adapters, services, archive)
    desk = desk_of(settings, adapters, services, jobs)
    rules = code_rules(settings.codes)
    wake = threading.Event()
    eye = _eye(settings, rules, outlets.post, wake)
    card, decoder = card_watch_of(settings.card, outlets.post), vouchers_of(settings.voucher)
    reconcile = Reconciliation(settings.kiosk, services)
    geometry = [] if "printers" in replaced else geometry_probes(settings)
    probes = [
        *surroundings(settings, adapters.archive, ledger, clock, services.rooms),
        staff_probe(ledger, settings.kiosk.id),
        camera_probe(eye),
        *reading_probes(card, decoder),
        *cashier_probes(services.payments),
        *printer_probes(settings, adapters.printers, services.lanes),
        *geometry,
        *ris.probes,
        *lag_probes(settings, ledger),
    ]
    return Application(
        settings=settings,
        adapters=adapters,
        services=services,
        desk=desk,
        rules=rules,
        runner=_runner(settings.kiosk.id, services, desk, ledger, outlets, eye, Vouchers(decoder)),
        reconcile=reconcile,
        supervisor=_supervisor(probes, reconcile, outlets.post, reporter_of(settings, ledger), wake),
        eye=eye,
        card=card,
        decoder=decoder,
        outlets=outlets,
        ris=ris,
        jobs=jobs,
    )


def _adapters(settings: Settings, ris: Connected, clock: Clock, ledger: Ledger, replaced: Replaced) -> Adapters:
    printers = replaced.get("printers")
    return Adapters(
        archive=ris.archive,
        directory=replaced.get("directory") or ris.directory,
        reports=replaced.get("reports") or ris.reports,
        ledger=ledger,
        printers=printers_of(settings.printers, settings.kiosk.state_dir) if printers is None else printers,
        renderer=replaced.get("renderer") or WorkshopRenderer(settings.hospital, settings.reports),
        clock=clock,
        notifier=replaced.get("notifier")
        or notifier_of(settings.notifier, settings.hospital, settings.screens.language),
        receipts=ris.receipts,
        unmatched=ris.unmatched,
        films=ris.films,
        merges=ris.merges,
    )


def _runner(
    kiosk: str,
    services: Services,
    desk: Desk,
    ledger: Ledger,
    outlets: Outlets,
    eye: Eye | None,
    vouchers: Vouchers,
) -> Runner:
    audit, lanes, rooms, post = services.audit, services.lanes, services.rooms, outlets.post
    visits = VisitWorks(
        lanes=lanes,
        ledger=ledger,
        audit=audit,
        rooms=rooms,
        verification=services.verification,
        documents=services.documents,
        kiosk=kiosk,
        forget_frames=eye.wipe if eye else lambda: None,
    )
    documents = DocumentWorks(
        lanes=lanes,
        lookup=services.lookup,
        documents=services.documents,
        delivery=services.delivery,
        notes=services.notes,
        rooms=rooms,
        audit=audit,
        post=post,
    )
    groups = (
        IdentityWorks(services.lookup, vouchers, services.verification, audit, post),
        documents,
        LinkWorks(services.lookup, services.links, post),
        PeopleWorks(services.calls, services.door, desk, post),
    )
    return Runner(lanes=lanes, audit=audit, visits=visits, groups=groups, post=post, play=outlets.play)


def _supervisor(
    probes: list[Probe], first: Callable[[], object], post: Post, note: Reporter, wake: threading.Event
) -> Supervisor:
    def tell(health: Health) -> None:
        post(HealthKnown(health))

    return Supervisor(probes, first=first, tell=tell, note=note, wake=wake)


def _eye(settings: Settings, rules: CodeRules, post: Post, wake: threading.Event) -> Eye | None:
    """The camera, if one is configured; what it reads and advises is posted. It is opened later."""
    if settings.camera.source == "none":
        return None

    def read(payload: str, symbology: str) -> None:
        post(code_event(payload, symbology, rules))

    def hint(word: str) -> None:
        post(HintSeen(word))

    def status(fault: FaultCode | None) -> None:
        log.info("camera: %s", fault or "well")
        wake.set()

    return Eye(settings.camera, settings.codes, Listeners(read, hint, status))
