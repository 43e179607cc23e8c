"""What the camera costs: share of one core while nobody is there, and frames a second while a slip is held up.

python -m tests.benchmarks.idle_camera [SECONDS]
"""

from __future__ import annotations

import sys
import time

import cv2
import numpy as np

from kiosk.adapters.camera.camera import SelfHealingCamera
from kiosk.adapters.camera.scanning import ScanLoop
from kiosk.adapters.camera.slip import HeldSlip, Pixels
from kiosk.adapters.symbols import CascadeReader, LiveReader, LiveResult
from kiosk.adapters.symbols.sandbox import SandboxedReader
from tests.support.lobby_frames import EASY, photograph, slip, symbol


class EmptyLobby:
    """A camera that sees an empty lobby through JPEG, as a USB camera sends it, with a little noise."""

    paced = False
    changing = True

    def open(self) -> None:
        frames = [photograph(None, EASY, 1)] * 4
        chance = np.random.default_rng(1)
        noisy = [np.clip(frame + chance.normal(0, 2, frame.shape), 0, 255).astype(np.uint8) for frame in frames]
        self._packed = [cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))[1] for frame in noisy]
        self._turn = 0

    def read(self) -> Pixels | None:
        self._turn += 1
        return np.asarray(cv2.imdecode(self._packed[self._turn % 4], cv2.IMREAD_COLOR), np.uint8)

    def skip(self) -> bool:
        return True

    def close(self) -> None:
        self._packed = []


def main() -> None:
    """Print both figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 6.0
    cv2.setNumThreads(1)
    print(f"idle: {100 * _idle(seconds):.1f} % of one core")
    fps, accepted = _busy(seconds)
    print(f"slip held up: {fps:.1f} frames a second reach the preview, accepted {accepted}")


def _idle(seconds: float) -> float:
    camera = SelfHealingCamera(EmptyLobby, lambda _: None)
    loop = ScanLoop(camera.next_frame, LiveReader(CascadeReader()), lambda _: None)
    camera.open()
    loop.start()
    time.sleep(5)  # until it has seen that nothing moves
    before, started = time.process_time(), time.monotonic()
    time.sleep(seconds)
    share = (time.process_time() - before) / (time.monotonic() - started)
    loop.stop(2)
    camera.close(2)
    return share


def _busy(seconds: float) -> tuple[float, list[str]]:
    held = HeldSlip()
    camera = SelfHealingCamera(lambda: held, lambda _: None)
    camera.watched = True
    results: list[LiveResult] = []
    reader = SandboxedReader()
    reader.start()
    loop = ScanLoop(camera.next_frame, LiveReader(reader), results.append)
    camera.open()
    loop.start()
    time.sleep(3)
    held.show(slip(symbol("Code128", "CT20261124001"), np.random.default_rng(1)))
    started = time.monotonic()
    count = 0
    for _ in camera.frames(2.0):
        count += 1
        if time.monotonic() - started > seconds:
            break
    loop.stop(2)
    camera.close(2)
    reader.close()
    return count / seconds, [result.accepted.text for result in results if result.accepted]


if __name__ == "__main__":
    main()
