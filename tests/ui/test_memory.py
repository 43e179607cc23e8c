"""What the screens leave in memory, by the C library's own count: nothing, however often they come and go."""

from __future__ import annotations

import ctypes
import gc
from pathlib import Path

import pytest

from tests.ui.hand import PORTRAIT
from ui.pictures import headless
from ui.pictures.gallery import Stage

ROUNDS = 40
TURN_S = 0.002
"""Enough for one turn of the event loop, in which what was left is destroyed."""
LEFT_BYTES = 18_000
"""Of a round. The maps and uncollected screens of old left 25,000 to 40,000; now it is 1,000 to 11,000, less with more
rounds."""
COUNTS = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")


class Counted(ctypes.Structure):
    """glibc's struct mallinfo2, in bytes."""

    _fields_ = [(name, ctypes.c_size_t) for name in COUNTS]


def in_use() -> int:
    """Bytes that the GUI thread's arena has given out, and what QML's own heap occupies."""
    gc.collect()
    asked = ctypes.CDLL(None).mallinfo2
    asked.restype = Counted
    told = asked()
    return int(told.uordblks) + int(told.hblkhd) + qml_heap()


def qml_heap() -> int:
    """Bytes of it that are resident (Linux names the mapping)."""
    ours, kib = False, 0
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        if "-" in line.split()[0]:
            ours = "JSGCHeap" in line or "JITCode" in line
        elif ours and line.startswith("Rss:"):
            kib += int(line.split()[1])
    return kib * 1024


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="glibc from 2.33 on counts for us")
@pytest.mark.parametrize("screen", ["closed", "list"])
def test_case_12_nothing_stays_of_a_screen_in_the_c_librarys_heap_nor_in_qmls(light: Stage, screen: str) -> None:
    def come_and_go(times: int) -> None:
        for _ in range(times):
            for name in (screen, "attract"):
                light.engine.show(light.states[name], "zh", False)
                headless.settle(TURN_S)

    light.show("attract", PORTRAIT)
    come_and_go(ROUNDS // 2)
    before = in_use()
    come_and_go(ROUNDS)
    assert (in_use() - before) / ROUNDS < LEFT_BYTES
