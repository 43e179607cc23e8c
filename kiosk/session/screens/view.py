"""View models: what a screen shows, already masked, formatted and translated.

A screen has no `if` on anything but these values; it formats, masks and looks up nothing. `View.body` holds what
only that screen needs; its keys are documented at the function that makes it (`bodies`, `handing_out`, `staff_bodies`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, TypedDict

from kiosk.config import ScreenSettings
from kiosk.domain.calls import HelpCall
from kiosk.domain.exam import Readiness
from kiosk.session.facts import Facts
from kiosk.session.screens.texts import Texts

READINESS_ICONS = {
    Readiness.READY: ("check", "success"),
    Readiness.AMENDED: ("refresh", "success"),
    Readiness.PRINTED: ("printed", "muted"),
    Readiness.PRINTING: ("clock", "muted"),
    Readiness.HELD: ("desk", "warning"),
    Readiness.OUTSIDE_WINDOW: ("desk", "warning"),
    Readiness.UNCERTAIN: ("desk", "warning"),
    Readiness.FILM_ONLY: ("film", "muted"),
    Readiness.REGISTERED: ("dots", "muted"),
    Readiness.WAITING: ("dots", "warning"),
    Readiness.PRELIMINARY: ("dots", "warning"),
}


UNHURRIED = 10.0


@dataclass(frozen=True)
class Preferences:
    """What a visitor may change; home sets it back."""

    language: str
    large: bool = False
    contrast: bool = False
    low_reach: bool = False
    slow: bool = False
    voice: bool = False
    simple: bool = False

    @property
    def pace(self) -> float:
        """By what every limit is multiplied: who listens, or asks for time, gets ten times as long."""
        return UNHURRIED if self.slow or self.voice else 1.0


def preferences_of(screens: ScreenSettings) -> Preferences:
    """The form of a fresh visit."""
    return Preferences(screens.language, contrast=screens.theme == "contrast", low_reach=screens.low_reach)


class Wishes(TypedDict, total=False):
    """Some of the fields of Preferences."""

    language: str
    large: bool
    contrast: bool
    low_reach: bool
    slow: bool
    voice: bool
    simple: bool


@dataclass(frozen=True)
class Action:
    """A button: `id` goes back to the engine as it is, with `value`."""

    id: str
    text: str
    enabled: bool = True
    value: str = ""
    icon: str = ""


@dataclass(frozen=True)
class HelpCard:
    """What lies over a screen once a person was called: a line, the words that matter, an icon and its tone."""

    title: str
    said: str
    icon: str
    tone: str


@dataclass(frozen=True)
class Utterance:
    """What is said, piece by piece, in one language. `private`: for the headset only."""

    pieces: tuple[str, ...]
    language: str
    private: bool = False


@dataclass(frozen=True)
class View:
    """One screen."""

    screen: str
    headline: str
    sub: str = ""
    step: int = 0
    primary: Action | None = None
    secondary: tuple[Action, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    help: HelpCard | None = None
    limit_s: float = 0.0
    spoken: Utterance | None = None

    def plain(self) -> dict[str, Any]:
        """As dictionaries and lists, for the screens."""
        return asdict(self)


@dataclass(frozen=True)
class Surroundings:
    """What is told beside the state; `simple`: one decision a page is wanted."""

    facts: Facts
    texts: Texts
    now: datetime
    call: HelpCall | None = None
    simple: bool = False


def action(
    texts: Texts, id_: str, key: str, enabled: bool = True, value: str = "", icon: str = "", **v: object
) -> Action:
    """A button with translated words."""
    return Action(id_, texts(key, **v), enabled, value, icon)
