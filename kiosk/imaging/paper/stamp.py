"""What the kiosk adds to a printed report, as a PDF to lay over: codes where the page is blank, serial, page i of n."""

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
EDGES = ("bottom", "right", "left", "top")  # the middle of a side, where the small code still finds room
VERIFY_MM = 13.0


@dataclass(frozen=True)
class Stamp:
    """What is stamped. `corner` and `qr_mm` say where and how large; no QR with an empty `url`.

    `caption` stands below the QR; `foot`, with {page} and {pages}, beside the serial. `verify`: what the small code
    says that tells whether the page is genuine; empty for none.
    """

    serial: str
    caption: str
    foot: str
    url: str = ""
    corner: str = "bottom-right"
    qr_mm: float = 20.0
    verify: str = ""
    verify_caption: str = ""


@dataclass(frozen=True)
class Spots:
    """Where on one page the codes go (see `corner_box`); empty: the page has no room, or there is no such code."""

    link: str = ""
    verify: str = ""


@dataclass(frozen=True)
class PaperBox:
    """A rectangle in millimetres from the lower left corner."""

    x: float
    y: float
    width: float
    height: float


def corner_box(corner: str, size: float, page: tuple[float, float]) -> PaperBox:
    """Where a QR and its caption go: in a corner, or in the middle of a side."""
    high = size + CAPTION
    x = page[0] - EDGE - size if corner.endswith("right") else EDGE
    y = page[1] - EDGE - high if corner.startswith("top") else EDGE + FOOT - 2.0
    if corner in ("top", "bottom"):
        x = (page[0] - size) / 2
    if corner in ("left", "right"):
        y = (page[1] - high) / 2
    return PaperBox(x, y, size, high)


def corner_order(first: str) -> list[str]:
    """The configured corner, then the others."""
    return [first, *(corner for corner in CORNERS if corner != first)]


def overlay(stamp: Stamp, spots: Spots, count: tuple[int, int], page: tuple[float, float], fonts: Fonts) -> bytes:
    """A PDF page to lay over sheet `count[0]` of `count[1]`."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(page[0] * mm, page[1] * mm), pageCompression=1)
    _foot(canvas, stamp, fonts, page[0], count)
    if spots.link and stamp.url:
        _qr(canvas, stamp.url, stamp.caption, corner_box(spots.link, stamp.qr_mm, page), fonts)
    if spots.verify and stamp.verify:
        _qr(canvas, stamp.verify, stamp.verify_caption, corner_box(spots.verify, VERIFY_MM, page), fonts)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _foot(canvas: Canvas, stamp: Stamp, fonts: Fonts, width: float, count: tuple[int, int]) -> None:
    text = f"{stamp.serial}　{stamp.foot.format(page=count[0], pages=count[1])}"
    canvas.setFillColorRGB(*INK)
    canvas.setFont(fonts.names[0], SMALL * mm)
    x = (width - fonts.regular.width(text, SMALL)) / 2
    canvas.drawString(x * mm, FOOT * mm, text)


def _qr(canvas: Canvas, text: str, caption: str, box: PaperBox, fonts: Fonts) -> None:
    """Modules as rectangles, so that it is sharp at any resolution; error correction M (ISO/IEC 18004)."""
    matrix = tuple(segno.make_qr(text, error="m").matrix)
    size = box.width / len(matrix)
    canvas.setFillColorRGB(0, 0, 0)
    path = canvas.beginPath()
    for line, row in enumerate(matrix):
        y = box.y + box.height - (line + 1) * size
        for start, stop in _runs(row):
            path.rect((box.x + start * size) * mm, y * mm, (stop - start) * size * mm, size * mm)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.setFont(fonts.names[0], SMALL * mm)
    caption = fonts.regular.fitted(caption, SMALL, box.width + 2 * EDGE - 1)
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
