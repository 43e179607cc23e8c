"""The camera's picture on the scan screen: at full speed while somebody looks, and gone with the screen."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QSize, QTimer
from PySide6.QtQuick import QQuickItem

from tests.ui.hand import PORTRAIT, page
from ui.mailbox import CameraFeed, Pictures, fitted
from ui.pictures.gallery import Stage, camera_picture


class Lens:
    """A mailbox with a new frame at every look, which knows what is still kept of the old ones."""

    def __init__(self) -> None:
        self.number = 0
        self.told: list[bool] = []
        self.frames: list[weakref.ref[NDArray[np.uint8]]] = []

    @property
    def generation(self) -> int:
        """One more."""
        self.number += 1
        return self.number

    def latest(self) -> NDArray[np.uint8] | None:
        """Made anew."""
        frame = camera_picture()
        self.frames.append(weakref.ref(frame))
        return frame

    def watched(self, on: bool) -> None:
        """Kept."""
        self.told.append(on)


def until(holds: Callable[[], bool]) -> None:
    """Turn the event loop until it holds."""
    loop, look, end = QEventLoop(), QTimer(), QTimer()
    look.timeout.connect(lambda: loop.quit() if holds() else None)
    end.timeout.connect(loop.quit)
    look.start(5)
    end.start(60_000)
    loop.exec()
    assert holds()


@pytest.fixture
def lens(light: Stage):  # type: ignore[no-untyped-def]
    made, before = Lens(), light.bridge.camera
    light.bridge.equip(CameraFeed(made, light.bridge), None)
    yield made
    light.show("attract", PORTRAIT)
    light.bridge.equip(before, None)


def test_case_12a_the_camera_runs_at_full_speed_while_the_scan_screen_looks_and_no_longer(
    light: Stage, lens: Lens
) -> None:
    light.show("attract", PORTRAIT)
    assert lens.told == []
    light.show("scan", PORTRAIT)
    until(lambda: len(lens.frames) > 5)
    assert lens.told == [True], "told once, not with every picture"
    light.show("scan-typing", PORTRAIT)
    until(lambda: lens.told == [True, False])
    light.show("scan", PORTRAIT)
    until(lambda: lens.told == [True, False, True])
    light.show("attract", PORTRAIT)
    until(lambda: lens.told == [True, False, True, False])


def test_every_new_frame_reaches_the_screen(light: Stage, lens: Lens) -> None:
    light.show("scan", PORTRAIT)
    item = page(light, "camera-picture")
    seen: set[int] = set()
    until(lambda: seen.add(item.property("number")) or len(seen) > 5)  # type: ignore[func-returns-value]


def test_case_12_nothing_stays_of_the_scan_screen_however_often_it_opens(light: Stage, lens: Lens) -> None:
    for _ in range(3):
        opened(light, lens)
    before, items = objects(), len(light.window.findChildren(QQuickItem))
    for _ in range(30):
        opened(light, lens)
    grown = {kind: count - before[kind] for kind, count in objects().items() if count > before[kind] + 5}
    assert not grown, grown
    assert len(light.window.findChildren(QQuickItem)) <= items
    assert not [frame for frame in lens.frames if frame() is not None], "frames are kept"


def opened(stage: Stage, lens: Lens) -> None:
    """The scan screen comes, shows some pictures and goes."""
    stage.show("scan", PORTRAIT)
    wanted = len(lens.frames) + 2
    until(lambda: len(lens.frames) >= wanted)
    stage.show("attract", PORTRAIT)


def objects() -> Counter[str]:
    """Qt objects that Python holds, by class; plain items are those that the test itself has looked for."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    things = (thing for thing in gc.get_objects() if isinstance(thing, QObject) and type(thing) is not QQuickItem)
    return Counter(type(thing).__name__ for thing in things)


@pytest.mark.parametrize(
    ("place", "seen"),
    [((950, 813), (950, 720)), ((1300, 730), (1280, 720)), ((640, 360), (640, 360)), ((2560, 1440), (2560, 1440)),
     ((1, 1), (1, 1)), ((3000, 10), (3000, 10))],
)  # fmt: skip
def test_a_frame_is_cut_to_its_place_and_scaled_only_where_it_is_worth_it(
    place: tuple[int, int], seen: tuple[int, int]
) -> None:
    assert fitted(np.zeros((720, 1280, 3), np.uint8), *place).shape == (seen[1], seen[0], 3)


def test_the_picture_is_the_frames_middle_in_its_own_colours(light: Stage) -> None:
    frame = np.zeros((720, 1280, 3), np.uint8)
    frame[:, 640:] = (10, 200, 90)
    lens = Lens()
    lens.latest = lambda: frame  # type: ignore[method-assign]
    feed = CameraFeed(lens)
    image = Pictures(lambda: feed).requestImage("1", QSize(), QSize(950, 813))
    assert image.pixelColor(600, 400).getRgb()[:3] == (90, 200, 10)
    assert image.pixelColor(300, 400).getRgb()[:3] == (0, 0, 0)
    assert image.pixelColor(600, 5).name() == image.pixelColor(3, 808).name() == "#0c1a26", "the rim is the lens"


def test_without_a_camera_or_a_frame_the_lens_is_empty() -> None:
    lens = Lens()
    lens.latest = lambda: None  # type: ignore[method-assign]
    feed = CameraFeed(lens)
    for source in (lambda: None, lambda: feed):
        assert Pictures(source).requestImage("0", QSize(), QSize(0, 40)).pixelColor(0, 20).name() == "#0c1a26"
