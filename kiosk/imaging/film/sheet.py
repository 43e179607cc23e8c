"""One planned sheet made into a page: picture in bands, text over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import cv2
import numpy as np

from kiosk.domain.faults import KioskError
from kiosk.imaging.film import annotation
from kiosk.imaging.film.compose import Canvas, Pixels, Placed, bands
from kiosk.imaging.film.gather import Picture, unless_cancelled
from kiosk.imaging.film.plan import CODE_EDGE_MM, PlacedImage, Sheet
from kiosk.imaging.film.spec import FilmSpec, SheetContent, qr_modules
from kiosk.imaging.film.texts import film_texts
from kiosk.imaging.pdf.fonts import FontBook
from kiosk.imaging.pdf.writer import Drawing, PageImage, PdfWriter
from kiosk.imaging.pixels.directions import cut_line, plane_of
from kiosk.imaging.pixels.frame import Frame

Load = Callable[[Picture], Frame]
_NO_CODES = np.zeros((1, 1), np.uint16)
_KEPT_COLOUR_BYTES = 48 << 20


def _is_grey(frame: Frame) -> bool:
    """Red, green and blue are equal everywhere; a first look at every 16th pixel settles most."""
    red, green, blue = (frame.codes[..., channel] for channel in range(3))
    return all(
        np.array_equal(red[::step, ::step], other[::step, ::step]) for step in (16, 1) for other in (green, blue)
    )


@dataclass
class SheetMaker:
    """Makes one sheet: `blocks` gives its picture and learns from the frames what `draw` writes afterwards."""

    sheet: Sheet
    spec: FilmSpec
    book: FontBook
    load: Load
    dpi: float
    pool: Executor | None = None
    failed: dict[tuple[int, int], KioskError] = field(default_factory=dict)
    _shown: dict[tuple[int, int], Frame] = field(default_factory=dict)
    _first: dict[tuple[int, int], Frame] = field(default_factory=dict)

    @property
    def canvas(self) -> Canvas:
        """The picture's size, and whether it holds colour."""
        return Canvas(self.sheet.layout.width, self.sheet.layout.height, self.dpi, self._colour)

    @cached_property
    def _colour(self) -> bool:
        """Whether any picture that may be coloured is; frames looked at are kept for painting as far as they fit.

        Where they would not fit, the sheet counts as coloured: that costs bytes, never a colour.
        """
        kept = 0
        for item in self.sheet.placements:
            if not item.picture.colour:
                continue
            frame = self._source(item.picture)
            if frame is None:
                continue
            self._first[item.picture.key] = frame
            kept += frame.codes.nbytes
            if kept > _KEPT_COLOUR_BYTES or not _is_grey(frame):
                return True
        return False

    def find_first(self) -> bool:
        """Load pictures until one can be shown; False where none can, so that no empty sheet is printed."""
        for item in self.sheet.placements:
            frame = self._source(item.picture)
            if frame is not None:
                self._first[item.picture.key] = frame
                return True
        return False

    def _source(self, picture: Picture) -> Frame | None:
        if picture.key in self.failed:
            return None
        if picture.key in self._first:
            return self._first.pop(picture.key)
        try:
            frame = self.load(picture)
        except KioskError as fault:
            unless_cancelled(fault)
            self.failed[picture.key] = fault
            return None
        self._shown[picture.key] = replace(frame, codes=_NO_CODES, table=None, overlay=None)
        return self._corrected(frame)

    def _corrected(self, frame: Frame) -> Frame:
        """P-values turned to what this printer needs."""
        if self.spec.correction is None or frame.table is None:
            return frame
        return replace(frame, table=np.asarray(cv2.LUT(frame.table, self.spec.correction), np.uint8).reshape(-1))

    def blocks(self) -> Iterator[Pixels]:
        """The picture from the top, in blocks of whole rows."""
        tiles = [Placed(item.box, partial(self._source, item.picture)) for item in self.sheet.placements]
        return bands(self.canvas, tiles, self.pool)

    def draw(self, drawing: Drawing) -> None:
        """Write everything over the picture; call it when `blocks` is exhausted."""
        for item in self.sheet.placements:
            self._draw_tile(drawing, item)
        self._draw_strips(drawing)

    def _draw_tile(self, drawing: Drawing, item: PlacedImage) -> None:
        texts, picture = film_texts(self.spec.language), item.picture
        fault = self.failed.get(picture.key)
        tile = annotation.TileFacts(
            picture.facts, picture.frame, picture.frames, picture.position_mm, picture.geometry.thickness,
            picture.sides, item.fit, item.after_gap, picture.contrast,
        )  # fmt: skip
        if fault:
            text = annotation.tile_text(tile, Frame(_NO_CODES, None), ("series",), texts)
            annotation.draw_tile(drawing, self.book, item.cell, item.box, text, caption=picture.facts.burned_in)
            annotation.draw_note(drawing, self.book, item.cell, (texts("tile_not_shown"), texts.reason(fault.detail)))
            return
        shown = self.sheet.protocol.annotations
        text = annotation.tile_text(tile, self._shown[picture.key], shown, texts)
        burnt = picture.facts.burned_in
        annotation.draw_tile(drawing, self.book, item.cell, item.box, text, caption=burnt)
        if "scale-bar" in shown and not burnt and item.fit.magnification:
            annotation.draw_scale_bar(drawing, item.cell, item.box, item.fit.magnification)
        if picture.drawings:
            annotation.draw_graphics(drawing, item.box, (picture.columns, picture.rows), picture.drawings)
        if picture.facts.is_scout and self.sheet.cut_by:
            self._draw_cuts(drawing, item)

    def _draw_cuts(self, drawing: Drawing, item: PlacedImage) -> None:
        """The slices as lines on their scout."""
        picture = item.picture
        scout = plane_of(picture.geometry, picture.rows, picture.columns)
        if scout is None:
            return
        across, down = item.box.width / picture.columns, item.box.height / picture.rows
        for other in self.sheet.cut_by:
            same_frame = other.facts.frame_of_reference == picture.facts.frame_of_reference
            piece = plane_of(other.geometry, other.rows, other.columns) if same_frame else None
            line = cut_line(scout, piece) if piece else None
            if line:
                points = [(item.box.x + (x + 0.5) * across, item.box.y + (y + 0.5) * down) for x, y in line]
                with drawing.clipped(item.box.x, item.box.y, item.box.width, item.box.height):
                    drawing.line(points, 0.15, 0.85)

    def content(self) -> SheetContent:
        """What is printed, for the verification code."""
        images = tuple((item.picture.facts.sop_uid, item.picture.frame + 1) for item in self.sheet.placements)
        return SheetContent(self.sheet.number, self.sheet.total, self.spec.serial, self.sheet.facts.study_uid, images)

    def _draw_strips(self, drawing: Drawing) -> None:
        sheet, texts = self.sheet, film_texts(self.spec.language)
        name = self.spec.show_name(sheet.facts.patient_name.text)
        lines = annotation.header_lines(sheet.facts, name, self.spec.hospital, texts)
        numbered = texts("sheet", number=sheet.number, total=sheet.total)
        annotation.draw_header(drawing, self.book, sheet.layout.header, lines, numbered)
        strip = sheet.layout.footer
        right = self._draw_codes(drawing)
        claims = [annotation.claim_text(claim, magnification, texts) for claim, magnification in sheet.claims]
        serial = texts("serial", serial=self.spec.serial) if self.spec.serial else ""
        first = "   ".join(part for part in (*dict.fromkeys(claims), serial) if part)
        notes = "; ".join((*sheet.notes, *self._failures()))
        annotation.draw_footer(drawing, self.book, strip, [line for line in (first, notes) if line],
                               right - strip.x - 3)  # fmt: skip
        if sheet.has_ruler:
            annotation.draw_ruler(drawing, strip.x, strip.bottom - 6.0, texts("ruler"))

    @property
    def warnings(self) -> list[tuple[Picture, str]]:
        """What is wrong with pictures that are shown; complete when `blocks` is exhausted."""
        shown = ((item.picture, self._shown.get(item.picture.key)) for item in self.sheet.placements)
        return [(picture, warning) for picture, frame in shown if frame is not None for warning in frame.warnings]

    def _failures(self) -> list[str]:
        """What could not be shown, and what is shown with a fault."""
        texts = film_texts(self.spec.language)
        faults = Counter(fault.detail for fault in self.failed.values())
        warned = Counter(warning for _, warning in self.warnings)
        return [texts(key, count=count, reason=texts.reason(reason))
                for key, told in (("not_shown", faults), ("shown_with", warned))
                for reason, count in told.items()]  # fmt: skip

    def _draw_codes(self, drawing: Drawing) -> float:
        """The codes at the right end of the lower strip; returns where they begin."""
        strip, texts = self.sheet.layout.footer, film_texts(self.spec.language)
        right = strip.right
        verify = self.spec.verify(self.content()) if self.spec.verify else ""
        for payload, key in ((self.spec.cloud, "cloud"), (verify, "verify")):
            if payload:
                modules = self.spec.cloud_code if key == "cloud" else qr_modules(payload)
                right -= CODE_EDGE_MM
                y = strip.bottom - CODE_EDGE_MM
                annotation.draw_qr(drawing, right, y, CODE_EDGE_MM, modules)
                drawing.text(right - 1, strip.bottom - 0.8, texts(key), annotation.LABEL_SIZE, anchor="right")
                right -= self.book.width(texts(key), annotation.LABEL_SIZE) + 3
        return right

    def write(self, pdf: PdfWriter) -> None:
        """Append the sheet to a document."""
        canvas = self.canvas
        image = PageImage(canvas.width, canvas.height, self.dpi, canvas.colour, self.blocks())
        pdf.page(self.sheet.layout.width, self.sheet.layout.height, self.draw, image)
