"""What workers are asked to do: whole tasks by value, from a file or bytes to facts, frames, pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.dicom.reading import read
from kiosk.imaging.pixels.frame import Frame
from kiosk.imaging.pixels.picture import load_frame, to_picture
from kiosk.imaging.pixels.presentation import Graphic, drawings, read_state


def frame(
    source: Path | bytes,
    number: int = 0,
    window: tuple[float, float] | None = None,
    state: Path | bytes | None = None,
    limits: Limits = Limits(),  # noqa: B008 (a frozen value)
    choice: int = 1,
) -> Frame:
    """Decode one frame, with a presentation state if given; `choice`: which of the file's windows."""
    shown_by = None if state is None else read_state(state, limits)
    return load_frame(read(source, limits), number, window, shown_by, choice)


def deadline_s(source: Path | bytes) -> float:
    """Seconds within which decoding one frame must be done: little for the small, more for the large."""
    try:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
    except OSError:
        size = 0
    return 1.2 + size / (2 << 20)


def picture(
    source: Path | bytes, number: int = 0, window: tuple[float, float] | None = None, state: Path | bytes | None = None
) -> NDArray[np.uint8]:
    """One frame as an 8-bit picture of native size."""
    return to_picture(frame(source, number, window, state))


def graphics(source: Path | bytes, state: Path | bytes, number: int = 0) -> tuple[Graphic, ...]:
    """Drawings of a presentation state for one frame, in the pixels of the frame as the state displays it."""
    instance, presentation = read(source), read_state(state)
    return drawings(presentation, instance, number) if presentation.applies_to(instance, number) else ()
