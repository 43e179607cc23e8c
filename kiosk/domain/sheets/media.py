"""Self-describing media names (PWG 5101.1 section 5): class_name_WIDTHxHEIGHTunit."""

from __future__ import annotations

import re

from kiosk.domain.sheets.printing import Media

_NAME = re.compile(r"[a-z][a-z0-9]*_[a-z0-9.-]+_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)", re.ASCII)
_HUNDREDTHS = {"mm": 100.0, "in": 2540.0}
TOLERANCE = 100  # one millimetre: drivers round inches and points


def pwg_media(name: str, kind: str = "") -> Media:
    """A media by its PWG name, in hundredths of a millimetre; raises ValueError for other names."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is no self-describing media name")
    width, height, unit = match.groups()
    factor = _HUNDREDTHS[unit]
    return Media(name, round(float(width) * factor), round(float(height) * factor), kind)


def same_size(one: Media, other: Media) -> bool:
    """True where a sheet of the one passes for the other, in the same orientation."""
    return abs(one.width - other.width) <= TOLERANCE and abs(one.height - other.height) <= TOLERANCE
