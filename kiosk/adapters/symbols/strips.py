"""Bars made straight: a region of parallel (tilted: converging) bars as an upright strip, averaged along the bars."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.adapters.symbols.regions import Region

Floats = NDArray[np.float32]

SCALE = 3.0  # strip columns per pixel of the frame
MARGIN = 26.0  # pixels of quiet zone taken along on both sides
NARROWEST = 60  # pixels of a row of bars; the edge of a sheet makes a region of 40 to 56
LONGEST = 5400  # columns of a strip
MOST_ROWS, COARSE_ROWS = 96, 40  # of a strip to be read, and of one that only tells the bars' directions


@dataclass(frozen=True)
class StripAxes:
    """The frame in a region's own axes: u across the bars, v along them, origin at the region's centre.

    `slope0`, `slope1`: how far u moves per v at u = `left` and u = `right`: the two outermost bars' own directions.
    """

    centre: tuple[float, float]
    angle: float
    left: float
    right: float
    top: float
    bottom: float
    slope0: float
    slope1: float

    def corners(self) -> Floats:
        """The strip's corners in the frame: left top, right top, right bottom, left bottom."""
        ends = (
            (self.left, self.slope0, self.top),
            (self.right, self.slope1, self.top),
            (self.right, self.slope1, self.bottom),
            (self.left, self.slope0, self.bottom),
        )
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        points = [(u + slope * v, v) for u, slope, v in ends]
        return np.array(
            [(self.centre[0] + cosine * u - sine * v, self.centre[1] + sine * u + cosine * v) for u, v in points],
            np.float32,
        )


def line_of(region: Region) -> StripAxes | None:
    """The region's axes and the direction of its outermost bars; None where it cannot be a row of bars."""
    centre = np.average(region.cells, axis=0, weights=region.weights + 1e-6)
    cosine, sine = np.cos(region.angle), np.sin(region.angle)
    offsets = region.cells - centre
    u = offsets @ np.array([cosine, sine], np.float32)
    v = offsets @ np.array([-sine, cosine], np.float32)
    left, right = float(u.min()) - MARGIN, float(u.max()) + MARGIN
    top, bottom = (float(limit) for limit in np.percentile(v, (3, 97)))
    if right - left < NARROWEST + 2 * MARGIN or (right - left) * SCALE > LONGEST or bottom - top < 6:
        return None
    # a bar turned by d against the region's axes runs along u = -tan(d) v
    turn = np.clip(region.angles - region.angle, -0.3, 0.3)
    keep = np.abs(turn) < 0.15
    if keep.sum() < 6:
        return None
    slope, at0 = _fit_line(u[keep], -np.tan(turn[keep]), region.weights[keep])
    return StripAxes(
        (float(centre[0]), float(centre[1])),
        region.angle,
        left,
        right,
        top,
        bottom,
        float(at0 + slope * left),
        float(at0 + slope * right),
    )


def _fit_line(at: Floats, values: Floats, weights: Floats) -> tuple[float, float]:
    """Slope and value at 0 of the weighted straight line."""
    total = float(weights.sum()) or 1.0
    middle, mean = float(at @ weights) / total, float(values @ weights) / total
    spread = float(((at - middle) ** 2) @ weights)
    slope = float(((at - middle) * (values - mean)) @ weights) / spread if spread > 0 else 0.0
    return slope, mean - slope * middle


def strip(grey: NDArray[np.uint8], line: StripAxes, most_rows: int = MOST_ROWS) -> NDArray[np.uint8]:
    """The strip: SCALE columns a pixel across the bars, at most one row a pixel along them."""
    columns = int((line.right - line.left) * SCALE)
    rows = min(max(4, round(line.bottom - line.top)), most_rows)
    target = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32)
    mapping = cv2.getPerspectiveTransform(line.corners(), target)
    return np.asarray(
        cv2.warpPerspective(grey, mapping, (columns, rows), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )


def bands(picture: NDArray[np.uint8], count: int) -> list[Floats]:
    """`count` profiles, each the average over its share of the rows."""
    limits = np.linspace(0, picture.shape[0], count + 1).astype(int)
    return [picture[first:last].mean(0, dtype=np.float32) for first, last in pairwise(limits)]


def bar_rows(picture: NDArray[np.uint8]) -> slice:
    """The rows in which the same bars are seen; text and paper above and below are left out."""
    count = max(2, min(12, picture.shape[0] // 4))
    blocks = cv2.resize(picture, (picture.shape[1], count), interpolation=cv2.INTER_AREA).astype(np.float32)
    change = np.asarray(cv2.blur(np.diff(blocks, axis=1), (3, 1)), np.float32)
    change /= np.linalg.norm(change, axis=1, keepdims=True) + 1e-3
    alike = change @ change.T
    likest = int(alike.sum(1).argmax())
    limit = 0.45 * float(np.sort(alike[likest])[-2])
    first, last = likest, likest
    while first > 0 and alike[likest, first - 1] >= limit:
        first -= 1
    while last < count - 1 and alike[likest, last + 1] >= limit:
        last += 1
    rows = picture.shape[0]
    return slice(first * rows // count, max((last + 1) * rows // count, first * rows // count + 2))


def straighten(grey: NDArray[np.uint8], line: StripAxes) -> StripAxes:
    """The same line with the outermost bars' directions corrected by how upper and lower half are shifted."""
    picture = strip(grey, line, COARSE_ROWS)
    rows = bar_rows(picture)
    upper, lower = bands(picture[rows], 2)
    height = (rows.stop - rows.start) / 2 * (line.bottom - line.top) / picture.shape[0]
    third = len(upper) // 2
    shift0 = _shift(upper[:third], lower[:third]) / SCALE / height
    shift1 = _shift(upper[-third:], lower[-third:]) / SCALE / height
    # the shifts belong to the middles of the halves, at a quarter and three quarters of the length
    change = (shift1 - shift0) * 2
    middle = (shift0 + shift1) / 2
    return StripAxes(
        line.centre,
        line.angle,
        line.left,
        line.right,
        line.top,
        line.bottom,
        line.slope0 + middle - change / 2,
        line.slope1 + middle + change / 2,
    )


def _shift(upper: Floats, lower: Floats, limit: int = 15) -> float:
    """By how many columns `lower` lies right of `upper`, by correlation of their derivatives."""
    first, second = np.diff(upper), np.diff(lower)
    if len(first) <= 4 * limit:
        return 0.0
    core = first[limit:-limit]
    scores = np.correlate(second, core, "valid")  # index = shift + limit
    best = int(scores.argmax())
    if scores[best] <= 0 or best in (0, len(scores) - 1):
        return 0.0
    before, here, after = scores[best - 1 : best + 2]
    bend = before - 2 * here + after
    return float(best - limit + (0.5 * (before - after) / bend if bend else 0.0))


def normalise(profiles: Floats, window: int) -> NDArray[np.uint8]:
    """Local contrast stretched: darkest to brightest within `window` columns becomes 0 to 255."""
    kernel = np.ones((1, window | 1), np.uint8)
    low = cv2.blur(cv2.erode(profiles, kernel), (window | 1, 1))
    high = cv2.blur(cv2.dilate(profiles, kernel), (window | 1, 1))
    return np.asarray(np.clip((profiles - low) / (high - low + 1) * 255, 0, 255), np.uint8)
