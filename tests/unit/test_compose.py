"""Composition: bands, resampling, overlays, colour."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from kiosk.imaging.film.compose import Canvas, Placed, bands, resample, whole
from kiosk.imaging.film.layout import Box
from kiosk.imaging.pixels.frame import Frame

TABLE = (np.arange(65536) >> 8).astype(np.uint8)


def _frame(rows: int = 40, columns: int = 30, **values: object) -> Frame:
    codes = np.random.default_rng(5).integers(0, 65536, (rows, columns), np.uint16)
    return Frame(codes, TABLE, **values)  # type: ignore[arg-type]


def test_the_table_is_applied_after_resampling() -> None:
    frame = _frame()
    expected = cv2.LUT(cv2.resize(frame.codes, (90, 120), interpolation=cv2.INTER_CUBIC), TABLE)
    assert np.array_equal(resample(frame, 90, 120), expected)


def test_native_size_is_not_resampled() -> None:
    frame = _frame()
    assert np.array_equal(resample(frame, 30, 40), frame.codes >> 8)


def test_shrinking_takes_the_mean() -> None:
    codes = np.zeros((20, 20), np.uint16)
    codes[::2] = 65280
    assert set(np.unique(resample(Frame(codes, TABLE), 10, 10))) == {127}


@pytest.mark.parametrize("size", [10, 60, 240])
def test_a_thin_overlay_survives_every_size(size: int) -> None:
    overlay = np.zeros((60, 60), np.bool_)
    overlay[30] = True
    frame = Frame(np.zeros((60, 60), np.uint16), TABLE, overlay)
    assert (resample(frame, size, size) == 255).any(axis=0).all()


def test_bands_are_the_sheet() -> None:
    canvas = Canvas(100, 120, 50.8)
    boxes = [Box(x, y, 30, 25) for y in (10, 60) for x in (5, 45)]
    tiles = [Placed(box, _frame) for box in boxes]
    parts = list(bands(canvas, tiles))
    assert sum(map(len, parts)) == canvas.height == 240
    assert len(parts) == 3
    sheet = whole(canvas, tiles)
    left, top, width, height = canvas.pixels(boxes[3])
    assert np.array_equal(sheet[top:top + height, left:left + width], resample(_frame(), width, height))
    assert not sheet[:top - 70].any() or sheet[:20].sum() == 0


def test_threads_make_the_same_sheet() -> None:
    canvas = Canvas(100, 120, 50.8)
    tiles = [Placed(Box(x, 10, 20, 25), _frame) for x in (5, 30, 55, 80)]
    with ThreadPoolExecutor(2) as pool:
        assert np.array_equal(np.concatenate(list(bands(canvas, tiles, pool))), whole(canvas, tiles))


def test_grey_tiles_stay_grey_on_a_colour_sheet_and_colour_keeps_its_channels() -> None:
    canvas = Canvas(40, 20, 50.8, colour=True)
    red = np.zeros((10, 10, 3), np.uint8)
    red[..., 0] = 200
    sheet = whole(canvas, [Placed(Box(0, 0, 10, 10), lambda: Frame(red, None)), Placed(Box(20, 0, 10, 10), _frame)])
    assert tuple(sheet[5, 5]) == (200, 0, 0)
    grey = sheet[:20, 40:60]
    assert np.array_equal(grey[..., 0], grey[..., 1])
    assert np.array_equal(grey[..., 0], grey[..., 2])


def test_a_source_without_picture_stays_black() -> None:
    assert not whole(Canvas(20, 20, 50.8), [Placed(Box(0, 0, 10, 10), lambda: None)]).any()


def test_a_size_is_rounded_before_its_place() -> None:
    canvas = Canvas(355.6, 431.8, 320)
    assert (canvas.width, canvas.height) == (4480, 5440)
    _, _, width, height = canvas.pixels(Box(77.123, 50.456, 150.0, 180.0))
    assert abs(width * 25.4 / 320 - 150) < 0.04
    assert abs(height * 25.4 / 320 - 180) < 0.04


def test_a_sheet_that_is_no_whole_number_of_pixels_is_covered() -> None:
    canvas = Canvas(210, 297, 320)
    assert canvas.width * 25.4 / 320 >= 210
    assert (canvas.width - 1) * 25.4 / 320 < 210
