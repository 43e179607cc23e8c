"""Colour samples to RGB of 8 bits (PS3.3 C.7.6.3.1.2, C.7.6.3.1.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.imaging.dicom import attributes
from kiosk.imaging.dicom.attributes import Attribute
from kiosk.imaging.dicom.elements import Header, unreadable

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
    # A count of 0 means 65,536: it does not fit into 16 bits (PS3.3 C.7.6.3.1.5).
    count, first, bits = int(shape[0]) % 65_536 or 65_536, int(shape[1]), int(shape[2])
    if data in header:
        entries = lut_entries(header.raw(data), count, bits, header.encoding.big)
    elif segmented in header:
        entries = _segments(header.raw(segmented), count, bits, header.encoding.big)
    else:
        raise unreadable("the colour palette is missing")
    if bits > 8:
        entries = _reduce(entries)
    # Values outside take the first or last entry, as the standard wants it.
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
    """Segmented palette (PS3.3 C.7.9.2): discrete 0, linear 1, indirect 2."""
    words = np.frombuffer(value[: len(value) // 2 * 2], ">u2" if big else "<u2") if bits > 8 else (
        np.frombuffer(value, np.uint8))  # fmt: skip
    found = _Expansion(words.astype(np.int64), count, 2 if bits > 8 else 1)
    found.expand(0, None)
    if not found.out:
        raise unreadable("the colour palette is empty")
    return np.array(found.out[:count], np.uint16)


@dataclass
class _Expansion:
    """Entries so far; `wide`: bytes of an entry."""

    words: NDArray[np.int64]
    count: int
    wide: int
    out: list[int] = field(default_factory=list)

    def expand(self, position: int, segments: int | None, copying: bool = False) -> None:
        """Segments from `position`, so many or all that there are."""
        words, done = self.words, 0
        while position + 2 <= len(words) and len(self.out) < self.count and done != segments:
            kind, length = int(words[position]), int(words[position + 1])
            rest = words[position + 2 :]
            taken = {0: length, 1: 1, 2: 4 // self.wide}.get(kind, 0)
            # A copied segment must not copy again: the standard forbids it, and a file could otherwise make it endless.
            if len(rest) < min(taken, 4) or not taken or (kind == 2 and copying):
                raise unreadable("the segmented colour palette has a segment that is not supported")
            if kind == 2:
                self.expand(self._offset(rest), length, copying=True)
            else:
                self.out += self._plain(kind, length, rest)
            position += 2 + taken
            done += 1

    def _plain(self, kind: int, length: int, rest: NDArray[np.int64]) -> list[int]:
        if kind == 0:
            return [int(value) for value in rest[:length]]
        last = self.out[-1] if self.out else 0
        return [int(value) for value in np.rint(np.linspace(last, int(rest[0]), length + 1)[1:])]

    def _offset(self, rest: NDArray[np.int64]) -> int:
        """Place of the first segment to copy: a byte offset in 32 bits, least significant part first."""
        size = 8 * self.wide
        offset = sum(int(part) << (size * place) for place, part in enumerate(rest[: 4 // self.wide]))
        return offset // self.wide
