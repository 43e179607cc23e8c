"""A font file that holds only the glyphs a document uses: CID-keyed CFF (Technical Note 5176) or TrueType."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from kiosk.imaging.pdf.fontfile import CffTable, FontFile

_MORE, _WORDS, _SCALE, _XY_SCALE, _MATRIX = 0x20, 0x01, 0x08, 0x40, 0x80
_KEPT_TABLES = ("cvt ", "fpgm", "prep")


def subset(face: FontFile, gids: Sequence[int]) -> bytes:
    """A font program whose glyph number i is glyph `gids[i]` of the face; `gids[0]` must be 0 (.notdef).

    TrueType programs may hold further glyphs behind them: the parts of composed glyphs.
    """
    return _cff_program(face.cff, gids) if face.cff else _truetype_program(face, gids)


def _index(items: Sequence[bytes]) -> bytes:
    if not items:
        return b"\0\0"
    offsets = [1]
    for item in items:
        offsets.append(offsets[-1] + len(item))
    return struct.pack(f">HB{len(offsets)}I", len(items), 4, *offsets) + b"".join(items)


def _integer(value: int) -> bytes:
    return b"\x1d" + struct.pack(">i", value)


def _cff_program(table: CffTable, gids: Sequence[int]) -> bytes:
    """Top dictionary operands have a fixed width, so that offsets can be known before they are written."""
    groups = [table.group(gid) for gid in gids]
    used = sorted(set(groups))
    fonts = [table.font_dict(number) for number in used]
    head = b"\x01\x00\x04\x04" + _index([b"KioskSubset"])
    strings = _index([b"Adobe", b"Identity"]) + _index([])
    charset = b"\x02" + struct.pack(">HH", 1, len(gids) - 2) if len(gids) > 1 else b"\x00"
    select = bytes([0, *(used.index(group) for group in groups)])
    glyphs = _index([table.charstring(gid) for gid in gids])

    def top(charset_at: int, select_at: int, glyphs_at: int, fonts_at: int) -> bytes:
        ros = _integer(391) + _integer(392) + _integer(0) + b"\x0c\x1e"
        return _index(
            [
                ros
                + _integer(len(gids))
                + b"\x0c\x22"
                + table.bbox
                + b"\x05"
                + _integer(charset_at)
                + b"\x0f"
                + _integer(glyphs_at)
                + b"\x11"
                + _integer(select_at)
                + b"\x0c\x25"
                + _integer(fonts_at)
                + b"\x0c\x24"
            ]
        )

    def font_array(privates_at: int) -> bytes:
        items, at = [], privates_at
        for font in fonts:
            matrix = font.matrix + b"\x0c\x07" if font.matrix else b""
            items.append(matrix + _integer(len(font.private)) + _integer(at) + b"\x12")
            at += len(font.private)
        return _index(items)

    charset_at = len(head) + len(top(0, 0, 0, 0)) + len(strings)
    select_at = charset_at + len(charset)
    glyphs_at = select_at + len(select)
    fonts_at = glyphs_at + len(glyphs)
    privates_at = fonts_at + len(font_array(0))
    return b"".join(
        (
            head,
            top(charset_at, select_at, glyphs_at, fonts_at),
            strings,
            charset,
            select,
            glyphs,
            font_array(privates_at),
            *(font.private for font in fonts),
        )
    )


def _glyph(face: FontFile, gid: int) -> bytes:
    long_offsets = struct.unpack_from(">h", face.data, face.table("head")[0] + 50)[0]
    loca, glyf = face.table("loca")[0], face.table("glyf")[0]
    if long_offsets:
        start, end = struct.unpack_from(">II", face.data, loca + 4 * gid)
    else:
        start, end = (2 * value for value in struct.unpack_from(">HH", face.data, loca + 2 * gid))
    return bytes(face.data[glyf + start : glyf + end])


def _with_parts(glyph: bytes, place: dict[int, int], order: list[int]) -> bytes:
    """A composed glyph with its parts renumbered; parts not met before are added to `order`."""
    if len(glyph) < 10 or struct.unpack_from(">h", glyph)[0] >= 0:
        return glyph
    data, at, flags = bytearray(glyph), 10, _MORE
    while flags & _MORE:
        flags, part = struct.unpack_from(">HH", data, at)
        if part not in place:
            place[part] = len(order)
            order.append(part)
        struct.pack_into(">H", data, at + 2, place[part])
        at += 4 + (4 if flags & _WORDS else 2)
        at += 8 if flags & _MATRIX else 4 if flags & _XY_SCALE else 2 if flags & _SCALE else 0
    return bytes(data)


def _truetype_program(face: FontFile, gids: Sequence[int]) -> bytes:
    order = list(gids)
    place = {gid: number for number, gid in reversed(list(enumerate(gids)))}
    glyphs: list[bytes] = []
    while len(glyphs) < len(order):
        glyph = _with_parts(_glyph(face, order[len(glyphs)]), place, order)
        glyphs.append(glyph + bytes(-len(glyph) % 4))
    offsets = [0]
    for glyph in glyphs:
        offsets.append(offsets[-1] + len(glyph))
    head, hhea, maxp = (bytearray(face.table_bytes(tag)) for tag in ("head", "hhea", "maxp"))
    struct.pack_into(">I", head, 8, 0)
    struct.pack_into(">h", head, 50, 1)
    struct.pack_into(">H", hhea, 34, len(order))
    struct.pack_into(">H", maxp, 4, len(order))
    metrics = ((round(face.advance(gid) * face.units_per_em / 1000), face.side_bearing(gid)) for gid in order)
    tables = {
        "head": bytes(head), "hhea": bytes(hhea), "maxp": bytes(maxp), "glyf": b"".join(glyphs),
        "hmtx": b"".join(struct.pack(">Hh", *pair) for pair in metrics),
        "loca": struct.pack(f">{len(offsets)}I", *offsets),
        **{tag: data for tag in _KEPT_TABLES if (data := face.table_bytes(tag))},
    }
    return _sfnt(tables)


def _sfnt(tables: dict[str, bytes]) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    head = struct.pack(">IHHHH", 0x00010000, count, power * 16, power.bit_length() - 1, (count - power) * 16)
    at = 12 + 16 * count
    records, bodies = [], []
    for tag, data in sorted(tables.items()):
        padded = data + bytes(-len(data) % 4)
        checksum = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        records.append(struct.pack(">4sIII", tag.encode("latin-1"), checksum, at, len(data)))
        bodies.append(padded)
        at += len(padded)
    return head + b"".join(records) + b"".join(bodies)
