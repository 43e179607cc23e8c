"""A3, A4: a whole visit by keypad and headset, with the screen dark: every step is taken by what is heard."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_QUICK_BACKEND"] = "software"

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent

from kiosk import sample
from kiosk.adapters.readers.wedge import WedgeDetector
from kiosk.adapters.speech.written import WrittenVoice
from kiosk.config import VoiceSettings
from ui import guards
from ui.pictures import headless
from ui.speech import Speaker
from ui.window import application

NAMES = ("王秀英", "王*英")
LONGEST_WAY = 60


class Listener:
    """Somebody who sees nothing: a keypad under the hand, and what is said."""

    def __init__(self, tour: headless.Tour) -> None:
        self.tour, self.voice, self.at = tour, WrittenVoice(10_000), 50_000
        bridge, window = tour.bridge, tour.window
        self.guard = guards.InputGuard(bridge.touched, WedgeDetector(lambda code: None), bridge.typed.emit, bridge)
        application().installEventFilter(self.guard)
        self.speaker = Speaker(bridge, window, self.voice, VoiceSettings())
        window.requestActivate()

    def press(self, key: Qt.Key, text: str = "") -> None:
        """A key of the keypad, half a second after the last one."""
        self.at += 500
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text)
            event.setTimestamp(self.at)
            QCoreApplication.sendEvent(self.tour.window, event)
        headless.settle(0.01)

    def hears(self, words: str) -> None:
        """Waits until something like it is said."""
        for _ in range(headless.PATIENCE):
            if any(words in said for said in self.voice.said):
                return
            headless.settle(0.02)
        raise AssertionError(f"never heard {words}; heard {self.voice.said[-8:]}")

    def go(self, words: str, right: Callable[[str, str], bool] = str.startswith) -> None:
        """On to the next choice until that is heard, and take it."""
        for _ in range(LONGEST_WAY):
            self.press(Qt.Key.Key_Down)
            if right(self.voice.said[-1], words):
                self.press(Qt.Key.Key_Select)
                return
        raise AssertionError(f"no {words} among {self.voice.said[-LONGEST_WAY:]}")

    def off(self) -> None:
        """Somebody else's turn."""
        application().removeEventFilter(self.guard)
        application().removeEventFilter(self.speaker)
        shiboken6.delete(self.speaker)


@pytest.fixture(scope="module")
def tour(hospital: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[headless.Tour]:
    """One kiosk for all of them."""
    application()
    made = sample.Sample(sample.settings_for(hospital), sample.cards(hospital))
    with headless.fresh(hospital) as settings:
        one = headless.Tour(made, settings, tmp_path_factory.mktemp("pictures"))
        yield one
        one.close()


@pytest.fixture
def listener(tour: headless.Tour) -> Iterator[Listener]:
    """Somebody before a kiosk at rest."""
    tour.act("finish")
    tour.comes("attract")
    one = Listener(tour)
    yield one
    one.off()


def test_a3_a4_a_whole_visit_by_ear(listener: Listener) -> None:
    one, slip = listener, listener.tour.slips["wang-ct"]
    one.press(Qt.Key.Key_Down)
    assert one.voice.said == [], "nobody has put a headset in"
    one.press(Qt.Key.Key_F15)
    assert one.voice.said[-1].startswith("耳机已接好") and "把检查单的条码朝上" in one.voice.said[-1]
    assert one.tour.engine.preferences.voice, "who listens has time"
    one.tour.hold("wang-ct")
    one.hears("请输入患者身份证后 6 位")
    one.tour.hold(None)
    for key in slip.answer:
        one.go(key, str.__eq__)
    one.go("确认", str.__eq__)
    one.hears("份报告可以领取")
    one.go("胸部 CT")  # unticks it
    one.press(Qt.Key.Key_F1)
    assert "份报告可以领取" in one.voice.said[-1], "said again"
    one.go("胸部 CT")
    assert any("未选中" in said for said in one.voice.said)
    one.go("打印")
    one.hears("请取走您的报告")
    assert "下方" in one.voice.said[-1]
    one.press(Qt.Key.Key_F1)
    assert "下方" in one.voice.said[-1] and one.tour.bridge.view["screen"] == "done", "where, once more"
    one.press(Qt.Key.Key_Down)  # any touch is good-bye
    one.tour.comes("attract")
    heard = " ".join(one.voice.said)
    assert not any(name in heard for name in NAMES) and slip.answer not in heard
    assert one.voice.hushed >= len(one.voice.said) / 2, "any key interrupts"


def test_the_volume_is_everybodys_again_after_the_visit(listener: Listener) -> None:
    one = listener
    one.press(Qt.Key.Key_F15)
    usual = one.speaker.volume
    one.press(Qt.Key.Key_VolumeUp)
    assert one.speaker.volume > usual and one.voice.said[-1] == "声音大一点"
    one.go("没带检查单")
    one.hears("请用键盘输入检查号")
    one.go("取消", str.__eq__)
    one.tour.comes("attract")
    assert one.speaker.volume == usual


def test_nothing_private_comes_through_the_loudspeaker(listener: Listener) -> None:
    """Without a headset the screens' sentences are read; what has the focus is not, be it an exam or a figure typed."""
    one = listener
    one.tour.act("set-voice")
    one.tour.proves("wang-ct")
    one.hears("可以领取")
    before = list(one.voice.said)
    for _ in range(12):
        one.press(Qt.Key.Key_Down)
    assert one.voice.said == before
    assert not any("CT" in said or name in said for said in before for name in NAMES)


def test_pulling_the_headset_silences_it_at_once(listener: Listener) -> None:
    one = listener
    one.press(Qt.Key.Key_F15)
    told, hushed = len(one.voice.said), one.voice.hushed
    one.press(Qt.Key.Key_F16)
    assert one.voice.hushed > hushed and not one.tour.engine.preferences.voice
    one.press(Qt.Key.Key_Down)
    one.tour.act("type-number")
    one.tour.comes("scan")
    assert len(one.voice.said) == told


def test_keys_that_nobody_knows_do_nothing(listener: Listener) -> None:
    one = listener
    one.press(Qt.Key.Key_F15)
    told = list(one.voice.said)
    for key in (Qt.Key.Key_F35, Qt.Key.Key_unknown, Qt.Key.Key_Launch9, Qt.Key.Key_MediaRecord):
        one.press(key)
    assert one.voice.said == told and one.tour.bridge.view["screen"] == "attract"
    one.press(Qt.Key.Key_F1)
    assert one.voice.said[-1] != "" and len(one.voice.said) == len(told) + 1, "and the others still do"


def test_a_headset_pulled_and_put_in_again_in_mid_sentence_goes_on(listener: Listener) -> None:
    one = listener
    for _ in range(3):
        one.press(Qt.Key.Key_F15)
        one.press(Qt.Key.Key_F16)
    one.press(Qt.Key.Key_F15)
    assert one.voice.said[-1].startswith("耳机已接好") and one.tour.engine.preferences.voice
    one.go("没带检查单")
    one.hears("请用键盘输入检查号")
