"""The value passed from reading to composing: one frame, decoded, with its grey table, not yet resampled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

WindowOrigin = Literal["file", "lut", "presentation", "asked", "auto", "none"]
Subtraction = Literal["none", "subtracted", "native"]


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of an image.

    `codes`: monochrome (rows, columns) uint16, monotone in the stored value (signed values are offset by 32,768), so
    that it can be resampled as it is; colour (rows, columns, 3) uint8 RGB.
    `table`: uint8[65536], code -> P-value 0 (dark) to 255 (bright), holding modality LUT, VOI LUT, presentation LUT
    and photometric interpretation (PS3.3 C.11.1, C.11.2, C.11.6; PS3.4 N.2); None for colour.
    `overlay`: (rows, columns) bool, the union of the 60xx graphics, drawn in white after windowing; None without.
    `window`: centre and width in modality units, where a window was used.
    `subtraction`: whether a mask was subtracted; native: one is meant to be, but is not.
    """

    codes: NDArray[np.uint16] | NDArray[np.uint8]
    table: NDArray[np.uint8] | None
    overlay: NDArray[np.bool_] | None = None
    window: tuple[float, float] | None = None
    window_origin: WindowOrigin = "none"
    warnings: tuple[str, ...] = field(default=())
    subtraction: Subtraction = "none"
