"""The scanning thread: takes the newest frame, reads it, posts what it says.

It never keeps the camera waiting and sees only the newest frame. While nothing changes before the lens it reads a few
frames a second only, so that an idle kiosk leaves the processor alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kiosk.adapters.camera.motion import change, thumbnail
from kiosk.adapters.symbols import LiveReader, LiveResult, grey_of
from kiosk.ports.scanner import CameraFrame, Hint

CHANGED = 1.0  # mean change of grey that makes a frame worth reading
IDLE_PAUSE_S = 0.25
EAGER_READS = 12  # frames of an unchanged scene that are read at full speed, for the search goes on over frames
WAIT_S = 0.5

LatestFrame = Callable[[int, float], CameraFrame | None]
ResultListener = Callable[[LiveResult], None]


class ScanLoop:
    """Reads frames on a thread of its own from `start` to `stop`.

    `next_frame` gives the newest frame after a number or None after a wait. `listener` is called on this thread with
    every result that has something to tell: an accepted symbol, or a hint that is new.
    """

    def __init__(self, next_frame: LatestFrame, reader: LiveReader, listener: ResultListener) -> None:
        self._next_frame = next_frame
        self._reader = reader
        self._listener = listener
        self._stop = threading.Event()
        self._forget = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to read; a second call does nothing."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="scanning", daemon=True)
            self._thread.start()

    def stop(self, timeout: float) -> None:
        """End within `timeout` seconds."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout)
            self._thread = None

    def forget(self) -> None:
        """A new visit begins: the slip that still lies there counts anew. From any thread."""
        self._forget.set()

    def _run(self) -> None:
        number, unchanged = 0, 0
        thumb: NDArray[np.uint8] | None = None
        hint = Hint.NONE
        while not self._stop.is_set():
            frame = self._next_frame(number, WAIT_S)
            if frame is None:
                self._stop.wait(0.02)  # a closed camera answers at once
                continue
            number = frame.number
            if self._forget.is_set():
                self._forget.clear()
                self._reader.forget()
                unchanged = 0
            grey = grey_of(frame.pixels)
            seen = thumbnail(grey)
            unchanged = unchanged + 1 if change(thumb, seen) < CHANGED else 0
            thumb = seen
            result = self._reader.feed(grey)
            if result.accepted or result.hint is not hint:
                hint = result.hint
                self._listener(result)
            if unchanged > EAGER_READS and not result.reading.symbols:
                self._stop.wait(max(0.0, frame.taken + IDLE_PAUSE_S - time.monotonic()))
