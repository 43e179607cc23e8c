"""Objects that hold no image but say how images are shown: presentation states and key object selections."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from kiosk.domain.faults import KioskError
from kiosk.domain.film import Spacing
from kiosk.imaging import attributes as a
from kiosk.imaging import presentation
from kiosk.imaging.elements import Header
from kiosk.imaging.limits import Limits
from kiosk.imaging.presentation import PresentationState
from kiosk.imaging.reading import Instance, open_object, store_of

KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
_MODALITY_REJECTED = {"113001", "113037", "113038", "113039"}  # rejected for quality or safety (PS3.16 CID 7011)
_EVIDENCE = a.Attribute(0x0040A375, "SQ")
_CONCEPT = a.Attribute(0x0040A043, "SQ")
_CODE = a.Attribute(0x00080100, "SH")


@dataclass
class Companions:
    """What a job's companion objects say."""

    states: list[PresentationState] = field(default_factory=list)
    key_images: set[str] = field(default_factory=set)

    def read(self, source: Path | bytes, limits: Limits) -> None:
        """Take note of an object without an image; anything else is passed over."""
        with suppress(KioskError):
            header, _, _, _ = open_object(store_of(source, limits), limits)
            sop_class = header.string(a.SOP_CLASS)
            if sop_class == KEY_OBJECTS:
                self.key_images |= _selected(header)
            elif sop_class in presentation.CLASSES:
                self.states.append(presentation.read_state(source, limits))

    def state_for(self, instance: Instance, frame: int) -> PresentationState | None:
        """The last state that is meant for a frame."""
        return next((state for state in reversed(self.states) if state.applies_to(instance, frame)), None)


def _selected(header: Header) -> set[str]:
    """SOP Instance UIDs that a key object lists (PS3.3 A.35.4); none where it rejects them."""
    titles = {item.string(_CODE) for item in header.items(_CONCEPT)}
    if titles & _MODALITY_REJECTED:
        return set()
    return {
        reference.string(a.REFERENCED_SOP_INSTANCE)
        for evidence in header.items(_EVIDENCE)
        for series in evidence.items(a.REFERENCED_SERIES)
        for reference in series.items(a.Attribute(0x00081199, "SQ"))
    }


def turned_spacing(spacing: Spacing | None, quarter_turns: int) -> Spacing | None:
    """Row and column change places with every quarter turn."""
    return replace(spacing, row=spacing.column, column=spacing.row) if spacing and quarter_turns % 2 else spacing

