"""Runs the screens: paints first, then builds the rest, and lets go of everything at the end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickWindow

from kiosk.config import Settings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.scanner import Wedge
from kiosk.ports.voice import Voice
from kiosk.session.events import Event
from kiosk.session.facts import Facts
from kiosk.session.screens.bodies import present
from kiosk.session.screens.texts import Texts, load_texts
from kiosk.session.screens.view import Surroundings, View
from kiosk.session.states import Starting, token_of
from kiosk.words import assets
from ui import guards, watchdog
from ui.bridge import Bridge
from ui.mailbox import CameraFeed, Mailbox
from ui.sounds import Tones
from ui.speech import Speaker
from ui.timers import QtTimers
from ui.tray import Tray
from ui.window import application as qt_application
from ui.window import open_window

if TYPE_CHECKING:
    from kiosk.bootstrap import Application

log = logging.getLogger(__name__)
PORTRAIT, LANDSCAPE = (1080, 1920), (1920, 1080)
WIDE_WITH_TRAY, UPRIGHT_WITH_TRAY = (2027, 1000), (1080, 1920)
WINDOW_SHARE = 0.94


@dataclass(frozen=True)
class Wiring:
    """What the screens show and feed. `close` also ends what belongs to the camera."""

    application: Application
    mailbox: Mailbox | None = None
    wedge: Wedge | None = None
    voice: Voice | None = None
    close: Callable[[], None] = lambda: None


Build = Callable[[Callable[[Event], None], Callable[[str], None]], Wiring]
Prepare = Callable[[], None]


def run(
    settings: Settings,
    build: Build,
    windowed: bool = False,
    tray: Tray | None = None,
    prepare: Prepare | None = None,
) -> int:
    """Show the kiosk until its window closes.

    `build` is called after the first picture stands on the screen, with the function that brings events of any thread
    to the engine and the one that plays a tone; it does the heavy imports. `prepare` runs before it, on a thread of its
    own, while the screen says so. Raises KioskError when that cannot be built.
    """
    qt = qt_application()
    guards.log_qt()
    bridge = Bridge(settings, *first_view(settings, "closed.preparing" if prepare else ""))
    bridge.equip(None, tray)
    if tray:
        bridge.viewChanged.connect(lambda: tray.follow(bridge.view["screen"]))
    guards.guard_exceptions(bridge.break_down)
    width, height = window_size(qt, windowed, tray is not None)
    engine, window = open_window(bridge, width, height, tray is not None)
    session = _Session(settings, build, bridge, window, prepare)
    window.frameSwapped.connect(session.begin, Qt.ConnectionType.QueuedConnection)
    _show(window, windowed)
    try:
        code = qt.exec()
        if session.fault:
            raise session.fault
        return code
    finally:
        window.close()
        shiboken6.delete(engine)
        session.end()


class _Session(QObject):
    """From the first picture to the last."""

    _prepared = Signal(object)

    def __init__(
        self, settings: Settings, build: Build, bridge: Bridge, window: QQuickWindow, prepare: Prepare | None
    ) -> None:
        super().__init__(bridge)
        self._prepare = prepare
        self._prepared.connect(self._go_on, Qt.ConnectionType.QueuedConnection)
        self._settings, self._build, self._bridge, self._window = settings, build, bridge, window
        self._wiring: Wiring | None = None
        self._begun = False
        self.fault: KioskError | None = None
        self._tones = Tones(assets() / "sounds", settings.screens.sound)
        self._occupation = watchdog.Occupation()
        self._pulse = QTimer(self)
        self._pulse.timeout.connect(lambda: watchdog.notify("WATCHDOG=1"))

    def begin(self) -> None:
        """Once, after the first picture: wire the rest and open."""
        if self._begun:
            return
        self._begun = True
        if self._prepare:
            threading.Thread(target=self._work, name="prepare", daemon=True).start()
        else:
            self._go_on(None)

    def _work(self) -> None:
        fault: KioskError | None = KioskError(FaultCode.INTERNAL, "the preparation broke off")
        try:
            if self._prepare:
                self._prepare()
            fault = None
        except OSError as error:
            fault = KioskError(FaultCode.STORE_UNAVAILABLE, error.strerror or type(error).__name__)
        except KioskError as error:
            fault = error
        finally:
            self._prepared.emit(fault)

    @Slot(object)
    def _go_on(self, fault: KioskError | None) -> None:
        try:
            if fault:
                raise fault
            self._open()
        except KioskError as error:
            self.fault = error
            QGuiApplication.exit(1)

    def _open(self) -> None:
        bridge = self._bridge
        self._wiring = wiring = self._build(bridge.deliver, self._tones.play)
        if wiring.mailbox:
            bridge.equip(CameraFeed(wiring.mailbox, bridge), bridge.tray_of_slips)
        parts = wiring.application
        engine = parts.engine(QtTimers(bridge), bridge.refresh)
        guard = guards.InputGuard(bridge.touched, wiring.wedge, bridge.typed.emit, bridge)
        QGuiApplication.instance().installEventFilter(guard)  # type: ignore[union-attr]
        if wiring.voice:
            Speaker(bridge, self._window, wiring.voice, self._settings.voice)
        bridge.viewChanged.connect(lambda: self._occupation.tell(bool(token_of(engine.state))))
        bridge.attach(engine, parts.rules.parse_typed)
        parts.watch()
        self._keep_alive()

    def _keep_alive(self) -> None:
        watchdog.notify("READY=1")
        if watchdog.interval_s():
            self._pulse.start(round(watchdog.interval_s() * 1000))

    def end(self) -> None:
        """Let go of everything."""
        self._tones.close()
        if self._wiring:
            self._wiring.close()
            if self._wiring.voice:
                self._wiring.voice.close()
            self._wiring.application.close()


def first_view(settings: Settings, why: str = "") -> tuple[View, Texts]:
    """What stands on the screen while the kiosk looks at itself, and the words it is written with.

    `why`: the key of a second line.
    """
    language, hospital = settings.screens.language, settings.hospital
    texts = load_texts(language, hospital.desk_in(language))
    now = datetime.now(ZoneInfo(hospital.time_zone))
    view = present(Starting(), Surroundings(Facts(), texts, now))
    return replace(view, sub=texts(why) if why else view.sub), texts


def window_size(qt: QGuiApplication, windowed: bool, tray: bool) -> tuple[int, int]:
    """Width and height: the whole screen, or a window that lies as the screen does."""
    room = qt.primaryScreen().availableSize()
    if not windowed:
        return room.width(), room.height()
    shapes = (WIDE_WITH_TRAY, UPRIGHT_WITH_TRAY) if tray else (LANDSCAPE, PORTRAIT)
    wide, high = shapes[0 if room.width() > room.height() else 1]
    share = min(1.0, WINDOW_SHARE * room.width() / wide, WINDOW_SHARE * room.height() / high)
    return round(wide * share), round(high * share)


def _show(window: QQuickWindow, windowed: bool) -> None:
    if windowed:
        room = window.screen().availableGeometry()
        window.setPosition(
            room.x() + (room.width() - window.width()) // 2, room.y() + (room.height() - window.height()) // 2
        )
        window.show()
        return
    window.setFlag(Qt.WindowType.FramelessWindowHint)
    window.setCursor(Qt.CursorShape.BlankCursor)
    window.showFullScreen()
