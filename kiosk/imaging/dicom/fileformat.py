"""The outside of a DICOM file (PS3.10 section 7): preamble, file meta information, how the data set is written."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.imaging.dicom import attributes as a
from kiosk.imaging.dicom.elements import Budget, Encoding, read_header, unreadable

IMPLICIT_LITTLE, EXPLICIT_LITTLE = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
IMPLICIT = frozenset((IMPLICIT_LITTLE, "1.2.840.113619.5.2"))
_MAGIC = 128
_META = b"\x02\x00"
_LONG = (b"OB", b"OW", b"UN", b"UT", b"SQ", b"UC", b"UR", b"OF", b"OD", b"OL", b"OV", b"SV", b"UV")


@dataclass(frozen=True)
class FileMeta:
    """Where the data set starts and the transfer syntax that is named, "" without one."""

    end: int
    transfer_syntax: str


def file_meta(buffer: bytes | memoryview, budget: Budget) -> FileMeta:
    """Preamble, prefix and meta information may each be missing, and the latter be written with implicit VRs.

    Raises KioskError OBJECT_UNREADABLE where nothing looks like DICOM.
    """
    start = _MAGIC + 4 if bytes(buffer[_MAGIC : _MAGIC + 4]) == b"DICM" else 0
    if bytes(buffer[start : start + 2]) != _META:
        if not start and not _plausible_start(buffer):
            raise unreadable("not a DICOM object")
        return FileMeta(start, "")
    explicit = _looks_explicit(buffer, start)
    end = _meta_end(buffer, start, explicit)
    header, _ = read_header(buffer, start, end, Encoding(explicit), budget, depth=1)
    return FileMeta(end, header.string(a.TRANSFER_SYNTAX))


def encoding_of(syntax: str, buffer: bytes | memoryview, start: int) -> Encoding:
    """Encoding by transfer syntax, corrected by what the first element looks like."""
    group = bytes(buffer[start : start + 2])
    explicit = _looks_explicit(buffer, start)
    if not syntax:
        return Encoding(explicit, big=group[:1] == b"\0" and group[1:] != b"\0")
    return Encoding(explicit or (syntax not in IMPLICIT and len(buffer) < start + 8), big=syntax == BIG_ENDIAN)


def _looks_explicit(buffer: bytes | memoryview, start: int) -> bool:
    code = bytes(buffer[start + 4 : start + 6])
    return code.isalpha() and code.isupper()


def _meta_end(buffer: bytes | memoryview, start: int, explicit: bool) -> int:
    """Walk over group 2 by its elements: the group length is wrong too often."""
    position = start
    while position + 8 <= len(buffer) and bytes(buffer[position : position + 2]) == _META:
        long = explicit and bytes(buffer[position + 4 : position + 6]) in _LONG
        field = buffer[position + 8 : position + 12] if long else (
            buffer[position + 6 : position + 8] if explicit else buffer[position + 4 : position + 8])  # fmt: skip
        position += (12 if long else 8) + int.from_bytes(field, "little")
    return min(position, len(buffer))


def _plausible_start(buffer: bytes | memoryview) -> bool:
    """A bare data set starts with a small even group number, usually 8, in either byte order."""
    if len(buffer) < 16:
        return False
    groups = (int.from_bytes(buffer[0:2], "little"), int.from_bytes(buffer[0:2], "big"))
    return any(group in (0x0004, 0x0008, 0x0010) for group in groups)
