"""What a sandboxed worker is asked to do for a film: headers to pictures, companions. Frames: `pixels.jobs`."""

from __future__ import annotations

from pathlib import Path

from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.film.gather import Picture, Shelf
from kiosk.imaging.pixels.companions import Companion, read_companion


def pictures(source: Path | bytes, state: Path | bytes | None, limits: Limits) -> tuple[Picture, ...]:
    """All frames of a source, which counts as number 0, its presentation state as number 1."""
    sources = [source] if state is None else [source, state]
    return tuple(Shelf(sources, limits).pictures(0, None if state is None else 1))


def companion(source: Path | bytes, limits: Limits) -> Companion:
    """What an object without an image says."""
    return read_companion(source, limits)
