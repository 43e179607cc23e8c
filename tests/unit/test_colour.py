"""Colour: the equations of PS3.3 C.7.6.3.1.2, palettes, planes, sub-sampling, odd sizes, 16 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.domain.faults import KioskError
from kiosk.imaging.dicom.reading import read
from kiosk.imaging.pixels.picture import load_frame, to_picture
from tests.making import SYNTAXES, image, made, written

RANDOM = np.random.default_rng(3)
COLOUR = RANDOM.integers(0, 256, (12, 10, 3)).astype(np.uint8)


def rgb_of(ybr: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The standard's equations, in floating point."""
    y, cb, cr = (ybr[..., index].astype(float) for index in range(3))
    planes = (y + 1.402 * (cr - 128), y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128), y + 1.772 * (cb - 128))
    return np.clip(np.stack(planes, -1), 0, 255)


def shown(data: bytes) -> NDArray[np.uint8]:
    """The picture."""
    return to_picture(load_frame(read(data)))


@pytest.mark.parametrize("syntax", ["explicit", "big", "implicit", "deflated"])
def test_rgb_by_pixel_and_by_plane(syntax: str) -> None:
    for samples in (COLOUR, COLOUR[:3, :3], COLOUR[:1, :1]):
        assert (shown(written(image(samples), SYNTAXES[syntax])) == samples).all()
        planes = image(samples, PlanarConfiguration=1)
        data = np.ascontiguousarray(np.moveaxis(samples, -1, 0)).tobytes()
        planes.PixelData = data + b"\0" * (len(data) % 2)
        assert (shown(written(planes, SYNTAXES[syntax])) == samples).all()


def test_ybr_full() -> None:
    found = shown(made(COLOUR, PhotometricInterpretation="YBR_FULL"))
    assert np.abs(found - rgb_of(COLOUR)).max() <= 0.7


def test_ybr_full_422() -> None:
    dataset = image(COLOUR, PhotometricInterpretation="YBR_FULL_422")
    pairs = COLOUR.reshape(-1, 2, 3)
    dataset.PixelData = np.stack([pairs[:, 0, 0], pairs[:, 1, 0], pairs[:, 0, 1], pairs[:, 0, 2]], -1).tobytes()
    expanded = pairs.copy()
    expanded[:, 1, 1:] = pairs[:, 0, 1:]
    assert np.abs(shown(written(dataset)) - rgb_of(expanded.reshape(COLOUR.shape))).max() <= 0.7


def test_sixteen_bit_colour() -> None:
    assert (shown(made(COLOUR.astype(np.uint16) * 257)) == COLOUR).all()


def with_palette(indices: NDArray[Any], first: int, entries: int, bits: int = 16, **attributes: Any) -> bytes:
    """An object with a palette whose red rises, whose green falls, whose blue is the index modulo seven."""
    dataset = image(indices, PhotometricInterpretation="PALETTE COLOR", **attributes)
    scale = 257 if bits == 16 else 1
    levels = np.arange(entries)
    for number, values in enumerate((levels % 256, 255 - levels % 256, levels % 7)):
        dataset.add_new(0x00281101 + number, "US", [entries % 65_536, first, bits])
        dataset.add_new(0x00281201 + number, "OW", (values * scale).astype("<u2" if bits == 16 else np.uint8).tobytes())
    return written(dataset)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("first", [0, 10])
def test_palette(bits: int, first: int) -> None:
    indices = np.arange(256, dtype=np.uint8).reshape(16, 16)
    wanted = np.clip(indices.astype(int) - first, 0, 199)
    found = shown(with_palette(indices, first, 200, bits))
    assert (found == np.stack([wanted, 255 - wanted, wanted % 7], -1)).all()


def test_palette_of_sixteen_bit_indices() -> None:
    indices = RANDOM.integers(0, 65_536, (8, 8)).astype(np.uint16)
    wanted = indices.astype(int) % 256
    assert (shown(with_palette(indices, 0, 65_536))[..., 0] == wanted).all()


def test_segmented_palette() -> None:
    dataset = image(np.arange(256, dtype=np.uint8).reshape(16, 16), PhotometricInterpretation="PALETTE COLOR")
    segments = np.array([0, 2, 0, 1000, 1, 254, 65_535], "<u2").tobytes()
    for number in range(3):
        dataset.add_new(0x00281101 + number, "US", [256, 0, 16])
        dataset.add_new(0x00281221 + number, "OW", segments)
    red = shown(written(dataset)).reshape(-1, 3)[:, 0].astype(int)
    assert red[0] == 0 and red[1] == 3 and red[-1] == 255
    assert (np.diff(red) >= 0).all() and abs(red[128] - 129) <= 1


@pytest.mark.parametrize("attribute", [0x00281101, 0x00281201])
def test_case_72_palette_incomplete(attribute: int) -> None:
    data = with_palette(np.zeros((4, 4), np.uint8), 0, 256)
    tag = attribute.to_bytes(4, "big")
    broken = data.replace(tag[1::-1] + tag[3:1:-1], b"\x29\x00\x01\x00", 1)
    with pytest.raises(KioskError, match="palette"):
        load_frame(read(broken))


def test_colour_with_a_monochrome_label_is_shown_as_colour() -> None:
    assert (shown(made(COLOUR, PhotometricInterpretation="MONOCHROME2")) == COLOUR).all()
