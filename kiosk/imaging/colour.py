"""Colour samples to RGB of 8 bits (PS3.3 C.7.6.3.1.2, C.7.6.3.1.5)."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.imaging import attributes
from kiosk.imaging.attributes import Attribute
from kiosk.imaging.elements import Header, unreadable

Rgb = NDArray[np.uint8]
_PALETTES = (
    (attributes.RED_DESCRIPTOR, attributes.RED_DATA, attributes.RED_SEGMENTED),
    (attributes.GREEN_DESCRIPTOR, attributes.GREEN_DATA, attributes.GREEN_SEGMENTED),
    (attributes.BLUE_DESCRIPTOR, attributes.BLUE_DATA, attributes.BLUE_SEGMENTED),
)


def rgb(samples: NDArray[Any], photometric: str, bits_stored: int) -> Rgb:
    """(rows, columns, 3) uint8 RGB of three-sample data."""
    eight = _eight_bits(samples, bits_stored)
    if photometric.startswith("YBR_FULL"):
        return _from_ybr(eight)
    if photometric.startswith("YBR_PARTIAL"):
        return _from_partial_ybr(eight)
    return np.asarray(np.ascontiguousarray(eight), np.uint8)


def _eight_bits(samples: NDArray[Any], bits: int) -> Rgb:
    """The 8 most significant stored bits."""
    if samples.dtype == np.uint8 and bits == 8:
        return samples.view(np.uint8)
    top = float((1 << bits) - 1)
    return np.asarray(np.clip(np.rint(samples * (255.0 / top)), 0, 255), np.uint8)


def _from_ybr(samples: Rgb) -> Rgb:
    """ITU-R BT.601 full range, the equations of PS3.3 C.7.6.3.1.2."""
    ordered = np.ascontiguousarray(samples[..., (0, 2, 1)])  # OpenCV wants Y Cr Cb
    return np.asarray(cv2.cvtColor(ordered, cv2.COLOR_YCrCb2RGB), np.uint8)


def _from_partial_ybr(samples: Rgb) -> Rgb:
    """Y 16..235, Cb and Cr 16..240 (retired YBR_PARTIAL_422 and 420)."""
    y = (samples[..., 0].astype(np.float32) - 16.0) * (255.0 / 219.0)
    cb, cr = ((samples[..., index].astype(np.float32) - 128.0) * (255.0 / 224.0) for index in (1, 2))
    planes = (y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb)
    return np.asarray(np.clip(np.rint(np.stack(planes, axis=-1)), 0, 255), np.uint8)


def palette(header: Header, codes: NDArray[np.uint16], signed: bool, base: int) -> Rgb:
    """Palette Color Lookup Table applied to stored values, `base` + code (PS3.3 C.7.6.3.1.5, C.7.9)."""
    domain = np.arange(base, base + 65_536)
    planes = [cv2.LUT(codes, _channel(header, *names, domain, signed)) for names in _PALETTES]
    return np.asarray(np.stack(planes, axis=-1), np.uint8)


def _channel(
    header: Header, descriptor: Attribute, data: Attribute, segmented: Attribute, domain: NDArray[Any], signed: bool
) -> Rgb:
    """One component for every stored value of `domain`."""
    shape = header.numbers(descriptor, signed)
    if len(shape) != 3:
        raise unreadable("the colour palette is missing or has no valid descriptor")
    count, first, bits = int(shape[0]) % 65_536 or 65_536, int(shape[1]), int(shape[2])
    if data in header:
        entries = lut_entries(header.raw(data), count, bits, header.encoding.big)
    elif segmented in header:
        entries = _segments(header.raw(segmented), count, bits, header.encoding.big)
    else:
        raise unreadable("the colour palette is missing")
    if bits > 8:
        entries = _reduce(entries)
    return np.asarray(entries[np.clip(domain - first, 0, len(entries) - 1)], np.uint8)


def _reduce(entries: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """16-bit entries to 8; some writers put 8-bit values into 16-bit entries, scaled or not."""
    return entries >> np.uint16(8) if int(entries.max()) > 255 else entries


def lut_entries(value: bytes, count: int, bits: int, big: bool) -> NDArray[np.uint16]:
    """`count` entries of a look-up table, packed as 8 bits or one to a word (PS3.3 C.11.1.1.1)."""
    if len(value) < 2 * count and bits <= 8:
        packed = np.frombuffer(value[:count], np.uint8)
        entries = packed.reshape(-1, 2)[:, ::-1].reshape(-1) if big and len(packed) % 2 == 0 else packed
    else:
        entries = np.frombuffer(value[: len(value) // 2 * 2], ">u2" if big else "<u2")[:count]
    if not len(entries):
        raise unreadable("a look-up table is empty")
    return entries.astype(np.uint16)


def _segments(value: bytes, count: int, bits: int, big: bool) -> NDArray[np.uint16]:
    """Segmented palette (PS3.3 C.7.9.2): discrete 0, linear 1; indirect segments are not used in practice."""
    words = np.frombuffer(value[: len(value) // 2 * 2], ">u2" if big else "<u2") if bits > 8 else (
        np.frombuffer(value, np.uint8).astype(np.uint16))  # fmt: skip
    out: list[NDArray[np.uint16]] = []
    position, total, last = 0, 0, 0
    while position + 2 <= len(words) and total < count:
        kind, length = int(words[position]), int(words[position + 1])
        if kind == 0:
            segment = words[position + 2 : position + 2 + length]
        elif kind == 1 and position + 2 < len(words):
            segment = np.rint(np.linspace(last, int(words[position + 2]), length + 1)[1:])
        else:
            raise unreadable("the segmented colour palette has a segment that is not supported")
        position += 2 + (length if kind == 0 else 1)
        out.append(segment.astype(np.uint16))
        total += len(segment)
        last = int(segment[-1]) if len(segment) else last
    if not total:
        raise unreadable("the colour palette is empty")
    return np.concatenate(out)[:count]
