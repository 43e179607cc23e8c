"""The whole visit through the real screens: a slip before the camera, clicks, printed PDFs, and no trace afterwards."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_QUICK_BACKEND"] = "software"

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from kiosk import sample
from kiosk.domain.visit import Candidate
from kiosk.session import states as at
from ui.pictures import headless
from ui.window import application

WHO = "王秀英"


@pytest.fixture
def tour(hospital: Path, tmp_path: Path) -> Iterator[headless.Tour]:
    application()
    made = sample.Sample(sample.settings_for(hospital), sample.cards(hospital))
    with headless.fresh(hospital) as settings:
        one = headless.Tour(made, settings, tmp_path)
        yield one
        one.close()


def items(item: QQuickItem) -> Iterator[QQuickItem]:
    yield item
    for child in item.childItems():
        yield from items(child)


def click(tour: headless.Tour, name: str) -> None:
    """Click the middle of the visible, enabled item of that name."""
    for _ in range(200):
        headless.settle(0.05)
        found = [i for i in items(tour.window.contentItem()) if i.objectName() == name and i.isVisible()]
        if found and found[-1].isEnabled() and found[-1].width() > 0:
            break
    assert found, f"no {name} on {tour.bridge.view['screen']}"
    item = found[-1]
    middle = item.mapToScene(item.boundingRect().center()).toPoint()
    QTest.mouseClick(tour.window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(middle))
    headless.settle(0.05)


def test_a_visit_by_hand_from_slip_to_paper_and_back(tour: headless.Tour) -> None:
    constants = candidates()
    nobody(tour)
    blank = tour.still()
    slip = tour.slips["wang-ct"]
    tour.hold("wang-ct")
    tour.comes("confirm")
    tour.hold(None)
    for key in slip.answer:
        click(tour, f"key-{key}")
        headless.settle(tour.settings.screens.debounce_ms / 1000)  # a trembling hand's second touch of a key is dropped
    click(tour, "answer")
    body = tour.comes("list", lambda body: not body["loading"])
    assert WHO not in str(tour.bridge.view)
    click(tour, f"preview:{body['cards'][0]['id']}")
    tour.comes("preview", lambda body: not body["loading"])
    click(tour, "back")
    tour.comes("list")
    click(tour, "ask-film")
    tour.comes("film")
    click(tour, "choose-reason:other-hospital")
    click(tour, "print-film")
    tour.comes("done")
    click(tour, "finish")
    tour.comes("attract")
    home = tour.settings.printers.report.path.parent
    reports, films = sorted((home / "report").glob("*.pdf")), sorted((home / "film").glob("*.pdf"))
    assert (len(reports), len(films)) == (2, 1)
    with pypdfium2.PdfDocument(reports[0]) as document:
        assert WHO in document[0].get_textpage().get_text_range()
    assert vars(tour.engine.state) == {} and isinstance(tour.engine.state, at.Idle)
    tries = (difference(tour.still(), blank) for _ in range(10))  # the drawing of the slip moves now and then
    assert any(worst < 16 for worst in tries), "the attract screen is not the one of before"
    assert not traces(tour, constants)


def difference(one: QImage, other: QImage) -> int:
    """The largest difference of grey between two pictures, at a sixteenth of their size: letters may sit half a pixel
    further after a page has slid in, a word or a picture of somebody's may not be there."""
    small = [i.scaledToWidth(64, Qt.TransformationMode.SmoothTransformation) for i in (one, other)]
    grey = [i.convertToFormat(QImage.Format.Format_Grayscale8) for i in small]
    first, second = (np.frombuffer(i.constBits(), np.uint8).astype(int) for i in grey)
    return int(np.abs(first - second).max())


def nobody(tour: headless.Tour) -> None:
    """Somebody touches the screen and leaves again: the attract screen as it stands after a visit."""
    tour.comes("attract")
    tour.act("begin")
    tour.comes("scan")
    tour.act("finish")
    tour.comes("attract")


def candidates() -> list[Candidate]:
    """Whoever of that name is in memory; other test modules have constants of it."""
    gc.collect()
    found = [o for o in gc.get_objects() if isinstance(o, Candidate)]
    return [one for one in found if one.facts and one.facts.name == WHO]


def traces(tour: headless.Tour, constants: list[Candidate]) -> list[str]:
    """Where the patient's name is still to be found: words on screen, view models, states."""
    words = [str(i.property("text")) for i in items(tour.window.contentItem()) if i.property("text")]
    held = [one for one in candidates() if not any(one is constant for constant in constants)]
    shown = [*words, str(tour.bridge.view)]
    return [word for word in shown if "王" in word] + [type(one).__name__ for one in held]


def test_a_typed_number_does_the_same(tour: headless.Tour) -> None:
    tour.comes("attract")
    click(tour, "type-number")
    tour.comes("scan", lambda body: body["typing"])
    tour.act("number", tour.slips["baby-dr"].code)
    tour.comes("confirm")
    tour.act("finish")
    tour.comes("attract")
