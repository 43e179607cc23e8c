"""Every button says what it should: screens are shown from sample states, touched, and what comes back is compared."""

from __future__ import annotations

import pytest
import zxingcpp
from PySide6.QtQuick import QQuickItem

from kiosk.domain.desk import request
from kiosk.domain.person.identity import Question
from kiosk.domain.reasons import FilmReason
from kiosk.session import events as on
from tests.ui import geometry as geo
from tests.ui.hand import PORTRAIT, find, page, texts, touch
from tests.ui.test_layout import complaints
from ui.drawings import Drawings
from ui.pictures import samples
from ui.pictures.gallery import Look, Stage
from ui.pictures.samples import FIRST_STUDY, SECOND_STUDY

LANDSCAPE = Look("landscape", "light", "zh", False)
TOUCHES = [
    ("attract", "begin", on.Begin()),
    ("attract", "type-number", on.TypeNumber()),
    ("attract", "call-help", on.CallHelp()),
    ("scan", "type-number", on.TypeNumber()),
    ("scan", "finish", on.Finish()),
    ("scan-typing", "scan-instead", on.TypeNumber(on=False)),
    ("confirm", "ask-other:birth-date", on.AskOther(Question.BIRTH_DATE)),
    ("confirm", "ask-other:phone-last-four", on.AskOther(Question.PHONE_LAST_FOUR)),
    ("confirm", "finish", on.Finish()),
    ("list", f"pick:{SECOND_STUDY}", on.Pick(SECOND_STUDY)),
    ("list", f"preview:{FIRST_STUDY}", on.Preview(FIRST_STUDY)),
    ("list", "print-reports", on.PrintReports()),
    ("list", "show-qr", on.ShowQr()),
    ("list", "ask-film", on.AskFilm()),
    ("list", "finish", on.Finish()),
    ("preview", "print-reports", on.PrintReports()),
    ("preview", "back", on.Back()),
    ("film", f"pick-film:{SECOND_STUDY}", on.PickFilm(SECOND_STUDY)),
    ("film", "choose-reason:surgery", on.ChooseReason(FilmReason.SURGERY)),
    ("film", "show-qr", on.ShowQr()),
    ("film", "back", on.Back()),
    ("film-reason", "print-film", on.PrintFilm()),
    ("qr", "finish", on.Finish()),
    ("qr", "back", on.Back()),
    ("done", "finish", on.Finish()),
    ("trouble", "retry", on.Retry()),
    ("trouble", "show-qr", on.ShowQr()),
    ("trouble", "finish", on.Finish()),
    ("list+warning", "still-here", on.Touch()),
    ("list+warning", "still-there-finish", on.Finish()),
    ("staff-worklist", "staff-panel:printers", on.StaffPanel("printers")),
    ("staff-worklist", f"staff-do:select:{FIRST_STUDY}", on.StaffDo(request("select", {"study": FIRST_STUDY}))),
    ("staff-worklist", "staff-do:answer-help:4821", on.StaffDo(request("answer-help", {"code": "4821"}))),
    ("staff-worklist", "staff-do:search", on.StaffDo(request("search", {"query": "P0001"}))),
    ("staff-printers", "undo:5DHW94J1PB", on.StaffDo(request("unsettle", {"serial": "5DHW94J1PB"}))),
    ("staff-log", "staff-do:export", on.StaffDo(request("export", {"span": "today", "kind": "", "outcome": ""}))),
    ("staff-accounts", "finish", on.Finish()),
]


@pytest.mark.parametrize("look", [PORTRAIT, LANDSCAPE], ids=lambda look: look.orientation)
def test_down_goes_through_the_page_and_from_its_end_to_the_next(light: Stage, look: Look) -> None:
    show(light, "preview", look)
    presses = 0
    while not light.engine.told and presses < 10:
        touch(light, "next")
        presses += 1
    assert light.engine.told == [on.TurnPage(1)]


