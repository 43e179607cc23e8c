"""Lossless frames as HTJ2K (ITU-T T.814) that can be cut after any resolution, and pictures of few bytes."""

from __future__ import annotations

import struct
from typing import Any

import cv2
import imagecodecs
import numpy as np
from numpy.typing import NDArray

_START_OF_TILE, _TILE_LENGTHS = 0xFF90, 0xFF55
_EIGHTH, _HALF = 3, 1  # halvings of width and height
_QUALITIES = (72, 58, 44, 30)


def lossless(samples: NDArray[Any]) -> tuple[bytes, tuple[int, ...]]:
    """The codestream (RPCL, TLM, a tile-part a resolution), and the bytes with which 1/8, 1/4 and 1/2 are whole.

    Of images too small for them there are no prefixes.
    """
    parts_of = imagecodecs.HTJ2K.TILEPART.RESOLUTIONS
    values = np.ascontiguousarray(samples)
    stream = bytes(imagecodecs.htj2k_encode(values, reversible=True, tlm=True, tilepart=parts_of))
    head, parts = _tile_parts(stream)
    ends = [head + sum(parts[: number + 1]) for number in range(len(parts))]
    wanted = range(len(parts) - 1 - _EIGHTH, len(parts) - _HALF)
    return stream, tuple(ends[at] for at in wanted if at >= 0)


def _tile_parts(stream: bytes) -> tuple[int, list[int]]:
    """Bytes before the first tile-part, and the length of each, from the TLM marker (ITU-T T.800 A.7.1)."""
    position, lengths = 2, list[int]()
    while position + 4 <= len(stream):
        marker, length = struct.unpack_from(">HH", stream, position)
        if marker == _START_OF_TILE:
            break
        if marker == _TILE_LENGTHS:
            lengths += _lengths(stream[position + 4 : position + 2 + length])
        position += 2 + length
    return position, lengths


def _lengths(body: bytes) -> list[int]:
    numbers = body[1] >> 4 & 3  # bytes of the tile's number
    width = 4 if body[1] & 0x40 else 2
    return [
        int.from_bytes(body[at + numbers : at + numbers + width]) for at in range(2, len(body), numbers + width)
    ]


def small(picture: NDArray[np.uint8], most: int) -> bytes:
    """WebP of at most `most` bytes where any quality allows it, else the smallest."""
    data = b""
    for quality in _QUALITIES:
        data = bytes(imagecodecs.webp_encode(_webp_pixels(picture), level=quality, lossless=False, method=2))
        if len(data) <= most:
            break
    return data


def _webp_pixels(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """WebP knows colour only."""
    colour = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB) if picture.ndim == 2 else picture
    return np.ascontiguousarray(colour, np.uint8)


def quick(picture: NDArray[np.uint8], quality: int = 70) -> bytes:
    """JPEG: one of the many of a stack, a tenth of WebP's time."""
    return bytes(imagecodecs.jpeg8_encode(np.ascontiguousarray(picture), level=quality))


def fitted(picture: NDArray[np.uint8], side: int, aspect: float = 1.0) -> NDArray[np.uint8]:
    """Square pixels (`aspect`: height of a pixel over its width), no side longer than `side`."""
    rows, columns = picture.shape[0] * max(aspect, 1.0), picture.shape[1] * max(1 / aspect, 1.0)
    scale = min(1.0, side / max(rows, columns))
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    if size == (picture.shape[1], picture.shape[0]):
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
