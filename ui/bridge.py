"""Between engine and screens: the view goes out as plain values, touches come back as events.

The one thread crossing of the screens is here: `deliver` may be called from any thread and arrives on the GUI thread.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol, Unpack, cast

from PySide6.QtCore import Property, QObject, Qt, Signal, Slot
from PySide6.QtQml import QJSValue

from kiosk.config import Settings
from kiosk.domain.faults import FaultCode
from kiosk.session import events as on
from kiosk.session.screens.texts import Texts
from kiosk.session.screens.view import Preferences, View, Wishes, preferences_of
from kiosk.session.states import State, token_of
from kiosk.words import languages
from ui.acts import ParseTyped, acts
from ui.properties import json_property

log = logging.getLogger(__name__)


class EngineFace(Protocol):
    """What the screens need of the engine."""

    @property
    def state(self) -> State: ...
    @property
    def warning(self) -> bool: ...
    @property
    def preferences(self) -> Preferences: ...
    @property
    def texts(self) -> Texts: ...
    def view(self) -> View: ...
    def handle(self, event: on.Event) -> None: ...
    def choose(self, **wanted: Unpack[Wishes]) -> None: ...
    def dismiss_help(self) -> None: ...


def plain(value: Any) -> Any:
    """Tuples become lists: QML knows no tuple."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def common_words(texts: Texts, settings: Settings) -> dict[str, str]:
    """The static words every screen has, whose kiosk this is, and its number."""
    hospital, number = settings.hospital, settings.kiosk.number
    wishes = {f"access-{key}": word for key, word in texts.section("access").items()}
    named = texts("common.machine", number=number) if number else ""
    return {**texts.section("common"), **wishes, "hospital": hospital.name_in(texts.language), "machine": named}


def form_of(settings: Settings, wishes: Preferences) -> dict[str, Any]:
    """How everything looks: what the hospital has set, and what this visitor wants."""
    screens, hospital = settings.screens, settings.hospital
    return {
        "reduceMotion": screens.reduce_motion,
        "debounce": screens.debounce_ms,
        "colour": hospital.colour,
        "mark": hospital.mark.absolute().as_uri() if hospital.mark else "",
        "large": wishes.large,
        "contrast": wishes.contrast,
        "dark": screens.theme == "dark",
        "lowReach": wishes.low_reach,
        "slow": wishes.slow,
        "voice": wishes.voice,
        "speaks": settings.voice.kind != "none",
        "simple": wishes.simple,
    }


EASY: Wishes = {"large": True, "slow": True, "simple": True}
SWITCHES = ("large", "contrast", "low_reach", "slow", "voice", "simple")


def wishes_of(action: str, value: object, now: Preferences) -> Wishes | None:
    """What a touch wants changed; None where it is no touch of that kind."""
    name = action.removeprefix("set-").replace("-", "_")
    if action == "set-language":
        return {"language": str(value)}
    if action == "set-easy":
        easy = now.large and now.slow and now.simple
        return cast("Wishes", dict.fromkeys(EASY, not easy))
    return cast("Wishes", {name: not getattr(now, name)}) if action.startswith("set-") and name in SWITCHES else None