@pytest.mark.parametrize("look", [PORTRAIT, LANDSCAPE], ids=lambda look: look.orientation)
@pytest.mark.parametrize(
    ("screen", "name", "event"), TOUCHES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_touch_says_what_was_touched(light: Stage, screen: str, name: str, event: on.Event, look: Look) -> None:
    show(light, screen, look)
    touch(light, name)
    assert light.engine.told == [event]


@pytest.mark.parametrize("look", [PORTRAIT, LANDSCAPE], ids=lambda look: look.orientation)
def test_the_log_is_filtered_by_what_is_chosen_from_a_list_over_it(light: Stage, look: Look) -> None:
    show(light, "staff-log", look)
    touch(light, "filter:outcome")
    assert complaints(light, "staff-log", look) == []
    touch(light, "outcome:failed")
    assert light.engine.told == [on.StaffDo(request("log", {"span": "today", "kind": "", "outcome": "failed"}))]


@pytest.mark.parametrize("look", [PORTRAIT, LANDSCAPE], ids=lambda look: look.orientation)
def test_seven_rows_of_the_log_show_at_once(light: Stage, look: Look) -> None:
    show(light, "staff-log", look)
    rows = [t for t in geo.on_screen(light.window) if t.item.objectName() == "log-row" and t.whole_seen]
    assert len(rows) >= 7


def show(stage: Stage, screen: str, look: Look = PORTRAIT) -> None:
    """From home, so that nothing is left of the screen before, in the window that has the keyboard."""
    stage.window.requestActivate()
    stage.show("attract", look)
    stage.show(screen, look)
    stage.engine.told.clear()


def test_what_cannot_be_done_now_says_nothing(light: Stage) -> None:
    for screen, name in (
        ("film", "print-film"),
        ("confirm", "answer"),
        ("confirm-phone", "key-1"),
        ("list-none", "preview:1.2.4"),
    ):
        show(light, screen)
        touch(light, name)
        told = [event for event in light.engine.told if not isinstance(event, on.Preview)]
        assert told == []


def test_an_answer_is_typed_shown_as_dots_and_sent_whole(light: Stage) -> None:
    show(light, "confirm")
    for key in "12345":
        touch(light, f"key-{key}")
    assert page(light, "answer-boxes").property("typed") == "12345"
    digits = [text for text in texts(light) if text == "5"]
    assert "4" not in boxes(light) and len(digits) == 2, "the last character alone is readable, beside its key"
    touch(light, "answer")
    assert light.engine.told == [], "not before it is complete"
    touch(light, "key-X")
    touch(light, "answer")
    assert light.engine.told == [on.Answer("12345X")]


def boxes(stage: Stage) -> list[str]:
    """What can be read in the answer's boxes."""
    return [
        str(t.item.property("text"))
        for t in geo.on_screen(stage.window, page(stage, "answer-boxes"))
        if geo.is_text(t.item)
    ]


def test_the_delete_key_takes_the_last_character_away(light: Stage) -> None:
    show(light, "confirm")
    for key in ("1", "2", "⌫"):
        touch(light, f"key-{key}")
    assert page(light, "answer-boxes").property("typed") == "1"


def test_a_wrong_answer_empties_the_boxes_and_keeps_the_keypad_shut_while_one_must_wait(light: Stage) -> None:
    show(light, "confirm")
    touch(light, "key-1")
    light.states["checking"] = samples.replace(samples.VERIFYING, checking=True)
    light.states["waiting"] = samples.replace(samples.VERIFYING, wrong=True, tries_left=3, wait_s=30.0)
    light.show("checking", PORTRAIT)
    light.show("waiting", PORTRAIT)
    assert page(light, "answer-boxes").property("typed") == ""
    assert "请稍等 30 秒再试" in texts(light)
    touch(light, "key-1")
    assert page(light, "answer-boxes").property("typed") == ""


def test_an_answer_that_was_typed_is_gone_with_its_screen(light: Stage) -> None:
    show(light, "confirm")
    touch(light, "key-1")
    light.show("attract", PORTRAIT)
    assert light.window.findChild(QQuickItem, "answer-boxes") is None
    light.show("confirm", PORTRAIT)
    assert page(light, "answer-boxes").property("typed") == ""


def test_another_question_starts_empty(light: Stage) -> None:
    show(light, "confirm")
    touch(light, "key-1")
    light.show("confirm-birth", PORTRAIT)
    assert page(light, "answer-boxes").property("typed") == ""


def test_a_number_is_typed_with_digits_and_letters(light: Stage) -> None:
    show(light, "scan-typing")
    for key in ("ABC", "C", "T", "123", "2", "0", "7"):
        touch(light, f"key-{key}")
    touch(light, "number")
    assert light.engine.told == [on.CodePresented(samples.CLAIM, typed=True)]


def test_the_keypad_has_what_the_hospitals_numbers_hold(light: Stage) -> None:
    light.show("scan-typing+letters", PORTRAIT)
    for key in ("ABC", "C", "/", "␣", "#"):
        touch(light, f"key-{key}")
    assert "C/ #" in texts(light)
    show(light, "scan-typing")
    touch(light, "key-ABC")
    assert not [i for i in light.window.findChildren(QQuickItem) if i.objectName() == "key-/"]


def test_staff_log_in_by_keypad(light: Stage) -> None:
    show(light, "staff-login")
    for key in ("l", "i"):
        touch(light, f"key-{key}")
    touch(light, "staff-pin")
    for key in ("123", "4", "7", "1", "1"):
        touch(light, f"key-{key}")
    assert "4711" not in texts(light)
    touch(light, "staff-login")
    assert light.engine.told == [on.StaffLogin("li", "4711")]


def test_an_override_asks_a_reason_and_says_what_it_will_do(light: Stage) -> None:
    show(light, "staff-patient")
    touch(light, f"print-report:{FIRST_STUDY}")
    assert light.engine.told == []
    assert any("打印 1 份报告" in text and "日志" in text for text in texts(light))
    touch(light, "reason:lost")
    order = {"study": FIRST_STUDY, "reason": "lost", "kind": "report"}
    assert light.engine.told == [on.StaffDo(request("print", order))]


def test_settling_ticks_sheets_says_what_will_happen_and_asks_once_more(light: Stage) -> None:
    show(light, "staff-printers")
    serial = "7K3M18QZ2A"
    touch(light, f"sheet:{serial}:1")  # known to be printed: cannot be changed
    touch(light, f"sheet:{serial}:2")
    touch(light, f"sheet:{serial}:3")
    touch(light, f"sheet:{serial}:3")
    touch(light, f"settle:{serial}")
    assert light.engine.told == []
    said = texts(light)
    assert any("已经出纸" in text and "第 2 页" in text and "第 3 页" not in text for text in said)
    assert any("没有出纸" in text and "第 3 页" in text and "第 2 页" not in text for text in said)
    assert any("不会打印" in text and "撤销" in text for text in said)
    touch(light, "settle-back")
    assert light.engine.told == []
    touch(light, f"settle:{serial}")
    touch(light, "settle-do")
    assert light.engine.told == [on.StaffDo(request("settle", {"serial": serial, "printed": [1, 2]}))]


def test_all_sheets_are_ticked_at_once(light: Stage) -> None:
    show(light, "staff-printers")
    touch(light, "tick-all:7K3M18QZ2A")
    touch(light, "settle:7K3M18QZ2A")
    touch(light, "settle-do")
    assert light.engine.told == [on.StaffDo(request("settle", {"serial": "7K3M18QZ2A", "printed": [1, 2, 3]}))]


def test_the_desk_says_what_came_out(light: Stage) -> None:
    show(light, "staff-receipt")
    assert any("3 张中出了 2 张" in text and "7K3M-20" in text for text in texts(light))


def test_staff_panels_show_what_comes_later(light: Stage) -> None:
    show(light, "staff-worklist")
    light.states["later"] = samples.desk("worklist", samples.NURSE, query="x", found=samples.EXAMS[:1])
    light.states["empty"] = samples.desk("worklist", samples.NURSE)
    light.show("empty", PORTRAIT)
    assert not any("张三丰" in text for text in texts(light))
    light.show("later", PORTRAIT)
    assert any("张三丰" in text for text in texts(light))


def test_language_and_type_size_are_at_hand_on_every_patient_screen(light: Stage) -> None:
    for screen in samples.states():
        show(light, screen)
        touch(light, "choose-language")
        touch(light, "language-en")
        assert light.bridge.property("language") == "en"
        touch(light, "access")
        touch(light, "set-large")
        assert light.bridge.property("large") is True


def test_the_number_to_say_stands_until_it_has_been_read(light: Stage) -> None:
    show(light, "list+help")
    assert any("4821" in text for text in texts(light))
    touch(light, "dismiss-help")
    assert not any("4821" in text for text in texts(light))


def test_case_r17_home_holds_nothing_of_the_last_person(moving: Stage) -> None:
    moving.show("list", PORTRAIT)
    assert any("张*丰" in text for text in every_text(moving))
    moving.show("attract", PORTRAIT)
    assert not any("张*丰" in text for text in every_text(moving))


def every_text(stage: Stage) -> list[str]:
    """Of all text items there are, seen or not."""
    items = stage.window.findChildren(QQuickItem)
    return [str(item.property("text")) for item in items if item.inherits("QQuickText")]


def test_screens_slide_and_the_left_one_is_destroyed(moving: Stage) -> None:
    moving.show("scan", PORTRAIT)
    pages = page(moving, "pages")
    moving.engine.show(moving.states["confirm"], "zh", False)
    assert pages.property("moving") is True
    while pages.property("moving"):
        moving.show("confirm", PORTRAIT)
    moving.show("confirm", PORTRAIT)
    assert sum(item.objectName() == "headline" for item in moving.window.findChildren(QQuickItem)) == 1


@pytest.mark.parametrize("look", [PORTRAIT, LANDSCAPE], ids=lambda look: look.orientation)
def test_a_phone_reads_the_qr_code_from_the_screen(light: Stage, look: Look) -> None:
    show(light, "qr", look)
    picture = light.window.grabWindow()
    picture = picture.convertToFormat(picture.Format.Format_Grayscale8)
    rows = memoryview(picture.constBits()).cast("B", (picture.height(), picture.bytesPerLine()))
    found = zxingcpp.read_barcodes(rows)
    assert [code.text for code in found] == [samples.LINK.url]
    assert find(light, "qr-code").seen.width() >= 0.3 * min(light.window.width(), light.window.height())


def test_the_camera_frame_turns_green_on_a_good_read(light: Stage) -> None:
    show(light, "scan")
    assert page(light, "camera").property("good") is False
    light.show("scan-good", PORTRAIT)
    assert page(light, "camera").property("good") is True


def test_the_cameras_picture_is_on_screen_while_it_is_looked_at_only(light: Stage) -> None:
    show(light, "scan")
    middle = find(light, "camera").seen.center().toPoint()
    drawn = light.window.grabWindow().pixelColor(middle)
    assert drawn.lightness() > 200, "the slip's paper"
    show(light, "scan-typing")
    assert page(light, "camera-picture").property("source").isEmpty()


def test_every_icon_that_is_named_exists() -> None:
    from kiosk.words import assets

    known = {file.stem for file in (assets() / "icons").glob("*.svg")}
    assert Drawings(assets() / "icons").names == known
    assert not named_icons() - known, named_icons() - known


def named_icons() -> set[str]:
    """In QML and in the view models of all sample states."""
    import re

    from ui.window import QML

    found: set[str] = set()
    for file in QML.rglob("*.qml"):
        words = file.read_text(encoding="utf-8")
        found |= set(re.findall(r'\b(?:icon|name): "([a-z-]+)"', words))
    stage = Stage("light")
    for name in stage.states:
        stage.show(name, PORTRAIT)
        found |= set(icons_in(stage.bridge.view))
    stage.close()
    return found - {""}


def icons_in(value: object) -> list[str]:
    """All values of keys that name an icon."""
    if isinstance(value, dict):
        mine = [str(v) for k, v in value.items() if k in ("icon", "hint_icon") and isinstance(v, str)]
        return mine + [icon for v in value.values() for icon in icons_in(v)]
    if isinstance(value, list):
        return [icon for v in value for icon in icons_in(v)]
    return []
