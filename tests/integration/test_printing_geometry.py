"""The self-test "a known page comes through at 100 %": through the scheduler's own filters, nothing printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.adapters.machine.probes_geometry import GeometryProbe
from kiosk.adapters.printing.cups_filters import CupsPlaces, NotMeasurableError, Ppd, ppd_of, walk, way
from kiosk.adapters.printing.cups_printer import CupsPrinter
from kiosk.adapters.printing.page_marks import measure_pdf, measure_raster, write_known_page
from kiosk.config import PrinterSettings
from kiosk.domain.faults import FaultCode
from kiosk.domain.sheets.media import pwg_media
from kiosk.domain.sheets.printing import Media, Ticket
from kiosk.services.machine.supervisor import health_of
from tests.support.documents import pdf
from tests.support.printers import A4 as A4_SIZE
from tests.support.printers import FILM_IMAGER, Capabilities, IppPrinter, PrintShop
from tests.support.servers import wait_until

A4, FILM = pwg_media("iso_a4_210x297mm"), pwg_media("na_14x17_14x17in", "film")
A5_SIZE = ("iso_a5_148x210mm", 14800, 21000)
RASTER_ONLY = "image/pwg-raster,application/octet-stream"
PASSING, TURNED_OFF = "application/pdf", "application/x-nothing"


@pytest.fixture(scope="module")
def sizes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrintShop]:
    """Printers that take PDF, raster only, and a queue whose sheets are smaller than a report."""
    shop = PrintShop.open(
        tmp_path_factory.mktemp("sizes"),
        paper=Capabilities(),
        raster=Capabilities(formats=RASTER_ONLY),
        film=FILM_IMAGER,
        small=Capabilities(formats=RASTER_ONLY, sizes=(A5_SIZE,), ready=(A5_SIZE,)),
    )
    shop.scheduler.admin("lpadmin", "-p", "small", "-o", "print-scaling-default=fit")
    yield shop
    shop.close()


def probe(shop: PrintShop, queue: str, media: Media = A4, places: CupsPlaces | None = None) -> GeometryProbe:
    return GeometryProbe("report", CupsPrinter(PrinterSettings(kind="cups", queue=queue, server=shop.server)), media,
                         places)  # fmt: skip


@pytest.mark.parametrize(
    ("queue", "media", "how"),
    [
        ("paper", A4, "application/pdf by pdftopdf"),
        ("raster", A4, "image/pwg-raster by pdftopdf, gstoraster"),
        ("film", FILM, "application/pdf by pdftopdf"),
    ],
)
def test_a_known_page_comes_through_at_100_percent(sizes: PrintShop, queue: str, media: Media, how: str) -> None:
    before = len(sizes.printers[queue].received())
    finding = probe(sizes, queue, media).check()
    assert finding.ok and re.search(r"100\.[01] % x 100\.[01] %", finding.said) and how in finding.said, finding
    assert len(sizes.printers[queue].received()) == before, "nothing is printed"


def test_a_queue_that_scales_is_refused_and_keeps_its_kind_from_printing(sizes: PrintShop) -> None:
    finding = probe(sizes, "small").check()
    assert not finding.ok and finding.fault is FaultCode.PAGE_SCALED and "page 148." in finding.said
    assert health_of([finding]).report_printer is FaultCode.PAGE_SCALED and finding.advice


def test_scaling_by_the_filters_is_seen_in_pdf_and_in_raster(sizes: PrintShop, tmp_path: Path) -> None:
    """With print-scaling=fit a printer with margins shrinks the page: the self-test would see it."""
    page = write_known_page(tmp_path / "page.pdf", A4)
    for queue, measure in (("paper", measure_pdf), ("raster", measure_raster)):
        printer = CupsPrinter(PrinterSettings(kind="cups", queue=queue, server=sizes.server))
        ppd = ppd_of(queue, *printer.address)
        assert ppd is not None
        ppd = Ppd.of(_with_margins(ppd.text))
        steps, options = way(ppd, CupsPlaces()), printer.filter_options(A4, ppd.page_size(A4))
        for scaling, shrinks in (("none", False), ("fit", True)):
            _, data = walk(page, steps, ppd, {**options, "print-scaling": scaling}, CupsPlaces(), 30)
            frame = measure(data).frame
            assert (max(frame) < 97) is shrinks, (queue, scaling, frame)
            assert shrinks or frame == pytest.approx((100, 100), abs=0.2)


def test_what_was_measured_is_what_the_printer_gets(sizes: PrintShop, tmp_path: Path) -> None:
    for queue, measure in (("paper", measure_pdf), ("raster", measure_raster)):
        printer = CupsPrinter(PrinterSettings(kind="cups", queue=queue, server=sizes.server))
        job = printer.submit(write_known_page(tmp_path / f"{queue}.pdf", A4), Ticket(f"KNOWN{queue}", A4, 1))
        tray = sizes.printers[queue]
        wait_until(lambda t=tray, q=queue: any(n == f"KNOWN{q}" for n, _ in t.sheets()), "print")  # type: ignore[misc]
        marks = measure(tray.received()[-1].read_bytes())
        assert marks.frame == pytest.approx((100, 100), abs=0.2) and marks.page == pytest.approx((210, 297), abs=0.5)
        assert job


def test_what_cannot_be_measured_is_said_and_keeps_nobody_from_printing(sizes: PrintShop, tmp_path: Path) -> None:
    nowhere = CupsPlaces(tmp_path, tmp_path)
    queueless = PrintShop(sizes.scheduler)
    down = GeometryProbe("report", CupsPrinter(PrinterSettings(kind="cups", queue="paper", server="/nowhere")), A4)
    for each in (probe(sizes, "raster", places=nowhere), probe(queueless, "no-such-queue"), down):
        finding = each.check()
        assert finding.ok and "cannot be measured" in finding.said and finding.advice
        assert health_of([finding]).report_printer is None


def test_a_vendors_driver_is_measured_before_it_and_said_so(sizes: PrintShop, tmp_path: Path) -> None:
    driver = Ppd.of('*cupsFilter: "application/vnd.cups-raster 0 rastertovendor"\n')
    assert [step.program for step in way(driver, CupsPlaces())] == ["pdftopdf", "gstoraster", "rastertovendor"]
    with pytest.raises(NotMeasurableError):
        way(Ppd.of('*cupsFilter2: "application/x-never application/x-never 0 -"\n'), CupsPlaces())


def test_a_queue_without_ppd_is_measured_by_what_its_printer_takes(sizes: PrintShop, tmp_path: Path) -> None:
    for name, formats, ok in (("takes", PASSING, True), ("takes-not", RASTER_ONLY, False)):
        tray = IppPrinter(tmp_path, name, Capabilities(formats=formats, sizes=(A4_SIZE,)))
        tray.start()
        sizes.scheduler.admin("lpadmin", "-p", name, "-E", "-v", tray.uri)
        finding = probe(sizes, name).check()
        assert finding.ok is ok, finding
        sizes.scheduler.admin("lpadmin", "-x", name)
        tray.stop()


def test_measuring_refuses_what_is_no_page(tmp_path: Path) -> None:
    whole = pdf(tmp_path / "whole.pdf", 1).read_bytes()
    for measure, data in ((measure_pdf, b"%PDF-1.4"), (measure_raster, whole), (measure_raster, b"RaS2" + bytes(1796)),
                          (measure_raster, b"RaS2")):  # fmt: skip
        with pytest.raises(ValueError, match=r"no PDF|no raster|raster of"):
            measure(data)


def _with_margins(text: str) -> str:
    """The same queue on a printer that cannot print the outermost 10 mm of a sheet."""
    area = '*ImageableArea A4.Borderless: "28.35 28.35 566.93 813.54"'
    kept = [line for line in text.splitlines() if not line.startswith("*ImageableArea ")]
    return "\n".join([*kept, area]) + "\n"
