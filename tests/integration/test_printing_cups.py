"""Printing through a real scheduler with the appliance's configuration, on printers that play every trouble."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from kiosk.adapters.printing.cups_printer import CupsPrinter
from kiosk.adapters.printing.pdf_pages import extract_pages
from kiosk.adapters.sql import SqlLedger
from kiosk.config import PrinterSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.media import pwg_media
from kiosk.domain.sheets.printing import DocumentKind, Media, Order, PrinterStatus, SheetState, Ticket
from kiosk.services.printing.print_service import PrintResult, PrintService, PrintWish
from tests.support.documents import A4_POINTS, FILM_POINTS, pdf
from tests.support.printers import CONFIGURATION, PrintShop
from tests.support.scripted import RealClock
from tests.support.servers import wait_until

P, M, U = SheetState.PRINTED, SheetState.MISSING, SheetState.UNCERTAIN
A4, FILM = pwg_media("iso_a4_210x297mm"), replace(pwg_media("na_14x17_14x17in"), kind="film")
NUMBERS = itertools.count(1)


class Kiosk:
    """A kiosk's printing: journal, queue and service."""

    def __init__(self, home: Path, shop: PrintShop, queue: str = "report", **settings: float | bool) -> None:
        self.home, self.shop, self.tray = home, shop, shop.printers[queue]
        self.settings = PrinterSettings(
            kind="cups", queue=queue, server=shop.server, stall_s=6, refill_s=6, **settings  # type: ignore[arg-type]
        )  # fmt: skip
        self.ledger = SqlLedger(f"sqlite:///{home}/ledger.sqlite")
        self.printer = CupsPrinter(self.settings)
        self.service = PrintService(self.ledger, self.printer, self.settings, RealClock(), extract_pages)
        self.waits: list[FaultCode] = []

    def order(self, sheets: int = 3) -> Order:
        return Order(f"document{next(NUMBERS)}", "subject", DocumentKind.REPORT, copy=1, sheets=sheets)

    def print(self, order: Order, media: Media = A4, cancelled: Callable[[], bool] = lambda: False) -> PrintResult:
        size = A4_POINTS if media is A4 else FILM_POINTS
        whole = pdf(self.home / f"{order.document}.pdf", 4 * order.impressions, size)
        return self.service.print_document("v", "kiosk-1", order, PrintWish(whole, media), self._hear, cancelled)

    def _hear(self, _done: int, _total: int, waiting: FaultCode | None) -> None:
        if waiting is not None and waiting not in self.waits:
            self.waits.append(waiting)

    def sheets(self, result: PrintResult) -> list[int]:
        """Pages of that job in the tray."""
        assert result.reservation is not None
        return [page for name, page in self.tray.sheets() if name == result.reservation.serial]


@pytest.fixture
def kiosk(tmp_path: Path, shop: PrintShop) -> Iterator[Kiosk]:
    made = Kiosk(tmp_path, shop)
    yield made
    made.ledger.close()


def texts(file: Path) -> list[str]:
    """What stands on each page."""
    with pypdfium2.PdfDocument(file) as document:
        found = []
        for page in document:
            text = page.get_textpage()
            found.append(text.get_text_range().strip())
            text.close()
        return found


