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
        timer.timeout.connect(call)
        timer.timeout.connect(timer.deleteLater)
        timer.start(round(seconds * 1000))

        def cancel() -> None:
            if timer.isActive():
                timer.stop()
                timer.deleteLater()

        return _once(cancel)


def _once(call: Callable[[], None]) -> Callable[[], None]:
    """A second call, when the timer may be deleted already, does nothing."""
    pending = [call]

    def only_once() -> None:
        if pending:
            pending.pop()()

    return only_once
