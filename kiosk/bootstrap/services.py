"""The use cases, wired to the adapters: the part that a desk or a portal shares with the kiosk."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.bootstrap.cloud.links import link_maker_of, verify_address
from kiosk.bootstrap.keys import pseudonym_key
from kiosk.bootstrap.printing import media_of, payments_of, print_services
from kiosk.config import IdentitySettings, Settings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import Question
from kiosk.domain.sheets.printing import DocumentKind
from kiosk.ports.archive import Archive
from kiosk.ports.clock import Clock
from kiosk.ports.directory import Directory, Merges
from kiosk.ports.ledger import Ledger
from kiosk.ports.notifier import Notifier
from kiosk.ports.printer import Printer
from kiosk.ports.rendering import Renderer
from kiosk.ports.reports import FilmSource, ReportSource, UnmatchedItems
from kiosk.services.audit import Audit
from kiosk.services.desk.calls import Calls
from kiosk.services.desk.staff_door import StaffDoor
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.identity.verification import Verification
from kiosk.services.links import Links
from kiosk.services.machine.lanes import Lanes
from kiosk.services.machine.rooms import Rooms
from kiosk.services.printing.delivery import Delivery
from kiosk.services.printing.documents import Documents, PaperHead
from kiosk.services.printing.notes import Notes
from kiosk.services.printing.payments import Payments
from kiosk.services.printing.planning import Planner
from kiosk.services.printing.print_service import PrintService
from kiosk.services.printing.queues import Queues
from kiosk.services.receipts import Receipts


@dataclass(frozen=True)
class Adapters:
    """The real world, as this configuration has it."""

    archive: Archive
    directory: Directory
    reports: ReportSource
    ledger: Ledger
    printers: dict[DocumentKind, Printer]
    renderer: Renderer
    clock: Clock
    notifier: Notifier | None
    receipts: Receipts | None = None
    unmatched: UnmatchedItems | None = None
    films: FilmSource | None = None
    merges: Merges | None = None


@dataclass(frozen=True)
class Services:
    """The use cases. They know no visit and no screen: a desk or a portal is made of the same ones."""

    pseudonyms: Pseudonyms
    audit: Audit
    lanes: Lanes
    rooms: Rooms
    lookup: Lookup
    verification: Verification
    documents: Documents
    links: Links
    printing: dict[DocumentKind, PrintService]
    notes: Notes
    delivery: Delivery
    payments: Payments | None
    calls: Calls
    door: StaffDoor


def services_of(settings: Settings, adapters: Adapters, audit: Audit) -> Services:
    """Wire the use cases. Raises KioskError CONFIG_INVALID where no question is left that can be asked."""
    archive, ledger, clock, kiosk = adapters.archive, adapters.ledger, adapters.clock, settings.kiosk.id
    lanes, rooms = Lanes(), Rooms(settings.kiosk.private_dir)
    names = Pseudonyms(pseudonym_key(settings.kiosk), adapters.merges)
    identity = _askable(settings.identity, adapters.notifier is not None)
    lookup = Lookup(
        archive=archive,
        directory=adapters.directory,
        ledger=ledger,
        pseudonyms=names,
        audit=audit,
        clock=clock,
        identity=identity,
        reports=settings.reports,
    )
    verification = Verification(ledger, audit, clock, settings.identity, kiosk, adapters.notifier)
    documents = _documents(settings, adapters)
    links = Links(ledger, names, audit, clock, settings.cloud, link_maker_of(settings.cloud))
    printing = print_services(settings.printers, adapters.printers, ledger, clock)
    queues = Queues(printing, media_of(settings), lanes, kiosk)
    notes = Notes(ledger, names, audit, adapters.receipts)
    planner = Planner(
        lookup=lookup,
        documents=documents,
        queues=queues,
        ledger=ledger,
        pseudonyms=names,
        notes=notes,
        reports=settings.reports,
        film=settings.film,
    )
    payments = payments_of(settings.cashier, audit)
    delivery = Delivery(lookup=lookup, links=links, planner=planner, queues=queues, notes=notes, payments=payments)
    calls = Calls(ledger, audit, kiosk)
    return Services(
        pseudonyms=names,
        audit=audit,
        lanes=lanes,
        rooms=rooms,
        lookup=lookup,
        verification=verification,
        documents=documents,
        links=links,
        printing=printing,
        notes=notes,
        delivery=delivery,
        payments=payments,
        calls=calls,
        door=StaffDoor(ledger, names, audit, kiosk),
    )


def _documents(settings: Settings, adapters: Adapters) -> Documents:
    language = settings.screens.language
    return Documents(
        archive=adapters.archive,
        source=adapters.reports,
        renderer=adapters.renderer,
        reports=settings.reports,
        film=settings.film,
        head=PaperHead(settings.hospital.name_in(language), language, verify_address(settings.cloud)),
        received=adapters.films,
    )


def _askable(identity: IdentitySettings, can_send: bool) -> IdentitySettings:
    """The questions that can be asked here: a one-time code only where messages can be sent."""
    questions = tuple(q for q in identity.questions if can_send or q is not Question.ONE_TIME_CODE)
    if not questions:
        raise KioskError(FaultCode.CONFIG_INVALID, "identity.questions: a one-time code needs [notifier]")
    return identity.model_copy(update={"questions": questions})
