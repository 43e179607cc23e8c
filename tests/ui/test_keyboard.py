"""The keyboard: a scanner's bursts go to the scanner, everything else to what has the focus.

Key events carry the time they were pressed; when they are handled does not matter, as on a busy machine.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtQuick import QQuickItem, QQuickWindow
from PySide6.QtTest import QTest

from kiosk.adapters.readers.wedge import WedgeDetector
from kiosk.session import events as on
from tests.ui.hand import PORTRAIT, page, touch
from ui import guards
from ui.pictures.gallery import Look, Stage
from ui.window import application

KEYS = {"\r": Qt.Key.Key_Return, "\t": Qt.Key.Key_Tab, " ": Qt.Key.Key_Space, "\b": Qt.Key.Key_Backspace}
NONE, KEYPAD = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier


class Keyboard:
    """An input guard before the window; `at` is the time of the next key press, milliseconds."""

    def __init__(self, stage: Stage) -> None:
        self.codes: list[str] = []
        self.touches = 0
        self.at = 10_000
        self.window: QQuickWindow = stage.window
        wedge = WedgeDetector(self.codes.append)
        self.guard = guards.InputGuard(self._touch, wedge, stage.bridge.typed.emit, stage.bridge)
        application().installEventFilter(self.guard)

    def _touch(self) -> None:
        self.touches += 1

    def press(self, text: str, gap: int = 400, key: Qt.Key | None = None, how: Qt.KeyboardModifier = NONE) -> None:
        """Press and release one key after another, so many milliseconds apart."""
        for one in text:
            self.at += gap
            code = key or KEYS.get(one, Qt.Key(ord(one.upper())))
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, code, how, one)
                event.setTimestamp(self.at)
                QCoreApplication.sendEvent(self.window, event)
        application().processEvents()

    @property
    def focus(self) -> str:
        """The name of what has the focus."""
        item = self.window.activeFocusItem()
        return item.objectName() if item else ""

    def tab_to(self, name: str) -> None:
        """Tab until it has the focus."""
        seen: list[str] = []
        while self.focus != name:
            assert len(seen) < 60, f"no {name} among {seen}"
            self.press("\t")
            seen.append(self.focus)

    def off(self) -> None:
        application().removeEventFilter(self.guard)


@pytest.fixture
def keyboard(light: Stage) -> Iterator[Keyboard]:
    light.window.requestActivate()
    made = Keyboard(light)
    light.show("attract", PORTRAIT)
    light.engine.told.clear()
    yield made
    made.off()


@pytest.mark.parametrize(
    ("key", "how", "text"),
    [
        (Qt.Key.Key_Space, NONE, " "),
        (Qt.Key.Key_Return, NONE, "\r"),
        (Qt.Key.Key_Enter, KEYPAD, "\r"),
    ],
    ids=["space", "enter", "keypad enter"],
)
def test_space_enter_and_keypad_enter_press_the_focused_button(
    light: Stage, keyboard: Keyboard, key: Qt.Key, how: Qt.KeyboardModifier, text: str
) -> None:
    light.show("list", PORTRAIT)
    keyboard.tab_to("print-reports")
    light.engine.told.clear()
    keyboard.press(text, key=key, how=how)
    assert light.engine.told == [on.PrintReports()]
    assert keyboard.codes == [] and keyboard.touches > 0


def test_a_burst_is_a_code_and_presses_nothing(light: Stage, keyboard: Keyboard) -> None:
    light.show("list", PORTRAIT)
    keyboard.tab_to("print-reports")
    light.engine.told.clear()
    keyboard.press("CT2026110042\r", gap=8)
    assert keyboard.codes == ["CT2026110042"]
    assert light.engine.told == [] and keyboard.focus == "print-reports"


@pytest.mark.parametrize("gaps", [(8, 60), (60, 8), (8, 300), (40, 40), (8, 36)])
def test_a_broken_burst_is_no_code_presses_nothing_and_costs_no_try(
    light: Stage, keyboard: Keyboard, gaps: tuple[int, int]
) -> None:
    """At the question, the answer half typed and the focus on the button that sends it."""
    light.show("confirm", PORTRAIT)
    for digit in "21002":
        touch(light, f"key-{digit}")
    touch(light, "key-X")
    keyboard.tab_to("answer")
    light.engine.told.clear()
    keyboard.press("CT202", gap=gaps[0])
    keyboard.press("6110042\r", gap=gaps[1])
    assert keyboard.codes == [] and light.engine.told == []


def test_keys_are_timed_when_they_were_pressed_not_when_they_are_handled(light: Stage, keyboard: Keyboard) -> None:
    """All of this is handled in one heap: by the clock of the handling it would be one burst."""
    light.show("confirm", PORTRAIT)
    keyboard.press("210021", gap=250)
    keyboard.press("\r", gap=900)
    assert keyboard.codes == []
    QTest.qWait(guards.PAUSE_MS + 50)
    assert page(light, "answer-boxes").property("typed") == "210021"


def test_what_a_hand_types_stands_in_the_boxes_and_backspace_takes_it_away(light: Stage, keyboard: Keyboard) -> None:
    light.show("confirm", PORTRAIT)
    keyboard.press("12a3x", gap=250)
    keyboard.press("4", gap=250)
    QTest.qWait(guards.PAUSE_MS + 50)
    assert page(light, "answer-boxes").property("typed") == "123X4"
    keyboard.press("\b")
    assert page(light, "answer-boxes").property("typed") == "123X"


def test_a_number_can_be_typed_and_sent_by_keyboard_alone(light: Stage, keyboard: Keyboard) -> None:
    light.show("scan-typing", PORTRAIT)
    keyboard.press("CT-42", gap=250)
    QTest.qWait(guards.PAUSE_MS + 50)
    keyboard.tab_to("number")
    light.engine.told.clear()
    keyboard.press("\r")
    sent = [event for event in light.engine.told if isinstance(event, on.CodePresented)]
    assert [event.typed for event in sent] == [True]


def test_the_focus_moves_to_the_new_page(light: Stage, keyboard: Keyboard) -> None:
    """Where it was is gone; Enter presses nothing there, and the next Tab is the page's first control."""
    light.show("list", PORTRAIT)
    keyboard.tab_to("print-reports")
    light.show("preview", PORTRAIT)
    light.engine.told.clear()
    keyboard.press("\r")
    assert light.engine.told == []
    keyboard.press("\t")
    item = light.window.activeFocusItem()
    assert item is not None and within(item, page(light, "pages")) and keyboard.focus != ""


