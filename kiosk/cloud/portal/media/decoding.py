"""Codestream to stored values, in the sandbox: the portal itself decodes nothing that it was sent."""

from __future__ import annotations

import cv2
import imagecodecs
import numpy as np

from kiosk.domain.faults import FaultCode, KioskError


def stored_values(streams: list[bytes]) -> list[bytes]:
    """Little endian, as the original's native pixel data have them."""
    frames = [np.ascontiguousarray(imagecodecs.htj2k_decode(stream)) for stream in streams]
    return [one.astype(one.dtype.newbyteorder("<"), copy=False).tobytes() for one in frames]


def jpeg_of(picture: bytes) -> bytes:
    """A ready picture as JPEG, which every computer and album opens."""
    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise KioskError(FaultCode.OBJECT_UNREADABLE, "not a picture")
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
