"""How long an event loop is held up while a film of 600 CT slices is composed, beside a loop at rest.

python -m tests.benchmarks.loop_gap. A 5 ms ticker stands for the screens' loop; the film is made by the kiosk's own
renderer from a thread, as in a visit. Also how soon a cancelled film ends.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from kiosk.adapters.documents.workshop import WorkshopRenderer
from kiosk.config import Hospital, ReportSettings
from kiosk.domain.exam import Exam, SeriesInfo
from kiosk.domain.faults import KioskError
from kiosk.domain.person.identity import IdentityFacts
from kiosk.ports.rendering import FilmOrder
from tests.support.studies import ct_image

SLICES = 600
TICK_S = 0.005


def gaps(work: Callable[[], None]) -> tuple[float, float, float]:
    """Seconds the work took, and the ticker's 95th percentile and longest gap in ms."""
    ended = threading.Event()

    def run() -> None:
        work()
        ended.set()

    thread = threading.Thread(target=run)
    started = last = time.perf_counter()
    thread.start()
    found = []
    while not ended.is_set():
        time.sleep(TICK_S)
        now = time.perf_counter()
        found.append((now - last) * 1e3)
        last = now
    thread.join()
    found.sort()
    return last - started, found[int(len(found) * 0.95)], found[-1]


def main() -> None:
    """Print the table."""
    images = [ct_image("1.2.7", "1.2.7.1", f"1.2.7.1.{n}", n, 512) for n in range(1, SLICES + 1)]
    who = IdentityFacts("T0001", "Test^One")
    exam = Exam("1.2.7", "A0001", who, "CT", "CHEST", "", None, (SeriesInfo("1.2.7.1", "CT", "", 1, SLICES),))
    renderer = WorkshopRenderer(Hospital(), ReportSettings())
    with tempfile.TemporaryDirectory() as home:
        order, out = FilmOrder("GAP-1", "Hospital"), Path(home) / "film.pdf"
        rest = gaps(lambda: time.sleep(2))
        film = gaps(
            lambda: print(renderer.film(enumerate(images), exam, order, out, lambda *_: None).sheets, "sheets")
        )
        asked = time.perf_counter()

        def cancelled() -> None:
            try:
                renderer.film(enumerate(images), exam, order, out, lambda *_: None,
                              lambda: time.perf_counter() - asked > 1.0)  # fmt: skip
            except KioskError as error:
                print("cancelled:", error.code)

        ended = gaps(cancelled)
    renderer.close()
    rows = (("at rest", rest), (f"{SLICES} CT slices", film), ("cancelled at 1 s", ended))
    for name, (seconds, p95, longest) in rows:
        print(f"{name:<18} {seconds:6.2f} s   gap p95 {p95:5.1f} ms   longest {longest:5.1f} ms")


if __name__ == "__main__":
    main()
