"""The camera's preview through the real scan screen: pictures a second that reach the screen, and what they cost.

python -m tests.benchmarks.preview [SECONDS]: software rendering, 1080 x 1920, a slip held before the kiosk's own eye
(camera thread, scanning thread, reader's process). The floor is what software rendering costs at least: a window of
the same size in which two finished pictures of the same size take turns thirty times a second, nothing else in it.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

SIZE = (1080, 1920)
SHADES = (0xFF305070, 0xFF705030)
FLOOR = """
import QtQuick
import QtQuick.Window
Window {
    id: root
    required property url one
    required property url other
    required property int wide
    required property int high
    property bool turn: false
    Image { width: root.wide; height: root.high; smooth: false; source: root.one; visible: root.turn }
    Image { width: root.wide; height: root.high; smooth: false; source: root.other; visible: !root.turn }
    Timer { interval: 33; running: true; repeat: true; onTriggered: root.turn = !root.turn }
}
"""


def main() -> None:
    """Print the table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 15.0
    from ui.window import application

    application()
    at_rest, preview, everything, rate, area = _preview(seconds)
    floor, floor_rate = _floor(seconds, *area)
    print(f"preview of {area[0]} x {area[1]} px, {os.environ['QT_QPA_PLATFORM']}")
    print(f"scan screen at rest              {at_rest:5.1f} % of a core on the screens' thread")
    print(f"two finished pictures in turn    {floor:5.1f} %, {floor_rate:.1f} pictures a second: the floor")
    print(f"preview while a slip is held     {preview:5.1f} %, {rate:.1f} pictures a second")
    print(f"above the floor                  {preview - floor:5.1f} %")
    print(f"camera and scanning threads      {everything - preview:5.1f} % beside it (reading in another process)")


def _preview(seconds: float) -> tuple[float, float, float, float, tuple[int, int]]:
    """Shares of a core in per cent: at rest, screens' thread, whole process; pictures a second; the picture's size."""
    import cv2
    import numpy as np
    from PySide6.QtQuick import QQuickItem

    from kiosk.adapters.camera.eye import Eye, Listeners
    from kiosk.config import CameraSettings, CodeSettings
    from tests.support.lobby_frames import slip, symbol
    from ui import mailbox
    from ui.pictures.gallery import Look, Stage

    cv2.setNumThreads(1)
    stage = Stage("light", reduce_motion=True)
    stage.bridge.equip(None, None)
    stage.show("scan", Look("portrait", "light", "zh", False))
    at_rest, _ = _share(seconds / 3)
    eye = Eye(CameraSettings(source="slips"), CodeSettings(),
              Listeners(lambda *_: None, lambda _: None, lambda _: None))  # fmt: skip
    eye.open()
    eye.ask()
    assert eye.slip
    eye.slip.show(slip(symbol("Code128", "CT20261124001"), np.random.default_rng(1)))
    stage.bridge.equip(mailbox.CameraFeed(eye, stage.bridge), None)
    _share(3.0)
    item = stage.window.findChild(QQuickItem, "camera-picture")
    assert item
    shown = _Swaps(stage.window)
    before = eye.generation
    screens, everything = _share(seconds)
    rate = shown.count / seconds
    print(f"the camera gives {(eye.generation - before) / seconds:.1f} pictures a second")
    area = int(item.width()), int(item.height())
    stage.close()
    eye.close()
    return at_rest, screens, everything, rate, area


def _floor(seconds: float, wide: int, high: int) -> tuple[float, float]:
    import tempfile

    from PySide6.QtCore import QByteArray, QUrl
    from PySide6.QtGui import QImage
    from PySide6.QtQml import QQmlApplicationEngine
    from PySide6.QtQuick import QQuickWindow

    engine = QQmlApplicationEngine()
    with tempfile.TemporaryDirectory() as folder:
        pictures = [Path(folder) / f"{shade}.png" for shade in SHADES]
        for path, shade in zip(pictures, SHADES, strict=True):
            image = QImage(wide, high, QImage.Format.Format_RGB32)
            image.fill(shade)
            image.save(str(path))
        one, other = (QUrl.fromLocalFile(str(path)) for path in pictures)
        engine.setInitialProperties({"one": one, "other": other, "wide": wide, "high": high, "width": SIZE[0],
                                     "height": SIZE[1], "visible": True})  # fmt: skip
        engine.loadData(QByteArray(FLOOR.encode()))
        window = engine.rootObjects()[0]
        assert isinstance(window, QQuickWindow)
        _share(1.0)
        shown = _Swaps(window)
        share, _ = _share(seconds)
        rate = shown.count / seconds
        window.close()
    return share, rate


class _Swaps:
    """Pictures that reached the screen."""

    def __init__(self, window: object) -> None:
        self.count = 0
        window.frameSwapped.connect(self._one)  # type: ignore[attr-defined]

    def _one(self) -> None:
        self.count += 1


def _share(seconds: float) -> tuple[float, float]:
    """Turn the event loop so long; per cent of a core on this thread, and of the whole process."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    thread, process, start = time.thread_time(), time.process_time(), time.monotonic()
    loop.exec()  # unlike QTest.qWait it leaves the interpreter to the camera's threads
    span = time.monotonic() - start
    return 100 * (time.thread_time() - thread) / span, 100 * (time.process_time() - process) / span


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_QUICK_BACKEND", "software")
    main()
