"""As a portal or a desk would: identity, delivery and trail by the services alone, without visit, engine or runner."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.adapters.machine.system import SystemClock
from kiosk.adapters.printing.folder_printer import FolderPrinter
from kiosk.adapters.printing.pdf_pages import extract_pages
from kiosk.adapters.ris.archive_directory import ArchiveDirectory
from kiosk.adapters.ris.archive_reports import ArchiveReports
from kiosk.adapters.sql import SqlLedger
from kiosk.cloud.wire.links import SealingLinks
from kiosk.config import CloudSettings, FilmSettings, IdentitySettings, PrinterSettings, ReportSettings
from kiosk.domain.faults import FaultCode
from kiosk.domain.person.codes import Alphabet, CodeRules
from kiosk.domain.person.identity import Question
from kiosk.domain.reasons import FilmReason, OverrideReason
from kiosk.domain.sheets.printing import DocumentKind, Media
from kiosk.domain.visit import Advance, HandOut, Override
from kiosk.ports.ledger import AuditFilter
from kiosk.services.audit import Audit
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.identity.verification import Verification
from kiosk.services.links import Links
from kiosk.services.machine.lanes import Cancelled, Lanes
from kiosk.services.printing.delivery import Delivery
from kiosk.services.printing.documents import Documents, PaperHead
from kiosk.services.printing.notes import Notes
from kiosk.services.printing.planning import Planner
from kiosk.services.printing.print_service import PrintService
from kiosk.services.printing.queues import Queues
from tests.support.paper import ANSWER, WRONG, PaperArchive, PaperRenderer, exam

SESSION = "page-1"  # what stands for the visit: a portal's own session
A4, FILM = Media("iso_a4_210x297mm", 21000, 29700), Media("na_14x17_14x17in", 35560, 43180, "film")


@dataclass
class Counter:
    """The services on a ledger and printers' folders of their own."""

    home: Path
    lookup: Lookup
    verification: Verification
    delivery: Delivery
    audit: Audit
    ledger: SqlLedger
    lanes: Lanes

    def proven(self) -> HandOut:
        claim = CodeRules([], Alphabet()).parse_typed("A0001")
        assert claim
        candidate = self.lookup.candidate(claim)
        verdict = self.verification.verify(SESSION, candidate, Question.ID_LAST_SIX, ANSWER, Cancelled())
        assert verdict.right
        exams, mismatch = self.lookup.exams(candidate, SESSION)
        assert not mismatch
        return HandOut(SESSION, candidate, exams)

    def trail(self) -> list[str]:
        return [event.kind for event in self.ledger.events(AuditFilter())[::-1]]


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    clock, archive = SystemClock("UTC"), PaperArchive([exam()])
    ledger, names, lanes = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}"), Pseudonyms(b"k" * 32), Lanes()
    audit, reports, film = Audit(ledger, "portal", clock), ReportSettings(), FilmSettings()
    lookup = Lookup(archive, ArchiveDirectory(archive), ledger, names, audit, clock, IdentitySettings(), reports)
    verification = Verification(ledger, audit, clock, IdentitySettings(uniform_ms=0), "portal", None)
    paper = PaperRenderer(tmp_path / "paper", 2)
    documents = Documents(archive, ArchiveReports(archive), paper, reports, film, PaperHead("H", "zh"))
    printing = {
        kind: PrintService(ledger, FolderPrinter(tmp_path / kind), PrinterSettings(), clock, extract_pages)
        for kind in DocumentKind
    }
    queues = Queues(printing, {DocumentKind.REPORT: A4, DocumentKind.FILM: FILM}, lanes, "portal")
    notes = Notes(ledger, names, audit)
    planner = Planner(lookup, documents, queues, ledger, names, notes, reports, film)
    links = Links(ledger, names, audit, clock, CloudSettings(), SealingLinks("https://x"))
    delivery = Delivery(lookup, links, planner, queues, notes)
    ledger.open_visit(SESSION, "portal")
    yield Counter(tmp_path, lookup, verification, delivery, audit, ledger, lanes)
    lanes.close()
    ledger.close()


def test_a_report_is_handed_out_once_and_noted(counter: Counter) -> None:
    order, told = counter.proven(), list[Advance]()
    receipt = counter.delivery.deliver(order, counter.home, Cancelled(), on_progress=told.append)
    assert receipt.fault is None and receipt.sheets("report") == 2
    assert (told[0].done, told[0].total, told[-1].done) == (0, 2, 2)
    assert len(list((counter.home / "report").glob("*.pdf"))) == 1
    again = counter.delivery.deliver(order, counter.home, Cancelled())
    assert again.fault is FaultCode.ALREADY_PRINTED
    assert counter.trail() == ["identity-right", "link-made", "document-printed", "link-made", "document-missing"]
    assert counter.ledger.verify() is None


def test_a_nurse_lifts_print_once_and_is_named(counter: Counter) -> None:
    order = counter.proven()
    counter.delivery.deliver(order, counter.home, Cancelled())
    by = Override("li.mei", OverrideReason.OTHER)
    receipt = counter.delivery.deliver(order, counter.home, Cancelled(), by=by)
    assert receipt.fault is None and receipt.sheets("report") == 2
    assert counter.ledger.events(AuditFilter())[0].actor == "li.mei"


def test_film_tells_how_far_its_images_are(counter: Counter) -> None:
    order, told = counter.proven(), list[tuple[int, int]]()
    film = HandOut(SESSION, order.candidate, films=order.reports, reason=FilmReason.SURGERY)
    receipt = counter.delivery.deliver(
        film, counter.home, Cancelled(), on_preparing=lambda ready, total: told.append((ready, total))
    )
    assert receipt.fault is None and receipt.sheets("film") == 1
    assert told[-1] == (3, 3)


def test_a_wrong_answer_is_counted_and_noted(counter: Counter) -> None:
    claim = CodeRules([], Alphabet()).parse_typed("A0001")
    assert claim
    candidate = counter.lookup.candidate(claim)
    verdict = counter.verification.verify(SESSION, candidate, Question.ID_LAST_SIX, WRONG, Cancelled())
    assert not verdict.right and verdict.tries_left == IdentitySettings().per_visit - 1
    assert counter.trail() == ["identity-wrong"]


def test_the_services_do_not_even_load_the_visit() -> None:
    """In a process of its own, as this one has loaded everything."""
    services = "kiosk.services.identity.verification, kiosk.services.printing.delivery, kiosk.services.desk.staff_desk"
    loaded = f"import sys, {services}; print([name for name in sys.modules if name.startswith('kiosk.session')])"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
