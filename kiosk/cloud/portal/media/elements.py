"""The little of PS3.10 that a medium needs: what a header says at its top, other file meta, other elements appended.

Headers come as Explicit VR Little Endian and end where the pixel data begin (see the publisher's side of the wire).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from kiosk.cloud.wire.faults import WireError, WireFault

EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
HTJ2K_LOSSLESS = "1.2.840.10008.1.2.4.201"
PREAMBLE = 132
_LONG = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_META_LENGTH, _SYNTAX = 0x00020000, 0x00020010
_NESTED = 64


def element(tag: int, vr: str, value: bytes, pad: bytes = b" ") -> bytes:
    """One element, padded to even length (PS3.5 7.1.2)."""
    value += pad * (len(value) % 2)
    name = vr.encode("ascii")
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, name)
    size = struct.pack("<HI", 0, len(value)) if name in _LONG else struct.pack("<H", len(value))
    return head + size + value


def uid(text: str) -> bytes:
    """A UID's value, padded with NUL (PS3.5 9.1)."""
    return text.encode("ascii") + b"\0" * (len(text) % 2)


def facts(untrusted_header: bytes) -> Mapping[int, bytes]:
    """Values at the top level by tag, sequences left out. Raises WireError ENVELOPE_INVALID."""
    try:
        return dict(_walk(untrusted_header))
    except (struct.error, IndexError, RecursionError) as error:
        raise WireError(WireFault.ENVELOPE_INVALID, "header") from error


def in_syntax(header: bytes, syntax: str) -> bytes:
    """The same file with another transfer syntax in its meta information."""
    group, at = b"", PREAMBLE
    while at + 8 <= len(header) and header[at : at + 2] == b"\2\0":
        tag, vr, start, size = _head(header, at)
        at = start + size
        if tag == _SYNTAX:
            group += element(tag, "UI", uid(syntax), b"\0")
        elif tag != _META_LENGTH:
            group += element(tag, vr.decode("ascii"), header[start:at], b"\0")
    return header[:PREAMBLE] + element(_META_LENGTH, "UL", struct.pack("<I", len(group))) + group + header[at:]


def native(header: bytes, frames: list[bytes], allocated: int) -> bytes:
    """The whole object with its pixel data as they were (PS3.5 A.2)."""
    data = b"".join(frames)
    return in_syntax(header, EXPLICIT_LITTLE) + element(0x7FE00010, "OB" if allocated <= 8 else "OW", data, b"\0")


def encapsulated(header: bytes, streams: list[bytes]) -> bytes:
    """The whole object with a codestream a frame, each in one fragment (PS3.5 A.4)."""
    items = [struct.pack("<HHI", 0xFFFE, 0xE000, 0)]  # an empty offset table
    for stream in streams:
        padded = stream + b"\0" * (len(stream) % 2)
        items.append(struct.pack("<HHI", 0xFFFE, 0xE000, len(padded)) + padded)
    head = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, _UNDEFINED)
    return in_syntax(header, HTJ2K_LOSSLESS) + head + b"".join(items) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def _head(data: bytes, at: int) -> tuple[int, bytes, int, int]:
    group, number, vr = struct.unpack_from("<HH2s", data, at)
    if vr in _LONG:
        return group << 16 | number, vr, at + 12, struct.unpack_from("<I", data, at + 8)[0]
    return group << 16 | number, vr, at + 8, struct.unpack_from("<H", data, at + 6)[0]


def _walk(data: bytes) -> list[tuple[int, bytes]]:
    found, at = list[tuple[int, bytes]](), PREAMBLE
    while at + 8 <= len(data):
        tag, vr, start, size = _head(data, at)
        if size == _UNDEFINED:
            at = _after_sequence(data, start, 0)
        else:
            at = start + size
            if vr != b"SQ":
                found.append((tag, data[start:at]))
    return found


def _after_sequence(data: bytes, at: int, depth: int) -> int:
    """Behind a sequence of undefined length, which may hold others (PS3.5 7.5)."""
    if depth > _NESTED:
        raise RecursionError
    while True:
        group, number, size = struct.unpack_from("<HHI", data, at)
        at += 8
        tag = group << 16 | number
        if tag == _SEQUENCE_END:
            return at
        if tag != _ITEM:
            raise IndexError("no item")
        at = at + size if size != _UNDEFINED else _after_item(data, at, depth)


def _after_item(data: bytes, at: int, depth: int) -> int:
    while True:
        if struct.unpack_from("<HH", data, at) == (_ITEM_END >> 16, _ITEM_END & 0xFFFF):
            return at + 8
        _, _, start, size = _head(data, at)
        at = _after_sequence(data, start, depth + 1) if size == _UNDEFINED else start + size
