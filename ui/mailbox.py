"""The camera's picture on screen: the newest frame from a mailbox, never a queue, polled only while it is looked at."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Property, QObject, QRectF, QTimer, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtQml import qmlRegisterType
from PySide6.QtQuick import QQuickItem, QQuickPaintedItem

POLL_MS = 33


class Mailbox(Protocol):
    """Holds the newest frame only; safe to ask from any thread."""

    @property
    def generation(self) -> int:
        """Grows with every frame."""
        ...

    def latest(self) -> NDArray[np.uint8] | None:
        """The newest frame: (rows, columns, 3) uint8, BGR; None before the first."""
        ...


class CameraFeed(QObject):
    """A mailbox, handed to the screens."""

    def __init__(self, mailbox: Mailbox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mailbox = mailbox


class CameraPicture(QQuickPaintedItem):
    """Draws the newest frame, cut to fill the item. Lives on the GUI thread (basic render loop)."""

    changed = Signal()

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self._source: CameraFeed | None = None
        self._running = False
        self._seen = -1
        self._pixels: NDArray[np.uint8] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    def _get_source(self) -> QObject | None:
        return self._source

    def _set_source(self, source: QObject | None) -> None:
        self._source = source if isinstance(source, CameraFeed) else None
        self._settle()

    def _get_running(self) -> bool:
        return self._running

    def _set_running(self, running: bool) -> None:
        self._running = running
        self._settle()

    source = Property(QObject, _get_source, _set_source, notify=changed)
    running = Property(bool, _get_running, _set_running, notify=changed)

    def _settle(self) -> None:
        if self._running and self._source:
            self._timer.start()
            self._poll()
        else:
            self._timer.stop()
            self._pixels = None
        self.update()

    def _poll(self) -> None:
        assert self._source is not None  # noqa: S101 - the timer runs only with a source
        generation = self._source.mailbox.generation
        if generation != self._seen:
            self._seen = generation
            frame = self._source.mailbox.latest()
            self._pixels = None if frame is None else np.ascontiguousarray(frame)
            self.update()

    def paint(self, painter: QPainter) -> None:
        """Cut and scale while drawing: no copy of the whole frame is made."""
        if self._pixels is None:
            return
        rows, columns = self._pixels.shape[:2]
        image = QImage(self._pixels.data, columns, rows, self._pixels.strides[0], QImage.Format.Format_BGR888)
        wide, high = self.width(), self.height()
        factor = min(columns / max(1.0, wide), rows / max(1.0, high))
        cut = QRectF((columns - wide * factor) / 2, (rows - high * factor) / 2, wide * factor, high * factor)
        painter.drawImage(QRectF(0, 0, wide, high), image, cut)


def register() -> None:
    """Make the item known to QML."""
    qmlRegisterType(CameraPicture, "KioskCamera", 1, 0, "CameraPicture")  # type: ignore[call-overload]
