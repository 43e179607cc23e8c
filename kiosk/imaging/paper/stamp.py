"""What the kiosk adds to a printed report, as a PDF to lay over: cloud QR in a blank corner, serial, page i of n."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import segno
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from kiosk.imaging.paper.typesetting import INK, Fonts

EDGE = 8.0  # millimetres, as all of these
FOOT = 5.2
SMALL = 2.3
CAPTION = 3.4
CORNERS = ("bottom-right", "bottom-left", "top-right", "top-left")


@dataclass(frozen=True)
class Stamp:
    """What is stamped. `corner` and `qr_mm` say where and how large; no QR with an empty `url`.

    `caption` stands below the QR; `foot`, with {page} and {pages}, beside the serial.
    """

    serial: str
    caption: str
    foot: str
    url: str = ""
    corner: str = "bottom-right"
    qr_mm: float = 20.0


@dataclass(frozen=True)
class PaperBox:
    """A rectangle in millimetres from the lower left corner."""

    x: float
    y: float
    width: float
    height: float


def corner_box(corner: str, size: float, page: tuple[float, float]) -> PaperBox:
    """Where the QR and its caption go."""
    high = size + CAPTION
    x = page[0] - EDGE - size if corner.endswith("right") else EDGE
    y = page[1] - EDGE - high if corner.startswith("top") else EDGE + FOOT - 2.0
    return PaperBox(x, y, size, high)


def corner_order(first: str) -> list[str]:
    """The configured corner, then the others."""
    return [first, *(corner for corner in CORNERS if corner != first)]


def overlay(stamp: Stamp, corner: str, count: tuple[int, int], page: tuple[float, float], fonts: Fonts) -> bytes:
    """A PDF page to lay over sheet `count[0]` of `count[1]`; an empty corner means no QR on it."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(page[0] * mm, page[1] * mm), pageCompression=1)
    _foot(canvas, stamp, fonts, page[0], count)
    if corner and stamp.url:
        _qr(canvas, stamp, corner_box(corner, stamp.qr_mm, page), fonts)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _foot(canvas: Canvas, stamp: Stamp, fonts: Fonts, width: float, count: tuple[int, int]) -> None:
    text = f"{stamp.serial}　{stamp.foot.format(page=count[0], pages=count[1])}"
    canvas.setFillColorRGB(*INK)
    canvas.setFont(fonts.names[0], SMALL * mm)
    x = (width - fonts.regular.width(text, SMALL)) / 2
    canvas.drawString(x * mm, FOOT * mm, text)


def _qr(canvas: Canvas, stamp: Stamp, box: PaperBox, fonts: Fonts) -> None:
    """Modules as rectangles, so that it is sharp at any resolution; error correction M (ISO/IEC 18004)."""
    matrix = tuple(segno.make_qr(stamp.url, error="m").matrix)
    size = box.width / len(matrix)
    canvas.setFillColorRGB(0, 0, 0)
    path = canvas.beginPath()
    for line, row in enumerate(matrix):
        y = box.y + box.height - (line + 1) * size
        for start, stop in _runs(row):
            path.rect((box.x + start * size) * mm, y * mm, (stop - start) * size * mm, size * mm)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.setFont(fonts.names[0], SMALL * mm)
    caption = fonts.regular.fitted(stamp.caption, SMALL, box.width + 2 * EDGE - 1)
    x = box.x + (box.width - fonts.regular.width(caption, SMALL)) / 2
    canvas.drawString(x * mm, (box.y + 0.5) * mm, caption)


def _runs(row: Sequence[int]) -> list[tuple[int, int]]:
    runs, start = [], None
    for place, module in enumerate((*row, 0)):
        if module and start is None:
            start = place
        elif not module and start is not None:
            runs.append((start, place))
            start = None
    return runs
