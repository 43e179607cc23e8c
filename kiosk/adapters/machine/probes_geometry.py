"""`kiosk doctor` and the start of the kiosk: does a known page come through the queue at 100 %?

Nothing is printed. What would reach the printer is measured: PDF or raster. What cannot be measured is said so and
keeps nobody from printing; what was measured and is scaled does.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from kiosk.adapters.printing.cups_filters import (
    CUPS_RASTER,
    PDF,
    PWG_RASTER,
    CupsPlaces,
    NotMeasurableError,
    ppd_of,
    walk,
    way,
)
from kiosk.adapters.printing.cups_printer import CupsPrinter
from kiosk.adapters.printing.page_marks import FRAME_MM, PageMarks, measure_pdf, measure_raster, write_known_page
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.printing import Media
from kiosk.ports.probe import Finding

FILTER_S = 30.0
FRAME_TOLERANCE_MM, PAGE_TOLERANCE_MM = 0.5, 1.0
ADVICE = (
    "Set the queue up again with installer/cups/add-queue.sh, the size in kiosk.toml among the printer's sizes; print "
    "the test page and measure it."
)
UNMEASURED = "Print the test page and measure its 100 mm by hand."


class GeometryProbe:
    """One queue. What was measured once holds for as long as the kiosk runs; else it is tried again each time."""

    def __init__(self, name: str, printer: CupsPrinter, media: Media, places: CupsPlaces | None = None) -> None:
        self.name = f"geometry {name}"
        self._printer, self._media = printer, media
        self._places = places or CupsPlaces()
        self._measured: Finding | None = None

    def check(self) -> Finding:
        """Measure, or tell what was measured."""
        if self._measured is None:
            try:
                how, marks = self._marks()
            except (NotMeasurableError, ValueError, OSError) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                return Finding(self.name, True, f"cannot be measured: {reason}", advice=UNMEASURED)
            self._measured = self._judge(how, marks)
        return self._measured

    def _marks(self) -> tuple[str, PageMarks | None]:
        """How it goes to the printer, and what was measured; no marks where nothing touches the page."""
        printer = self._printer
        ppd = ppd_of(printer.name, *printer.address)
        if ppd is None:
            return self._untouched()
        steps, options = way(ppd, self._places), printer.filter_options(self._media, ppd.page_size(self._media))
        with tempfile.TemporaryDirectory(prefix="kiosk-geometry-") as folder:
            page = write_known_page(Path(folder) / "page.pdf", self._media)
            kind, data = walk(page, steps, ppd, options, self._places, FILTER_S)
        complete = kind == steps[-1].target
        how = f"{kind} by {', '.join(step.program for step in steps if step.program != '-') or 'nothing'}"
        return how if complete else f"{kind}, before the driver {steps[-1].program}", MEASURES[kind](data)

    def _untouched(self) -> tuple[str, PageMarks | None]:
        """A queue without PPD passes bytes on; that helps only where the printer takes PDF."""
        try:
            formats = self._printer.formats()
        except KioskError as error:
            raise NotMeasurableError(str(error.code)) from error
        if not formats:
            raise NotMeasurableError("the queue passes PDF on, and the printer does not tell what it takes")
        return ("application/pdf as it is" if PDF in formats else ""), None

    def _judge(self, how: str, marks: PageMarks | None) -> Finding:
        if marks is None:
            said = how or "the queue passes PDF on, but the printer takes none"
            return self._finding(bool(how), said)
        wanted = (self._media.width / 100, self._media.height / 100)
        page_off = max(abs(got - want) for got, want in zip(marks.page, wanted, strict=True))
        frame_off = max(abs(got - FRAME_MM) for got in marks.frame)
        percent = " x ".join(f"{got / FRAME_MM * 100:.1f} %" for got in marks.frame)
        size = " x ".join(f"{got:.1f}" for got in marks.page)
        said = f"{percent}, page {size} mm ({how})"
        return self._finding(page_off <= PAGE_TOLERANCE_MM and frame_off <= FRAME_TOLERANCE_MM, said)

    def _finding(self, well: bool, said: str) -> Finding:
        said = f"{self._printer.name}: {said}"
        return Finding(self.name, well, said, None if well else FaultCode.PAGE_SCALED, "" if well else ADVICE)


MEASURES: dict[str, Callable[[bytes], PageMarks]] = {
    PDF: measure_pdf,
    "application/vnd.cups-pdf": measure_pdf,
    PWG_RASTER: measure_raster,
    CUPS_RASTER: measure_raster,
}
