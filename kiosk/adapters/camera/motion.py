"""Does anything move before the lens? Told by small averaged pictures, in which the sensor's noise does not count."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

THUMB = (64, 36)
STEP = 4


def thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """THUMB of a grey or BGR picture: the green channel, every fourth pixel, averaged."""
    channel = pixels if pixels.ndim == 2 else pixels[..., 1]
    sample = np.ascontiguousarray(channel[::STEP, ::STEP])
    return np.asarray(cv2.resize(sample, THUMB, interpolation=cv2.INTER_AREA), np.uint8)


def change(before: NDArray[np.uint8] | None, now: NDArray[np.uint8]) -> float:
    """Mean change of grey between two thumbnails; infinite where there was none before."""
    return float(np.asarray(cv2.absdiff(now, before)).mean()) if before is not None else float("inf")
