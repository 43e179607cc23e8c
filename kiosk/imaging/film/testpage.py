"""The test sheet of a film printer: grey steps, geometry, resolution.

32 patches of equal steps in P-value let a densitometer check the greyscale standard display function (PS3.14): on a
printer that follows it, equal steps are equally visible. Rulers of exactly 100.0 mm both ways prove that nothing
scales, the line patterns show the printer's resolution.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kiosk.domain.sheets.film import FilmSize
from kiosk.imaging.film.annotation import draw_ruler
from kiosk.imaging.film.compose import Canvas, Pixels
from kiosk.imaging.film.layout import Box
from kiosk.imaging.pdf.writer import Drawing, PageImage, PdfWriter
from kiosk.imaging.pixels.gsdf import patches

_COLUMNS, _ROWS = 8, 4
_TITLE = "Film test page"


def patch_boxes(media: FilmSize) -> list[Box]:
    """Where the patches stand on the sheet."""
    edge = min((media.width_mm - 30) / _COLUMNS, (media.height_mm * 0.42) / _ROWS)
    left, top = (media.width_mm - edge * _COLUMNS) / 2, 22.0
    return [Box(left + column * edge, top + row * edge, edge * 0.94, edge * 0.84)
            for row in range(_ROWS) for column in range(_COLUMNS)]  # fmt: skip


def _lower_part(media: FilmSize) -> float:
    return patch_boxes(media)[-1].bottom + 16


def resolution_boxes(media: FilmSize) -> list[tuple[int, bool, Box]]:
    """Line patterns: width of a line in printer pixels, whether the lines stand upright, place."""
    top, left = _lower_part(media) + 8, 135.0
    room = (media.width_mm - left - 10) / 4
    edge = min(14.0, room * 0.85)
    return [(width, upright, Box(left + number * room, top + (0 if upright else edge + 4), edge, edge))
            for number, width in enumerate((1, 2, 3, 4)) for upright in (True, False)]  # fmt: skip


def _blocks(canvas: Canvas, media: FilmSize) -> Iterator[Pixels]:
    page = canvas.blank(canvas.height)
    for value, box in zip(patches(), patch_boxes(media), strict=True):
        left, top, width, height = canvas.pixels(box)
        page[top:top + height, left:left + width] = value
    for line, upright, box in resolution_boxes(media):
        left, top, width, height = canvas.pixels(box)
        stripes = ((np.arange(width if upright else height) // line) % 2 * 255).astype(np.uint8)
        page[top:top + height, left:left + width] = stripes if upright else stripes[:, None]
    yield page


def _draw(drawing: Drawing, media: FilmSize, dpi: float) -> None:
    width, height = media.width_mm, media.height_mm
    drawing.text(10, 10, f"{_TITLE}   {media.name}   {dpi:g} dpi", 4.0)
    drawing.text(10, 16, "32 patches of equal steps in P-value (DICOM PS3.14)", 2.6)
    for value, box in zip(patches(), patch_boxes(media), strict=True):
        drawing.text(box.x, box.bottom + 2.6, str(value), 2.2)
    top = _lower_part(media)
    drawing.text(10, top, "Both rulers measure 100.0 mm from outer edge to outer edge", 2.6)
    draw_ruler(drawing, 12, top + 5, "100 mm")
    draw_ruler(drawing, 12, top + 14, "100 mm", upright=True)
    for line, upright, box in resolution_boxes(media):
        if upright:
            drawing.text(box.x, box.y - 1, f"{line} px", 2.0)
    edge = 5.0
    corners = ((edge, edge), (width - edge, edge), (width - edge, height - edge), (edge, height - edge))
    drawing.line(corners, 0.2, closed=True)
    finest = f"Line patterns of 1 to 4 printer pixels; 1 px at {dpi:g} dpi is {dpi / 50.8:.1f} line pairs per mm"
    drawing.text(10, height - 11, finest, 2.2)
    drawing.text(10, height - 7, f"The frame stands {edge:g} mm inside the edge on all sides", 2.2)


def write_test_page(pdf: PdfWriter, media: FilmSize, dpi: float) -> None:
    """Append the test page; the patches are P-values as they are, without any printer's correction."""
    canvas = Canvas(media.width_mm, media.height_mm, dpi)
    image = PageImage(canvas.width, canvas.height, dpi, False, _blocks(canvas, media))
    pdf.page(media.width_mm, media.height_mm, lambda drawing: _draw(drawing, media, dpi), image)


