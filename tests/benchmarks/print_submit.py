"""How much the kiosk adds before CUPS has the job: preflight, two durable commits, page extraction.

    python -m tests.benchmarks.print_submit [--jobs 15]

Side by side on one scheduler and one printer, alternating: the bare hand-over (Create-Job and Send-Document) and
`print_document` from its call to the job's acceptance, on a real disk.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

from kiosk.adapters.printing.cups_printer import CupsPrinter
from kiosk.adapters.printing.pdf_pages import extract_pages
from kiosk.adapters.sql import SqlLedger
from kiosk.config import PrinterSettings
from kiosk.domain.sheets.media import pwg_media
from kiosk.domain.sheets.printing import DocumentKind, Order, Ticket
from kiosk.services.printing.print_service import PrintService, PrintWish
from tests.support.documents import pdf
from tests.support.printers import PrintShop
from tests.support.scripted import RealClock

A4 = pwg_media("iso_a4_210x297mm")
PAGES = 4


def run(home: Path, shop: PrintShop, jobs: int) -> tuple[list[float], list[float]]:
    """Seconds of each bare hand-over, and of each print until it was accepted."""
    settings = PrinterSettings(kind="cups", queue="report", server=shop.server)
    ledger, printer = SqlLedger(f"sqlite:///{home}/ledger.sqlite"), CupsPrinter(settings)
    accepted: list[float] = []

    def checkpoint(name: str) -> None:
        if name == "submitted":
            accepted.append(time.perf_counter())

    service = PrintService(ledger, printer, settings, RealClock(), extract_pages, checkpoint=checkpoint)
    document = pdf(home / "document.pdf", PAGES)
    bare, whole = [], []
    for number in range(jobs + 1):
        start = time.perf_counter()
        printer.submit(document, Ticket(f"BARE{number}", A4, PAGES))
        bare.append(time.perf_counter() - start)
        order = Order(f"document{number}", "subject", DocumentKind.REPORT, copy=1, sheets=PAGES)
        start = time.perf_counter()
        service.print_document("visit", "kiosk-1", order, PrintWish(document, A4))
        whole.append(accepted[-1] - start)
    ledger.close()
    return bare[1:], whole[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=15)
    with tempfile.TemporaryDirectory() as folder:
        shop = PrintShop.open(Path(folder))
        try:
            bare, whole = run(Path(folder), shop, parser.parse_args().jobs)
        finally:
            shop.close()
    for name, times in (("bare hand-over", bare), ("print to accepted", whole)):
        print(f"{name:18} median {median(times) * 1000:6.1f} ms, slowest {max(times) * 1000:6.1f} ms")
    added, ratio = median(whole) - median(bare), median(whole) / median(bare)
    print(f"added by the kiosk {added * 1000:.1f} ms (reach: 50 ms); {ratio:.1f} × the bare hand-over")


if __name__ == "__main__":
    main()
