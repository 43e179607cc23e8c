"""Queues, and the sheets that are printed on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kiosk.adapters.machine.cashier_folder import FolderCashier
from kiosk.adapters.machine.probes import AskingProbe
from kiosk.adapters.printing.cups_printer import CupsPrinter
from kiosk.adapters.printing.folder_printer import FolderPrinter
from kiosk.adapters.printing.pdf_pages import extract_pages
from kiosk.config import CashierSettings, Printers, PrinterSettings, Settings
from kiosk.domain.sheets.film import media_named
from kiosk.domain.sheets.printing import DocumentKind, Media
from kiosk.ports.clock import Clock
from kiosk.ports.ledger import Ledger
from kiosk.ports.printer import Printer
from kiosk.ports.probe import Probe
from kiosk.services.audit import Audit
from kiosk.services.printing.payments import Payments
from kiosk.services.printing.print_service import PrintService


def printers_of(settings: Printers, state: Path) -> dict[DocumentKind, Printer]:
    """The queues that are configured; `state` is where an imager's journal is kept."""
    return {kind: one_printer(one, state) for kind, one in by_kind(settings).items() if one.kind != "none"}


def by_kind(settings: Printers) -> dict[DocumentKind, PrinterSettings]:
    """What is configured for each kind of document."""
    return {DocumentKind.REPORT: settings.report, DocumentKind.FILM: settings.film}


def one_printer(wanted: PrinterSettings, state: Path) -> Printer:
    """One queue; kind none has no printer and is left out by whoever asks."""
    if wanted.kind == "cups":
        return CupsPrinter(wanted)
    if wanted.kind == "dicom":
        return _imager(wanted, state)
    return FolderPrinter(wanted.path, wanted.seconds_per_sheet)


def _imager(wanted: PrinterSettings, state: Path) -> Printer:
    from kiosk.adapters.printing.dicom_print import DicomPrint, ImagerAddress
    from kiosk.adapters.printing.dicom_printer import DicomPrinter
    from kiosk.adapters.printing.dicom_profiles import imager_profile

    profile = imager_profile(wanted.profile)
    address = ImagerAddress(wanted.host, wanted.port, wanted.called_ae, wanted.calling_ae)
    folder = state / f"imager-{wanted.called_ae.strip()}"
    link = DicomPrint(address, profile)
    return DicomPrinter(link, profile, folder, trust_accept=wanted.trust_accept, name=wanted.called_ae.strip())


def media_of(settings: Settings) -> dict[DocumentKind, Media]:
    """The sheet each kind of document is printed on."""
    paper, film = media_named(settings.reports.media), media_named(settings.film.media)
    return {
        DocumentKind.REPORT: Media(paper.pwg, *paper.hundredths),
        DocumentKind.FILM: Media(film.pwg, *film.hundredths, "film"),
    }


def print_services(
    settings: Printers, printers: Mapping[DocumentKind, Printer], ledger: Ledger, clock: Clock
) -> dict[DocumentKind, PrintService]:
    """Each queue with the print-once rule before it."""
    wanted = by_kind(settings)
    return {kind: print_service(wanted[kind], printer, ledger, clock) for kind, printer in printers.items()}


def print_service(settings: PrinterSettings, printer: Printer, ledger: Ledger, clock: Clock) -> PrintService:
    """One queue with the print-once rule before it."""
    return PrintService(ledger, printer, settings, clock, extract_pages)


def payments_of(wanted: CashierSettings, audit: Audit) -> Payments | None:
    """Payment for film, where it is not free."""
    if wanted.kind == "none":
        return None
    return Payments(FolderCashier(wanted.path), audit, wanted.cents_per_sheet, wanted.wait_s)


def cashier_probes(payments: Payments | None) -> list[Probe]:
    """What is paid and not settled."""
    return [AskingProbe("cashier", payments.ask)] if payments else []
