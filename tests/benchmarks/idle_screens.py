"""What the screens cost while nobody is there, and how long the first picture takes.

python -m tests.benchmarks.idle_screens: attract at rest and moving, and the camera's picture, side by side in software
rendering; per cent of one core.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

SECONDS = 16.0
FIRST = """
import time, os; start = time.perf_counter()
from kiosk.config import Settings
from ui.app import first_view
from ui.bridge import Bridge
from ui.window import application, open_window
app = application(); settings = Settings(); bridge = Bridge(settings, *first_view(settings))
engine, window = open_window(bridge, 1080, 1920)
window.frameSwapped.connect(lambda: (print(f"{time.perf_counter() - start:.2f}", flush=True), os._exit(0)))
window.show(); app.exec()
"""


class LiveMailbox:
    """A new picture thirty times a second."""

    def __init__(self, picture: object) -> None:
        self._picture, self._start = picture, time.monotonic()

    @property
    def generation(self) -> int:
        """Grows with time."""
        return int((time.monotonic() - self._start) * 30)

    def latest(self) -> object:
        """The same pixels."""
        return self._picture


def measure() -> None:
    """The figures, one line each."""
    from PySide6.QtTest import QTest

    from ui.mailbox import CameraFeed
    from ui.pictures.gallery import Look, Stage, camera_picture
    from ui.window import application

    application()

    look = Look("portrait", "light", "zh", False)
    rows = []
    for name, screen, still in (("attract, reduced motion", "attract", True), ("attract", "attract", False),
                                ("camera picture 1280 x 720 at 30/s", "scan", True)):  # fmt: skip
        stage = Stage("light", reduce_motion=still)
        if screen == "scan":
            stage.bridge.equip(CameraFeed(LiveMailbox(camera_picture()), stage.bridge), None)  # type: ignore[arg-type]
        stage.show(screen, look)
        used = time.process_time()
        QTest.qWait(round(SECONDS * 1000))
        rows.append((name, (time.process_time() - used) / SECONDS * 100))
        stage.close()
    for name, share in rows:
        print(f"{name:40} {share:5.1f} % of a core   {share / rows[0][1]:6.1f} x")


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_QUICK_BACKEND", "software")
    for _ in range(3):
        told = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=True)
        print(f"first picture after {told.stdout.strip()} s")
    measure()
