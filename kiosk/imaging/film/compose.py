"""The picture of a sheet, made in bands from the top so that no sheet is ever held as a whole.

A tile is resampled in its 16-bit codes (cubic where it grows, area mean where it shrinks) and only then turned to grey
values by its table: the grey curve is applied to interpolated densities, never the other way round.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain.sheets.film import MM_PER_INCH
from kiosk.imaging.film.layout import Box
from kiosk.imaging.pixels.frame import Frame

Pixels = NDArray[np.uint8]
_STRIPED_ABOVE = 16_000_000  # pixels
_STRIP_COLUMNS = 512
_MOST_KEPT = 32 << 20  # bytes a thread keeps between tiles


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


def resample(frame: Frame, width: int, height: int, out: Pixels | None = None) -> Pixels:
    """A frame at the given size: (height, width) grey P-values, or (height, width, 3) RGB; into `out` where given."""
    shape = (height, width) if frame.table is not None else (height, width, 3)
    shown = np.empty(shape, np.uint8) if out is None else out
    rows, columns = frame.codes.shape[:2]
    if width >= columns and height >= rows and width * height > _STRIPED_ABOVE:
        _enlarge_in_strips(frame, shown)
    else:
        _show(_sized(frame.codes, width, height), frame.table, shown)
    if frame.overlay is not None:
        shown[_overlay(frame.overlay, width, height)] = 255
    return shown


def _sized(codes: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    rows, columns = codes.shape[:2]
    if (width, height) == (columns, rows):
        return codes
    shrinks = width < columns or height < rows
    size = (height, width, *codes.shape[2:])
    return cv2.resize(codes, (width, height), dst=_scratch(size, codes.dtype),
                      interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)  # fmt: skip


def _show(codes: NDArray[Any], table: Pixels | None, out: Pixels) -> None:
    """Grey by the table, straight into place."""
    if table is None:
        out[:] = codes
    else:
        cv2.LUT(codes, table, dst=out)


def _enlarge_in_strips(frame: Frame, out: Pixels) -> None:
    """Across first and then down, a strip of columns at a time: a full-sheet picture is never held in 16 bits."""
    height, width = out.shape[:2]
    across = _sized(frame.codes, width, frame.codes.shape[0]).copy()
    for left in range(0, width, _STRIP_COLUMNS):
        strip = across[:, left:left + _STRIP_COLUMNS]
        _show(_sized(strip, strip.shape[1], height), frame.table, out[:, left:left + _STRIP_COLUMNS])


_KEPT = threading.local()


def _scratch(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Memory of this thread, used again for the next tile: fresh pages cost as much time as resampling into them."""
    size = math.prod(shape) * dtype.itemsize
    kept: Pixels | None = getattr(_KEPT, "memory", None)
    if kept is None or len(kept) < size:
        kept = np.empty(size, np.uint8)
        if size <= _MOST_KEPT:
            _KEPT.memory = kept
    return kept[:size].view(dtype).reshape(shape)


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
    place = band[upper - top:upper - top + height, left:left + width]
    if canvas.colour == (frame.table is None):
        resample(frame, width, height, place)
        return
    shown = resample(frame, width, height)
    if canvas.colour:
        shown = cv2.merge((shown, shown, shown)).astype(np.uint8, copy=False)
    else:
        shown = cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
    place[:] = shown


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
