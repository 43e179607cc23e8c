"""Overlay planes 60xx (PS3.3 C.9.2; PS3.5 8.1.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk.imaging.dicom.attributes import SHUTTER_OVERLAY, SHUTTER_SHAPE, overlay
from kiosk.imaging.dicom.elements import Header

_ROWS, _COLUMNS, _FRAMES, _ORIGIN, _FIRST, _BIT, _LAYER, _DATA = (
    0x0010, 0x0011, 0x0015, 0x0050, 0x0051, 0x0102, 0x1001, 0x3000,
)  # fmt: skip


def planes(header: Header) -> list[int]:
    """Numbers (0..15) of the overlay groups that the data set has."""
    return [group for group in range(16) if overlay(_ROWS, group, "US") in header]


def activated(state: Header) -> list[int]:
    """Numbers of the image's overlays that a presentation state switches on (PS3.3 C.11.7)."""
    return [group for group in range(16) if state.string(overlay(_LAYER, group, "CS"))]


def shutter_group(header: Header) -> int | None:
    """Number of the group that is a bitmap shutter and no graphics (PS3.3 C.7.6.15)."""
    group = header.integer(SHUTTER_OVERLAY) if "BITMAP" in header.strings(SHUTTER_SHAPE) else None
    # Shutter Overlay Group is the group number itself, always even; the functions here count from 0.
    return (group - 0x6000) // 2 if group is not None and 0x6000 <= group <= 0x601E else None


def bitmap(header: Header, group: int | None, size: tuple[int, int]) -> NDArray[np.bool_] | None:
    """One overlay plane of a data set on a matrix of `size`; None where it has none."""
    plane = None if group is None or _is_embedded(header, group) else _separate(header, group, 0)
    if group is None or plane is None:
        return None
    drawn = np.zeros(size, np.bool_)
    _paste(drawn, plane, *_origin(header, group))
    return drawn


def union(
    header: Header, raw: NDArray[Any], frame: int, groups: Sequence[int] | None = None
) -> NDArray[np.bool_] | None:
    """Overlay graphics of `frame`, all or those of `groups`, clipped to the pixel matrix; None if there are none.

    `raw` are the samples before unused bits are removed: retired overlays live in those bits.
    """
    rows, columns = raw.shape[:2]
    drawn = np.zeros((rows, columns), np.bool_)
    covering = shutter_group(header)
    for group in planes(header):
        if group == covering or (groups is not None and group not in groups):
            continue
        plane = _embedded(header, group, raw) if _is_embedded(header, group) else _separate(header, group, frame)
        if plane is not None:
            _paste(drawn, plane, *_origin(header, group))
    return drawn if drawn.any() else None


def _is_embedded(header: Header, group: int) -> bool:
    # Retired in PS3.5-2004: without Overlay Data the plane lies in the unused bits of the pixel data.
    return overlay(_DATA, group, "OW") not in header


def _embedded(header: Header, group: int, raw: NDArray[Any]) -> NDArray[np.bool_] | None:
    bit = header.integer(overlay(_BIT, group, "US"))
    # Bit 0 is the image itself in every real file; signed samples were extended, their upper bits are no overlay.
    if bit is None or raw.ndim != 2 or raw.dtype.kind != "u" or not 0 < bit < 8 * raw.dtype.itemsize:
        return None
    return np.asarray(raw >> np.array(bit, raw.dtype) & 1, np.bool_)


def _separate(header: Header, group: int, frame: int) -> NDArray[np.bool_] | None:
    rows = header.integer(overlay(_ROWS, group, "US"), 0) or 0
    columns = header.integer(overlay(_COLUMNS, group, "US"), 0) or 0
    number = _frame_number(header, group, frame)
    size = rows * columns
    if not size or number is None or size > header.budget.limits.pixels:
        return None
    start = number * size
    data = np.frombuffer(_bytes(header, group)[start // 8 : -(-(start + size) // 8)], np.uint8)
    # Frames follow each other without padding, so a frame may begin in the middle of a byte (PS3.5 8.1.2).
    bits = np.unpackbits(data, bitorder="little")[start % 8 :][:size]
    # A plane that is cut off is drawn as far as it goes: half an annotation is better than none.
    whole = len(bits) // columns * columns
    return bits[:whole].reshape(-1, columns).astype(np.bool_) if whole else None


def _bytes(header: Header, group: int) -> bytes:
    data = header.raw(overlay(_DATA, group, "OW"))
    element = header.elements[overlay(_DATA, group, "OW").tag]
    if not header.encoding.big or element.vr == "OB":
        return data
    return np.frombuffer(data[: len(data) // 2 * 2], ">u2").astype("<u2").tobytes()


def _frame_number(header: Header, group: int, frame: int) -> int | None:
    """Which frame of the overlay belongs to `frame` of the image."""
    count = header.integer(overlay(_FRAMES, group, "IS"), 1) or 1
    first = header.integer(overlay(_FIRST, group, "US"), 1) or 1
    # One plane without a first frame belongs to every frame of the image.
    if count == 1 and overlay(_FIRST, group, "US") not in header:
        return 0
    number = frame + 1 - first
    return number if 0 <= number < count else None


def _origin(header: Header, group: int) -> tuple[int, int]:
    """Row and column (from 0) of the plane's first pixel in the image."""
    values = header.numbers(overlay(_ORIGIN, group, "SS"), signed=True)
    return (int(values[0]) - 1, int(values[1]) - 1) if len(values) == 2 else (0, 0)


def _paste(drawn: NDArray[np.bool_], plane: NDArray[np.bool_], row: int, column: int) -> None:
    top, left = max(0, row), max(0, column)
    bottom, right = min(drawn.shape[0], row + plane.shape[0]), min(drawn.shape[1], column + plane.shape[1])
    if top < bottom and left < right:
        drawn[top:bottom, left:right] |= plane[top - row : bottom - row, left - column : right - column]
