"""Where the bytes of each frame lie: native and encapsulated pixel data (PS3.5 section 8 and annex A.4)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from kiosk.imaging.dicom.elements import ITEM, SEQUENCE_END, UNDEFINED, Encoding, unreadable

_STARTS = (b"\xff\xd8", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP")


class ByteSource(Protocol):
    """Bytes of an object, in memory or in a file."""

    @property
    def size(self) -> int:
        """How many there are."""

    def read(self, start: int, stop: int) -> bytes | memoryview:
        """Those from `start` up to `stop`, fewer at the end."""


@dataclass(frozen=True)
class PixelSpec:
    """The image pixel module (PS3.3 C.7.6.3), already checked against the limits."""

    rows: int
    columns: int
    frames: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    photometric: str
    planar: int
    kind: str = "integer"  # or float

    @property
    def frame_bits(self) -> int:
        """Size of one native frame."""
        samples: float = 2 if self.photometric == "YBR_FULL_422" and self.samples == 3 else self.samples
        return int(self.rows * self.columns * samples * self.bits_allocated)


@dataclass(frozen=True)
class PixelData:
    """Pixel data in its store. `length` is as claimed by the file, UNDEFINED for encapsulated."""

    store: ByteSource
    start: int
    length: int
    spec: PixelSpec
    encoding: Encoding
    encapsulated: bool
    offsets: tuple[int, ...] = ()  # Extended Offset Table
    vr: str = "OW"

    def frame(self, number: int) -> tuple[bytes | memoryview, bool]:
        """The bytes of frame `number` (from 0) and whether all of them are there."""
        return self._encapsulated(number) if self.encapsulated else self._native(number)

    def _native(self, number: int) -> tuple[bytes | memoryview, bool]:
        bits = self.spec.frame_bits
        start, stop = number * bits // 8, -(-(number + 1) * bits // 8)
        if self.encoding.big and self.spec.bits_allocated == 8 and self.vr == "OW":
            stop += stop % 2  # bytes are swapped in words, so the last one needs its neighbour
        available = self.store.size - self.start
        if self.length != UNDEFINED:
            available = min(available, self.length)
        data = self.store.read(self.start + start, self.start + min(stop, max(start, available)))
        return data, len(data) == stop - start

    def _encapsulated(self, number: int) -> tuple[bytes | memoryview, bool]:
        fragments, whole = self._fragments
        groups = self._frame_fragments
        if number >= len(groups):
            raise unreadable(f"pixel data hold {len(groups)} of {self.spec.frames} frames")
        chosen = [fragments[index] for index in groups[number]]
        complete = whole or number + 1 < len(groups)
        if len(chosen) == 1:
            return self.store.read(*chosen[0]), complete
        return b"".join(self.store.read(*span) for span in chosen), complete

    @cached_property
    def _fragments(self) -> tuple[list[tuple[int, int]], bool]:
        """Spans of the fragments without the offset table, and whether the sequence is properly ended."""
        spans = [span for span, _ in self._items[0]][1:]
        if not spans:
            raise unreadable("encapsulated pixel data without a fragment")
        return spans, self._items[1]

    @cached_property
    def _items(self) -> tuple[list[tuple[tuple[int, int], int]], bool]:
        """((start, stop), position of the item tag) of every item."""
        item = struct.Struct((">" if self.encoding.big else "<") + "HHI")
        position, size = self.start, self.store.size
        items: list[tuple[tuple[int, int], int]] = []
        while position + 8 <= size and len(items) <= 1 << 20:
            group, element, length = item.unpack(self.store.read(position, position + 8))
            tag = group << 16 | element
            if tag != ITEM:
                return items, tag == SEQUENCE_END
            stop = min(position + 8 + length, size)
            items.append(((position + 8, stop), position))
            if position + 8 + length > size:
                return items, False
            position = stop
        return items, False

    @cached_property
    def _frame_fragments(self) -> list[Sequence[int]]:
        """For each frame the numbers of its fragments."""
        spans, _ = self._fragments
        frames = self.spec.frames
        if frames == 1:
            return [range(len(spans))]
        if len(spans) == frames:
            return [(index,) for index in range(frames)]
        firsts = self._firsts_by_offset() or self._firsts_by_marker()
        return [range(first, last) for first, last in zip(firsts, [*firsts[1:], len(spans)], strict=True)]

    def _firsts_by_offset(self) -> list[int]:
        """Number of the first fragment of each frame by the basic or extended offset table."""
        items, _ = self._items
        table_start, table_stop = items[0][0]
        count = (table_stop - table_start) // 4
        basic = struct.unpack(
            f"{'>' if self.encoding.big else '<'}{count}I", self.store.read(table_start, table_start + 4 * count)
        )
        base = items[1][1]
        numbers = {position - base: index for index, (_, position) in enumerate(items[1:])}
        for table in (self.offsets, basic):
            firsts = [numbers.get(offset, -1) for offset in table]
            if len(firsts) == self.spec.frames and firsts[0] == 0 and firsts == sorted(set(firsts)):
                return firsts
        return []

    def _firsts_by_marker(self) -> list[int]:
        """The same by the marker that starts a JPEG or JPEG 2000 stream."""
        spans, _ = self._fragments
        heads = (bytes(self.store.read(start, start + 6)) for start, _ in spans)
        firsts = [index for index, head in enumerate(heads) if head.startswith(_STARTS)]
        return firsts if firsts and firsts[0] == 0 else list(range(len(spans)))
