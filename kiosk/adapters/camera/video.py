"""Video files as frames, one after the other, none left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain.faults import FaultCode, KioskError


def video_frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    """The frames of a video file (BGR). Raises KioskError: CAMERA_MISSING, OBJECT_UNREADABLE."""
    if not path.is_file():
        raise KioskError(FaultCode.CAMERA_MISSING, "no such video file")
    capture = cv2.VideoCapture(str(path))
    try:
        if not capture.isOpened():
            raise KioskError(FaultCode.OBJECT_UNREADABLE, "not a video")
        while True:
            there, pixels = capture.read()
            if not there:
                return
            yield np.asarray(pixels, np.uint8)
    finally:
        capture.release()
