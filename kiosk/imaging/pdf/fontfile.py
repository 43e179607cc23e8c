"""Reading a font file (sfnt, ISO/IEC 14496-22; CFF, Adobe Technical Notes 5176 and 5177) without parsing all of it.

A Chinese font has 65,535 glyphs; a film needs eighty of them. The file is mapped and only what a glyph needs is looked
at, so opening a face takes well under a millisecond.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError

Buffer = mmap.mmap | bytes

_RETURN, _ENDCHAR, _CALL_LOCAL, _CALL_GLOBAL, _ESCAPE, _SHORT = 11, 14, 10, 29, 12, 28
_STEMS = frozenset({1, 3, 18, 23})
_MASKS = frozenset({19, 20})
_MAX_CALL_DEPTH = 12
OP_PRIVATE, OP_SUBRS, OP_CHARSTRINGS, OP_BBOX = 18, 19, 17, 5
OP_FDARRAY, OP_FDSELECT, OP_MATRIX = 0x0C24, 0x0C25, 0x0C07


@dataclass(frozen=True)
class DictEntry:
    """One operator of a CFF DICT: its operands as numbers (0 for reals) and as they stand in the file."""

    values: tuple[int, ...]
    raw: bytes


class Index:
    """A CFF INDEX that reads one entry at a time."""

    def __init__(self, buffer: Buffer, position: int) -> None:
        self._buffer = buffer
        self._count = int.from_bytes(buffer[position:position + 2], "big")
        self._size = buffer[position + 2] if self._count else 1
        self._offsets = position + 3
        self._data = self._offsets + (self._count + 1) * self._size - 1
        self.end = self._data + self._offset(self._count) if self._count else position + 2

    def _offset(self, number: int) -> int:
        start = self._offsets + number * self._size
        return int.from_bytes(self._buffer[start:start + self._size], "big")

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> bytes:
        if not 0 <= number < self._count:
            raise IndexError(number)
        return bytes(self._buffer[self._data + self._offset(number):self._data + self._offset(number + 1)])


def read_dict(data: bytes) -> dict[int, DictEntry]:
    """A CFF DICT by operator; two-byte operators are 0x0C00 + second byte."""
    entries: dict[int, DictEntry] = {}
    values: list[int] = []
    position = start = 0
    while position < len(data):
        lead = data[position]
        if lead <= 21:
            raw = data[start:position]
            position += 2 if lead == _ESCAPE else 1
            operator = 0x0C00 + data[position - 1] if lead == _ESCAPE else lead
            entries[operator] = DictEntry(tuple(values), raw)
            values, start = [], position
        else:
            value, position = _dict_number(data, position)
            values.append(value)
    return entries


def _dict_number(data: bytes, position: int) -> tuple[int, int]:
    lead = data[position]
    if lead == 28:
        return struct.unpack_from(">h", data, position + 1)[0], position + 3
    if lead == 29:
        return struct.unpack_from(">i", data, position + 1)[0], position + 5
    if lead == 30:  # a real number ends with the nibble F; its value is never needed here
        end = position + 1
        while data[end] & 0x0F != 0x0F and data[end] >> 4 != 0x0F:
            end += 1
        return 0, end + 1
    if lead <= 246:
        return lead - 139, position + 1
    sign = 1 if lead <= 250 else -1
    base = 247 if lead <= 250 else 251
    return sign * ((lead - base) * 256 + data[position + 1] + 108), position + 2


class _Flattener:
    """Copies a Type 2 charstring with the subroutines written in place, so that a subset needs none of them."""

    def __init__(self, local: Sequence[bytes] | Index, shared: Sequence[bytes] | Index) -> None:
        self._local, self._global = local, shared
        self._out = bytearray()
        self._operands: list[tuple[int, int]] = []  # where it starts in the output, value
        self._hints = 0
        self._ended = False

    def run(self, code: bytes) -> bytes:
        self._copy(code, 0)
        return bytes(self._out)

    def _copy(self, code: bytes, depth: int) -> None:
        position, end = 0, len(code)
        while position < end and not self._ended:
            lead = code[position]
            if lead >= 32 or lead == _SHORT:
                position = self._number(code, position, lead)
            elif lead == _RETURN:
                return
            elif lead in (_CALL_LOCAL, _CALL_GLOBAL):
                self._call(self._local if lead == _CALL_LOCAL else self._global, depth)
                position += 1
            else:
                position = self._operator(code, position, lead)

    def _number(self, code: bytes, position: int, lead: int) -> int:
        if lead == _SHORT:
            size, value = 3, struct.unpack_from(">h", code, position + 1)[0]
        elif lead <= 246:
            size, value = 1, lead - 139
        elif lead <= 254:
            size, value = 2, _dict_number(code, position)[0]
        else:
            size, value = 5, 0
        self._operands.append((len(self._out), value))
        self._out += code[position:position + size]
        return position + size

    def _call(self, subroutines: Sequence[bytes] | Index, depth: int) -> None:
        if depth >= _MAX_CALL_DEPTH or not self._operands:
            raise KioskError(FaultCode.FONT_MISSING, "damaged font: subroutine call")
        start, value = self._operands.pop()
        del self._out[start:]
        count = len(subroutines)
        bias = 107 if count < 1240 else 1131 if count < 33900 else 32768
        self._copy(subroutines[value + bias], depth + 1)

    def _operator(self, code: bytes, position: int, lead: int) -> int:
        size = 2 if lead == _ESCAPE else 1
        if lead in _STEMS or lead in _MASKS:
            self._hints += len(self._operands) // 2
        if lead in _MASKS:
            size += (self._hints + 7) // 8
        self._ended = lead == _ENDCHAR
        self._operands.clear()
        self._out += code[position:position + size]
        return position + size


@dataclass(frozen=True)
class FontDict:
    """What a glyph shares with its group: the private dictionary without subroutines, and the font matrix if any."""

    private: bytes
    matrix: bytes
    subroutines: Index | tuple[bytes, ...]


class CffTable:
    """The CFF table of a face."""

    def __init__(self, data: Buffer, start: int) -> None:
        self._data, self._start = data, start
        names = Index(data, start + data[start + 2])
        tops = Index(data, names.end)
        strings = Index(data, tops.end)
        self._global = Index(data, strings.end)
        self._top = read_dict(tops[0])
        self._glyphs = Index(data, start + self._top[OP_CHARSTRINGS].values[0])
        self._font_dicts: dict[int, FontDict] = {}
        self.bbox = self._top[OP_BBOX].raw if OP_BBOX in self._top else b"\x8b" * 4

    def charstring(self, gid: int) -> bytes:
        """The glyph's outline program, free of subroutines."""
        return _Flattener(self.font_dict(self.group(gid)).subroutines, self._global).run(self._glyphs[gid])

    def group(self, gid: int) -> int:
        """Number of the glyph's font dictionary (FDSelect formats 0 and 3)."""
        if OP_FDSELECT not in self._top:
            return 0
        start = self._start + self._top[OP_FDSELECT].values[0]
        if self._data[start] == 0:
            return self._data[start + 1 + gid]
        low, high = 0, int.from_bytes(self._data[start + 1:start + 3], "big") - 1
        while low < high:
            middle = (low + high + 1) // 2
            first = start + 3 + 3 * middle
            if int.from_bytes(self._data[first:first + 2], "big") <= gid:
                low = middle
            else:
                high = middle - 1
        return self._data[start + 5 + 3 * low]

    def font_dict(self, number: int) -> FontDict:
        """A font dictionary, read once."""
        if number not in self._font_dicts:
            self._font_dicts[number] = self._read_font_dict(number)
        return self._font_dicts[number]

    def _read_font_dict(self, number: int) -> FontDict:
        entries = self._top
        if OP_FDARRAY in entries:
            entries = read_dict(Index(self._data, self._start + self._top[OP_FDARRAY].values[0])[number])
        size, offset = entries[OP_PRIVATE].values
        begin = self._start + offset
        private = read_dict(bytes(self._data[begin:begin + size]))
        subroutines = Index(self._data, begin + private[OP_SUBRS].values[0]) if OP_SUBRS in private else ()
        kept = b"".join(entry.raw + _operator_bytes(op) for op, entry in private.items() if op != OP_SUBRS)
        return FontDict(kept, entries[OP_MATRIX].raw if OP_MATRIX in entries else b"", subroutines)


