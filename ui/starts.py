"""The ways to start the screens: the kiosk, the demonstration."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.config import Settings
from kiosk.domain.links import Publication
from kiosk.session.events import Event, LinkMade
from kiosk.session.screens.texts import load_texts
from ui.app import Wiring, run
from ui.tray import Tray, TraySlip, TrayWords

if TYPE_CHECKING:
    from kiosk.sample import SlipCard
    from kiosk.sample_cloud import SampleCloud
    from kiosk.sample_desk import SampleDesk

Deliver = Callable[[Event], None]
Play = Callable[[str], None]


def kiosk(settings: Settings | None, windowed: bool) -> int:
    """The fullscreen kiosk; without settings on the sample hospital."""
    from kiosk.bootstrap import instance_lock

    chosen = settings or _sample_settings()
    lock = instance_lock(chosen)
    lock.take()
    try:
        build = partial(wired, chosen)
        return run(chosen, build, windowed, prepare=None if settings else _make_sample)
    finally:
        lock.give_back()


def demo(lan: bool = False) -> int:
    """The kiosk on the sample hospital, with a tray of slips beside it, and its cloud."""
    from kiosk import sample
    from kiosk.sample_cloud import SampleCloud
    from kiosk.sample_desk import SampleDesk

    with contextlib.ExitStack() as stack:
        cloud = SampleCloud(sample.settings_for(sample.home()), sample.home() / "cloud", lan)
        desk = SampleDesk(sample.settings_for(sample.home()), sample.home() / "desk")
        stack.callback(cloud.stop)
        stack.callback(desk.stop)
        return _demo(cloud, desk)


def _demo(cloud: SampleCloud, desk: SampleDesk) -> int:
    hand = Hand()
    language = Settings().screens.language

    def build(deliver: Deliver, play: Play) -> Wiring:
        from kiosk import sample

        slips = sample.cards(sample.home())
        tray.fill([TraySlip(s.picture.as_uri(), s.shows[language], s.answer) for s in slips])
        cloud.start()
        desk.start()
        settings = cloud.settings
        print(what_to_try(settings, slips, desk.ready()), flush=True)
        wiring = wired(settings, partial(_tell_links, deliver), play)
        if wiring.application.eye:
            hand.take([s.picture for s in slips], wiring.application.eye.hold)
        return wiring

    tray = Tray(_tray_words(language), (), hand.show)
    return run(Settings(), build, windowed=True, tray=tray, prepare=_make_sample)


def _tell_links(deliver: Deliver, event: Event) -> None:
    """The address behind the QR, for whoever has no phone at hand."""
    if isinstance(event, LinkMade) and event.publication is not Publication.ONLINE:
        print(f"The link behind the QR: {event.link.url}", flush=True)
    deliver(event)


def _tray_words(language: str) -> TrayWords:
    from kiosk import sample

    words = load_texts(language, "")
    accounts = ", ".join(f"{name} {pin}" for name, pin, _ in sample.SAMPLE_STAFF)
    staff = words("closed.tray-staff", accounts=accounts)
    return TrayWords(words("closed.tray"), words("closed.tray-answer"), words("closed.tray-next"), staff)


def what_to_try(settings: Settings, slips: Sequence[SlipCard], desk: str) -> str:
    """For the terminal: codes and answers, the staff's accounts, where the paper lies."""
    from kiosk import sample

    width = max(len(slip.code) for slip in slips)
    tries = [f"  {n}  {slip.code:{width}}  {slip.answer:8}  {slip.shows['en']}" for n, slip in enumerate(slips, 1)]
    accounts = " or ".join(f"{name} / {pin}" for name, pin, _ in sample.SAMPLE_STAFF)
    printers = settings.printers
    return "\n".join((
        "The kiosk is open. Touch \"下一张检查单\" (next slip) in its window, or type a code at the kiosk:",
        f"  n  {'code':{width}}  {'answer':8}  what it shows",
        *tries,
        f"Staff: press the cross beside the hospital's name for three seconds, then name and PIN: {accounts}",
        f"The staff's desk in the browser, same accounts: {desk}",
        f"Printed reports: {printers.report.path}",
        f"Printed films:   {printers.film.path}",
        f"The cloud film: {settings.cloud.portal}; a QR on screen or paper leads there, its link is printed here.",
        "Another language or larger type: at the top of every screen. The end: close the window.",
    ))  # fmt: skip


def _sample_settings() -> Settings:
    from kiosk import sample

    return sample.settings_for(sample.home())


def _make_sample() -> None:
    """The embedded sample hospital; its imports are heavy and come after the first picture."""
    from kiosk import sample

    sample.prepare(sample.home())


class Hand:
    """Holds a slip before the camera, once there are slips and a camera."""

    def __init__(self) -> None:
        self._pictures: list[Path] = []
        self._hold: Callable[[Path | None], None] = lambda picture: None

    def take(self, pictures: list[Path], hold: Callable[[Path | None], None]) -> None:
        """From now on these."""
        self._pictures, self._hold = pictures, hold

    def show(self, index: int | None) -> None:
        """Hold this slip, or none."""
        self._hold(None if index is None else self._pictures[index])


def wired(settings: Settings, deliver: Deliver, play: Play) -> Wiring:
    """The application behind the screens; its imports are heavy and come after the first picture."""
    from kiosk.bootstrap import Outlets, build, voice_of

    application = build(settings, Outlets(deliver, play))
    if application.eye:
        application.eye.open()
    return Wiring(application, application.eye, application.wedge(), voice=voice_of(settings.voice))
