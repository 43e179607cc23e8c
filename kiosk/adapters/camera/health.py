"""Is what the camera gives a picture? Black, over-exposed and frozen cameras are noticed here."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.faults import FaultCode

FROZEN_S = 5.0
LASTING_S = 1.0  # a hand before the lens is no fault
DARK_LEVEL, BRIGHT_LEVEL = 12.0, 244.0
PLAIN = 5.0  # standard deviation below which a picture shows nothing
STEP = 8


class FrameHealth:
    """Judges frame after frame; `frozen_s` None for sources that may stand still."""

    def __init__(self, frozen_s: float | None = FROZEN_S, lasting_s: float = LASTING_S) -> None:
        self._frozen_s = frozen_s
        self._lasting_s = lasting_s
        self._digest: int | None = None
        self._since = 0.0
        self._suspect: tuple[FaultCode, float] | None = None

    def judge(self, pixels: NDArray[np.uint8], at: float) -> FaultCode | None:
        """What is wrong with the camera at this frame, taken at `at` (monotonic seconds)."""
        digest = zlib.crc32(np.ascontiguousarray(pixels[::STEP]).data)
        if digest != self._digest:
            self._digest, self._since = digest, at
        elif self._frozen_s is not None and at - self._since >= self._frozen_s:
            return FaultCode.CAMERA_FROZEN
        return self._lasting(_exposure(pixels[::STEP, ::STEP]), at)

    def _lasting(self, fault: FaultCode | None, at: float) -> FaultCode | None:
        if fault is None:
            self._suspect = None
            return None
        if self._suspect is None or self._suspect[0] is not fault:
            self._suspect = (fault, at)
        return fault if at - self._suspect[1] >= self._lasting_s else None


def _exposure(sample: NDArray[np.uint8]) -> FaultCode | None:
    mean, spread = float(sample.mean()), float(sample.std())
    if mean < DARK_LEVEL and spread < 2 * PLAIN:
        return FaultCode.CAMERA_DARK
    return FaultCode.CAMERA_GLARE if mean > BRIGHT_LEVEL and spread < 2 * PLAIN else None
