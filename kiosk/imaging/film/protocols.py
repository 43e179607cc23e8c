"""Film protocols: which images of a study go on which sheets, and how. They are data, in `assets/protocols/*.toml`."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import FilmSize, Grid, media_named, parse_grid
from kiosk.words import assets

Orientation = Literal["portrait", "landscape", "auto"]
Order = Literal["position", "number", "time"]
Localisers = Literal["apart", "leave-out", "with-lines"]
KeyImages = Literal["first", "only", "ignore"]
Annotation = Literal["series", "position", "window", "orientation", "scale-bar", "acquisition"]
ALL_ANNOTATIONS: tuple[Annotation, ...] = get_args(Annotation)


@dataclass(frozen=True)
class FilmProtocol:
    """How the images of one kind are printed.

    `grids` from small to large: the first that holds all images is taken, else the last. `every` n: every nth image;
    `at_most` 0: no limit, else so many, evenly chosen. Images that a key object selects come first, or are the only
    ones. `window`: which of the windows in a file is used, from 1; the first where there are not so many.
    """

    name: str
    title: str
    modalities: tuple[str, ...]
    body_parts: tuple[str, ...]
    media: FilmSize
    orientation: Orientation
    grids: tuple[Grid, ...]
    margin_mm: float
    gap_mm: float
    true_size: bool
    order: Order
    localisers: Localisers
    series_shorter_than: int
    sheet_per_series: bool
    every: int
    at_most: int
    key_images: KeyImages
    annotations: tuple[Annotation, ...]
    window: int

    def grid_for(self, images: int) -> Grid:
        """The smallest of the grids that holds so many images."""
        return next((grid for grid in self.grids if grid.tiles >= images), self.grids[-1])

    def sheets_for(self, series: Sequence[int]) -> int:
        """About how many sheets series of so many images fill; scouts and key images are not known beforehand."""
        long_enough = [images for images in series if images >= self.series_shorter_than] or list(series)
        batches = long_enough if self.sheet_per_series else [sum(long_enough)]
        kept = [math.ceil(images / self.every) for images in batches if images]
        if self.at_most and sum(kept) > self.at_most:
            kept = [self.at_most]
        return sum(math.ceil(images / self.grid_for(images).tiles) for images in kept)

    def fits(self, modality: str, body_part: str) -> int:
        """How well it fits: 0 not at all, 1 any modality, 2 the modality, 3 modality and body part."""
        if self.modalities and modality not in self.modalities:
            return 0
        if self.body_parts:
            return 3 if body_part in self.body_parts else 0
        return 2 if self.modalities else 1


_DEFAULTS: dict[str, Any] = {
    "title": "", "modalities": [], "body_parts": [], "media": "14INX17IN", "orientation": "portrait",
    "grids": ["1x1"], "margin_mm": 5.0, "gap_mm": 1.0, "true_size": False, "order": "position",
    "localisers": "apart", "series_shorter_than": 0, "sheet_per_series": False, "every": 1, "at_most": 0,
    "key_images": "first", "annotations": list(ALL_ANNOTATIONS), "window": 1,
}  # fmt: skip
_CHOICES = {"orientation": get_args(Orientation), "order": get_args(Order), "localisers": get_args(Localisers),
            "key_images": get_args(KeyImages)}  # fmt: skip
_SMALLEST = {"margin_mm": 0, "gap_mm": 0, "series_shorter_than": 0, "every": 1, "at_most": 0, "window": 1}


def parse_protocol(data: Mapping[str, Any], where: str) -> FilmProtocol:
    """A protocol from its table; KioskError CONFIG_INVALID names the file and the key."""
    unknown = set(data) - set(_DEFAULTS) - {"name"}
    if unknown or not data.get("name"):
        raise _invalid(where, f"unknown key {min(unknown)!r}" if unknown else "no name")
    values = {**_DEFAULTS, **data}
    for key, default in _DEFAULTS.items():
        _check(where, key, values[key], default)
    try:
        values["media"] = media_named(values["media"])
        values["grids"] = tuple(sorted(map(parse_grid, values["grids"]), key=lambda grid: grid.tiles))
    except ValueError as error:
        raise _invalid(where, str(error)) from error
    for key in ("modalities", "body_parts", "annotations"):
        values[key] = tuple(values[key])
    return FilmProtocol(**values)


def _check(where: str, key: str, value: Any, default: Any) -> None:
    kind = (int, float) if isinstance(default, float) else type(default)
    if not isinstance(value, kind) or (isinstance(value, bool) and not isinstance(default, bool)):
        raise _invalid(where, f"{key} must be of type {type(default).__name__}")
    if key in _CHOICES and value not in _CHOICES[key]:
        raise _invalid(where, f"{key} must be one of {', '.join(_CHOICES[key])}")
    if key in _SMALLEST and value < _SMALLEST[key]:
        raise _invalid(where, f"{key} must be at least {_SMALLEST[key]}")
    if key == "grids" and not value:
        raise _invalid(where, "grids must name at least one")
    if key == "annotations" and isinstance(value, list) and not set(value) <= set(ALL_ANNOTATIONS):
        raise _invalid(where, f"annotations: known are {', '.join(ALL_ANNOTATIONS)}")


def _invalid(where: str, what: str) -> KioskError:
    return KioskError(FaultCode.CONFIG_INVALID, f"film protocol {where}: {what}")


@lru_cache(maxsize=4)
def load_protocols(folder: Path | None = None) -> tuple[FilmProtocol, ...]:
    """All protocols of a folder (default: the built-in ones), by file name."""
    place = folder or assets() / "protocols"
    files = sorted(place.glob("*.toml"))
    if not files:
        raise KioskError(FaultCode.CONFIG_INVALID, f"no film protocols in {place}")
    return tuple(_load(path) for path in files)


def _load(path: Path) -> FilmProtocol:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _invalid(path.name, str(error)) from error
    return parse_protocol(data, path.name)


def protocol_for(protocols: Iterable[FilmProtocol], modality: str, body_part: str) -> FilmProtocol:
    """The protocol that fits best; the first of equals."""
    best = max(protocols, key=lambda protocol: protocol.fits(modality.upper(), body_part.upper()))
    if not best.fits(modality.upper(), body_part.upper()):
        raise KioskError(FaultCode.CONFIG_INVALID, f"no film protocol for modality {modality!r}")
    return best


def protocol_named(protocols: Iterable[FilmProtocol], name: str) -> FilmProtocol:
    """The protocol of that name; KioskError CONFIG_INVALID lists the known ones."""
    known = {protocol.name: protocol for protocol in protocols}
    if name not in known:
        raise KioskError(FaultCode.CONFIG_INVALID, f"no film protocol {name!r}; known: {', '.join(known)}")
    return known[name]
