"""The picture a lobby may see: a slip bears a name and an exam, and nothing is proven yet.

Everything is averaged over cells so large that no print on a slip can be read; only the band of a symbol that was found
is left as it is, so that the hand sees what the camera reads.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.ports.scanner import Quad

Pixels = NDArray[np.uint8]
CELLS = 32  # across the longer side: a character on a slip that fills the picture is smaller than one
HALF = 2  # the preview is drawn at half the camera's size
FLATTEST = 0.15  # of a band's length; a linear symbol may be reported as the line that was read


def veiled(pixels: Pixels, symbols: Sequence[Quad] = ()) -> Pixels:
    """(rows, columns) or (rows, columns, 3) BGR to half that size, BGR; `symbols`: corners in pixels of the frame."""
    rows, columns = pixels.shape[:2]
    size = max(1, columns // HALF), max(1, rows // HALF)
    cell = max(1, max(rows, columns) // CELLS)
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    small = small if small.ndim == 3 else cv2.cvtColor(small, cv2.COLOR_GRAY2BGR)
    coarse = cv2.resize(small, (max(1, columns // cell), max(1, rows // cell)), interpolation=cv2.INTER_AREA)
    veil = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    if symbols:
        cv2.copyTo(small, _bands(symbols, veil.shape[:2]), veil)
    return np.asarray(veil, np.uint8)


def _bands(symbols: Sequence[Quad], shape: tuple[int, ...]) -> Pixels:
    mask = np.zeros(shape, np.uint8)
    for quad in symbols:
        centre, (wide, high), turn = cv2.minAreaRect(np.asarray(quad, np.float32) / HALF)
        flattest = FLATTEST * max(wide, high)
        corners = cv2.boxPoints((centre, (max(wide, flattest), max(high, flattest)), turn))
        cv2.fillConvexPoly(mask, np.asarray(corners, np.int32), 255)
    return mask
