"""What distinguishes images of one place in an MR series: diffusion weighting, echo, time (PS3.3 C.8.3.1, C.8.13.5)."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.imaging.dicom import attributes as a
from kiosk.imaging.dicom.attributes import Attribute
from kiosk.imaging.dicom.elements import Header

_B_VALUE, _DIFFUSION = Attribute(0x00189087, "FD"), Attribute(0x00189117, "SQ")
_ECHO, _ECHO_TIME = Attribute(0x00180086, "IS"), Attribute(0x00180081, "DS")
_ECHOES, _EFFECTIVE_ECHO_TIME = Attribute(0x00189114, "SQ"), Attribute(0x00189082, "FD")
_PHASE, _PHASE_INDEX = Attribute(0x00200100, "IS"), Attribute(0x00209128, "UL")
# Creator of the private block (group, element 10), the creator's name, the b-value in it.
_PRIVATE = (
    (Attribute(0x00190010, "LO"), "SIEMENS MR HEADER", Attribute(0x0019100C, "IS")),
    (Attribute(0x00430010, "LO"), "GEMS_PARM_01", Attribute(0x00431039, "IS")),
    (Attribute(0x20010010, "LO"), "Philips Imaging DD 001", Attribute(0x20011003, "FL")),
)
_GE_OFFSET = 1_000_000_000  # added to b-values by newer GE software
_HIGHEST_B = 100_000.0


@dataclass(frozen=True, order=True)
class Contrast:
    """Sorts in the order of display: time, echo, b-value (s/mm2, -1 where unknown); echo 0: no number given."""

    phase: int = -1
    echo: int = 0
    b_value: float = -1.0
    echo_time: float = 0.0


PLAIN = Contrast()


def contrast_of(header: Header, groups: tuple[Header | None, ...]) -> Contrast:
    """Of a frame; `groups` are its functional group items, the most specific first. Only MR has any."""
    if header.string(a.MODALITY) != "MR":
        return PLAIN
    content = _part(header, groups, a.FRAME_CONTENT)
    phase = content.integer(_PHASE_INDEX) if _PHASE_INDEX in content else header.integer(_PHASE)
    return Contrast(
        phase=-1 if phase is None else phase,
        echo=header.integer(_ECHO, 0) or 0,
        b_value=_b_value(header, _part(header, groups, _DIFFUSION)),
        echo_time=_part(header, groups, _ECHOES).number(_EFFECTIVE_ECHO_TIME) or header.number(_ECHO_TIME) or 0.0,
    )


def _part(header: Header, groups: tuple[Header | None, ...], sequence: Attribute) -> Header:
    return next((found for group in groups if group and (found := group.item(sequence))), header)


def _b_value(header: Header, diffusion: Header) -> float:
    """Diffusion b-value, else the private one of a maker whose block says that it is his; -1 without any."""
    values = [diffusion.number(_B_VALUE), header.number(_B_VALUE)]
    for creator, name, attribute in _PRIVATE:
        if header.string(creator) == name and (found := header.number(attribute)) is not None:
            values.append(found % _GE_OFFSET)
    return next((value for value in values if value is not None and 0 <= value <= _HIGHEST_B), -1.0)
