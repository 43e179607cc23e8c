"""From a touch to the picture that answers it, while nothing else happens and while the kiosk works.

python -m tests.benchmarks.touch: clicks on the list, the film screen and the printing screen of the real kiosk on the
sample hospital (software rendering), at rest and while workers compose another film over and over. Milliseconds from
the click to the frame after it: median, 95th hundredth, worst.
"""

from __future__ import annotations

import itertools
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.pictures.headless import Tour

CLICKS = 40
PAUSE_S = 0.12


def measure() -> None:
    """The figures, one line each."""
    from kiosk import sample
    from ui.pictures import headless
    from ui.window import application

    application()
    made = sample.prepare(sample.home())
    with headless.fresh(sample.home()) as settings, tempfile.TemporaryDirectory() as out:
        slow = {"seconds_per_sheet": 4.0}
        printers = settings.printers.model_copy(
            update={kind: getattr(settings.printers, kind).model_copy(update=slow) for kind in ("report", "film")}
        )
        tour = headless.Tour(made, settings.model_copy(update={"printers": printers}), Path(out))
        try:
            rows = visit(tour)
        finally:
            tour.close()
    print(f"{'ms':34} {'median':>7} {'p95':>7} {'worst':>7} {'clicks':>7}")
    rest = statistics.median(rows["list, at rest"])
    for name, times in rows.items():
        p95 = sorted(times)[round(0.95 * (len(times) - 1))]
        middle = statistics.median(times)
        print(f"{name:34} {middle:7.1f} {p95:7.1f} {max(times):7.1f} {len(times):7}   {middle / rest:.1f} x")


def visit(tour: Tour) -> dict[str, list[float]]:
    """One patient's way, with clicks on each screen."""
    rows = {}
    tour.comes("attract")
    tour.proves("wang-ct")
    study = tour.bridge.view["body"]["cards"][0]["id"]
    rows["list, at rest"] = clicks(tour, f"pick:{study}")
    with composing(tour, study):
        rows["list, composing a film"] = clicks(tour, f"pick:{study}")
        tour.act("ask-film")
        tour.comes("film")
        rows["film, composing a film"] = clicks(tour, "choose-reason:surgery", "choose-reason:other-hospital")
    tour.act("print-film")
    tour.comes("printing")
    rows["printing, film being composed"] = clicks(tour, "access", "access-close", until=lambda: not preparing(tour))
    gone = lambda: tour.bridge.view["screen"] != "printing"  # noqa: E731
    rows["printing, sheets come out"] = clicks(tour, "access", "access-close", until=gone)
    return {name: times for name, times in rows.items() if times}


def shown_now(tour: Tour) -> tuple[object, ...]:
    """The view, and what lies over it."""
    from PySide6.QtQuick import QQuickItem

    kiosk = tour.window.findChild(QQuickItem, "kiosk")
    return dict(tour.bridge.view), kiosk and kiosk.property("choosing")


def preparing(tour: Tour) -> bool:
    """The film's sheets are still being made."""
    view = tour.bridge.view
    return bool(view["screen"] == "printing" and view["body"]["total"] == 0)


@contextmanager
def composing(tour: Tour, study: str) -> Iterator[None]:
    """The real renderer makes film sheets of an exam over and over, in its workers."""
    from kiosk.domain.faults import KioskError
    from kiosk.session.states import Listing

    documents = tour.application.services.documents  # the very ones that this kiosk prints with
    listing = tour.engine.state
    assert isinstance(listing, Listing)
    exam = next(e.exam for e in listing.exams if e.exam.study_uid == study)
    stop = threading.Event()

    def work() -> None:
        with tempfile.TemporaryDirectory() as folder, suppress(KioskError):
            for number in itertools.count():
                documents.film(exam, f"bench{number}", "", Path(folder), lambda ready, total: None, stop.is_set)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()


def clicks(tour: Tour, *names: str, until: Callable[[], bool] = lambda: False) -> list[float]:
    """Milliseconds of each click on the items of these names, one after the other."""
    from ui.pictures import headless

    times: list[float] = []
    while len(times) < CLICKS and not until():
        headless.settle(PAUSE_S)
        if until():
            break
        times.append(one(tour, names[len(times) % len(names)]))
    return times


def one(tour: Tour, name: str) -> float:
    """From the press to the picture in which the view it asked for stands."""
    from PySide6.QtCore import QCoreApplication, QPoint, Qt
    from PySide6.QtTest import QTest

    from tests.ui.geometry import on_screen

    window = tour.window
    shown = [t for t in on_screen(window) if t.item.objectName() == name]
    middle = shown[-1].seen.center().toPoint()
    before = shown_now(tour)
    start = time.perf_counter()
    QCoreApplication.processEvents()  # what had come before the click
    QTest.mouseClick(window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(middle))
    window.grabWindow()
    took = (time.perf_counter() - start) * 1000
    assert before != shown_now(tour), f"{name} did nothing"
    return took


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_QUICK_BACKEND", "software")
    measure()
