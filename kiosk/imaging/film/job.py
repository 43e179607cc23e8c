"""A whole film as one task for a process of its own: everything by value, output in numbered streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, BinaryIO

import cv2

from kiosk.domain.sheets.film import FilmJob, media_named, parse_grid
from kiosk.imaging.film.gather import Shelf
from kiosk.imaging.film.making import SheetDone, compose
from kiosk.imaging.film.protocols import load_protocols, protocol_named
from kiosk.imaging.film.sheet import SheetMaker
from kiosk.imaging.film.spec import FilmSpec, FilmTally
from kiosk.imaging.pdf import fonts
from kiosk.imaging.pdf.writer import PdfWriter

PDF_STREAM, PWG_STREAM, FIRST_PNG_STREAM = 0, 1, 2


Open = Callable[[int], BinaryIO]


def spec_of(request: FilmJob) -> FilmSpec:
    """KioskError CONFIG_INVALID or ValueError where a name is unknown."""
    return FilmSpec(
        dpi=request.dpi,
        protocol=protocol_named(load_protocols(), request.protocol) if request.protocol else None,
        grid=parse_grid(request.grid) if request.grid else None,
        media=media_named(request.media) if request.media else None,
    )


def make_film(
    request: FilmJob,
    refused: Mapping[int, str],
    stream: Open,
    on_sheet: Callable[[int, int], None],
    watch: Callable[[int], AbstractContextManager[object]] = nullcontext,
) -> FilmTally:
    """Print to streams: the PDF, one PWG raster, one PNG for each sheet."""
    cv2.setNumThreads(1)  # the pool below is the parallelism; threads in threads only wait for each other
    spec, book = spec_of(request), fonts.discover()
    with ThreadPoolExecutor(request.threads) as pool:
        pdf = PdfWriter(stream(PDF_STREAM), book, pool)
        if request.test_page:
            outcome = _test_page(pdf, request)
        else:
            shelf = Shelf(request.files, spec.limits, watch, refused)
            outcome = compose(
                request.files, spec, pdf, book, pool=pool, reader=shelf, on_sheet=partial(_tell, on_sheet),
                on_maker=_Rasters(request, stream).add,
            )  # fmt: skip
        pdf.close()
    return outcome


def _tell(on_sheet: Callable[[int, int], None], done: SheetDone) -> None:
    on_sheet(done.number, done.sheets)


def _test_page(pdf: PdfWriter, request: FilmJob) -> FilmTally:
    from kiosk.imaging.film.testpage import write_test_page

    write_test_page(pdf, media_named(request.media or "14INX17IN"), request.dpi)
    return FilmTally(1, 0, 0, (), False)


class _Rasters:
    """The other pictures of each sheet."""

    def __init__(self, request: FilmJob, stream: Open) -> None:
        self._request, self._stream = request, stream
        self._pwg: BinaryIO | None = None
        self._sheets = 0

    def add(self, maker: SheetMaker) -> None:
        """Write a sheet to whatever was asked for."""
        if not (self._request.png or self._request.pwg):
            return
        from kiosk.imaging.film import raster  # loads pdfium

        if self._request.png:
            raster.write_png(self._stream(FIRST_PNG_STREAM + self._sheets), maker)
        if self._request.pwg:
            self._write_pwg(raster, maker)
        self._sheets += 1

    def _write_pwg(self, raster: Any, maker: SheetMaker) -> None:
        if self._pwg is None:
            self._pwg = self._stream(PWG_STREAM)
            self._pwg.write(raster.PWG_MAGIC)
        raster.write_pwg_page(self._pwg, maker)
