"""The known page of the geometry self-test: made, and measured in PDF or in CUPS and PWG raster (PWG 5102.4).

The page carries a frame of exactly 100 mm both ways, outer edge to outer edge, and nothing else; whatever differs from
the paper's colour is the frame, so nothing need be known of the colour space.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from kiosk.domain.sheets.printing import Media

FRAME_MM = 100.0
LINE_MM = 1.0
PDF_DPI = 300
HEADER_BYTES = 1796
MAX_PIXELS = 1 << 28
# Sync words: byte order, and whether lines are run-length coded (raster.h of CUPS).
SYNCS = {b"RaS2": (">", True), b"2SaR": ("<", True), b"RaS3": (">", False), b"3SaR": ("<", False)}


@dataclass(frozen=True)
class PageMarks:
    """What was measured, in millimetres."""

    page: tuple[float, float]
    frame: tuple[float, float]


def write_known_page(path: Path, media: Media) -> Path:
    """One page of that size with the frame in its middle."""
    width, height = media.width / 100 * mm, media.height / 100 * mm
    canvas = Canvas(str(path), pagesize=(width, height), invariant=True)
    canvas.setLineWidth(LINE_MM * mm)
    inner = (FRAME_MM - LINE_MM) * mm
    canvas.rect((width - inner) / 2, (height - inner) / 2, inner, inner)
    canvas.showPage()
    canvas.save()
    return path


def measure_pdf(data: bytes) -> PageMarks:
    """Page and frame of a PDF's first page, as a printer would put it on paper. Raises ValueError."""
    try:
        with pypdfium2.PdfDocument(io.BytesIO(data)) as document:
            page = document[0]
            size = page.get_size()
            bitmap = page.render(scale=PDF_DPI / 72, grayscale=True)
            pixels = np.array(bitmap.to_numpy()).reshape(bitmap.height, -1)[:, : bitmap.width, None]
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise ValueError(f"no PDF page ({type(error).__name__})") from error
    return PageMarks((size[0] / mm, size[1] / mm), _frame(pixels, PDF_DPI, PDF_DPI))


def measure_raster(data: bytes) -> PageMarks:
    """The same of the first page of a raster. Raises ValueError for what is none or of a kind nobody prints."""
    order, coded = SYNCS.get(data[:4], ("", False))
    if not order or len(data) < 4 + HEADER_BYTES:
        raise ValueError("no raster")

    def number(offset: int) -> int:
        return int(struct.unpack_from(f"{order}I", data, 4 + offset)[0])

    across, down, points = number(276), number(280), (number(352), number(356))
    width, height, bits, stride = number(372), number(376), number(388), number(392)
    if not across or not down or bits not in (1, 8, 24, 32) or number(396) or stride * 8 < width * bits:
        raise ValueError(f"raster of {bits} bits a pixel, {across} dpi, cannot be measured")
    if stride * height > MAX_PIXELS:
        raise ValueError("raster too large")
    body = memoryview(data)[4 + HEADER_BYTES :]
    lines = _decoded(body, stride, height, max(1, bits // 8)) if coded else _plain(body, stride, height)
    return PageMarks((points[0] / mm, points[1] / mm), _frame(_pixels(lines, width, bits), across, down))


def _plain(body: memoryview, stride: int, height: int) -> NDArray[np.uint8]:
    if len(body) < stride * height:
        raise ValueError("raster cut off")
    return np.frombuffer(body[: stride * height], np.uint8).reshape(height, stride)


def _decoded(body: memoryview, stride: int, height: int, unit: int) -> NDArray[np.uint8]:
    """Lines are repeated, and in them pixels are repeated (128 and more: copied) as PackBits does."""
    lines = np.zeros((height, stride), np.uint8)
    at = row = 0
    try:
        while row < height:
            repeat = body[at] + 1
            line, at = _line(body, at + 1, stride, unit)
            lines[row : row + repeat] = line
            row += repeat
    except IndexError as error:
        raise ValueError("raster cut off") from error
    return lines


def _line(body: memoryview, at: int, stride: int, unit: int) -> tuple[NDArray[np.uint8], int]:
    line = bytearray()
    while len(line) < stride:
        code = body[at]
        if code == 128:
            line += bytes([0xFF]) * (stride - len(line))  # the rest of the line is white
            at += 1
        elif code > 128:
            end = at + 1 + (257 - code) * unit
            line += body[at + 1 : end]
            at = end
        else:
            line += bytes(body[at + 1 : at + 1 + unit]) * (code + 1)
            at += 1 + unit
        if at > len(body):
            raise ValueError("raster cut off")
    return np.frombuffer(bytes(line[:stride]), np.uint8), at


def _pixels(lines: NDArray[np.uint8], width: int, bits: int) -> NDArray[np.uint8]:
    if bits == 1:
        return np.unpackbits(lines, axis=1)[:, :width, None]
    return lines[:, : width * bits // 8].reshape(len(lines), width, bits // 8)


def _frame(pixels: NDArray[np.uint8], across: int, down: int) -> tuple[float, float]:
    """Outer size of everything that is not paper, half a tone apart or more."""
    other = (np.abs(pixels.astype(np.int16) - pixels[0, 0]) > (127 if pixels.max() > 1 else 0)).any(axis=2)
    rows, columns = np.flatnonzero(other.any(axis=1)), np.flatnonzero(other.any(axis=0))
    if not rows.size:
        raise ValueError("the page is empty")
    width, height = columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1
    return float(width) / across * 25.4, float(height) / down * 25.4
