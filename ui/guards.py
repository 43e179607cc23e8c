"""What keeps a public terminal a terminal: no key chords, no exception that nobody sees, Qt's warnings in the log."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtQuick import QQuickItem, QQuickWindow

from kiosk.ports.scanner import Wedge

log = logging.getLogger(__name__)
LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
CHORDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
BUTTON_KEYS: dict[int, str] = {Qt.Key.Key_Return: "\r", Qt.Key.Key_Enter: "\r", Qt.Key.Key_Space: " ",
                               Qt.Key.Key_Tab: "\t", Qt.Key.Key_Backtab: ""}  # fmt: skip
MOVES = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Backspace, Qt.Key.Key_Delete,
         Qt.Key.Key_Shift)  # fmt: skip
PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin)
PAUSE_MS = 120  # without a key; then what a hand typed is told


class InputGuard(QObject):
    """Sits before the window: drops chords and function keys, tells a scanner's bursts from a person's keys.

    A person's Enter, Space and Tab go on to what has the focus; what a hand types goes to `typed`. `touched` is told of
    every touch and of every key of a person. Keys are timed when they were pressed (QInputEvent::timestamp).
    """

    def __init__(
        self, touched: Callable[[], None], wedge: Wedge | None, typed: Callable[[str], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._touched, self._wedge, self._typed = touched, wedge, typed
        self._passed: set[int] = set()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._settle)

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
        pressed = event.type() == QEvent.Type.KeyPress
        if typing_somewhere():
            if pressed:
                self._touched()
            return False
        if pressed:
            return not self._press(event)
        key = event.key()
        passed = key in MOVES or key in self._passed
        if event.type() == QEvent.Type.KeyRelease:
            self._passed.discard(key)
        return not passed

    def _press(self, event: QKeyEvent) -> bool:
        """True where the key goes on to what has the focus."""
        key = event.key()
        if key in MOVES:
            self._touched()
            return True
        if event.isAutoRepeat() or not (event.text() or key in BUTTON_KEYS):
            return False
        goes_on = self._is_hands(BUTTON_KEYS.get(key, event.text()), event.timestamp())
        if goes_on:
            self._passed.add(key)
            self._touched()
        return goes_on

    def _is_hands(self, text: str, at_ms: int) -> bool:
        if self._wedge is None or not text:
            return text in BUTTON_KEYS.values()
        heard = self._wedge.feed(text, at_ms)
        self._tell(heard.typed)
        self._pause.start()
        return heard.mine

    def _settle(self) -> None:
        if self._wedge:
            self._tell(self._wedge.settle())

    def _tell(self, typed: str) -> None:
        if typed:
            self._touched()
            self._typed(typed)


def typing_somewhere() -> bool:
    """True where a line takes keys itself: staff's fields."""
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
