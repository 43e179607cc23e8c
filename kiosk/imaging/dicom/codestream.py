"""What a compressed frame says of itself, read before any decoder may allocate for it (R10, case 67)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from kiosk.imaging.dicom.elements import unreadable


@dataclass(frozen=True)
class Codestream:
    """Dimensions of a JPEG, JPEG-LS or JPEG 2000 stream; `family` is jpeg, lossless, jpegls or jpeg2000."""

    family: str
    rows: int
    columns: int
    components: int
    precision: int
    signed: bool = False
    adobe: int | None = None  # colour transform of the Adobe marker
    jfif: bool = False
    names: bytes = b""  # identifiers of the components
    high_throughput: bool = False
    multiple_component_transform: bool = False


def inspect(data: bytes | memoryview) -> Codestream:
    """Read the main header; KioskError if there is none."""
    if bytes(data[:2]) == b"\xff\xd8":
        return _jpeg(bytes(data[: 1 << 20]))
    start = bytes(data[: 1 << 16]).find(b"\xff\x4f\xff\x51")
    if start < 0 or len(data) < start + 42:
        raise unreadable("the frame holds no JPEG or JPEG 2000 stream")
    return _jpeg2000(data[start:])


def _jpeg2000(data: bytes | memoryview) -> Codestream:
    capabilities, x1, y1, x0, y0 = struct.unpack_from(">HIIII", data, 6)
    tile_x, tile_y = struct.unpack_from(">II", data, 24)
    components, depth = struct.unpack_from(">HB", data, 40)
    if not (x0 < x1 and y0 < y1 and tile_x and tile_y):
        raise unreadable("JPEG 2000 stream with an empty image")
    if (x1 // tile_x + 1) * (y1 // tile_y + 1) > 65_535:
        raise unreadable("JPEG 2000 stream with too many tiles")
    cod = bytes(data[: 1 << 16]).find(b"\xff\x52")
    transform = cod > 0 and len(data) > cod + 8 and data[cod + 8] == 1
    return Codestream("jpeg2000", y1 - y0, x1 - x0, components, (depth & 0x7F) + 1, bool(depth & 0x80),
                      high_throughput=bool(capabilities & 0x4000), multiple_component_transform=transform)  # fmt: skip


def _jpeg(data: bytes) -> Codestream:
    position, adobe, jfif = 2, None, False
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            position += 1
            continue
        marker = data[position + 1]
        if marker in (0xFF, 0x00, 0x01) or 0xD0 <= marker <= 0xD8:
            position += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        body = data[position + 4 : position + 2 + length]
        if marker == 0xEE and body[:5] == b"Adobe" and len(body) >= 12:
            adobe = body[11]
        jfif = jfif or (marker == 0xE0 and body[:4] == b"JFIF")
        if marker == 0xF7 or (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)):
            return _frame_header(marker, body, adobe, jfif)
        if marker in (0xDA, 0xD9):
            break
        position += 2 + length
    raise unreadable("JPEG stream without a frame header")


def _frame_header(marker: int, body: bytes, adobe: int | None, jfif: bool) -> Codestream:
    if len(body) < 6 or len(body) < 6 + 3 * body[5]:
        raise unreadable("JPEG stream with a broken frame header")
    precision, rows, columns, components = struct.unpack_from(">BHHB", body)
    family = "jpegls" if marker == 0xF7 else "lossless" if marker in (0xC3, 0xC7, 0xCB, 0xCF) else "jpeg"
    if marker in (0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF):
        raise unreadable("hierarchical JPEG, which no decoder here knows")
    names = bytes(body[6 : 6 + 3 * components : 3])
    return Codestream(family, rows, columns, components, precision, adobe=adobe, jfif=jfif, names=names)
