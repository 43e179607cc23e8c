"""Picture files as frames: any depth, transparency over white, bounded size."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain.faults import FaultCode, KioskError

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".pgm", ".ppm", ".pnm"})
VIDEOS = frozenset({".mp4", ".avi", ".mkv", ".mov", ".webm", ".mpg", ".mpeg", ".mjpg", ".mjpeg", ".ogv", ".m4v"})
LARGEST_FILE = 64 << 20
LARGEST_SIDE = 16_384


def picture_files(folder: Path) -> list[Path]:
    """The picture files of a folder, by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES and path.is_file())


def load_picture(path: Path) -> NDArray[np.uint8]:
    """A picture as (rows, columns) or (rows, columns, 3) BGR uint8.

    Raises KioskError: CAMERA_MISSING where there is no such file, TOO_LARGE, OBJECT_UNREADABLE.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise KioskError(FaultCode.TOO_LARGE, "picture file")
        raw = np.fromfile(path, np.uint8)
    except OSError as error:
        raise KioskError(FaultCode.CAMERA_MISSING, f"cannot open picture: {error.strerror}") from error
    try:
        decoded = cv2.imdecode(raw, cv2.IMREAD_UNCHANGED) if raw.size else None
    except cv2.error as error:
        raise KioskError(FaultCode.OBJECT_UNREADABLE, "not a picture") from error
    if decoded is None or min(decoded.shape[:2]) < 1:
        raise KioskError(FaultCode.OBJECT_UNREADABLE, "not a picture")
    if max(decoded.shape[:2]) > LARGEST_SIDE:
        raise KioskError(FaultCode.TOO_LARGE, "picture sides")
    return _over_white(_eight_bit(np.asarray(decoded)))


def _eight_bit(pixels: NDArray[np.generic]) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return np.asarray(pixels, np.uint8)
    if pixels.dtype == np.uint16:
        return np.asarray(np.right_shift(pixels.astype(np.uint16), 8), np.uint8)
    levels = np.nan_to_num(pixels.astype(np.float32))
    low, high = float(levels.min()), float(levels.max())
    return np.asarray((levels - low) * (255 / (high - low if high > low else 1)), np.uint8)


def _over_white(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey or BGR; transparent parts become white, as paper is."""
    if pixels.ndim == 2 or pixels.shape[2] == 3:
        return pixels
    opaque = pixels[..., -1:].astype(np.uint16)
    colour = pixels[..., :-1].astype(np.uint16)
    mixed = ((colour * opaque + 255 * (255 - opaque)) // 255).astype(np.uint8)
    return mixed[..., 0] if mixed.shape[2] == 1 else np.ascontiguousarray(mixed)
