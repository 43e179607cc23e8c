"""Grey values against the formulas of PS3.3 C.11.2.1 worked out here one by one, and against pydicom's functions."""

from __future__ import annotations

import io
import math

import numpy as np
import pydicom
import pytest
from pydicom.pixels import apply_modality_lut, apply_voi_lut

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom.reading import read
from kiosk.imaging.pixels.picture import load_frame, to_picture
from kiosk.imaging.pixels.values import CodeScale, Lut, Rendering, Window, codes, table
from tests.corpus import PACKAGED
from tests.making import image, made, phantom, written


def linear(x: float, center: float, width: float) -> float:
    """PS3.3 C.11.2.1.2.1, output range 0..255."""
    if x <= center - 0.5 - (width - 1) / 2:
        return 0.0
    if x > center - 0.5 + (width - 1) / 2:
        return 255.0
    return ((x - (center - 0.5)) / (width - 1) + 0.5) * 255.0


def exact(x: float, center: float, width: float) -> float:
    """PS3.3 C.11.2.1.3.2."""
    return min(max(((x - center) / width + 0.5) * 255.0, 0.0), 255.0)


def sigmoid(x: float, center: float, width: float) -> float:
    """PS3.3 C.11.2.1.3.1."""
    return 255.0 / (1.0 + math.exp(min(700.0, -4.0 * (x - center) / width)))


@pytest.mark.parametrize(("function", "formula"), [("LINEAR", linear), ("LINEAR_EXACT", exact), ("SIGMOID", sigmoid)])
@pytest.mark.parametrize(("center", "width"), [(40.0, 400.0), (-600.0, 1500.0), (50.5, 3.0), (1000.0, 1.0)])
def test_window_functions(function: str, formula: object, center: float, width: float) -> None:
    result = table(Rendering(CodeScale(base=-32768.0), voi=Window(center, width, function)))  # type: ignore[arg-type]
    for stored in (*range(-1100, 1100, 7), int(center), int(center) + 1):
        wanted = formula(float(stored), center, width)  # type: ignore[operator]
        assert abs(int(result[stored + 32768]) - wanted) <= 0.5 + 1e-6


@pytest.mark.parametrize("modality", ["CT", "MR", "DX"])
def test_same_grey_as_pydicom(modality: str) -> None:
    data = made(phantom(modality, 128), modality)
    dataset = pydicom.dcmread(io.BytesIO(data))
    values = apply_voi_lut(apply_modality_lut(dataset.pixel_array, dataset), dataset)
    low, high = (-(2.0**15), 2.0**15 - 1) if modality == "CT" else (0.0, 2.0**12 - 1)
    theirs = np.floor((values - low) / (high - low) * 255 + 0.5).astype(int)
    assert np.abs(to_picture(load_frame(read(data))).astype(int) - theirs).max() <= 1


