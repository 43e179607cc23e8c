"""Where in the frame a symbol may be, by the structure tensor at reduced scale.

Bars have strong gradients in one direction, matrix symbols in all. The gradients are taken at full resolution (on one
2×2 cross in four pixels) and only their squares are pooled, so that bars of 1.4 pixels still count.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CELL = 8  # pixels of the frame per cell of the pooled tensor
MAX_REGIONS = 4
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
    floor = float(np.percentile(energy, 25))
    return Texture(energy, -mixed, np.asarray((along - across) / 2, np.float32), floor)


def _smooth(cells: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    return np.asarray(cv2.blur(cells, (size, size)), np.float32)


def bar_regions(frame: Texture) -> list[Region]:
    """Regions where the gradient has one direction, the likeliest first."""
    energy, cos2, sin2 = (_smooth(part, 5) for part in (frame.energy, frame.cos2, frame.sin2))
    coherent = np.sqrt(cos2 * cos2 + sin2 * sin2)
    above = np.maximum(energy - frame.floor, 0)
    mask = (coherent > 0.42 * above) & (above > 1.2 * frame.floor + 20) & (coherent > 0.25 * energy)
    angles = np.asarray(0.5 * np.arctan2(sin2, cos2), np.float32)
    return _components(mask, frame, coherent, close=3, smallest=8, angles=angles)


def matrix_regions(frame: Texture) -> list[Region]:
    """Regions where the gradient has all directions, the likeliest first."""
    energy, cos2, sin2 = (_smooth(part, 5) for part in (frame.energy, frame.cos2, frame.sin2))
    coherent = np.sqrt(cos2 * cos2 + sin2 * sin2)
    above = np.maximum(energy - frame.floor, 0)
    mask = (above > 1.3 * frame.floor + 20) & (coherent < 0.6 * energy)
    return _components(mask, frame, above, close=3, smallest=12)


def _components(
    mask: NDArray[np.bool_],
    frame: Texture,
    strength: Floats,
    *,
    close: int,
    smallest: int,
    angles: Floats | None = None,
) -> list[Region]:
    """Connected cells, the strongest first; with `angles` (of each cell) those of one direction only hang together."""
    square = np.ones((close, close), np.uint8)
    closed = np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, square), np.uint8)
    found = _connected(closed, strength, smallest)
    if angles is not None:
        found = [part for one in found for part in _of_one_direction(one, strength, angles, smallest)]
        found.sort(key=lambda one: -one[0])
    return [_region(member, frame, score) for score, member in found[:MAX_REGIONS]]


def _connected(mask: NDArray[np.uint8], strength: Floats, smallest: int) -> list[tuple[float, NDArray[np.bool_]]]:
    """(score, cells) of the MAX_REGIONS strongest components."""
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(mask)
    order = [one for one in range(1, count) if statistics[one, cv2.CC_STAT_AREA] >= smallest]
    scores = np.bincount(labels.ravel(), weights=strength.ravel(), minlength=count)
    order.sort(key=lambda one: -scores[one])
    return [(float(scores[one]), labels == one) for one in order[:MAX_REGIONS]]


def _of_one_direction(
    found: tuple[float, NDArray[np.bool_]], strength: Floats, angles: Floats, smallest: int
) -> list[tuple[float, NDArray[np.bool_]]]:
    """A component as it is, or cut in two where what it holds runs in two directions: bars before a striped wall.

    The direction most of it has is looked for, not the mean, which would lie between the two.
    """
    _, member = found
    weights, own = strength[member], angles[member]
    turns = np.bincount(((own / np.pi + 0.5) * DIRECTIONS).astype(int) % DIRECTIONS, weights, DIRECTIONS)
    likeliest = (int((turns + np.roll(turns, 1) + np.roll(turns, -1)).argmax()) + 0.5) / DIRECTIONS * np.pi - np.pi / 2
    away = np.abs((angles - likeliest + np.pi / 2) % np.pi - np.pi / 2) > ALIKE
    if float(away[member].mean()) < OTHER_SHARE:
        return [found]
    parts = (member & ~away, member & away)
    return [one for part in parts for one in _connected(part.astype(np.uint8), strength, smallest)]


def _region(member: NDArray[np.bool_], frame: Texture, score: float) -> Region:
    rows, columns = np.nonzero(member)
    cells = np.stack([columns, rows], 1).astype(np.float32) * CELL + CELL / 2
    cos2, sin2 = frame.cos2[rows, columns], frame.sin2[rows, columns]
    weights = np.hypot(cos2, sin2)
    angle = 0.5 * float(np.arctan2(sin2.sum(), cos2.sum()))
    angles = 0.5 * np.arctan2(sin2, cos2)
    # half angles are known up to half a turn: bring all near the region's own
    angles = angle + (angles - angle + np.pi / 2) % np.pi - np.pi / 2
    return Region(cells, weights.astype(np.float32), angles.astype(np.float32), angle, score)
