"""Where in the frame a symbol may be, by the structure tensor at reduced scale.

Bars have strong gradients in one direction, matrix symbols in all. The gradients are taken at full resolution (on one
2×2 cross in four pixels) and only their squares are pooled, so that bars of 1.4 pixels still count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CELL = 8  # pixels of the frame per cell of the pooled tensor
MAX_REGIONS = 4
CLEAR = 0.75  # share of the energy that runs one way where there is nothing but bars
DIRECTIONS = 24  # that are told apart when a component is cut
ALIKE = 0.4  # radians that bars of one tilted symbol may differ
OTHER_SHARE = 0.12  # of a component's cells that must run elsewhere before it is cut


@dataclass(frozen=True, eq=False)
class Texture:
    """The pooled tensor in cells of CELL pixels.

    `energy`: mean squared gradient above the noise floor. `cos2`, `sin2`: the tensor's double-angle components, whose
    half angle is the gradient's direction. `floor`: the noise floor that was taken off.
    """

    energy: Floats
    cos2: Floats
    sin2: Floats
    floor: float

    @cached_property
    def smooth(self) -> tuple[Floats, Floats, Floats]:
        """Energy, cos2, sin2, each averaged over the cells around."""
        return _smooth(self.energy), _smooth(self.cos2), _smooth(self.sin2)

    @cached_property
    def coherent(self) -> Floats:
        """How much of the smooth energy has one direction."""
        _, cos2, sin2 = self.smooth
        return np.asarray(np.sqrt(cos2 * cos2 + sin2 * sin2), np.float32)

    @cached_property
    def above(self) -> Floats:
        """Smooth energy above the noise."""
        return np.asarray(np.maximum(self.smooth[0] - self.floor, 0), np.float32)


@dataclass(frozen=True, eq=False)
class _Component:
    """Cells that hang together: their rows and columns."""

    score: float
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Region:
    """A connected set of cells.

    `cells`: (n, 2) x, y in pixels of the frame (cell centres), with `weights` and `angles` for each.
    `angle`: direction of the gradient in radians (across the bars) over the whole region.
    """

    cells: Floats
    weights: Floats
    angles: Floats
    angle: float
    score: float

    def is_like(self, other: Region) -> bool:
        """True where a search on both would see the same."""
        mine, its = (np.concatenate([one.cells.min(0), one.cells.max(0)]) for one in (self, other))
        return bool(np.abs(mine - its).max() <= 2 * CELL)

    def box(self, margin: float, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
        """left, top, right, bottom in pixels, grown by `margin`, inside `shape`."""
        left, top = np.maximum(self.cells.min(0) - CELL / 2 - margin, 0).astype(int)
        right, bottom = (self.cells.max(0) + CELL / 2 + margin).astype(int)
        return int(left), int(top), min(int(right), shape[1]), min(int(bottom), shape[0])


def texture(grey: NDArray[np.uint8]) -> Texture:
    """The pooled structure tensor of a frame."""
    rows, columns = grey.shape[0] // CELL, grey.shape[1] // CELL
    grey = grey[: rows * CELL, : columns * CELL]
    falling = cv2.subtract(
        np.ascontiguousarray(grey[::2, ::2]), np.ascontiguousarray(grey[1::2, 1::2]), dtype=cv2.CV_16S
    )
    rising = cv2.subtract(
        np.ascontiguousarray(grey[::2, 1::2]), np.ascontiguousarray(grey[1::2, ::2]), dtype=cv2.CV_16S
    )
    along, across, mixed = (
        cv2.resize(cv2.multiply(first, second, dtype=cv2.CV_32F), (columns, rows), interpolation=cv2.INTER_AREA).astype(
            np.float32
        )
        for first, second in ((falling, falling), (rising, rising), (falling, rising))
    )
    energy = np.asarray((along + across) / 2, np.float32)
    floor = float(np.partition(energy.ravel(), energy.size // 4)[energy.size // 4])
    return Texture(energy, -mixed, np.asarray((along - across) / 2, np.float32), floor)


def _smooth(cells: Floats) -> Floats:
    return np.asarray(cv2.blur(cells, (5, 5)), np.float32)


def bar_regions(frame: Texture) -> list[Region]:
    """Regions where the gradient has one direction, the likeliest first."""
    found = _components(_bars(frame), frame.coherent, smallest=8)
    return _parallel(found, frame)


def clear_regions(frame: Texture, known: Sequence[Region]) -> list[Region]:
    """The same where it has hardly any other: bars that hang together with text or a striped shirt stand alone here.

    Without those that are as good as known.
    """
    mask = _bars(frame) & (frame.coherent > CLEAR * frame.above)
    found = _parallel(_connected(mask.astype(np.uint8), frame.coherent, smallest=8), frame)
    return [one for one in found if not any(one.is_like(other) for other in known)]


def _bars(frame: Texture) -> NDArray[np.bool_]:
    """Cells that may be bars."""
    coherent, above = frame.coherent, frame.above
    return (coherent > 0.42 * above) & (above > 1.2 * frame.floor + 20) & (coherent > 0.25 * frame.smooth[0])


def _parallel(found: Sequence[_Component], frame: Texture) -> list[Region]:
    parts = [part for one in found for part in _of_one_direction(one, frame, 8)]
    parts.sort(key=lambda one: -one.score)
    return [_region(one, frame) for one in parts[:MAX_REGIONS]]


def matrix_regions(frame: Texture) -> list[Region]:
    """Regions where the gradient has all directions, the likeliest first."""
    mask = (frame.above > 1.3 * frame.floor + 20) & (frame.coherent < 0.6 * frame.smooth[0])
    return [_region(one, frame) for one in _components(mask, frame.above, smallest=12)]


def _components(mask: NDArray[np.bool_], strength: Floats, smallest: int) -> list[_Component]:
    """Connected cells, the strongest first; gaps of a cell or two are closed."""
    square = np.ones((3, 3), np.uint8)
    closed = np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, square), np.uint8)
    return _connected(closed, strength, smallest)


def _connected(
    mask: NDArray[np.uint8], strength: Floats, smallest: int, top: int = 0, left: int = 0
) -> list[_Component]:
    """The MAX_REGIONS strongest components of a part of the frame that begins at `top` and `left`."""
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(mask)
    order = [one for one in range(1, count) if statistics[one, cv2.CC_STAT_AREA] >= smallest]
    scores = np.bincount(labels.ravel(), weights=strength.ravel(), minlength=count)
    order.sort(key=lambda one: -scores[one])
    found = []
    for one in order[:MAX_REGIONS]:
        x, y, width, height = (int(value) for value in statistics[one, : cv2.CC_STAT_AREA])
        rows, columns = np.nonzero(labels[y : y + height, x : x + width] == one)
        found.append(_Component(float(scores[one]), rows + (y + top), columns + (x + left)))
    return found


def _of_one_direction(found: _Component, frame: Texture, smallest: int) -> list[_Component]:
    """A component as it is, or cut in two where what it holds runs in two directions: bars before a striped wall.

    The direction most of it has is looked for, not the mean, which would lie between the two.
    """
    rows, columns = found.rows, found.columns
    _, cos2, sin2 = frame.smooth
    own = 0.5 * np.arctan2(sin2[rows, columns], cos2[rows, columns])
    weights = frame.coherent[rows, columns]
    turns = np.bincount(((own / np.pi + 0.5) * DIRECTIONS).astype(int) % DIRECTIONS, weights, DIRECTIONS)
    likeliest = (int((turns + np.roll(turns, 1) + np.roll(turns, -1)).argmax()) + 0.5) / DIRECTIONS * np.pi - np.pi / 2
    away = np.abs((own - likeliest + np.pi / 2) % np.pi - np.pi / 2) > ALIKE
    if float(away.mean()) < OTHER_SHARE:
        return [found]
    top, left, bottom, right = rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
    strength = np.ascontiguousarray(frame.coherent[top:bottom, left:right])
    parts = []
    for part in (~away, away):
        mask = np.zeros(strength.shape, np.uint8)
        mask[rows[part] - top, columns[part] - left] = 1
        parts += _connected(mask, strength, smallest, int(top), int(left))
    return parts


def _region(found: _Component, frame: Texture) -> Region:
    rows, columns = found.rows, found.columns
    cells = np.stack([columns, rows], 1).astype(np.float32) * CELL + CELL / 2
    cos2, sin2 = frame.cos2[rows, columns], frame.sin2[rows, columns]
    weights = np.hypot(cos2, sin2)
    angle = 0.5 * float(np.arctan2(sin2.sum(), cos2.sum()))
    angles = 0.5 * np.arctan2(sin2, cos2)
    # half angles are known up to half a turn: bring all near the region's own
    angles = angle + (angles - angle + np.pi / 2) % np.pi - np.pi / 2
    return Region(cells, weights.astype(np.float32), angles.astype(np.float32), angle, found.score)