def _operator_bytes(operator: int) -> bytes:
    return bytes((_ESCAPE, operator & 0xFF)) if operator >= 0x0C00 else bytes((operator,))


class FontFile:
    """One face of a .ttf, .otf or .ttc. Raises KioskError FONT_MISSING where the file is no usable font."""

    def __init__(self, path: Path, number: int = 0) -> None:
        self.path, self.number = path, number
        try:
            with path.open("rb") as stream:
                self.data: Buffer = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
            self._tables = self._directory()
            self.units_per_em, = struct.unpack_from(">H", self.data, self.table("head")[0] + 18)
            self.ascent, self.descent = struct.unpack_from(">hh", self.data, self.table("hhea")[0] + 4)
            self._wide, = struct.unpack_from(">H", self.data, self.table("hhea")[0] + 34)
            self._map = self._character_map()
        except (OSError, ValueError, KeyError, IndexError, struct.error) as error:
            raise KioskError(FaultCode.FONT_MISSING, f"{path.name}: {type(error).__name__}") from error

    def _directory(self) -> dict[str, tuple[int, int]]:
        start = 0
        if self.data[:4] == b"ttcf":
            start, = struct.unpack_from(">I", self.data, 12 + 4 * self.number)
        count, = struct.unpack_from(">H", self.data, start + 4)
        records = (struct.unpack_from(">4sIII", self.data, start + 12 + 16 * i) for i in range(count))
        return {tag.decode("latin-1"): (offset, length) for tag, _, offset, length in records}

    def table(self, tag: str) -> tuple[int, int]:
        """Offset and length of a table; KeyError without it."""
        return self._tables[tag]

    def table_bytes(self, tag: str) -> bytes:
        """A table's content, empty without it."""
        offset, length = self._tables.get(tag, (0, 0))
        return bytes(self.data[offset:offset + length])

    @cached_property
    def cff(self) -> CffTable | None:
        """The CFF outlines, None for a TrueType face."""
        return CffTable(self.data, self.table("CFF ")[0]) if "CFF " in self._tables else None

    def _character_map(self) -> tuple[int, int, int]:
        """Format, offset and number of entries of the best Unicode subtable (format 12, else 4)."""
        base = self.table("cmap")[0]
        count, = struct.unpack_from(">H", self.data, base + 2)
        best = (0, 0, 0)
        for i in range(count):
            _, _, offset = struct.unpack_from(">HHI", self.data, base + 4 + 8 * i)
            kind, = struct.unpack_from(">H", self.data, base + offset)
            if kind == 12:
                return 12, base + offset + 16, struct.unpack_from(">I", self.data, base + offset + 12)[0]
            if kind == 4:
                best = (4, base + offset, struct.unpack_from(">H", self.data, base + offset + 6)[0] // 2)
        if not best[0]:
            raise ValueError("no Unicode character map")
        return best

    def gid(self, codepoint: int) -> int:
        """Glyph of a character, 0 where the face has none."""
        kind, start, count = self._map
        return self._gid_12(codepoint, start, count) if kind == 12 else self._gid_4(codepoint, start, count)

    def _gid_12(self, codepoint: int, start: int, count: int) -> int:
        low, high = 0, count - 1
        while low <= high:
            middle = (low + high) // 2
            first, last, gid = struct.unpack_from(">III", self.data, start + 12 * middle)
            if codepoint < first:
                high = middle - 1
            elif codepoint > last:
                low = middle + 1
            else:
                return int(gid + codepoint - first)
        return 0

    def _gid_4(self, codepoint: int, start: int, count: int) -> int:
        for i in range(count):
            last, = struct.unpack_from(">H", self.data, start + 14 + 2 * i)
            if codepoint <= last:
                first, = struct.unpack_from(">H", self.data, start + 16 + 2 * count + 2 * i)
                if codepoint < first:
                    return 0
                delta, = struct.unpack_from(">h", self.data, start + 16 + 4 * count + 2 * i)
                at = start + 16 + 6 * count + 2 * i
                jump, = struct.unpack_from(">H", self.data, at)
                if not jump:
                    return int(codepoint + delta) & 0xFFFF
                gid, = struct.unpack_from(">H", self.data, at + jump + 2 * (codepoint - first))
                return int(gid + delta) & 0xFFFF if gid else 0
        return 0

    def advance(self, gid: int) -> float:
        """Advance width in thousandths of the font size."""
        place = min(gid, self._wide - 1)
        width, = struct.unpack_from(">H", self.data, self.table("hmtx")[0] + 4 * place)
        return float(width * 1000 / self.units_per_em)

    def side_bearing(self, gid: int) -> int:
        """Left side bearing in font units: renderers place TrueType outlines by it."""
        wide = self._wide
        place = 4 * gid + 2 if gid < wide else 4 * wide + 2 * (gid - wide)
        bearing, = struct.unpack_from(">h", self.data, self.table("hmtx")[0] + place)
        return int(bearing)
