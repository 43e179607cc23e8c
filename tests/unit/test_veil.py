"""What the preview of the camera shows of a slip: the band of the symbol, and of its words nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.adapters.camera.eye import Eye, Listeners
from kiosk.adapters.camera.veil import veiled
from kiosk.config import CameraSettings, CodeSettings
from tests.support.lobby_frames import slip, symbol

BAND = ((200.0, 420.0), (1080.0, 420.0), (1080.0, 640.0), (200.0, 640.0))
DEADLINE_S = 60.0


def held(name: str, letter_px: int = 60) -> NDArray[np.uint8]:
    """A slip that fills the picture, with a name in letters of this height above a code."""
    frame = np.full((720, 1280, 3), 235, np.uint8)
    cv2.putText(frame, name, (80, 200), cv2.FONT_HERSHEY_SIMPLEX, letter_px / 22, (20, 20, 20), letter_px // 8)
    for place in range(60):
        left = 210 + place * 14
        cv2.rectangle(frame, (left, 430), (left + (4 if place % 3 else 9), 630), (15, 15, 15), -1)
    return frame


def steepest(picture: NDArray[np.uint8]) -> float:
    """The largest step between two neighbouring pixels, in grey levels."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.int16)
    return float(max(np.abs(np.diff(grey, axis=0)).max(), np.abs(np.diff(grey, axis=1)).max()))


def test_no_edge_of_a_letter_is_left() -> None:
    frame = held("WANG XIUYING")
    assert steepest(frame) > 150
    shown = veiled(frame)
    assert shown.shape == (360, 640, 3)
    assert steepest(shown) < 20


def test_the_band_of_the_symbol_is_as_it_is() -> None:
    frame = held("WANG XIUYING")
    shown = veiled(frame, [BAND])
    half = cv2.resize(frame, (640, 360), interpolation=cv2.INTER_AREA)
    inside = (slice(215, 315), slice(105, 535))
    assert np.array_equal(shown[inside], half[inside]) and steepest(shown[inside]) > 100
    assert steepest(shown[:200]) < 20


def test_a_symbol_told_as_a_line_gets_a_band_that_can_be_seen() -> None:
    line = ((200.0, 520.0), (1080.0, 520.0), (1080.0, 521.0), (200.0, 521.0))
    shown = veiled(held("WANG"), [line])
    assert steepest(shown[240:280, 110:530]) > 100


@pytest.mark.parametrize("shape", [(720, 1280), (1, 1), (3, 2, 3), (480, 640, 3), (1280, 720, 3)])
def test_frames_of_any_form_can_be_veiled(shape: tuple[int, ...]) -> None:
    shown = veiled(np.zeros(shape, np.uint8), [BAND])
    assert shown.ndim == 3 and shown.shape[2] == 3


def until(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + DEADLINE_S
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_what_the_eye_hands_to_the_screens_is_veiled_and_shows_the_band_once_it_is_read(tmp_path: Path) -> None:
    """The real camera, the real reader: a slip held up in the demonstration's way."""
    paper = slip(symbol("Code128", "CT2026110042"), np.random.default_rng(5))
    cv2.putText(paper, "WANG XIUYING", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 0, 4)
    picture = tmp_path / "slip.png"
    cv2.imwrite(str(picture), paper)
    codes: list[str] = []
    listeners = Listeners(lambda text, _: codes.append(text), lambda _: None, lambda _: None)
    eye = Eye(CameraSettings(source="slips"), CodeSettings(), listeners)
    eye.open()
    try:
        eye.hold(picture)
        banded = []

        def shows_a_band() -> bool:
            frame = eye.latest()
            if frame is not None and steepest(frame) > 60:
                banded.append(frame)
            return bool(codes and banded)

        assert until(shows_a_band) and codes[0] == "CT2026110042"
        rows = np.abs(np.diff(cv2.cvtColor(banded[-1], cv2.COLOR_BGR2GRAY).astype(np.int16), axis=1)).max(axis=1) > 40
        assert 0 < rows.sum() < 0.6 * len(rows)  # the rest of the slip, its words with it, is not sharp
    finally:
        eye.close()
