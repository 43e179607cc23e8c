"""The picture of a sheet, made in bands from the top so that no sheet is ever held as a whole.

A tile is resampled in its 16-bit codes (cubic where it grows, area mean where it shrinks) and only then turned to grey
values by its table: the grey curve is applied to interpolated densities, never the other way round.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain.film import MM_PER_INCH
from kiosk.imaging.frame import Frame
from kiosk.imaging.layout import Box

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Canvas:
    """Size and kind of the picture of a sheet."""

    width_mm: float
    height_mm: float
    dpi: float
    colour: bool = False

    @property
    def width(self) -> int:
        """Pixels across, the last one perhaps standing out over the edge."""
        return math.ceil(self.width_mm * self.dpi / MM_PER_INCH - 1e-6)

    @property
    def height(self) -> int:
        """Pixels down."""
        return math.ceil(self.height_mm * self.dpi / MM_PER_INCH - 1e-6)

    def pixels(self, box: Box) -> tuple[int, int, int, int]:
        """Left, top, width and height of a rectangle in whole pixels; the size is rounded first, for it is measured."""
        scale = self.dpi / MM_PER_INCH
        width, height = max(1, round(box.width * scale)), max(1, round(box.height * scale))
        left = min(round(box.x * scale), self.width - width)
        return max(0, left), max(0, min(round(box.y * scale), self.height - height)), width, height

    def blank(self, rows: int) -> Pixels:
        """Black rows."""
        shape = (rows, self.width, 3) if self.colour else (rows, self.width)
        return np.zeros(shape, np.uint8)


@dataclass(frozen=True)
class Placed:
    """A picture's rectangle and where it comes from; a source that gives None leaves it black."""

    box: Box
    source: Callable[[], Frame | None]


def resample(frame: Frame, width: int, height: int) -> Pixels:
    """A frame at the given size: (height, width) grey P-values, or (height, width, 3) RGB."""
    rows, columns = frame.codes.shape[:2]
    shrinks = width < columns or height < rows
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    sized = frame.codes if (width, height) == (columns, rows) else cv2.resize(frame.codes, (width, height),
                                                                              interpolation=method)  # fmt: skip
    shown = sized if frame.table is None else cv2.LUT(sized, frame.table)
    shown = np.asarray(shown, np.uint8)
    if frame.overlay is not None:
        shown = shown.copy() if shown is frame.codes else shown
        shown[_overlay(frame.overlay, width, height)] = 255
    return shown


def _overlay(graphics: NDArray[np.bool_], width: int, height: int) -> NDArray[np.bool_]:
    """Thin lines must survive shrinking, so half of what one line covers of a printed pixel is enough."""
    ink = graphics.astype(np.uint8) * 255
    shrinks = width < graphics.shape[1] or height < graphics.shape[0]
    sized = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(sized, np.uint8) > int(127 * min(1.0, width / graphics.shape[1], height / graphics.shape[0]))


def _paint(canvas: Canvas, band: Pixels, top: int, placed: Placed) -> None:
    left, upper, width, height = canvas.pixels(placed.box)
    frame = placed.source()
    if frame is None:
        return
    shown = resample(frame, width, height)
    if canvas.colour and shown.ndim == 2:
        shown = cv2.merge((shown, shown, shown)).astype(np.uint8, copy=False)
    elif not canvas.colour and shown.ndim == 3:
        shown = cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
    band[upper - top:upper - top + height, left:left + width] = shown


def bands(canvas: Canvas, tiles: Sequence[Placed], pool: Executor | None = None) -> Iterator[Pixels]:
    """The sheet's rows from the top, in blocks; together exactly `canvas.height` rows.

    The tiles of a block are made at the same time where there is a pool. A block is done with when the next is asked
    for, so peak memory is a row of tiles and not a sheet.
    """
    done = 0
    for group in _rows(canvas, tiles):
        bottom = max(place[1] + place[3] for place in map(canvas.pixels, (tile.box for tile in group)))
        band = canvas.blank(bottom - done)
        _run(pool, [_painter(canvas, band, done, tile) for tile in group])
        done = bottom
        yield band
    if done < canvas.height:
        yield canvas.blank(canvas.height - done)


def _painter(canvas: Canvas, band: Pixels, top: int, tile: Placed) -> Callable[[], None]:
    return lambda: _paint(canvas, band, top, tile)


def _run(pool: Executor | None, jobs: Iterable[Callable[[], None]]) -> None:
    if pool is None:
        for job in jobs:
            job()
        return
    for future in [pool.submit(job) for job in jobs]:
        future.result()


def _rows(canvas: Canvas, tiles: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Tiles in groups that share rows of pixels."""
    group: list[Placed] = []
    bottom = 0
    for tile in sorted(tiles, key=lambda placed: canvas.pixels(placed.box)[1]):
        _, top, _, height = canvas.pixels(tile.box)
        if group and top >= bottom:
            yield group
            group = []
        group.append(tile)
        bottom = max(bottom, top + height)
    if group:
        yield group


def whole(canvas: Canvas, tiles: Sequence[Placed]) -> Pixels:
    """The sheet as one array: for previews and tests."""
    return np.concatenate(list(bands(canvas, tiles)))
