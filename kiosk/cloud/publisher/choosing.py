"""Which pictures the electronic film begins with, and in which windows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kiosk.cloud.publisher.images import ShownFrame
from kiosk.cloud.publisher.series import OrderedSeries

MOST_OF_SERIES, MOST_OF_EXAM = 12, 60
Window = tuple[float, float]
# Centre and width in HU, as radiology presets them; the names are what viewers translate.
_LUNG, _BONE, _SOFT, _BRAIN = ("lung", (-600.0, 1500.0)), ("bone", (500.0, 2000.0)), ("soft", (40.0, 400.0)), (
    "brain", (40.0, 90.0))  # fmt: skip
_CHEST, _HEAD = ("CHEST", "THORAX", "LUNG"), ("HEAD", "BRAIN", "SKULL")
_ALIKE = 0.15  # relative difference up to which two windows show the same


@dataclass(frozen=True)
class KeyFrame:
    """A frame of the electronic film: its place in its series, and whether it stands for the series."""

    series: int
    frame: int
    label: str
    shown: ShownFrame
    thumbnail: bool = False


def key_frames(series: Sequence[OrderedSeries], selected: Collection[str]) -> list[KeyFrame]:
    """Those that a key object selects, else evenly through each series; one of each series at least."""
    share = max(1, min(MOST_OF_SERIES, MOST_OF_EXAM // max(1, len(series))))
    return [key for number, one in enumerate(series) for key in _of_series(number, one, share, selected)]


def _of_series(number: int, series: OrderedSeries, share: int, selected: Collection[str]) -> list[KeyFrame]:
    total = len(series.shown)
    chosen = [at for at, one in enumerate(series.shown) if one.facts.sop_uid in selected][:share]
    chosen = chosen or _evenly(total, share)
    middle = chosen[len(chosen) // 2]
    return [KeyFrame(number, at, f"{at + 1} / {total}", series.shown[at], at == middle) for at in chosen]


def _evenly(total: int, share: int) -> list[int]:
    count = min(total, share)
    return [(2 * number + 1) * total // (2 * count) for number in range(count)]


def presets(shown: ShownFrame, *, presented: bool) -> list[tuple[str, Window | None]]:
    """Names and windows of a key picture, the usual one (None) first; for CT those that its body part is read with."""
    usual = shown.made.windows[0] if shown.made.windows else None
    if usual and usual.found and shown.facts.modality != "CT":
        return [("", (usual.center, usual.width))]
    found: list[tuple[str, Window | None]] = [(usual.name if usual else "", None)]
    if shown.facts.modality != "CT" or shown.made.unit != "HU" or presented:
        return found
    own = (usual.center, usual.width) if usual else None
    return found + [(name, window) for name, window in _ct(shown.facts.body_part) if not _alike(own, window)][:2]


def _ct(body_part: str) -> list[tuple[str, Window]]:
    part = body_part.upper()
    if any(word in part for word in _HEAD):
        return [_BRAIN, _BONE]
    return [_LUNG, _SOFT, _BONE] if any(word in part for word in _CHEST) else [_SOFT, _BONE, _LUNG]


def _alike(own: Window | None, other: Window) -> bool:
    return own is not None and all(abs(a - b) <= _ALIKE * other[1] for a, b in zip(own, other, strict=True))
