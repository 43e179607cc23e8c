"""Which way up: the letters at the four sides of a picture, and where slices cut a scout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.imaging.dicom.facts import Geometry

_LETTERS = (("L", "R"), ("P", "A"), ("H", "F"))  # towards +x, -x; +y, -y; +z, -z (PS3.3 C.7.6.2.1.1)
_OPPOSITE = str.maketrans("LRPAHF", "RLAPFH")
_LEAST_PART = 0.342  # sine of 20 degrees: less of an axis gets no letter


@dataclass(frozen=True)
class Sides:
    """Letters at the sides of a picture; empty where unknown."""

    left: str = ""
    right: str = ""
    top: str = ""
    bottom: str = ""

    def turned(self, quarter_turns: int, *, mirrored: bool) -> Sides:
        """After turning clockwise by quarters and then mirroring left to right, as a presentation state does."""
        sides = self
        for _ in range(quarter_turns % 4):
            sides = Sides(left=sides.bottom, top=sides.left, right=sides.top, bottom=sides.right)
        return Sides(sides.right, sides.left, sides.top, sides.bottom) if mirrored else sides


def direction_letters(vector: Sequence[float]) -> str:
    """The letters of a direction in the patient, the strongest first."""
    parts = sorted(((abs(value), axis) for axis, value in enumerate(vector)), reverse=True)
    return "".join(_LETTERS[axis][0 if vector[axis] > 0 else 1] for size, axis in parts if size >= _LEAST_PART)


def sides_of(orientation: Sequence[float] | None, patient_orientation: Sequence[str]) -> Sides:
    """From Image Orientation (Patient), else from Patient Orientation (PS3.3 C.7.6.1.1.1)."""
    if orientation is not None and any(orientation):
        right, bottom = direction_letters(orientation[:3]), direction_letters(orientation[3:])
    elif len(patient_orientation) == 2:
        right, bottom = (_known(value) for value in patient_orientation)
    else:
        return Sides()
    return Sides(right.translate(_OPPOSITE), right, bottom.translate(_OPPOSITE), bottom)


def _known(value: str) -> str:
    letters = value.strip().upper()
    return letters if letters and set(letters) <= set("LRPAHF") and len(letters) <= 3 else ""


@dataclass(frozen=True)
class Plane:
    """A picture in the patient: centre of its first pixel, steps to the next column and row, and its size in pixels."""

    origin: NDArray[np.float64]
    across: NDArray[np.float64]
    down: NDArray[np.float64]
    columns: int
    rows: int

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector across the plane."""
        cross = np.cross(self.across, self.down)
        return np.asarray(cross / np.linalg.norm(cross))


def plane_of(geometry: Geometry, rows: int, columns: int) -> Plane | None:
    """None where position, orientation or spacing is unknown."""
    if geometry.position is None or geometry.normal is None or geometry.spacing is None or geometry.orientation is None:
        return None
    across = np.asarray(geometry.orientation[:3]) * geometry.spacing.column
    down = np.asarray(geometry.orientation[3:]) * geometry.spacing.row
    return Plane(np.asarray(geometry.position), across, down, columns, rows)


NO_SIDES = Sides()
Line = tuple[tuple[float, float], tuple[float, float]]


def cut_line(scout: Plane, piece: Plane) -> Line | None:
    """Where a slice cuts a scout: two points in the scout's (column, row) pixels; None if it does not cross it."""
    normal = scout.normal
    corners = [piece.origin, piece.origin + piece.across * piece.columns,
               piece.origin + piece.across * piece.columns + piece.down * piece.rows,
               piece.origin + piece.down * piece.rows]  # fmt: skip
    heights = [float(np.dot(corner - scout.origin, normal)) for corner in corners]
    points = []
    for i in range(4):
        one, other = heights[i], heights[(i + 1) % 4]
        if one * other < 0:
            where = corners[i] + (corners[(i + 1) % 4] - corners[i]) * (one / (one - other))
            points.append(_in_pixels(scout, where))
    return (points[0], points[1]) if len(points) == 2 else None


def _in_pixels(plane: Plane, point: NDArray[np.float64]) -> tuple[float, float]:
    offset = point - plane.origin
    column = float(np.dot(offset, plane.across) / np.dot(plane.across, plane.across))
    row = float(np.dot(offset, plane.down) / np.dot(plane.down, plane.down))
    return column, row
