"""One window for a whole series whose files have none, so that neighbours on a sheet can be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import median

from kiosk.domain.faults import KioskError
from kiosk.imaging.film.gather import Picture, unless_cancelled
from kiosk.imaging.pixels.frame import Frame

Window = tuple[float, float]
_SAMPLED = 7  # images of a series, evenly chosen


def common_windows(pictures: Iterable[Picture], frame: Callable[[Picture], Frame]) -> dict[str, Window]:
    """Centre and width for each series of two and more images without a window, by Series Instance UID.

    The median of the lower and of the upper ends that a sample of the images would get by itself: one strange slice
    decides nothing. An image that cannot be decoded does not count.
    """
    series: dict[str, list[Picture]] = {}
    for picture in pictures:
        if picture.auto and picture.facts.series_uid:
            series.setdefault(picture.facts.series_uid, []).append(picture)
    found = {uid: _common(_sample(members), frame) for uid, members in series.items() if len(members) > 1}
    return {uid: window for uid, window in found.items() if window}


def _sample(pictures: Sequence[Picture]) -> list[Picture]:
    count = min(_SAMPLED, len(pictures))
    return [pictures[(2 * number + 1) * len(pictures) // (2 * count)] for number in range(count)]


def _common(sample: Sequence[Picture], frame: Callable[[Picture], Frame]) -> Window | None:
    windows = [window for picture in sample if (window := _window(picture, frame))]
    if not windows:
        return None
    low = median(centre - width / 2 for centre, width in windows)
    high = median(centre + width / 2 for centre, width in windows)
    return ((low + high) / 2, high - low) if high > low else None


def _window(picture: Picture, frame: Callable[[Picture], Frame]) -> Window | None:
    try:
        shown = frame(picture)
    except KioskError as fault:
        unless_cancelled(fault)
        return None
    return shown.window if shown.window_origin == "auto" else None
