"""Sheets as pixels with their text: PNG, PWG raster (PWG 5102.4), previews.

The picture is the one the PDF holds; only the text and the lines are drawn here, by pdfium from the same drawing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from io import BytesIO
from itertools import pairwise
from typing import BinaryIO

import numpy as np
import pypdfium2 as pdfium
from isal import isal_zlib
from numpy.typing import NDArray

from kiosk.domain.sheets.film import MM_PER_INCH, FilmSize
from kiosk.domain.sheets.media import custom_name
from kiosk.imaging.film.sheet import SheetMaker
from kiosk.imaging.pdf.fonts import FontBook
from kiosk.imaging.pdf.writer import Deflater, Drawing, PdfWriter, Pixels

_BAND_ROWS = 512
PWG_MAGIC = b"RaS2"
_PWG_GREY, _PWG_RGB = 18, 19  # sGray, sRGB
_RUN = 128


class TextLayer:
    """Text and lines of a page, drawn over bands of its picture."""

    def __init__(self, width_mm: float, height_mm: float, dpi: float, book: FontBook,
                 draw: Callable[[Drawing], None]) -> None:  # fmt: skip
        self._bytes = BytesIO()
        writer = PdfWriter(self._bytes, book)
        writer.page(width_mm, height_mm, draw)
        writer.close()
        self._document = pdfium.PdfDocument(self._bytes.getvalue())
        self._page = self._document[0]
        self._size = round(width_mm * dpi / MM_PER_INCH), round(height_mm * dpi / MM_PER_INCH)

    def over(self, band: Pixels, top: int) -> Pixels:
        """The band whose first row is row `top` of the page, with what is written there."""
        rows, columns = band.shape[:2]
        bitmap = pdfium.PdfBitmap.new_native(columns, rows, pdfium.raw.FPDFBitmap_BGRA)
        bitmap.fill_rect((0, 0, 0, 0), 0, 0, columns, rows)
        flags = pdfium.raw.FPDF_PRINTING
        pdfium.raw.FPDF_RenderPageBitmap(bitmap, self._page, 0, -top, *self._size, 0, flags)
        ink = bitmap.to_numpy()
        written = np.flatnonzero(ink[..., 3].any(axis=1))
        if not len(written):
            return band
        first, last = int(written[0]), int(written[-1]) + 1
        alpha = ink[first:last, :, 3].astype(np.uint16)
        grey = ink[first:last, :, 0].astype(np.uint16)  # everything written is grey
        if band.ndim == 3:
            alpha, grey = alpha[..., None], grey[..., None]
        out = band.copy()
        out[first:last] = ((band[first:last] * (255 - alpha) + grey * alpha + 127) // 255).astype(np.uint8)
        return out

    def close(self) -> None:
        """Free the page."""
        self._document.close()


def page_bands(maker: SheetMaker) -> Iterator[Pixels]:
    """A sheet's rows with everything on them, from the top, at most 512 at a time.

    The frames are looked at once before for what the text says of them, then again for their pixels.
    """
    for block in maker.blocks():
        del block
    layout = maker.sheet.layout
    layer = TextLayer(layout.width, layout.height, maker.dpi, maker.book, maker.draw)
    top = 0
    for block in maker.blocks():
        for start in range(0, len(block), _BAND_ROWS):
            band = block[start:start + _BAND_ROWS]
            yield layer.over(band, top)
            top += len(band)
    layer.close()


def write_png(stream: BinaryIO, maker: SheetMaker, pool: Executor | None = None) -> None:
    """A sheet as PNG (ISO 15948) that says its resolution."""
    canvas = maker.canvas
    stream.write(b"\x89PNG\r\n\x1a\n")
    kind = 2 if canvas.colour else 0
    _chunk(stream, b"IHDR", struct.pack(">IIBBBBB", canvas.width, canvas.height, 8, kind, 0, 0, 0))
    per_metre = round(canvas.dpi / MM_PER_INCH * 1000)
    _chunk(stream, b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))
    for piece in Deflater(pool).pieces(_unfiltered(band) for band in page_bands(maker)):
        _chunk(stream, b"IDAT", piece)
    _chunk(stream, b"IEND", b"")


def _unfiltered(band: Pixels) -> Pixels:
    """Rows with the filter byte 0 before them."""
    flat = band.reshape(len(band), -1)
    return np.concatenate((np.zeros((len(flat), 1), np.uint8), flat), axis=1)


def _chunk(stream: BinaryIO, name: bytes, data: bytes) -> None:
    stream.write(struct.pack(">I", len(data)) + name + data)
    stream.write(struct.pack(">I", isal_zlib.crc32(data, zlib.crc32(name))))


def pwg_header(maker: SheetMaker, pages: int) -> bytes:
    """The header of a page (PWG 5102.4, table 3)."""
    canvas, sheet = maker.canvas, maker.sheet
    samples = 3 if canvas.colour else 1
    header = bytearray(1796)
    header[0:9] = b"PwgRaster"
    fields = {
        276: round(canvas.dpi), 280: round(canvas.dpi), 340: 1, 352: round(sheet.layout.width / MM_PER_INCH * 72),
        356: round(sheet.layout.height / MM_PER_INCH * 72), 372: canvas.width, 376: canvas.height, 384: 8,
        388: 8 * samples, 392: canvas.width * samples, 400: _PWG_RGB if canvas.colour else _PWG_GREY, 420: samples,
        452: pages, 456: 1, 460: 1, 480: 0xFFFFFF, 484: 5,
    }  # fmt: skip
    for offset, value in fields.items():
        struct.pack_into(">I", header, offset, value)
    name = _media_name(sheet.media, landscape=sheet.landscape).encode("ascii")
    header[1732:1732 + len(name)] = name
    return bytes(header)


def _media_name(media: FilmSize, *, landscape: bool) -> str:
    if not landscape:
        return media.pwg
    return custom_name(f"{media.name.lower()}-landscape", media.height_mm, media.width_mm)


def write_pwg_page(stream: BinaryIO, maker: SheetMaker, pages: int = 0) -> None:
    """Append a page; the caller has written `PWG_MAGIC` first. `pages`: their number, 0 if not known."""
    stream.write(pwg_header(maker, pages))
    for band in page_bands(maker):
        stream.write(pwg_rows(band))


def pwg_rows(band: Pixels) -> bytes:
    """Rows in the raster's run-length code: equal rows are counted, equal stretches of 128 pixels become one run."""
    rows = band.reshape(len(band), band.shape[1], -1)
    same = (rows[1:] == rows[:-1]).all(axis=(1, 2))
    starts = [0, *(np.flatnonzero(~same) + 1).tolist(), len(rows)]
    out = []
    for start, end in pairwise(starts):
        line = _pwg_line(rows[start])
        for first in range(start, end, 256):
            out.append(bytes((min(256, end - first) - 1,)) + line)
    return b"".join(out)


def _pwg_line(row: NDArray[np.uint8]) -> bytes:
    whole = len(row) // _RUN
    parts = row[:whole * _RUN].reshape(whole, _RUN, -1)
    plain = (parts == parts[:, :1]).all(axis=(1, 2))
    size = parts.shape[2]
    coded = np.empty((whole, 1 + _RUN * size), np.uint8)
    coded[:, 0] = np.where(plain, _RUN - 1, 257 - _RUN)
    coded[:, 1:] = parts.reshape(whole, -1)
    lengths = np.where(plain, 1 + size, 1 + _RUN * size)
    line = coded[np.arange(coded.shape[1]) < lengths[:, None]].tobytes()
    rest = row[whole * _RUN:]
    if len(rest) > 1:
        line += bytes((257 - len(rest),)) + rest.tobytes()
    elif len(rest):
        line += b"\0" + rest.tobytes()
    return line
