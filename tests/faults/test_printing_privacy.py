"""Nothing personal in the IPP bytes, and nothing left in spool, logs, caches and journal."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.adapters.printing.cups_printer import CupsPrinter
from kiosk.adapters.printing.pdf_pages import extract_pages
from kiosk.adapters.sql import SqlLedger
from kiosk.config import PrinterSettings
from kiosk.domain.sheets.media import pwg_media
from kiosk.domain.sheets.printing import DocumentKind, Order
from kiosk.domain.trail import AuditRecord
from kiosk.services.printing.print_service import PrintService, PrintWish
from tests.support.capture import Relay
from tests.support.documents import pdf
from tests.support.printers import PrintShop
from tests.support.scripted import RealClock
from tests.support.servers import wait_until

CANARIES = ("Kanarienvogel", "金雀鸢丝", "110101199003074477", "ACC20260301", "13812345678", "1.2.840.99999.7.1")
# A hundred by hand: KIOSK_CANARY_VISITS=100 pytest tests/faults/test_printing_privacy.py
VISITS = int(os.environ.get("KIOSK_CANARY_VISITS", "25"))


@pytest.fixture
def relays(shop: PrintShop) -> Iterator[tuple[Relay, Relay]]:
    """One before the scheduler's socket, one before the printer."""
    tray = shop.printers["report"]
    to_printer = Relay(("127.0.0.1", tray.port))
    to_scheduler = Relay(shop.server, shop.scheduler.home / "run" / "relay.sock")
    uri = f"ipp://localhost:{to_printer.port}/ipp/print"
    shop.scheduler.admin("lpadmin", "-p", "captured", "-E", "-v", uri, "-m", "everywhere")
    yield to_scheduler, to_printer
    shop.scheduler.admin("lpadmin", "-x", "captured")
    to_scheduler.close()
    to_printer.close()
    (shop.scheduler.home / "run" / "relay.sock").unlink()


def hits(data: bytes) -> list[str]:
    """Canaries found in any of the encodings they could have."""
    return [word for word in CANARIES for code in ("utf-8", "gb18030", "utf-16-le") if word.encode(code) in data]


def files_below(*folders: Path) -> list[Path]:
    return [file for folder in folders for file in folder.rglob("*") if file.is_file()]


def _new_files(folder: Path, since: float, own: Path) -> list[Path]:
    """Files made since then, outside the folders that pytest, the test printers' trays and other runs' schedulers own.

    Other programs make and remove files there all the time: what is gone meanwhile is passed over.
    """
    found = []
    for place, _, names in os.walk(folder):
        here = Path(place)
        scheduler = next((part for part in here.relative_to(folder).parts[:1] if part.startswith("cups-")), own.name)
        if "pytest-of-" in place or "received" in here.parts or scheduler != own.name:
            continue
        found += [here / name for name in names if _is_new(here / name, since)]
    return found


def _is_new(file: Path, since: float) -> bool:
    try:
        return file.is_file() and file.stat().st_mtime >= since and os.access(file, os.R_OK)
    except OSError:
        return False


def _content(file: Path) -> bytes:
    """Nothing where another program has removed it meanwhile."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def test_cases_37_38_105_canaries_are_nowhere_while_and_after_printing(
    shop: PrintShop, relays: tuple[Relay, Relay], tmp_path: Path
) -> None:
    private, state = tmp_path / "-".join(CANARIES[:2]), tmp_path / "state"
    private.mkdir()
    socket = str(shop.scheduler.home / "run" / "relay.sock")
    settings = PrinterSettings(kind="cups", queue="captured", server=socket)
    ledger = SqlLedger(f"sqlite:///{state}/ledger.sqlite")
    service = PrintService(ledger, CupsPrinter(settings), settings, RealClock(), extract_pages)
    order = Order("3f9c2a", "b07d11", DocumentKind.REPORT, copy=1, sheets=1)
    begun = time.time()
    for visit in range(VISITS):
        whole = pdf(private / f"{CANARIES[2]}_{CANARIES[3]}.pdf", 1, text=" ".join(CANARIES))
        wish = PrintWish(whole, pwg_media("iso_a4_210x297mm"))
        result = service.print_document(f"visit{visit}", "kiosk-1", replace(order, document=f"d{visit}"), wish)
        assert result.fault is None
        ledger.append(AuditRecord("print", visit=f"visit{visit}", subject="b07d11"))
    ledger.close()
    for relay, least in zip(relays, (10_000, 5_000), strict=True):
        assert len(relay.bytes) > least and hits(bytes(relay.bytes)) == []
    for name in (b"job-name", b"document-name", b"requesting-user-name"):
        assert name in relays[0].bytes
    wait_until(shop.scheduler.rests, "rest of the scheduler")
    left = files_below(shop.scheduler.home, state)
    # What this run, the scheduler and its filters left in /tmp; pytest's own folders hold the document itself.
    new = _new_files(Path(tempfile.gettempdir()), begun, shop.scheduler.home)
    left += [file for file in new if not file.is_relative_to(private)]
    # The printer was told only what the IPP attributes of the job say; its copy of the document is the paper.
    left += files_below(shop.printers["report"].home / "attributes")
    assert [(file, found) for file in left if (found := hits(_content(file)))] == []
    assert [file for file in files_below(shop.scheduler.home, state) if _content(file)[:5] == b"%PDF-"] == []
    assert list((shop.scheduler.home / "spool").glob("[cd]0*")) == []
    page_log = (shop.scheduler.home / "log" / "page_log").read_text().splitlines()
    assert page_log and all(line.split()[0] in shop.printers or line.startswith("captured ") for line in page_log)
    serials = {name for name, _ in shop.printers["report"].sheets()}
    assert not any(serial in "".join(page_log) for serial in serials), "no titles, not even opaque ones"