def test_monochrome1_is_inverted_once() -> None:
    samples = np.arange(256, dtype=np.uint8).reshape(16, 16)
    plain = to_picture(load_frame(read(made(samples))))
    shape = {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"}
    assert (to_picture(load_frame(read(made(samples, **shape)))) == 255 - plain).all()


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_padding_is_dark_and_outside_the_automatic_window(photometric: str) -> None:
    samples = phantom("MR", 64).astype(np.uint16)
    samples[:20] = 60_000
    data = made(samples, "OT", PixelPaddingValue=59_000, PixelPaddingRangeLimit=61_000,
                PhotometricInterpretation=photometric)  # fmt: skip
    frame = load_frame(read(data))
    picture = to_picture(frame)
    assert frame.window_origin == "auto"
    assert frame.window is not None and frame.window[0] + frame.window[1] / 2 <= 4096
    assert (picture[:20] == 0).all()
    assert picture[20:].max() > 200


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(
    ("stored", "high"), [(16, 15), (12, 11), (15, 14), (10, 9), (9, 8), (12, 15), (10, 13), (1, 0)]
)
def test_odd_bit_depths(signed: bool, stored: int, high: int) -> None:
    values = np.arange(1 << stored).astype(np.uint16)
    rubbish = np.uint16(0xFFFF) ^ np.uint16(((1 << stored) - 1) << (high + 1 - stored) & 0xFFFF)
    samples = (values << np.uint16(high + 1 - stored)) | rubbish
    wanted = values.astype(int)
    if signed:
        wanted[wanted >= 1 << (stored - 1)] -= 1 << stored
    found, scale = codes(samples, signed, stored, high)
    assert (found.astype(int) + int(scale.base) == wanted).all()


def test_eight_bits_signed() -> None:
    samples = np.arange(-128, 128).astype(np.int8)
    found, scale = codes(samples.view(np.uint8), True, 8, 7)
    assert (found.astype(int) + int(scale.base) == samples).all()


def test_wide_integers_and_floats_are_spread_in_order() -> None:
    wide = np.array([0, 5, 1 << 20, (1 << 31) + 5], np.uint32)
    found, scale = codes(wide, False, 32, 31)
    assert found[0] == 0 and found[-1] == 65_535 and (np.diff(found.astype(int)) >= 0).all()
    assert abs(scale.base + scale.step * int(found[2]) - (1 << 20)) <= scale.step
    floats = np.array([-1.5, np.nan, 0.25, np.inf, 3.0])
    found, scale = codes(floats, True, 64, 63)
    assert list(found[[0, 1, 4]]) == [0, 0, 65_535]
    assert abs(scale.base + scale.step * int(found[2]) - 0.25) < 1e-4


def test_narrow_range_of_wide_integers_is_exact() -> None:
    wide = np.array([-70_000, -69_990, -65_000], np.int32).view(np.uint32)
    found, scale = codes(wide, True, 32, 31)
    assert list(found.astype(int) + int(scale.base)) == [-70_000, -69_990, -65_000]


def test_lut_borders_hold() -> None:
    lut = Lut(first=-2, bits=8, data=np.array([10, 20, 30], "<u2").tobytes())
    assert list(lut.apply(np.array([-100.0, -2.0, -1.0, 0.0, 99.0]))) == [10, 10, 20, 30, 30]


def test_voi_lut_wins_over_window_and_asked_window_over_both() -> None:
    dataset = image(np.arange(256, dtype=np.uint8).reshape(16, 16), "OT", WindowCenter=128, WindowWidth=256)
    item = pydicom.Dataset()
    item.add_new(0x00283002, "US", [256, 0, 8])
    item.add_new(0x00283006, "OW", np.arange(255, -1, -1).astype("<u2").tobytes())
    dataset.VOILUTSequence = [item]
    instance = read(written(dataset))
    assert load_frame(instance).window_origin == "lut"
    assert to_picture(load_frame(instance))[0, 0] == 255
    asked = load_frame(instance, window=(10.0, 4.0))
    assert (asked.window_origin, asked.window) == ("asked", (10.0, 4.0))
    assert to_picture(asked)[0, 0] == 0


def test_first_of_several_windows() -> None:
    frame = load_frame(read(made(phantom("CT", 32), "CT", WindowCenter=[50, 500], WindowWidth=[350, 2000])))
    assert (frame.window, frame.window_origin) == ((50.0, 350.0), "file")


def test_modality_lut_comes_before_the_window() -> None:
    dataset = image(np.arange(256, dtype=np.uint8).reshape(16, 16), "OT", WindowCenter=1000, WindowWidth=1001)
    item = pydicom.Dataset()
    item.add_new(0x00283002, "US", [256, 0, 16])
    item.add_new(0x00283006, "OW", (np.arange(256) * 10).astype("<u2").tobytes())
    item.ModalityLUTType = "US"
    dataset.ModalityLUTSequence = [item]
    picture = to_picture(load_frame(read(written(dataset)))).reshape(-1)
    for stored in range(256):
        assert abs(int(picture[stored]) - linear(stored * 10.0, 1000.0, 1001.0)) <= 0.51


@pytest.mark.parametrize("width", [b"0   ", b"-5  ", b"NaN ", b"abc ", b"1e99"])
def test_case_72_degenerate_window_is_replaced_and_said(width: bytes) -> None:
    data = made(phantom("MR", 64), "MR")
    assert data.count(b"3000") == 1
    frame = load_frame(read(data.replace(b"3000", width)))
    assert frame.window_origin == "auto"
    assert "the window of the file is not usable" in frame.warnings
    assert int(to_picture(frame).max()) > 200


@pytest.mark.parametrize(
    ("slope", "intercept"), [(b"0   ", b"0 "), (b"nan ", b"0 "), (b"inf ", b"0 "), (b"2.5 ", b"xx")]
)
def test_case_72_unusable_rescale(slope: bytes, intercept: bytes) -> None:
    dataset = image(
        phantom("MR", 64), "MR", WindowCenter=None, WindowWidth=None, RescaleSlope="7.77", RescaleIntercept="55"
    )
    data = written(dataset).replace(b"7.77", slope).replace(b"DS\x02\x0055", b"DS\x02\x00" + intercept)
    frame = load_frame(read(data))
    assert any("no calibration" in warning for warning in frame.warnings)
    assert int(to_picture(frame).max()) > 200


def test_window_asked_for_without_width_is_refused() -> None:
    with pytest.raises(KioskError) as caught:
        load_frame(read(made(phantom("CT", 16), "CT")), window=(40.0, 0.0))
    assert caught.value.code == FaultCode.OBJECT_UNREADABLE


def test_table_is_cached_and_cannot_be_changed() -> None:
    rendering = Rendering(CodeScale(), voi=Window(40.0, 400.0))
    assert table(rendering) is table(rendering)
    with pytest.raises(ValueError, match="read-only"):
        table(rendering)[0] = 1


def test_radiotherapy_dose_of_32_bits_is_shown() -> None:
    little, big = (load_frame(read(PACKAGED / name)) for name in ("rtdose_1frame.dcm", "rtdose_expb_1frame.dcm"))
    assert (to_picture(little) == to_picture(big)).all()
    assert to_picture(little).std() > 20