def within(item: QQuickItem, above: QQuickItem) -> bool:
    """True where the one lies in the other."""
    at: QQuickItem | None = item
    while at is not None and at is not above:
        at = at.parentItem()
    return at is above


def test_still_there_is_answered_by_keyboard_and_keeps_the_focus(light: Stage, keyboard: Keyboard) -> None:
    light.show("list", PORTRAIT)
    keyboard.tab_to("print-reports")
    light.show("list+warning", PORTRAIT)
    assert keyboard.focus == "still-here"
    keyboard.press("\t")
    assert keyboard.focus == "still-there-finish"
    keyboard.press("\t")
    light.engine.told.clear()
    keyboard.press(" ")
    assert light.engine.told == [on.Touch()]


@pytest.mark.parametrize(("screen", "field"), [("confirm", "answer-boxes"), ("scan-typing", "number-field")])
def test_fields_are_in_the_tab_chain(light: Stage, keyboard: Keyboard, screen: str, field: str) -> None:
    light.show(screen, PORTRAIT)
    keyboard.tab_to(field)


def test_the_staffs_fields_are_in_the_tab_chain(light: Stage, keyboard: Keyboard) -> None:
    light.show("staff-login", PORTRAIT)
    for _ in range(20):
        keyboard.press("\t")
        if guards.typing_somewhere():
            break
    assert guards.typing_somewhere()
    keyboard.press("li", gap=8)
    focus = light.window.activeFocusItem()
    assert focus is not None and focus.property("text") == "li" and keyboard.codes == []


def test_tabbing_through_a_long_list_keeps_the_focus_in_sight(light: Stage, keyboard: Keyboard) -> None:
    for orientation in ("portrait", "landscape"):
        light.show("list-long", Look(orientation, "light", "zh", False))
        area = page(light, "scroll")
        for _ in range(12):
            keyboard.press("\t")
            item = light.window.activeFocusItem()
            if item is not None and within(item, area):
                top = item.mapToItem(area, 0.0, 0.0).y()
                assert top >= -1 and top + min(item.height(), area.height()) <= area.height() + 1


def test_chords_and_function_keys_go_to_nobody(light: Stage, keyboard: Keyboard) -> None:
    light.engine.told.clear()
    QTest.keyClick(keyboard.window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(keyboard.window, Qt.Key.Key_F4, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(keyboard.window, Qt.Key.Key_F5)
    assert keyboard.window.isVisible() and light.engine.told == [] and keyboard.codes == []


def test_without_a_scanner_the_buttons_answer_all_the_same(light: Stage) -> None:
    light.window.requestActivate()
    light.show("list", PORTRAIT)
    board = Keyboard(light)
    board.off()
    board.guard = guards.InputGuard(board._touch, None, light.bridge.typed.emit, light.bridge)
    application().installEventFilter(board.guard)
    board.tab_to("print-reports")
    light.engine.told.clear()
    board.press("\r")
    board.off()
    assert light.engine.told == [on.PrintReports()]
