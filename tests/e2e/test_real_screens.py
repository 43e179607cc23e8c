"""The whole visit through the real screens: a slip before the camera, clicks, the printed PDF, and no trace afterwards."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_QUICK_BACKEND"] = "software"

from PySide6.QtCore import QPoint, Qt
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from kiosk import sample
from kiosk.session import states as at
from ui import headless
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
    tour.comes("attract")
    blank = tour._still()
    slip = tour.slips["wang-ct"]
    tour.hold("wang-ct")
    tour.comes("confirm")
    tour.hold(None)
    for key in slip.answer:
        click(tour, f"key-{key}")
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
    for _ in range(50):
        headless.settle(0.1)
        if tour._still() == blank:
            break
    blank.save("/tmp/setup/blank.png"); tour._still().save("/tmp/setup/after.png")
    assert tour._still() == blank, "the attract screen is not the one of before"
    assert not traces(tour)


def traces(tour: headless.Tour) -> list[str]:
    """Where the patient's name is still to be found: words on screen, view models, states."""
    gc.collect()
    words = [str(i.property("text")) for i in items(tour.window.contentItem()) if i.property("text")]
    held = [o for o in gc.get_objects() if isinstance(o, at.Candidate | at.Listing | at.Printing)]
    return (
        [w for w in words if "王" in w]
        + [repr(type(o)) for o in held]
        + (["view"] if "王" in str(tour.bridge.view) else [])
    )


def test_a_typed_number_does_the_same(tour: headless.Tour) -> None:
    tour.comes("attract")
    click(tour, "type-number")
    tour.comes("scan", lambda body: body["typing"])
    tour.act("number", tour.slips["baby-dr"].code)
    tour.comes("confirm")
    tour.act("finish")
    tour.comes("attract")
