"""A1: whatever can be acted on has a role and a name, on every screen and in every language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtQuick import QQuickItem

from kiosk.words import tags
from tests.ui import geometry as geo
from tests.ui.hand import touch
from ui.pictures.gallery import OVER, Look, Stage
from ui.pictures.samples import states

NAMES = (*states(), *OVER)
ROLES = {QAccessible.Role.Button, QAccessible.Role.CheckBox, QAccessible.Role.EditableText}
FIELDS = ("answer-boxes", "number-field")


@pytest.fixture(scope="module", autouse=True)
def _listening() -> Iterator[None]:
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


def told(item: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    """Everything a screen reader is told of, below one."""
    for number in range(item.childCount()):
        child = item.child(number)
        if child is not None and not child.state().invisible:  # type: ignore[attr-defined]
            yield child
            yield from told(child)


def named(one: QAccessibleInterface) -> bool:
    """By itself; a secret field, whose name Qt withholds, by what it lies in."""
    if one.state().passwordEdit:  # type: ignore[attr-defined]
        one = one.parent()
    return bool(one.text(QAccessible.Text.Name).strip())


def of(item: QQuickItem) -> QAccessibleInterface | None:
    return QAccessible.queryAccessibleInterface(item)


@pytest.mark.parametrize("language", tags())
def test_a1_everything_that_can_be_acted_on_has_a_role_and_a_name(light: Stage, language: str) -> None:
    problems = []
    for name in NAMES:
        window = light.show(name, Look("portrait", "light", language, False))
        root = QAccessible.queryAccessibleInterface(window)
        assert root is not None
        nameless = [one for one in told(root) if one.role() in ROLES and not named(one)]
        problems += [f"{name}: {one.object().objectName()} has no name" for one in nameless]
        for shown in geo.on_screen(window):
            if geo.is_tap(shown.item) or shown.item.objectName() in FIELDS:
                face = of(shown.item)
                if face is None or face.role() not in ROLES:
                    problems.append(f"{name}: {shown.name} has no role")
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize("name", [name for name in states() if not name.startswith("staff")])
def test_every_screen_has_one_heading_and_a_pane_of_that_name(light: Stage, name: str) -> None:
    window = light.show(name, Look("portrait", "light", "en", False))
    root = QAccessible.queryAccessibleInterface(window)
    assert root is not None
    faces = [(one.role(), one.text(QAccessible.Text.Name)) for one in told(root)]
    headline = light.bridge.view["headline"]
    assert (QAccessible.Role.Pane, headline) in faces and (QAccessible.Role.Heading, headline) in faces


def test_two_buttons_of_one_word_are_told_apart(light: Stage) -> None:
    window = light.show("list", Look("portrait", "light", "en", False))
    buttons = [t.item for t in geo.on_screen(window) if t.item.objectName().startswith("preview:")]
    names = [face.text(QAccessible.Text.Name) for one in buttons if (face := of(one))]
    assert len(names) > 1 and len(set(names)) == len(names)


def test_what_is_ticked_says_so(light: Stage) -> None:
    light.show("list", Look("portrait", "light", "en", False))
    item = next(t.item for t in geo.on_screen(light.window) if t.item.objectName() == "pick:1.2.1")
    face = of(item)
    assert face is not None and face.state().checkable and face.state().checked  # type: ignore[attr-defined]


def test_an_answer_is_told_to_nobody(light: Stage) -> None:
    """What is typed is in no name and no value of anything but the keys."""
    window = light.show("confirm", Look("portrait", "light", "en", False))
    for key in "4711":
        touch(light, f"key-{key}")
    boxes = next(t.item for t in geo.on_screen(window) if t.item.objectName() == "answer-boxes")
    face = of(boxes)
    assert face is not None
    texts = [face.text(kind) for kind in (QAccessible.Text.Name, QAccessible.Text.Value, QAccessible.Text.Description)]
    assert texts[0] and not any("4" in text or "7" in text for text in texts[1:])
