"""The ways to start the screens: the kiosk, the staff station, the demonstration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kiosk.config import Settings
from kiosk.session.events import Event, StaffGesture
from ui.app import Wiring, run
from ui.tray import Tray, TraySlip


def sample_settings() -> Settings:
    """The embedded sample hospital's."""
    from kiosk import sample

    return sample.prepare(sample.home()).settings


def kiosk(settings: Settings, windowed: bool) -> int:
    """The fullscreen kiosk."""
    from kiosk.bootstrap import instance_lock

    lock = instance_lock(settings)
    lock.take()
    try:
        return run(settings, lambda deliver: wired(settings, deliver), windowed)
    finally:
        lock.give_back()


def desk(settings: Settings) -> int:
    """The staff station: a window that goes to the staff screens at once and knows no patient's screen."""

    return run(settings, lambda deliver: replace(wired(settings, deliver, camera=False), at_home=StaffGesture()), True)


def demo() -> int:
    """The kiosk on the sample hospital, with a tray of slips beside it."""
    from kiosk import sample

    made = sample.prepare(sample.home())
    settings = made.settings
    language = settings.screens.language
    slips = [TraySlip(s.picture.as_uri(), s.shows[language], s.answer) for s in made.slips]
    holder = Holder([s.picture for s in made.slips])

    def build(deliver: Callable[[Event], None]) -> Wiring:
        wiring = wired(settings, deliver)
        holder.hold = wiring.application.eye.hold if wiring.application.eye else holder.hold
        return wiring

    title = {"zh": "样例检查单：点一张放到镜头下", "en": "Sample slips: touch one to hold it up"}[language]
    return run(settings, build, windowed=True, tray=Tray(title, slips, holder.show))


class Holder:
    """The hand that holds a slip before the camera."""

    def __init__(self, pictures: list[Path]) -> None:
        self._pictures = pictures
        self.hold: Callable[[Path | None], None] = lambda picture: None

    def show(self, index: int | None) -> None:
        """Hold this slip, or none."""
        self.hold(None if index is None else self._pictures[index])


def wired(settings: Settings, deliver: Callable[[Event], None], camera: bool = True) -> Wiring:
    """The application behind the screens; its imports are heavy and come after the first picture."""
    from kiosk.bootstrap import build

    application = build(settings)
    if camera and application.eye:
        application.eye.open()
    return Wiring(application, application.eye if camera else None, application.wedge(deliver))
