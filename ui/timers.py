"""The engine's timers, on Qt's event loop."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer


class QtTimers:
    """`kiosk.ports.clock.Timers` on the GUI thread."""

    def __init__(self, parent: QObject) -> None:
        self._parent = parent

    def after(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Arrange a call; returns the function that cancels it."""
        timer = QTimer(self._parent)
        timer.setSingleShot(True)
        timer.setTimerType(Qt.TimerType.CoarseTimer)
        armed = [timer]

        def disarm() -> None:
            """Once: afterwards Qt may have deleted the timer."""
            if armed:
                armed.pop().deleteLater()

        def fire() -> None:
            disarm()
            call()

        def cancel() -> None:
            if armed:
                timer.stop()
            disarm()

        timer.timeout.connect(fire)
        timer.start(round(seconds * 1000))
        return cancel
