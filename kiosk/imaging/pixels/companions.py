"""Objects that hold no image but say how images are shown: presentation states and key object selections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.imaging.dicom import attributes as a
from kiosk.imaging.dicom.elements import Header
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.dicom.reading import open_object, store_of
from kiosk.imaging.pixels import presentation

KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
_REJECTED = {"113001", "113037", "113038", "113039"}  # rejected for quality or safety (PS3.16 CID 7011)
_EVIDENCE = a.Attribute(0x0040A375, "SQ")
_CONCEPT = a.Attribute(0x0040A043, "SQ")
_CONTENT = a.Attribute(0x0040A730, "SQ")
_CODE = a.CODE_VALUE
_REFERENCED_SOPS = a.Attribute(0x00081199, "SQ")


@dataclass(frozen=True)
class Companion:
    """What one object without an image says: SOP Instance UIDs it selects, and those it presents (frames from 1).

    `created`: when a presentation state was made, as digits that sort.
    """

    selects: frozenset[str] = frozenset()
    presents: dict[str, tuple[int, ...]] = field(default_factory=dict)
    created: str = ""


def read_companion(source: Path | bytes, limits: Limits) -> Companion:
    """Raises KioskError where the object cannot be read; says nothing for objects of other kinds."""
    header, _, _, _ = open_object(store_of(source, limits), limits)
    sop_class = header.string(a.SOP_CLASS)
    if sop_class == KEY_OBJECTS:
        return Companion(selects=_selected(header))
    if sop_class in presentation.CLASSES:
        state = presentation.read_state(source, limits)
        return Companion(presents=state.references, created=state.created)
    return Companion()


def _selected(header: Header) -> frozenset[str]:
    """What a key object lists (PS3.3 A.35.4); nothing where it rejects."""
    titles = {item.string(_CODE) for item in header.items(_CONCEPT)}
    if titles & _REJECTED:
        return frozenset()
    evidence = frozenset(
        reference.string(a.REFERENCED_SOP_INSTANCE)
        for evidence in header.items(_EVIDENCE)
        for series in evidence.items(a.REFERENCED_SERIES)
        for reference in series.items(_REFERENCED_SOPS)
    )
    return evidence or frozenset(_in_content(header))


def _in_content(item: Header) -> Iterator[str]:
    """The images that the content tree names, where the evidence is missing; depth is bounded by the header's."""
    for reference in item.items(_REFERENCED_SOPS):
        yield reference.string(a.REFERENCED_SOP_INSTANCE)
    for part in item.items(_CONTENT):
        yield from _in_content(part)


@dataclass
class Companions:
    """All companions of a job; `states`: for each image (created, place, frames) of the states that present it."""

    selected: set[str] = field(default_factory=set)
    states: dict[str, list[tuple[str, int, tuple[int, ...]]]] = field(default_factory=dict)

    def add(self, place: int, companion: Companion) -> None:
        """Take note of the companion that is source number `place`."""
        self.selected |= companion.selects
        for uid, frames in companion.presents.items():
            self.states.setdefault(uid, []).append((companion.created, place, frames))

    def states_for(self, sop_uid: str, frame: int) -> list[int]:
        """The sources of the states that present a frame (from 0), the newest last; of equals the later source."""
        known = self.states.get(sop_uid, ())
        return [place for _, place, frames in sorted(known) if not frames or frame + 1 in frames]