def geometry(file: Path) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Size of the first page, and the edges of the frame drawn on it, in millimetres."""
    with pypdfium2.PdfDocument(file) as document:
        page = document[0]
        frame = next(item for item in page.get_objects() if item.type == pypdfium2.raw.FPDF_PAGEOBJ_PATH)
        edges = tuple(value * 25.4 / 72 for value in frame.get_bounds())
        return tuple(value * 25.4 / 72 for value in page.get_size()), edges


def states(result: PrintResult) -> tuple[SheetState, ...]:
    assert result.reservation is not None
    return result.reservation.states


@contextmanager
def in_trouble(kiosk: Kiosk, act: Callable[[], object]) -> Iterator[None]:
    """Act in the middle of the printing: as soon as the kiosk has heard of the trouble. What fails there is raised."""

    def watch() -> None:
        wait_until(lambda: bool(kiosk.waits), "the trouble")
        act()

    with ThreadPoolExecutor(1) as hands:
        acted = hands.submit(watch)
        yield
        acted.result()


def test_one_document_is_one_job_with_exact_media_and_no_scaling(kiosk: Kiosk) -> None:
    before = len(kiosk.tray.received())
    result = kiosk.print(kiosk.order(3))
    assert result.fault is None and kiosk.sheets(result) == [1, 2, 3]
    arrived = kiosk.tray.received()[before:]
    assert texts(arrived[0]) == ["sheet 1 of 4", "sheet 2 of 4", "sheet 3 of 4"], "in order, face-up printer or not"
    assert len(arrived) == 1, "one job whatever its pages"
    told = kiosk.tray.attributes(arrived[0])
    assert "x-dimension=21000 y-dimension=29700" in told["IPP_MEDIA_COL"] and told["IPP_SIDES"] == "one-sided"
    assert told["IPP_DOCUMENT_FORMAT_SUPPLIED"] == "application/pdf", "passed through, not rasterised"


@pytest.mark.parametrize(("queue", "media"), [("report", A4), ("film", FILM)])
def test_a_known_page_arrives_at_100_percent(tmp_path: Path, shop: PrintShop, queue: str, media: Media) -> None:
    kiosk = Kiosk(tmp_path, shop, queue)
    assert kiosk.print(kiosk.order(1), media).fault is None
    size, frame = geometry(kiosk.tray.received()[-1])
    assert size == pytest.approx((media.width / 100, media.height / 100), abs=0.1)
    drawn = geometry(next(tmp_path.glob("document*.pdf")))[1]
    assert frame == pytest.approx(drawn, abs=0.05) and frame[2] - frame[0] == pytest.approx(100, abs=1)
    kiosk.ledger.close()


def test_two_sided_orders_are_two_sided_and_one_job(kiosk: Kiosk) -> None:
    result = kiosk.print(replace(kiosk.order(2), impressions=2))
    told = kiosk.tray.attributes(kiosk.tray.received()[-1])
    assert told["IPP_SIDES"] == "two-sided-long-edge" and states(result) == (P, P) and len(kiosk.sheets(result)) == 4


def test_case_26_after_a_jam_only_the_missing_sheets_come_out(kiosk: Kiosk) -> None:
    order = kiosk.order(4)
    kiosk.tray.raise_fault("media-jam-error", from_page=2)
    result = kiosk.print(order)
    assert states(result) == (P, U, M, M) and result.fault is FaultCode.PRINT_UNCERTAIN
    assert FaultCode.MEDIA_JAM in kiosk.waits
    kiosk.tray.clear_faults()
    wait_until(lambda: kiosk.service.preflight() is None, "end of the jam")
    assert kiosk.sheets(result) == [1]
    assert result.reservation is not None
    kiosk.service.settle_by_staff(result.reservation.serial, printed=(), actor="nurse")
    (rest,) = kiosk.service.remaining(order)
    again = kiosk.print(rest)
    assert states(again) == (P, P, P) and kiosk.sheets(again) == [1, 2, 3]
    assert texts(kiosk.tray.received()[-1]) == ["sheet 2 of 4", "sheet 3 of 4", "sheet 4 of 4"]


@pytest.mark.parametrize(
    ("keyword", "fault"),
    [
        ("media-empty-error", FaultCode.MEDIA_EMPTY),
        ("cover-open-error", FaultCode.DOOR_OPEN),
        ("input-tray-missing-error", FaultCode.TRAY_MISSING),
    ],
)
def test_case_25_27_trouble_in_the_middle_is_told_waited_for_and_over(
    kiosk: Kiosk, keyword: str, fault: FaultCode
) -> None:
    kiosk.tray.raise_fault(keyword, from_page=2)
    with in_trouble(kiosk, kiosk.tray.clear_faults):
        result = kiosk.print(kiosk.order(3))
    assert result.fault is None and kiosk.sheets(result) == [1, 2, 3] and fault in kiosk.waits


def test_case_25_paper_that_is_not_refilled_leaves_sheets_missing_and_nothing_comes_later(kiosk: Kiosk) -> None:
    kiosk.tray.raise_fault("media-empty-error", from_page=3)
    order = kiosk.order(4)
    result = kiosk.print(order)
    assert states(result) == (P, P, M, M) and result.fault is FaultCode.MEDIA_EMPTY
    # A test printer takes its reasons back with the cancelled job; that one which stands refuses the next visit is
    # proved in tests/unit/test_printing_service.py.
    kiosk.tray.clear_faults()
    wait_until(lambda: kiosk.service.preflight() is None, "new paper")
    assert kiosk.sheets(result) == [1, 2]
    assert kiosk.service.remaining(order) == (replace(order, first_sheet=3, sheets=2),)


def test_case_27_a_stopped_queue_and_a_refusing_one_are_told(kiosk: Kiosk) -> None:
    for stop, start in (("cupsdisable", "cupsenable"), ("cupsreject", "cupsaccept")):
        kiosk.shop.scheduler.admin(stop, "report")
        assert kiosk.print(kiosk.order()) == PrintResult(None, FaultCode.PRINTER_STOPPED)
        kiosk.shop.scheduler.admin(start, "report")
    assert kiosk.service.preflight(A4) is None


def test_case_24_27_a_printer_that_is_off_is_told_and_comes_back_by_itself(kiosk: Kiosk) -> None:
    kiosk.tray.stop()
    assert kiosk.print(kiosk.order()) == PrintResult(None, FaultCode.PRINTER_OFFLINE)
    kiosk.tray.start()
    wait_until(lambda: kiosk.service.preflight(A4) is None, "return of the printer")


def test_case_27_a_missing_queue_is_told(tmp_path: Path, shop: PrintShop) -> None:
    printer = CupsPrinter(PrinterSettings(kind="cups", queue="nowhere", server=shop.server))
    for ask in (printer.state, lambda: printer.submit(pdf(tmp_path / "x.pdf", 1), Ticket("SERIAL", A4, 1))):
        with pytest.raises(KioskError) as error:
            ask()
        assert error.value.code is FaultCode.PRINTER_MISSING


def test_case_30_a_printer_that_loses_power_in_the_middle_is_uncertain(kiosk: Kiosk) -> None:
    kiosk.tray.raise_fault("media-jam-error", from_page=2)
    with in_trouble(kiosk, kiosk.tray.stop):
        result = kiosk.print(kiosk.order(3))
    assert result.fault is FaultCode.PRINT_UNCERTAIN and M not in states(result)


def test_case_31_film_on_the_paper_printer_is_refused(kiosk: Kiosk) -> None:
    assert kiosk.print(kiosk.order(), FILM) == PrintResult(None, FaultCode.WRONG_MEDIA)


def test_case_32_a_job_the_printer_aborted_is_not_taken_for_printed(kiosk: Kiosk) -> None:
    kiosk.tray.set("abort")
    result = kiosk.print(kiosk.order(3))
    assert P not in states(result) and result.fault is FaultCode.PRINT_UNCERTAIN and kiosk.sheets(result) == []


def test_cancelling_while_printing_is_confirmed_by_the_printer(kiosk: Kiosk) -> None:
    kiosk.tray.raise_fault("media-jam-error", from_page=2)
    result = kiosk.print(kiosk.order(4), cancelled=lambda: bool(kiosk.waits))
    assert states(result) == (P, U, M, M)
    kiosk.tray.clear_faults()
    wait_until(lambda: kiosk.service.preflight() is None, "end of the jam")
    assert kiosk.sheets(result) == [1]


def test_case_28_no_scheduler_means_nothing_sent_and_nothing_open(kiosk: Kiosk) -> None:
    kiosk.shop.scheduler.kill()
    order = kiosk.order()
    assert kiosk.print(order) == PrintResult(None, FaultCode.SPOOLER_DOWN)
    assert kiosk.ledger.unsettled() == [] and kiosk.service.remaining(order) == (order,)
    kiosk.shop.scheduler.start()
    assert kiosk.print(order).fault is None, "and it works again by itself"


def test_case_29_a_killed_scheduler_never_makes_a_second_copy(kiosk: Kiosk) -> None:
    kiosk.tray.raise_fault("media-empty-error", from_page=2)

    def restart() -> None:
        kiosk.shop.scheduler.kill()
        kiosk.shop.scheduler.start()
        kiosk.tray.clear_faults()

    order = kiosk.order(3)
    with in_trouble(kiosk, restart):
        result = kiosk.print(order)
    assert states(result) == (P, P, P), "the printer itself says that all came out"
    assert kiosk.sheets(result) == [1, 2, 3] and kiosk.service.remaining(order) == ()


def test_a_scheduler_that_hangs_is_given_up_within_its_deadline(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.adapters.printing.cups_printer.QUICK_S", 0.5)
    process = kiosk.shop.scheduler._server.process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        assert kiosk.service.preflight() is FaultCode.SPOOLER_DOWN
    finally:
        os.kill(process.pid, signal.SIGCONT)
    wait_until(lambda: kiosk.service.preflight() is None, "answer of the scheduler")


def test_case_55_after_a_crash_the_job_is_adopted_by_its_name(kiosk: Kiosk) -> None:
    order = kiosk.order(3)
    reservation = kiosk.ledger.reserve("v", "kiosk-1", order)
    assert reservation is not None
    kiosk.ledger.submitted(reservation.serial, "report", "")
    kiosk.printer.submit(pdf(kiosk.home / "a.pdf", 3), Ticket(reservation.serial, A4, 3))
    restarted = Kiosk(kiosk.home, kiosk.shop)
    (result,) = restarted.service.reconcile("kiosk-1")
    assert states(result) == (P, P, P) and restarted.sheets(result) == [1, 2, 3]
    restarted.ledger.close()


def test_state_tells_the_printers_own_words(kiosk: Kiosk) -> None:
    wait_until(lambda: kiosk.printer.state().status is PrinterStatus.IDLE, "rest")
    state = kiosk.printer.state()
    assert state.status is PrinterStatus.IDLE and state.media_ready[0].width == 21000
    assert state.media_ready[0].kind == "stationery" and state.queued == 0


def test_the_set_up_script_makes_a_queue_that_prints_film(tmp_path: Path, shop: PrintShop) -> None:
    script = str(CONFIGURATION / "add-queue.sh")
    wanted = ["sh", script, "made", shop.printers["film"].uri, "na_14x17_14x17in"]
    env = {**os.environ, "CUPS_SERVER": shop.server}
    subprocess.run(wanted, env=env, check=True, capture_output=True)
    shop.printers["made"] = shop.printers["film"]
    kiosk = Kiosk(tmp_path, shop, "made")
    try:
        assert kiosk.print(kiosk.order(1), FILM).fault is None
        refused = subprocess.run(
            [*wanted[:4], "iso_a4_210x297mm"], env=env, check=False, capture_output=True, text=True
        )
        assert refused.returncode == 1 and "does not take iso_a4_210x297mm" in refused.stderr
    finally:
        kiosk.ledger.close()
        del shop.printers["made"]
        shop.scheduler.admin("lpadmin", "-x", "made")
