"""What would help, from the frame itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.adapters.symbols import strips
from kiosk.adapters.symbols.regions import CELL, Region
from kiosk.ports.scanner import Grey, Hint

THUMB = (80, 45)
MOVING = 5.0  # mean change of grey between two thumbnails
SAME_SHARE = 0.003  # of the thumbnail that may change while the scene counts as the same
DARK = 45.0  # 95th percentile of grey
SATURATED = 250
GLARE_SHARE = 0.25  # of a symbol's area
NEAREST_SHARE = 0.9  # of the frame's width
SMALLEST_BARS, SMALLEST_MATRIX = 150.0, 55.0  # pixels
CUT_SHARE = 0.4  # of the frame that a region cut by the border must span to be told
CONVERGING = 0.16  # difference of the outermost bars' directions
PAPER = 0.12  # share of the frame that is plain and bright


@dataclass(frozen=True, eq=False)
class Scene:
    """What a frame shows apart from symbols: its thumbnail and how much that changed since the frame before."""

    thumb: NDArray[np.uint8]
    change: float

    def shows_what(self, other: Scene) -> bool:
        """True where both show the same things in the same places."""
        changed = np.asarray(cv2.absdiff(self.thumb, other.thumb)) > 14
        return float(changed.mean()) < SAME_SHARE

    @property
    def still(self) -> bool:
        """True while the hand does not move."""
        return self.change < MOVING


def scene_of(grey: Grey, before: Scene | None) -> Scene:
    """The frame's thumbnail compared with the one before; the first frame counts as moving."""
    thumb = np.asarray(cv2.resize(grey, THUMB, interpolation=cv2.INTER_AREA), np.uint8)
    change = float(np.asarray(cv2.absdiff(thumb, before.thumb)).mean()) if before else float("inf")
    return Scene(thumb, change)


def hint_of(grey: Grey, scene: Scene, bars: Sequence[Region], matrices: Sequence[Region]) -> Hint:
    """One hint for a frame on which nothing was read."""
    if float(np.percentile(scene.thumb, 95)) < DARK:
        return Hint.TOO_DARK
    likely = [*bars[:1], *matrices[:1]]
    if any(_glare(grey, region) > GLARE_SHARE for region in likely):
        return Hint.GLARE
    if likely and not scene.still:
        return Hint.HOLD_STILL
    if bars:
        return _bars_hint(grey, bars[0])
    if matrices:
        return _matrix_hint(grey, matrices[0])
    return Hint.TURN_PAPER if _paper(scene) > PAPER else Hint.NONE


def _bars_hint(grey: Grey, region: Region) -> Hint:
    line = strips.line_of(region)
    if line is None:
        return Hint.NONE
    length = line.right - line.left - 2 * strips.MARGIN
    if length > NEAREST_SHARE * max(grey.shape) or _touches_border(region, grey.shape):
        return Hint.FURTHER
    if length < SMALLEST_BARS:
        return Hint.NEARER
    return Hint.TILT_LESS if abs(line.slope1 - line.slope0) > CONVERGING else Hint.NEARER


def _matrix_hint(grey: Grey, region: Region) -> Hint:
    width, height = np.ptp(region.cells, axis=0) + CELL
    if min(width, height) > 0.85 * min(grey.shape) or _touches_border(region, grey.shape):
        return Hint.FURTHER
    if max(width, height) < SMALLEST_MATRIX:
        return Hint.NEARER
    return Hint.TILT_LESS if max(width, height) > 1.6 * min(width, height) else Hint.NEARER


def _touches_border(region: Region, shape: tuple[int, ...]) -> bool:
    """True where a large region ends at the frame's border: part of it is outside."""
    cut = region.cells.min(0) < CELL, region.cells.max(0) > np.array([shape[1], shape[0]]) - 2 * CELL
    large = np.ptp(region.cells, axis=0).max() > CUT_SHARE * max(shape)
    return bool(large and np.any(cut))


def _glare(grey: Grey, region: Region) -> float:
    """Share of a region's box that is saturated."""
    left, top, right, bottom = region.box(0, grey.shape)
    return float((grey[top:bottom, left:right] >= SATURATED).mean())


def _paper(scene: Scene) -> float:
    """Share of the frame that looks like empty paper."""
    calm = np.asarray(cv2.Laplacian(scene.thumb, cv2.CV_16S))
    return float(((scene.thumb > 165) & (np.abs(calm) < 12)).mean())
