"""What is said when: a new view, a new focus, the keys of an audio keypad.

Through the loudspeaker come only sentences of the screens, and only where somebody has asked for them. Whatever has the
focus is said to a headset alone: it may be an exam of the person's, or a figure of their answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QKeyEvent
from PySide6.QtQuick import QQuickItem, QQuickWindow

from kiosk.config import VoiceSettings
from kiosk.ports.voice import Voice
from kiosk.session.screens.spoken import spoken_warning
from kiosk.session.screens.view import Utterance
from ui.bridge import Bridge
from ui.guards import typing_somewhere

STEP = 0.15
LOWEST = 0.12  # 18 dB below the loudest (EN 301 549, 8.2.1.1)
MOVES = {"next": (Qt.Key.Key_Tab, "\t"), "previous": (Qt.Key.Key_Backtab, ""), "select": (Qt.Key.Key_Return, "\r")}


class Speaker(QObject):
    """Listens to the bridge, the focus and the keypad; `window` gets the keys that the keypad's mean."""

    def __init__(self, bridge: Bridge, window: QQuickWindow, voice: Voice, settings: VoiceSettings) -> None:
        super().__init__(bridge)
        self._bridge, self._window, self._voice, self._settings = bridge, window, voice, settings
        self._keys = {int(getattr(Qt.Key, f"Key_{name}")): deed for name, deed in settings.keys.items()
                      if hasattr(Qt.Key, f"Key_{name}")}  # fmt: skip
        self._deeds: Mapping[str, Callable[[], None]] = {
            "repeat": self._repeat,
            "louder": lambda: self._turn(STEP, "louder"),
            "quieter": lambda: self._turn(-STEP, "quieter"),
            "help": lambda: bridge.act("call-help", ""),
            "jack-in": lambda: self._jack(True),
            "jack-out": lambda: self._jack(False),
        }
        self.headset = False
        self.volume = settings.volume
        self._said = self._sentence()
        bridge.viewChanged.connect(self._view)
        bridge.wordsChanged.connect(self._view)
        bridge.warningChanged.connect(self._warn)
        bridge.visitOver.connect(self._over)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)  # noqa: S101 - for the type checker
        application.focusObjectChanged.connect(self._focus)
        application.installEventFilter(self)

    # --- what is said -------------------------------------------------------------------------------------------
    def _listening(self, private: bool) -> bool:
        return self.headset or (self._bridge.wishes.voice and not private)

    def _say(self, said: Utterance) -> None:
        if self._listening(said.private) and said.pieces:
            self._voice.say(said.pieces, said.language, self.volume)

    def _sentence(self) -> Utterance | None:
        now = self._bridge.view["spoken"]
        return Utterance(tuple(now["pieces"]), now["language"]) if now else None

    def _view(self) -> None:
        said = self._sentence()
        if said and said != self._said:
            self._said = said
            self._say(said)

    def _warn(self) -> None:
        if self._bridge.property("warning"):
            self._say(spoken_warning(self._bridge.texts))

    def _focus(self, item: QObject | None) -> None:
        if not self.headset or not isinstance(item, QQuickItem):
            return
        face = QAccessible.queryAccessibleInterface(item)
        if face is None or face.role() == QAccessible.Role.Pane:  # a page's own name is said as its sentence
            return
        words, state = self._bridge.texts, face.state()
        pieces = [face.text(QAccessible.Text.Name)]
        if state.checkable:
            pieces += words.pieces("spoken.picked" if state.checked else "spoken.not-picked")
        if state.disabled:
            pieces += words.pieces("spoken.off")
        self._say(Utterance(tuple(pieces), words.language, private=True))

    def _over(self) -> None:
        """The next person begins as everybody does."""
        self.volume = self._settings.volume

    # --- the keypad ---------------------------------------------------------------------------------------------
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Any key interrupts what is being said; the keypad's own keys go no further."""
        if not isinstance(event, QKeyEvent) or watched is not self._window:
            return False
        pressed = event.type() == QEvent.Type.KeyPress
        if pressed:
            self._voice.hush()
        deed = self._keys.get(event.key())
        if deed is None or typing_somewhere():
            return False
        if pressed and not event.isAutoRepeat():
            # At the farewell a touch is good-bye, but the way to the tray may be asked again.
            if self._bridge.view["screen"] != "done":
                self._bridge.touched()
            self._do(deed, event.timestamp())
        return True

    def _do(self, deed: str, at_ms: int) -> None:
        if deed not in MOVES:
            self._deeds[deed]()
            return
        key, text = MOVES[deed]
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            meant = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text)
            meant.setTimestamp(at_ms)
            QGuiApplication.sendEvent(self._window, meant)

    def _repeat(self) -> None:
        if self._said:
            self._say(self._said)

    def _turn(self, by: float, word: str) -> None:
        self.volume = min(1.0, max(LOWEST, self.volume + by))
        texts = self._bridge.texts
        self._say(Utterance(texts.pieces(f"spoken.{word}"), texts.language))

    def _jack(self, plugged: bool) -> None:
        """Whoever puts a headset in hears at once where they are, and has time; who pulls it is heard by nobody."""
        self.headset = plugged
        if plugged:
            QAccessible.setActive(True)
        if self._bridge.wishes.voice != plugged:
            self._bridge.act("set-voice", "")
        if not plugged:
            self._voice.hush()
            return
        texts, said = self._bridge.texts, self._said.pieces if self._said else ()
        self._say(Utterance((*texts.pieces("spoken.headset"), *said), texts.language))
