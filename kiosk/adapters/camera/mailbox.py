"""The newest frame, never a queue: who comes late gets what is now, and old pictures are nobody's."""

from __future__ import annotations

import threading

from kiosk.ports.scanner import CameraFrame


class FrameMailbox:
    """One frame deep; any number of readers, each of which remembers the number it saw last."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: CameraFrame | None = None
        self._closed = False

    def put(self, frame: CameraFrame) -> None:
        """Replace the frame."""
        with self._changed:
            self._frame = frame
            self._changed.notify_all()

    def newer_than(self, number: int, timeout: float) -> CameraFrame | None:
        """The newest frame once it is newer than `number`; None when time runs out or nothing will come any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._is_newer(number), timeout)
            return None if self._closed or not self._is_newer(number) else self._frame

    def peek(self) -> CameraFrame | None:
        """The newest frame at once, None where there is none."""
        with self._changed:
            return self._frame

    def clear(self) -> None:
        """Forget the frame: it may show somebody's slip."""
        with self._changed:
            self._frame = None

    def open(self) -> None:
        """Frames will come."""
        with self._changed:
            self._closed = False

    def close(self) -> None:
        """Nothing will come any more: readers waiting are let go."""
        with self._changed:
            self._closed = True
            self._frame = None
            self._changed.notify_all()

    def _is_newer(self, number: int) -> bool:
        return self._frame is not None and self._frame.number > number
