"""A virtual camera for the demonstration: a lobby, and a hand that holds up a slip and sways a little."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

SHARE = 0.72  # of the frame that the slip may fill
SWAY_PIXELS, SWAY_DEGREES, SWAY_SECONDS = 5.0, 1.5, 3.7
COMING_SECONDS = 0.5  # from the frame's edge to its place
NOISE = 3.0


class HeldSlip:
    """A source of pictures whose slip is put there by `show`, from any thread."""

    paced = False
    changing = True

    def __init__(
        self, width: int = 1280, height: int = 720, clock: Callable[[], float] = time.monotonic, seed: int = 1
    ) -> None:
        self._size = (width, height)
        self._clock = clock
        self._chance = np.random.default_rng(seed)
        self._lobby: Pixels | None = None
        self._grain: list[NDArray[np.int16]] = []
        self._lock = threading.Lock()
        self._slip: Pixels | None = None
        self._since = 0.0

    def show(self, picture: Pixels | None) -> None:
        """Hold a picture (grey or BGR) before the camera; None takes it away."""
        slip = None if picture is None else self._at_distance(_on_paper(picture))
        with self._lock:
            self._slip, self._since = slip, self._clock()

    def _at_distance(self, paper: Pixels) -> Pixels:
        """The paper as large as it is held, averaged down so that fine bars do not alias."""
        scale = min(SHARE * self._size[0] / paper.shape[1], SHARE * self._size[1] / paper.shape[0])
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(paper, None, fx=scale, fy=scale, interpolation=way), np.uint8)

    def open(self) -> None:
        """Paint the lobby."""
        self._lobby = lobby(*self._size, self._chance)
        shape = (self._size[1], self._size[0], 1)
        self._grain = [self._chance.normal(0, NOISE, shape).astype(np.int16) for _ in range(3)]

    def read(self) -> Pixels | None:
        """What the camera sees now."""
        if self._lobby is None:
            return None
        with self._lock:
            slip, since = self._slip, self._since
        frame = self._lobby.copy()
        now = self._clock()
        if slip is not None:
            self._hold(frame, slip, now - since)
        grain = self._grain[int(self._chance.integers(len(self._grain)))]
        noisy = cv2.add(frame, cv2.merge([grain] * 3), dtype=cv2.CV_8U)
        return np.asarray(noisy, np.uint8)

    def skip(self) -> bool:
        """Nothing passes by."""
        return self._lobby is not None

    def close(self) -> None:
        """Forget lobby and slip."""
        self._lobby = None
        self.show(None)

    def _hold(self, frame: Pixels, slip: Pixels, held: float) -> None:
        """Draw the slip into the frame, swaying; at first it comes in from the side."""
        width, height = self._size
        middle = (slip.shape[1] / 2, slip.shape[0] / 2)
        phase = 2 * math.pi * held / SWAY_SECONDS
        away = max(0.0, 1 - held / COMING_SECONDS) * width
        move = cv2.getRotationMatrix2D(middle, SWAY_DEGREES * math.sin(phase), 1.0)
        move[0, 2] += width / 2 - middle[0] + SWAY_PIXELS * math.sin(1.3 * phase) + away
        move[1, 2] += height / 2 - middle[1] + SWAY_PIXELS * math.cos(0.7 * phase)
        cv2.warpAffine(slip, move, self._size, dst=frame, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)


def _on_paper(picture: Pixels) -> Pixels:
    """The picture in colour with a rim of paper around it."""
    colour = np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8) if picture.ndim == 2 else picture
    rim = max(8, max(colour.shape[:2]) // 16)
    paper = (244, 246, 246)
    return np.asarray(cv2.copyMakeBorder(colour, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=paper), np.uint8)


def lobby(width: int, height: int, chance: np.random.Generator) -> Pixels:
    """A blurred hall: bright windows above, a counter, people's shapes, a floor."""
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    wall = (1 - rows) * np.array([176, 168, 158], np.float32) + rows * np.array([96, 104, 112], np.float32)
    scene = np.ascontiguousarray(np.broadcast_to(wall, (height, width, 3)).astype(np.uint8))
    for number in range(4):
        left = int(width * (0.04 + 0.25 * number))
        cv2.rectangle(scene, (left, height // 20), (left + width // 6, height // 3), (222, 214, 204), -1)
    cv2.rectangle(scene, (0, int(height * 0.62)), (width, int(height * 0.7)), (70, 88, 104), -1)
    for _ in range(5):
        x, y = int(chance.integers(width)), int(height * chance.uniform(0.45, 0.6))
        shade = tuple(int(level) for level in chance.integers(40, 130, 3))
        size = int(height * chance.uniform(0.05, 0.08))
        cv2.ellipse(scene, (x, y + 4 * size), (2 * size, 3 * size), 0, 0, 360, shade, -1)
        cv2.circle(scene, (x, y), size, (118, 140, 172), -1)
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), height / 90), np.uint8)
