"""What keeps a public terminal a terminal: no key chords, no exception that nobody sees, Qt's warnings in the log."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QEvent, QObject, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtQuick import QQuickItem, QQuickWindow

log = logging.getLogger(__name__)
LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
CHORDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
MOVES = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down,
         Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Shift)  # fmt: skip
PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin)
Wedge = Callable[[str, float], None]


class InputGuard(QObject):
    """Sits before the window: drops chords and function keys, hands key text to the wedge scanner, tells of touches."""

    def __init__(self, touched: Callable[[], None], wedge: Wedge | None, parent: QObject) -> None:
        super().__init__(parent)
        self._touched, self._wedge = touched, wedge

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """True: the event goes no further."""
        if event.type() in PRESSES and isinstance(watched, QQuickWindow):
            self._touched()
        if isinstance(event, QKeyEvent) and isinstance(watched, QQuickWindow):
            return self._key(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        if event.modifiers() & CHORDS:
            return True
        if typing_somewhere() or event.key() in MOVES:
            return False
        if event.text() and self._wedge and event.type() == QEvent.Type.KeyPress and not event.isAutoRepeat():
            self._wedge(event.text(), time.monotonic())
            return True
        return event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


def typing_somewhere() -> bool:
    """True where a line takes keys itself (staff only)."""
    focus = QGuiApplication.focusObject()
    return isinstance(focus, QQuickItem) and bool(focus.inherits("QQuickTextInput"))


def guard_exceptions(break_down: Callable[[], None]) -> None:
    """Exceptions nobody caught, on any thread, are logged and end the visit in a trouble screen."""

    def on_main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("not caught", exc_info=(kind, error, trace))
        break_down()

    def on_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            log.critical("not caught in %s", args.thread, exc_info=(args.exc_type, args.exc_value, args.exc_traceback))
        break_down()

    sys.excepthook = on_main
    threading.excepthook = on_thread


def log_qt(seen: Callable[[str], None] | None = None) -> None:
    """Qt's own messages go to the log; warnings also to `seen`."""

    def take(kind: QtMsgType, _: object, message: str) -> None:
        log.log(LEVELS[kind], "Qt: %s", message)
        if seen and kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg):
            seen(message)

    qInstallMessageHandler(take)
