"""Masked angiography: what is subtracted from a frame before it is windowed (PS3.3 C.7.6.10, C.11.13; PS3.4 N.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain.faults import KioskError
from kiosk.imaging.dicom import attributes as a
from kiosk.imaging.dicom.elements import Header
from kiosk.imaging.pixels.values import CODES, CodeScale

NOT_SUBTRACTED = "the mask cannot be applied"
_MOST_AVERAGED = 64
Values = NDArray[np.float32]


@dataclass(frozen=True)
class Mask:
    """What is done to one frame. Frames count from 0; none: the operation is not known here or has no valid frames.

    `contrast`: frames averaged before the subtraction. `shift`: rows and columns by which the mask is moved.
    """

    frames: tuple[int, ...]
    contrast: tuple[int, ...]
    shift: tuple[float, float] = (0.0, 0.0)


def has_masks(header: Header) -> bool:
    """Whether frames of this image, or of this presentation state, are meant to be seen subtracted."""
    return bool(header.items(a.MASKS)) and header.string(a.VIEWING_MODE) != "NAT"


def mask_of(header: Header, frame: int, frames: int) -> Mask | None:
    """The mask of `frame` of an image with so many frames; None where it is to be seen as it was taken."""
    if not has_masks(header):
        return None
    item = next((item for item in header.items(a.MASKS) if _is_in_range(item, frame + 1)), None)
    operation = item.string(a.MASK_OPERATION) if item is not None else "NONE"
    if item is None or operation == "NONE":
        return None
    if operation == "TID":
        return _time_interval(item, frame, frames)
    chosen = tuple(int(number) - 1 for number in item.numbers(a.MASK_FRAMES)) if operation == "AVG_SUB" else ()
    if frame in chosen:
        return None  # a mask less itself would be an empty picture
    usable = 0 < len(chosen) <= _MOST_AVERAGED and all(0 <= number < frames for number in chosen)
    return _mask(item, chosen if usable else (), frame, frames)


def _is_in_range(item: Header, number: int) -> bool:
    """Applicable Frame Range: pairs of first and last frame, all frames where it is absent."""
    ends = item.numbers(a.MASK_RANGE)
    return not ends or any(first <= number <= last for first, last in zip(ends[0::2], ends[1::2], strict=False))


def _time_interval(item: Header, frame: int, frames: int) -> Mask | None:
    """Each frame less an earlier one, as far as there is one."""
    before = frame - (item.integer(a.TID_OFFSET, 1) or 1)
    return _mask(item, (before,), frame, frames) if 0 <= before < frames and before != frame else None


def _mask(item: Header, chosen: tuple[int, ...], frame: int, frames: int) -> Mask:
    count = min(max(1, item.integer(a.CONTRAST_AVERAGING, 1) or 1), _MOST_AVERAGED)
    moved = item.numbers(a.MASK_SHIFT)
    shift = (moved[0], moved[1]) if len(moved) == 2 and max(map(abs, moved)) < 1_000 else (0.0, 0.0)
    return Mask(chosen, tuple(range(frame, min(frame + count, frames))), shift)


def subtracted(
    mask: Mask, load: Callable[[int], Values], bits: int, *, linear: bool
) -> tuple[NDArray[np.uint16], CodeScale] | None:
    """Contrast less mask as codes, the scale giving signed differences; None where a frame cannot be had.

    `load` gives the stored values of a frame. Values that are proportional to intensity (`linear`) are compared by
    their logarithm, as the thickness of contrast medium is.
    """
    if not mask.frames:
        return None
    try:
        contrast, background = (_mean([load(number) for number in numbers], bits if linear else 0)
                                for numbers in (mask.contrast, mask.frames))  # fmt: skip
    except (KioskError, ValueError):  # frames of different sizes
        return None
    if contrast.shape != background.shape:
        return None
    step = 1.0 if bits < 16 else 2.0
    codes = np.rint((contrast - _moved(background, mask.shift)) / step) + CODES // 2
    return np.clip(codes, 0, CODES - 1).astype(np.uint16), CodeScale(base=-step * (CODES // 2), step=step)


def _mean(frames: Sequence[Values], bits: int) -> Values:
    """The average; with `bits`, of the logarithms spread over so many bits."""
    if bits:
        spread = ((1 << bits) - 1) / bits
        frames = [np.log2(np.maximum(values, 0) + 1) * spread for values in frames]
    return np.asarray(np.mean(np.stack(frames), axis=0), np.float32)


def _moved(values: Values, shift: tuple[float, float]) -> Values:
    """Mask Sub-pixel Shift: by rows (down) and columns (right); the border goes on outside."""
    if not any(shift):
        return values
    rows, columns = values.shape
    move = np.array([[1, 0, shift[1]], [0, 1, shift[0]]], np.float32)
    return np.asarray(cv2.warpAffine(values, move, (columns, rows), flags=cv2.INTER_LINEAR,
                                     borderMode=cv2.BORDER_REPLICATE), np.float32)  # fmt: skip