class Bridge(QObject):
    """What QML sees."""

    viewChanged = Signal()  # noqa: N815 - QML's naming
    wordsChanged = Signal()  # noqa: N815
    warningChanged = Signal()  # noqa: N815
    armedChanged = Signal()  # noqa: N815
    equipped = Signal()
    visitOver = Signal()  # noqa: N815
    typed = Signal(str)
    _delivered = Signal(object)

    def __init__(self, settings: Settings, view: View, texts: Texts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._engine: EngineFace | None = None
        self._acts = acts(lambda text: None)
        self._view: dict[str, Any] = plain(view.plain())
        self._texts, self._common = texts, common_words(texts, settings)
        shown = ("tag", "name", "direction", "font")
        self._languages = [{key: getattr(one, key) for key in shown} for one in languages()]
        self._preferences = preferences_of(settings.screens)
        self._warning = False
        self._armed = 0
        self._camera: QObject | None = None
        self._tray: QObject | None = None
        self._delivered.connect(self._take, Qt.ConnectionType.QueuedConnection)

    # --- the engine's side --------------------------------------------------------------------------------------
    def deliver(self, event: on.Event) -> None:
        """An event from any thread; handled on the GUI thread."""
        self._delivered.emit(event)

    def break_down(self) -> None:
        """Something broke that nobody caught: the visit ends in a trouble screen, not in a dead one. Any thread."""
        self._delivered.emit(None)

    def attach(self, engine: EngineFace, parse_typed: ParseTyped) -> None:
        """From now on this engine is shown; it tells `refresh` of its changes."""
        self._engine, self._acts = engine, acts(parse_typed)
        self.refresh()

    def equip(self, camera: QObject | None, tray: QObject | None) -> None:
        """The camera's picture and, in a demonstration, the tray of slips."""
        self._camera, self._tray = camera, tray
        self.equipped.emit()

    @Slot(object)
    def _take(self, event: on.Event | None) -> None:
        if self._engine:
            self._engine.handle(event or on.WorkFailed(token_of(self._engine.state), FaultCode.INTERNAL))

    def refresh(self) -> None:
        """Show what the engine has now."""
        engine = self._engine
        if engine is None:
            return
        view = plain(engine.view().plain())
        if engine.preferences != self._preferences:
            self._preferences = engine.preferences
            self._common = common_words(engine.texts, self._settings)
            self.wordsChanged.emit()
        if (view["screen"], view["limit_s"]) != (self._view["screen"], self._view["limit_s"]):
            self._arm()
        if view != self._view:
            came_home = view["screen"] == "attract" != self._view["screen"]
            self._view = view
            self.viewChanged.emit()
            if came_home:
                self.visitOver.emit()
        if engine.warning != self._warning:
            self._warning = engine.warning
            self.warningChanged.emit()

    @property
    def view(self) -> dict[str, Any]:
        """What is shown now, in plain values."""
        return self._view

    @property
    def wishes(self) -> Preferences:
        """What this visitor wants."""
        return self._preferences

    @property
    def texts(self) -> Texts:
        """The words of the chosen language."""
        return self._engine.texts if self._engine else self._texts

    @property
    def camera_feed(self) -> QObject | None:
        """The camera's picture, if there is one."""
        return self._camera

    @property
    def tray_of_slips(self) -> QObject | None:
        """The demonstration's tray, if there is one."""
        return self._tray

    def _arm(self) -> None:
        self._armed += 1
        self.armedChanged.emit()

    # --- the screens' side --------------------------------------------------------------------------------------
    @Slot(str, "QVariant")
    def act(self, action: str, untrusted_value: Any) -> None:
        """Something was touched."""
        engine = self._engine
        if engine is None:
            return
        value = untrusted_value.toVariant() if isinstance(untrusted_value, QJSValue) else untrusted_value
        if wanted := wishes_of(action, value, engine.preferences):
            engine.choose(**wanted)
        elif action == "dismiss-help":
            engine.dismiss_help()
        elif action in self._acts:
            engine.handle(self._acts[action](value))
        else:
            log.error("no such action: %s", action)
            return
        self._arm()
        self.refresh()

    def touched(self) -> None:
        """A hand on the screen, wherever; while "still there?" is asked, only its own buttons answer."""
        if not self._warning:
            self.act("touch", "")

    viewJson = json_property(lambda self: self._view, viewChanged)  # noqa: N815
    commonJson = json_property(lambda self: self._common, wordsChanged)  # noqa: N815
    large = Property(bool, lambda self: self._preferences.large, notify=wordsChanged)
    languagesJson = json_property(lambda self: self._languages, wordsChanged)  # noqa: N815
    language = Property(str, lambda self: self._preferences.language, notify=wordsChanged)
    warning = Property(bool, lambda self: self._warning, notify=warningChanged)
    armed = Property(int, lambda self: self._armed, notify=armedChanged)
    camera = Property(QObject, lambda self: self._camera, notify=equipped)
    tray = Property(QObject, lambda self: self._tray, notify=equipped)

    formJson = json_property(lambda self: form_of(self._settings, self._preferences), wordsChanged)  # noqa: N815
