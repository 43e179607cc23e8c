"""Self-describing media names (PWG 5101.1 section 5): class_name_WIDTHxHEIGHTunit."""

from __future__ import annotations

import re

from kiosk.domain.sheets.printing import Media

_NAME = re.compile(r"[a-z][a-z0-9]*_[a-z0-9.-]+_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)", re.ASCII)
_MM = {"mm": 1.0, "in": 25.4}
TOLERANCE = 100  # one millimetre: drivers round inches and points


def size_mm(name: str) -> tuple[float, float]:
    """Width and height that a PWG name tells, in millimetres; raises ValueError for other names."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is no self-describing media name")
    width, height, unit = match.groups()
    return float(width) * _MM[unit], float(height) * _MM[unit]


def custom_name(label: str, width_mm: float, height_mm: float) -> str:
    """The name of a size that the registry does not know (PWG 5101.1 section 5.1, class "custom")."""
    return f"custom_{label}_{width_mm:g}x{height_mm:g}mm"


def pwg_media(name: str, kind: str = "") -> Media:
    """A media by its PWG name, in hundredths of a millimetre; raises ValueError for other names."""
    width, height = size_mm(name)
    return Media(name, round(width * 100), round(height * 100), kind)


def same_size(one: Media, other: Media) -> bool:
    """True where a sheet of the one passes for the other, in the same orientation."""
    return abs(one.width - other.width) <= TOLERANCE and abs(one.height - other.height) <= TOLERANCE
