"""Enhanced multi-frame objects (PS3.3 C.7.6.16): values and geometry of each frame; large files frame by frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from kiosk.domain.faults import KioskError
from kiosk.domain.sheets.film import Scale, Spacing
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.dicom.reading import FileStore, read
from kiosk.imaging.pixels.picture import load_frame, to_picture
from tests.making import SYNTAXES, image, made, phantom, written


def group(**macros: dict[str, Any]) -> Dataset:
    """One item of functional groups."""
    item = Dataset()
    for name, attributes in macros.items():
        macro = Dataset()
        for attribute, value in attributes.items():
            setattr(macro, attribute, value)
        setattr(item, name, [macro])
    return item


def enhanced(samples: np.ndarray) -> Dataset:
    """Three frames, each with its own slope, window and place; orientation and spacing shared."""
    dataset = image(samples, "MR", WindowCenter=None, WindowWidth=None, RescaleSlope=None, RescaleIntercept=None)
    dataset.SharedFunctionalGroupsSequence = [
        group(
            PixelMeasuresSequence={"PixelSpacing": [0.7, 0.6], "SliceThickness": 3},
            PlaneOrientationSequence={"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]},
            FrameVOILUTSequence={"WindowCenter": 100, "WindowWidth": 200},
        )
    ]
    dataset.PerFrameFunctionalGroupsSequence = [
        group(
            PlanePositionSequence={"ImagePositionPatient": [number * 4, 0, 0]},
            PixelValueTransformationSequence={"RescaleSlope": slope, "RescaleIntercept": -10, "RescaleType": "US"},
            **({"FrameVOILUTSequence": {"WindowCenter": 50, "WindowWidth": 60}} if number == 2 else {}),
        )
        for number, slope in enumerate((1, 0.5, 0.25))
    ]
    return dataset


@pytest.mark.parametrize("syntax", ["explicit", "implicit", "big"])
def test_each_frame_has_its_own_values(syntax: str) -> None:
    samples = np.arange(3 * 20 * 20).reshape(3, 20, 20).astype(np.uint16)
    dataset = enhanced(samples)
    if syntax == "big":
        dataset.PixelData = samples.astype(">u2").tobytes()
    instance = read(written(dataset, SYNTAXES[syntax]))
    for number, (slope, center, width) in enumerate(((1, 100, 200), (0.5, 100, 200), (0.25, 50, 60))):
        frame = load_frame(instance, number)
        assert (frame.window, frame.window_origin) == ((center, width), "file")
        values = samples[number].astype(float) * slope - 10
        wanted = np.clip(((values - (center - 0.5)) / (width - 1) + 0.5) * 255, 0, 255)
        assert np.abs(to_picture(frame) - wanted).max() <= 0.51
        geometry = instance.geometry(number)
        assert geometry.position == (number * 4.0, 0.0, 0.0)
        assert geometry.spacing == Spacing(0.7, 0.6, Scale.CALIBRATED)
        assert geometry.thickness == 3.0
        assert geometry.depth == pytest.approx(-number * 4.0)


def test_large_file_is_read_frame_by_frame(tmp_path: Path) -> None:
    frames = np.stack([phantom("CT", 64, seed) for seed in range(4)])
    path = tmp_path / "large.dcm"
    path.write_bytes(made(frames, "CT"))
    instance = read(path, Limits(compressed_bytes=1_000))
    assert isinstance(instance.pixels.store, FileStore)
    for number in range(4):
        assert (load_frame(instance, number).codes == load_frame(read(path), number).codes).all()


def test_large_header_before_the_pixels_of_a_large_file(tmp_path: Path) -> None:
    dataset = image(phantom("CT", 32), "CT")
    dataset.add_new(0x00091010, "OB", bytes(3 << 20))
    path = tmp_path / "large.dcm"
    path.write_bytes(written(dataset))
    instance = read(path, Limits(compressed_bytes=1_000))
    assert (load_frame(instance).codes == load_frame(read(path)).codes).all()


def test_limits_on_size(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(made(phantom("CT", 64), "CT"))
    with pytest.raises(KioskError, match="larger than"):
        read(path, Limits(compressed_bytes=100, native_bytes=1_000))
    with pytest.raises(KioskError, match="cannot be read"):
        read(tmp_path / "absent.dcm")
    with pytest.raises(KioskError, match="claims 64 x 64 pixels"):
        read(path, Limits(side=50))
    with pytest.raises(KioskError, match="claims 64 x 64 pixels"):
        read(path, Limits(pixels=4_000))


def test_segmentation_of_one_bit_whose_frames_do_not_end_on_bytes() -> None:
    bits = np.random.default_rng(5).integers(0, 2, (3, 5, 5)).astype(np.uint8)
    dataset = image(bits, BitsAllocated=1, BitsStored=1, HighBit=0)
    packed = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    dataset.PixelData = packed + b"\0" * (len(packed) % 2)
    instance = read(written(dataset))
    for number in range(3):
        assert (to_picture(load_frame(instance, number)) == bits[number] * 255).all()
