"""How a frame is cut out, turned and flipped for display (PS3.3 C.10.4, C.10.6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from kiosk.imaging.dicom.facts import Geometry

Scalar = TypeVar("Scalar", bound=np.generic)
Six = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Placement:
    """Displayed area (half-open, pixels from 0, may reach outside), quarter turns clockwise, then a horizontal flip."""

    rows: int
    columns: int
    left: int = 0
    top: int = 0
    right: int | None = None
    bottom: int | None = None
    rotation: int = 0
    flipped: bool = False

    @property
    def _size(self) -> tuple[int, int]:
        """Width and height of the area before it is turned."""
        right = self.columns if self.right is None else self.right
        bottom = self.rows if self.bottom is None else self.bottom
        return right - self.left, bottom - self.top

    @property
    def width(self) -> int:
        """Width of the displayed frame."""
        return self._size[self.rotation % 2]

    @property
    def height(self) -> int:
        """Height of the displayed frame."""
        return self._size[1 - self.rotation % 2]

    def apply(self, array: NDArray[Scalar], fill: int) -> NDArray[Scalar]:
        """The displayed part of an image array; what lies outside the image is `fill`."""
        cut = self._cut(array, fill)
        turned = np.rot90(cut, -self.rotation)
        return np.ascontiguousarray(np.fliplr(turned) if self.flipped else turned)

    def _cut(self, array: NDArray[Any], fill: int) -> NDArray[Any]:
        width, height = self._size
        right, bottom = self.left + width, self.top + height
        rows, columns = array.shape[:2]
        if self.left >= 0 and self.top >= 0 and right <= columns and bottom <= rows:
            return array[self.top : bottom, self.left : right]
        out = np.full((height, width, *array.shape[2:]), fill, array.dtype)
        top, left = max(0, self.top), max(0, self.left)
        part = array[top : max(top, bottom), left : max(left, right)]
        out[top - self.top :, left - self.left :][: part.shape[0], : part.shape[1]] = part
        return out

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the image (0, 0 is the corner of the first pixel) lies in the displayed frame."""
        width, height = self._size
        x, y = x - self.left, y - self.top
        for _ in range(self.rotation):
            x, y, width, height = height - y, x, height, width
        return (width - x if self.flipped else x), y

    def geometry(self, geometry: Geometry) -> Geometry:
        """Geometry of the displayed frame: position of its first pixel, directions of its rows and columns."""
        if geometry.orientation is None:
            return geometry
        row, column = np.array(geometry.orientation[:3]), np.array(geometry.orientation[3:])
        spacing = geometry.spacing
        x, y = self._source_of_first_pixel()
        for _ in range(self.rotation):
            row, column = -column, row
            spacing = spacing and replace(spacing, row=spacing.column, column=spacing.row)
        row = -row if self.flipped else row
        orientation: Six = tuple(float(value) for value in (*row, *column))  # type: ignore[assignment]
        return replace(geometry, position=_moved(geometry, x, y), orientation=orientation, spacing=spacing)

    def _source_of_first_pixel(self) -> tuple[int, int]:
        """Column and row in the image of the displayed frame's first pixel."""
        width, height = self._size
        corners = [(0, 0), (0, height - 1), (width - 1, height - 1), (width - 1, 0)]
        first = {0: 0, 1: 1, 2: 2, 3: 3}[self.rotation]
        if self.flipped:
            first = {0: 3, 1: 0, 2: 1, 3: 2}[self.rotation]
        return corners[first][0] + self.left, corners[first][1] + self.top


def _moved(geometry: Geometry, x: int, y: int) -> tuple[float, float, float] | None:
    if geometry.position is None or geometry.orientation is None:
        return geometry.position
    rows, columns = (geometry.spacing.row, geometry.spacing.column) if geometry.spacing else (1.0, 1.0)
    row, column = np.array(geometry.orientation[:3]), np.array(geometry.orientation[3:])
    moved = np.array(geometry.position) + x * columns * row + y * rows * column
    return float(moved[0]), float(moved[1]), float(moved[2])
