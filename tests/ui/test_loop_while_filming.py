"""The screens' loop goes on while films are made by the real renderer in the same process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from kiosk.adapters.documents.workshop import WorkshopRenderer
from kiosk.config import Hospital, ReportSettings
from kiosk.domain.exam import Exam, SeriesInfo
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import IdentityFacts
from kiosk.ports.rendering import FilmOrder
from tests.films import UID, ct
from tests.making import encoded, phantom

ORDER = FilmOrder("F1", "Hospital", "14INX17IN", dpi=300)


@pytest.fixture
def renderer() -> Iterator[WorkshopRenderer]:
    made = WorkshopRenderer(Hospital(), ReportSettings())
    yield made
    made.close()


def objects(slices: int) -> list[bytes]:
    """A JPEG 2000 radiograph and slices of a CT."""
    large = encoded(phantom("DX", 1500), "DX", "jpeg2000", StudyInstanceUID=f"{UID}.2", SeriesInstanceUID=f"{UID}.1",
                    PatientID="T-1")  # fmt: skip
    return [large, *(ct(number, size=256, series=2) for number in range(1, slices + 1))]


def exam(slices: int) -> Exam:
    series = (SeriesInfo(f"{UID}.1", "DX", "", 1, 1), SeriesInfo(f"{UID}.2", "CT", "", 2, slices))
    return Exam(f"{UID}.2", "A1", IdentityFacts("T-1", "Phantom Test"), "CT", "", "", None, series)


def ticks(work: threading.Thread) -> int:
    """How often a 5 ms timer of the loop fires until the thread ends."""
    assert QCoreApplication.instance() is not None
    loop, timer, count = QEventLoop(), QTimer(), 0

    def tick() -> None:
        nonlocal count
        count += 1
        if not work.is_alive():
            loop.quit()

    timer.timeout.connect(tick)
    timer.start(5)
    work.start()
    loop.exec()
    return count


def test_the_loop_ticks_while_a_film_is_made(renderer: WorkshopRenderer, tmp_path: Path) -> None:
    made: list[int] = []

    def work() -> None:
        outcome = renderer.film(enumerate(objects(60)), exam(60), ORDER, tmp_path / "f.pdf", lambda *_: None)
        made.append(outcome.placed)

    assert ticks(threading.Thread(target=work)) > 20 and made == [61]


def test_cancelling_from_the_loop_ends_the_film(renderer: WorkshopRenderer, tmp_path: Path) -> None:
    cancelled, codes, ready = threading.Event(), list[FaultCode](), list[int]()

    def told(done: int, _: int) -> None:
        ready.append(done)
        if done > 10:
            cancelled.set()

    def work() -> None:
        try:
            renderer.film(enumerate(objects(300)), exam(300), ORDER, tmp_path / "f.pdf", told, cancelled.is_set)
        except KioskError as fault:
            codes.append(fault.code)

    assert ticks(threading.Thread(target=work)) > 1
    assert codes == [FaultCode.CANCELLED] and ready[-1] < 301 and not list(tmp_path.iterdir())
