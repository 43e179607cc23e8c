"""The desk's jobs: its printers by name, and what prints on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kiosk.bootstrap.keys import pseudonym_key
from kiosk.bootstrap.printing import media_of, one_printer, print_service
from kiosk.bootstrap.services import Adapters, Services
from kiosk.config import Settings, WardPrinter
from kiosk.domain.sheets.printing import DocumentKind
from kiosk.imaging.film.protocols import load_protocols
from kiosk.ports.archive import RecentStudies
from kiosk.services.desk.patients import PatientFiles
from kiosk.services.desk_jobs.book import JobBook
from kiosk.services.desk_jobs.films import FilmOffers
from kiosk.services.desk_jobs.printers import DeskOutlet, DeskPrinters
from kiosk.services.desk_jobs.runner import JobPrinter, JobRunner
from kiosk.services.desk_jobs.sealing import StudySeal
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import RememberedPseudonyms
from kiosk.services.printing.print_service import PrintService
from kiosk.services.printing.queues import Queues
from kiosk.services.worklist.today import TodayList


@dataclass(frozen=True)
class DeskJobs:
    """What the desk's services and the runner of its jobs share. `wards`: the printers beside its own two."""

    files: PatientFiles
    today: TodayList
    book: JobBook
    printers: DeskPrinters
    printer: JobPrinter
    wards: tuple[tuple[DocumentKind, PrintService], ...]

    def runner(self, adapters: Adapters) -> JobRunner:
        """Only a desk in browsers runs jobs; a panel at a kiosk has them carried out there."""
        return JobRunner(adapters.ledger, self.printer)


def desk_jobs_of(
    settings: Settings, adapters: Adapters, services: Services, recent: RecentStudies
) -> DeskJobs:
    """All of it, on the kiosk's own services."""
    ledger, names = adapters.ledger, services.pseudonyms
    files = PatientFiles(adapters.archive, services.lookup, ledger, names, settings.identity.limits)
    book = JobBook(ledger, files, StudySeal(pseudonym_key(settings.kiosk)))
    wards = dict(_wards(settings, adapters))
    own = {str(kind): DeskOutlet(kind, one, services.delivery) for kind, one in services.printing.items()}
    more = {name: _outlet(settings, services, kind, one) for name, (kind, one) in wards.items()}
    printers = DeskPrinters({**own, **more}, services.lanes)
    printer = JobPrinter(files, printers, book, names, services.rooms)
    today = TodayList(adapters.archive, recent, _lookup(settings, adapters, services), adapters.clock.now,
                      settings.desk.worklist_days)  # fmt: skip
    return DeskJobs(files, today, book, printers, printer, tuple(wards.values()))


def _lookup(settings: Settings, adapters: Adapters, services: Services) -> Lookup:
    """For the worklist only: it names the same thousands of exams again with every look."""
    return Lookup(
        archive=adapters.archive,
        directory=adapters.directory,
        ledger=adapters.ledger,
        pseudonyms=RememberedPseudonyms(pseudonym_key(settings.kiosk)),
        audit=services.audit,
        clock=adapters.clock,
        identity=settings.identity,
        reports=settings.reports,
    )


def film_offers(settings: Settings) -> FilmOffers:
    """The protocols of a modality, and the price."""

    def fitting(modality: str) -> tuple[str, ...]:
        wanted = modality.upper()
        return tuple(one.name for one in load_protocols() if not one.modalities or wanted in one.modalities)

    return FilmOffers(fitting, settings.film.price)


def _wards(settings: Settings, adapters: Adapters) -> Iterator[tuple[str, tuple[DocumentKind, PrintService]]]:
    for one in settings.desk.printers:
        yield one.name, (DocumentKind(one.prints), _service(settings, adapters, one))


def _service(settings: Settings, adapters: Adapters, one: WardPrinter) -> PrintService:
    return print_service(one, one_printer(one, settings.kiosk.state_dir), adapters.ledger, adapters.clock)


def _outlet(settings: Settings, services: Services, kind: DocumentKind, one: PrintService) -> DeskOutlet:
    """Planned and handed out as on the desk's own printer of that kind, but there."""
    queues = Queues({**services.printing, kind: one}, media_of(settings), services.lanes, settings.kiosk.id)
    return DeskOutlet(kind, one, services.delivery.on(queues))


def reconciling(services: Services, jobs: DeskJobs) -> Iterator[Services]:
    """The services once for each printer beside the desk's own: an earlier run may have left something open there."""
    for kind, one in jobs.wards:
        yield replace(services, printing={kind: one})
