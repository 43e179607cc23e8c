"""The directory of a medium (PS3.3 F, PS3.10 8.6): patient, study, series, images, as readers of CDs want it."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kiosk.cloud.portal.media.elements import EXPLICIT_LITTLE, element, uid

MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
IMPLEMENTATION = "2.25.302817203943893740213786154437640837215"
CHARSET = 0x00080005


class Wanted(NamedTuple):
    """An attribute that a record repeats, and what stands for it where the image has none (PS3.3 F.5)."""

    tag: int
    vr: str
    instead: str = ""


LEVELS: tuple[tuple[str, tuple[Wanted, ...], int], ...] = (
    ("PATIENT", (Wanted(0x00100010, "PN"), Wanted(0x00100020, "LO", "UNKNOWN")), 0x00100020),
    (
        "STUDY",
        (
            Wanted(0x00080020, "DA", "19000101"),
            Wanted(0x00080030, "TM", "000000"),
            Wanted(0x00080050, "SH"),
            Wanted(0x00081030, "LO"),
            Wanted(0x0020000D, "UI"),
            Wanted(0x00200010, "SH", "1"),
        ),
        0x0020000D,
    ),
    (
        "SERIES",
        (Wanted(0x00080060, "CS", "OT"), Wanted(0x0020000E, "UI"), Wanted(0x00200011, "IS", "1")),
        0x0020000E,
    ),
)
IMAGE = (Wanted(0x00200013, "IS", "1"),)


@dataclass
class _Record:
    """One record, with those below it; `offset` once it is known."""

    kind: str
    body: bytes
    below: dict[bytes, _Record] = field(default_factory=dict)
    offset: int = 0

    @property
    def size(self) -> int:
        return len(self.body) + _LINKS + len(element(0x00041430, "CS", self.kind.encode())) + 8


_LINKS = 3 * 12 - 2  # next, in use, lower: UL, US, UL


class MediaDirectory:
    """Images are added one by one; `file` is the DICOMDIR."""

    def __init__(self) -> None:
        self._roots: dict[bytes, _Record] = {}

    def add(self, path: Sequence[str], facts: Mapping[int, bytes], syntax: str) -> None:
        """An image at this path (upper case, at most 8 characters a part), with what its header says."""
        records = self._roots
        for kind, wanted, key in LEVELS:
            own = facts.get(key, b"")
            record = records.setdefault(own, _Record(kind, _copied(facts, wanted)))
            records = record.below
        place = "\\".join(path).encode("ascii")
        head = element(0x00041500, "CS", place)
        head += element(0x00041510, "UI", facts.get(0x00080016, b""), b"\0")
        head += element(0x00041511, "UI", facts.get(0x00080018, b""), b"\0")
        head += element(0x00041512, "UI", uid(syntax), b"\0")
        records[place] = _Record("IMAGE", head + _copied(facts, IMAGE))

    def file(self, instance: str) -> bytes:
        """As a PS3.10 file; offsets are from its beginning. `instance`: the UID of this directory."""
        meta = _meta(instance)
        lead = element(0x00041130, "CS", b"CLOUDFILM")
        sequence = len(meta) + len(lead) + 2 * 12 + 10  # behind first, last, in use
        end = _placed(self._roots, sequence + 12)
        roots = list(self._roots.values())
        first, last = (roots[0].offset, roots[-1].offset) if roots else (0, 0)
        lead += element(0x00041200, "UL", struct.pack("<I", first)) + element(0x00041202, "UL", struct.pack("<I", last))
        lead += element(0x00041212, "US", struct.pack("<H", 0))
        items = b"".join(_written(self._roots))
        return meta + lead + struct.pack("<HH2sHI", 4, 0x1220, b"SQ", 0, end - sequence - 12) + items


def _copied(facts: Mapping[int, bytes], wanted: Sequence[Wanted]) -> bytes:
    body = element(CHARSET, "CS", facts[CHARSET]) if CHARSET in facts else b""
    for one in wanted:
        value = facts.get(one.tag, b"").strip(b" \0") or one.instead.encode("ascii")
        body += element(one.tag, one.vr, value, b"\0" if one.vr == "UI" else b" ")
    return body


def _placed(records: Mapping[bytes, _Record], at: int) -> int:
    """Give each record its place, those below it right behind it; returns the end."""
    for record in records.values():
        record.offset = at
        at = _placed(record.below, at + record.size)
    return at


def _written(records: Mapping[bytes, _Record]) -> Iterator[bytes]:
    found = list(records.values())
    for number, record in enumerate(found):
        following = found[number + 1].offset if number + 1 < len(found) else 0
        lower = next(iter(record.below.values())).offset if record.below else 0
        links = element(0x00041400, "UL", struct.pack("<I", following))
        links += element(0x00041410, "US", struct.pack("<H", 0xFFFF))
        links += element(0x00041420, "UL", struct.pack("<I", lower))
        body = links + element(0x00041430, "CS", record.kind.encode()) + record.body
        yield struct.pack("<HHI", 0xFFFE, 0xE000, len(body)) + body
        yield from _written(record.below)


def _meta(instance: str) -> bytes:
    group = element(0x00020001, "OB", b"\0\1")
    for tag, value in ((0x00020002, MEDIA_STORAGE_DIRECTORY), (0x00020003, instance), (0x00020010, EXPLICIT_LITTLE),
                       (0x00020012, IMPLEMENTATION)):  # fmt: skip
        group += element(tag, "UI", uid(value), b"\0")
    return bytes(128) + b"DICM" + element(0x00020000, "UL", struct.pack("<I", len(group))) + group
