"""A hand: finds what is on screen by name and touches its middle."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from tests.ui import geometry as geo
from ui.pictures.gallery import Look, Stage
from ui.window import application

PORTRAIT = Look("portrait", "light", "zh", False)


def find(stage: Stage, name: str) -> geo.Shown:
    """The one visible touchable item of this name."""
    found = [
        t for t in geo.on_screen(stage.window) if t.item.objectName() == name and not t.item.inherits("QQuickText")
    ]
    names = sorted({t.item.objectName() for t in geo.on_screen(stage.window) if t.item.objectName()})
    assert found, f"no {name} among {names}"
    return found[-1]


def touch(stage: Stage, name: str) -> None:
    """Press and release in the middle of what can be seen of it; a list is scrolled down to it."""
    for _ in range(5):
        if any(t.item.objectName() == name for t in geo.on_screen(stage.window)):
            break
        press(stage, "scroll-down")
    press(stage, name)


def press(stage: Stage, name: str) -> None:
    """Press and release."""
    middle = find(stage, name).seen.center()
    spot = QPoint(round(middle.x()), round(middle.y()))
    QTest.mouseClick(stage.window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    application().processEvents()
    stage.window.grabWindow()


def texts(stage: Stage) -> list[str]:
    """All words to be seen."""
    return [str(t.item.property("text")) for t in geo.on_screen(stage.window) if geo.is_text(t.item)]


def page(stage: Stage, holder: str) -> QQuickItem:
    """An item by name, visible or not."""
    item = stage.window.findChild(QQuickItem, holder)
    assert item is not None
    return item
