"""Reading the structure of a data set (PS3.5 section 7) without trusting it.

pydicom's reader recurses without a bound, copies every value and speaks through the warnings machinery, which is shared
by all threads. This one only notes where values lie: no value is copied before it is asked for, depth and number of
elements are bounded, a length that points outside ends the data set there. It is also several times faster, which
counts when a study has 300 headers.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom import attributes
from kiosk.imaging.dicom.attributes import Attribute
from kiosk.imaging.dicom.limits import Limits

UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_LONG = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_SHORT = frozenset((b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH",
                    b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"))  # fmt: skip
_PIXELS = frozenset((attributes.PIXELS.tag, attributes.FLOAT_PIXELS.tag, attributes.DOUBLE_PIXELS.tag))
_BINARY = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "OV": "Q", "UV": "Q", "SV": "q", "OW": "H"}


def unreadable(reason: str) -> KioskError:
    """The fault of an object that cannot be read; `reason` must hold nothing personal."""
    return KioskError(FaultCode.OBJECT_UNREADABLE, reason)


@dataclass(frozen=True)
class Encoding:
    """How elements are written."""

    explicit: bool = True
    big: bool = False


@dataclass(frozen=True, slots=True)
class Element:
    """Where a value lies; `length` is what the file claims, `items` are those of a sequence already parsed."""

    vr: str
    start: int
    length: int
    items: tuple[Header, ...] | None = None


@dataclass(slots=True)
class Budget:
    """What may still be spent on one object."""

    limits: Limits
    elements: int = 0

    def spend(self) -> None:
        """Count one element."""
        self.elements += 1
        if self.elements > self.limits.elements:
            raise unreadable(f"more than {self.limits.elements} elements")


class Header:
    """One data set: typed, forgiving access to its values. What is absent or malformed reads as None or ()."""

    __slots__ = ("budget", "buffer", "depth", "elements", "encoding")

    def __init__(self, buffer: bytes | memoryview, encoding: Encoding, budget: Budget, depth: int = 0) -> None:
        self.buffer, self.encoding, self.budget, self.depth = buffer, encoding, budget, depth
        self.elements: dict[int, Element] = {}

    def __contains__(self, attribute: Attribute) -> bool:
        element = self.elements.get(attribute.tag)
        return element is not None and (element.length != 0 or bool(element.items))

    def raw(self, attribute: Attribute) -> bytes:
        """The bytes of the value, as far as the file holds them."""
        element = self.elements.get(attribute.tag)
        if element is None or element.length == UNDEFINED:
            return b""
        return bytes(self.buffer[element.start : element.start + element.length])

    def string(self, attribute: Attribute) -> str:
        """Text of the default repertoire (CS, UI, DA…), trimmed, first value only."""
        values = self.strings(attribute)
        return values[0] if values else ""

    def strings(self, attribute: Attribute) -> tuple[str, ...]:
        """All values of a text of the default repertoire."""
        text = self.raw(attribute)[: self.budget.limits.text].decode("latin-1").replace("\0", "")
        return tuple(value.strip() for value in text.split("\\")) if text.strip() else ()

    def numbers(self, attribute: Attribute, signed: bool = False) -> tuple[float, ...]:
        """All values as finite numbers; () if any of them is not one. `signed` settles US or SS."""
        value, vr = self.raw(attribute), self._vr(attribute, signed)
        if vr in _BINARY:
            return self._binary(value, _BINARY[vr])
        return _decimals(value[: 1 << 16])

    def number(self, attribute: Attribute, signed: bool = False) -> float | None:
        """The first value as a finite number."""
        values = self.numbers(attribute, signed)
        return values[0] if values else None

    def integer(self, attribute: Attribute, default: int | None = None) -> int | None:
        """The first value as a whole number."""
        value = self.number(attribute)
        return default if value is None or value != int(value) else int(value)

    def items(self, attribute: Attribute) -> tuple[Header, ...]:
        """The items of a sequence."""
        element = self.elements.get(attribute.tag)
        if element is None:
            return ()
        if element.items is not None:
            return element.items
        end = min(element.start + element.length, len(self.buffer))
        encoding = Encoding(explicit=False) if element.vr == "UN" else self.encoding
        items = tuple(read_items(self.buffer, element.start, end, encoding, self.budget, self.depth + 1)[0])
        self.elements[attribute.tag] = Element(element.vr, element.start, element.length, items)
        return items

    def item(self, attribute: Attribute) -> Header | None:
        """The first item of a sequence."""
        items = self.items(attribute)
        return items[0] if items else None

    def _vr(self, attribute: Attribute, signed: bool) -> str:
        declared = self.elements[attribute.tag].vr if attribute.tag in self.elements else ""
        if declared in ("", "UN", "OB") or (declared == "OW" and attribute.vr not in ("OW", "XS")):
            declared = attribute.vr
        return ("SS" if signed else "US") if declared == "XS" else declared

    def _binary(self, value: bytes, code: str) -> tuple[float, ...]:
        size = struct.calcsize(code)
        order = ">" if self.encoding.big else "<"
        numbers = struct.unpack(f"{order}{len(value) // size}{code}", value[: len(value) // size * size])
        return numbers if all(map(math.isfinite, numbers)) else ()


def _decimals(value: bytes) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part.strip(b" \0")) for part in value.split(b"\\"))
    except ValueError:
        return ()
    return numbers if all(map(math.isfinite, numbers)) else ()


@dataclass(slots=True)
class ElementWalk:
    """Where reading of a data set ended, and at what."""

    position: int
    pixels: tuple[int, Element] | None = None
    damaged: bool = False
    start: int = 0


def read_header(
    buffer: bytes | memoryview, start: int, end: int, encoding: Encoding, budget: Budget, depth: int = 0
) -> tuple[Header, ElementWalk]:
    """Read one data set from `start` to `end`, an item delimiter or (at the top) the pixel data."""
    if depth > budget.limits.nesting:
        raise unreadable(f"sequences nested more than {budget.limits.nesting} deep")
    header, walk = Header(buffer, encoding, budget, depth), ElementWalk(start, start=start)
    order = ">" if encoding.big else "<"
    tag_format, long_format, short_format = (struct.Struct(order + code) for code in ("HH", "I", "H"))
    while walk.position + 8 <= end:
        position = walk.position
        group, number = tag_format.unpack_from(buffer, position)
        tag = group << 16 | number
        if tag in (ITEM_END, SEQUENCE_END, ITEM):
            walk.position += 8 if tag == ITEM_END else 0
            return header, walk
        vr, length, value = _element(buffer, position, end, encoding, long_format, short_format)
        budget.spend()
        if depth == 0 and tag in _PIXELS:
            walk.pixels = (tag, Element(vr, value, length))
            return header, walk
        if length == UNDEFINED:
            nested = Encoding(explicit=False) if vr == "UN" else encoding
            items, walk.position = read_items(buffer, value, end, nested, budget, depth + 1)
            header.elements[tag] = Element(vr, value, length, tuple(items))
            continue
        header.elements[tag] = Element(vr, value, min(length, max(0, end - value)))
        walk.position = value + length
        walk.damaged = walk.position > end
    return header, walk


def _element(
    buffer: bytes | memoryview, at: int, end: int, encoding: Encoding, long: struct.Struct, short: struct.Struct
) -> tuple[str, int, int]:
    """VR, claimed length and start of the value of the element at `at`."""
    code = bytes(buffer[at + 4 : at + 6]) if encoding.explicit else b""
    if code in _SHORT:
        return code.decode(), short.unpack_from(buffer, at + 6)[0], at + 8
    if (code in _LONG or _is_new_vr(buffer, at, end, code, long)) and at + 12 <= end:
        return code.decode("latin-1"), long.unpack_from(buffer, at + 8)[0], at + 12
    if code.isalpha() and code.isupper():
        return code.decode(), short.unpack_from(buffer, at + 6)[0], at + 8
    return "", long.unpack_from(buffer, at + 4)[0], at + 8


def _is_new_vr(buffer: bytes | memoryview, at: int, end: int, code: bytes, long: struct.Struct) -> bool:
    """VRs of the future have the long form (PS3.5 6.2.2); a mangled short one shows itself by its length there."""
    if not (code.isalpha() and code.isupper()) or at + 12 > end or bytes(buffer[at + 6 : at + 8]) != b"\0\0":
        return False
    length = long.unpack_from(buffer, at + 8)[0]
    return bool(length <= end - at - 12)


def read_items(
    buffer: bytes | memoryview, start: int, end: int, encoding: Encoding, budget: Budget, depth: int
) -> tuple[list[Header], int]:
    """The items of a sequence from `start`; returns them and where the sequence ended."""
    order = ">" if encoding.big else "<"
    item = struct.Struct(order + "HHI")
    headers: list[Header] = []
    position = start
    while position + 8 <= end:
        group, number, length = item.unpack_from(buffer, position)
        tag = group << 16 | number
        if tag != ITEM:
            return headers, position + (8 if tag == SEQUENCE_END else 0)
        budget.spend()
        stop = end if length == UNDEFINED else min(end, position + 8 + length)
        header, walk = read_header(buffer, position + 8, stop, encoding, budget, depth)
        headers.append(header)
        position = max(position + 8, walk.position) if length == UNDEFINED else position + 8 + length
    return headers, min(position, end)


def walk_headers(header: Header) -> Iterator[Header]:
    """The data set and its already parsed items."""
    yield header
    for element in header.elements.values():
        for item in element.items or ():
            yield from walk_headers(item)
