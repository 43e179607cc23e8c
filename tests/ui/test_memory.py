"""What the screens leave in memory, by the C library's own count: nothing, however often they come and go.

What is counted is what has been given out and not given back; resident memory also tells how busy the machine was.
"""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtQuick import QQuickItem

from tests.support import heaps
from tests.ui.hand import PORTRAIT, page
from ui.pictures import headless
from ui.pictures.gallery import Stage
from ui.window import application

ROUNDS = 12
TURN_S = 0.002
"""Enough for one turn of the event loop, in which what was left is destroyed."""
BATCHES = 3
LEFT_BYTES = 1_500
"""Of a round of the calmest batch: what a round leaves, each batch has; a cache fills in one only. A Loader's initial
properties left 4,000, Qt's maps 15,000 and more; now it is below 200."""
needs_glibc = pytest.mark.skipif(not heaps.known(), reason="glibc from 2.33 on counts for us")


@needs_glibc
@pytest.mark.parametrize("screen", ["list", "qr"])
def test_case_12_nothing_stays_of_a_screen_in_the_c_librarys_heap(light: Stage, screen: str) -> None:
    def come_and_go(times: int) -> int:
        before = heaps.live()
        for _ in range(times):
            for name in (screen, "attract"):
                light.engine.show(light.states[name], "zh", False)
                headless.settle(TURN_S)
        return (heaps.live() - before) // times

    light.show("attract", PORTRAIT)
    come_and_go(ROUNDS)
    left = [come_and_go(ROUNDS) for _ in range(BATCHES)]
    assert min(abs(batch) for batch in left) < LEFT_BYTES, left


def test_case_12_pages_that_come_and_go_faster_than_the_loop_turns_leave_none_behind_and_no_warning(
    moving: Stage,
) -> None:
    pages = page(moving, "pages")
    for name in (*moving.states, "attract"):
        moving.engine.show(moving.states[name], "en", name == "list")
        application().processEvents()
    headless.settle(TURN_S)
    assert len(shown := screens(pages)) == 1, shown


def screens(item: QQuickItem) -> list[str]:
    """The screens below an item, seen or not, by their classes."""
    if item.property("body") is not None:
        return [item.metaObject().className()]
    return [one for child in item.childItems() for one in screens(child)]


THREADS = """
import threading
from tests.support import heaps
from ui import window
window.prepare()
meet = threading.Barrier(13)
def work():
    kept = [bytes(2000) for _ in range(500)]
    meet.wait()
    meet.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
for one in threads: one.start()
meet.wait()
print(heaps.count())
meet.wait()
"""


@needs_glibc
def test_case_12_however_many_threads_share_two_heaps() -> None:
    done = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 2
