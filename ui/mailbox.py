"""The camera's picture on screen: the newest frame from a mailbox, never a queue, made only while it is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QSize, QTimer, Slot
from PySide6.QtGui import QImage
from PySide6.QtQuick import QQuickImageProvider

SCHEME = "camera"
LOOKS_MS = 500
"""So long after the last look somebody still counts as looking."""
LARGEST_PX = 4096
WORTH_SCALING = 1.25
LENS = 0xFF0C1A26
"""Theme.lens."""


class Mailbox(Protocol):
    """Holds the newest frame only; safe to ask from any thread."""

    @property
    def generation(self) -> int:
        """Grows with every frame; 0 before the first."""
        ...

    def latest(self) -> NDArray[np.uint8] | None:
        """The newest frame: (rows, columns, 3) uint8, BGR; None before the first."""
        ...

    def watched(self, on: bool) -> None:
        """Whether somebody looks: then pictures are wanted at full speed."""
        ...


class CameraFeed(QObject):
    """A mailbox, handed to the screens. Looking at it is what keeps the camera at full speed: a screen that has gone,
    however it went, looks no more."""

    def __init__(self, mailbox: Mailbox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mailbox = mailbox
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(LOOKS_MS)
        self._rest.timeout.connect(self._nobody)

    @Slot(result=int)
    def look(self) -> int:
        """The newest frame's number, 0 where there is none."""
        if not self._rest.isActive():
            self.mailbox.watched(True)
        self._rest.start()
        return self.mailbox.generation

    @Slot()
    def _nobody(self) -> None:
        self.mailbox.watched(False)


class Pictures(QQuickImageProvider):
    """image://camera/NUMBER: the newest frame in the size that is asked for, as the screen stores pixels.

    Painting it is a copy. No item of Python's is in the scene, for PySide keeps every item that QML has made of a
    Python class, with all it holds, until the program ends.
    """

    def __init__(self, feed: Callable[[], QObject | None]) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        self._feed = feed

    def requestImage(self, id_: str, size: QSize, wanted: QSize) -> QImage:  # noqa: N802 - Qt's name
        """Never fails: without a frame the picture is an empty lens."""
        wide, high = (min(max(1, v), LARGEST_PX) for v in (wanted.width(), wanted.height()))
        size.setWidth(wide)
        size.setHeight(high)
        image = QImage(wide, high, QImage.Format.Format_RGB32)
        feed = self._feed()
        frame = feed.mailbox.latest() if isinstance(feed, CameraFeed) else None
        seen = None if frame is None else fitted(frame, wide, high)
        if seen is None or seen.shape[:2] != (high, wide):
            image.fill(LENS)
        if seen is not None:
            pixels = np.frombuffer(image.bits(), np.uint8).reshape(high, wide, 4)
            cv2.cvtColor(seen, cv2.COLOR_BGR2BGRA, dst=_middle(pixels, *seen.shape[1::-1]))
        return image


def fitted(frame: NDArray[np.uint8], wide: int, high: int) -> NDArray[np.uint8]:
    """The middle of a frame, (rows, columns, 3), so that it fills a place of `wide` x `high` pixels.

    What would have to be enlarged a little only is left as it is and leaves a rim: scaling costs more than all else.
    """
    rows, columns = frame.shape[:2]
    scale = max(wide / columns, high / rows)
    if 1 <= scale < WORTH_SCALING:
        return _middle(frame, min(wide, columns), min(high, rows))
    cut = _middle(frame, min(columns, max(1, round(wide / scale))), min(rows, max(1, round(high / scale))))
    return np.asarray(cv2.resize(cut, (wide, high), interpolation=cv2.INTER_LINEAR), np.uint8)


def _middle(pixels: NDArray[np.uint8], wide: int, high: int) -> NDArray[np.uint8]:
    rows, columns = pixels.shape[:2]
    left, top = (columns - wide) // 2, (rows - high) // 2
    return pixels[top : top + high, left : left + wide]
