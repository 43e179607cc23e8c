"""Angiograms: no Modality LUT, masks subtracted or said not to be (PS3.3 C.8.7.1.1.2, C.7.6.10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from kiosk.imaging.dicom.reading import read
from kiosk.imaging.pixels.frame import Frame
from kiosk.imaging.pixels.picture import load_frame, to_picture
from kiosk.imaging.pixels.presentation import read_state
from tests.corpus import shared
from tests.films import UID, printed, state_of
from tests.making import image, phantom, written

XA, XRF, BIPLANE = (f"1.2.840.10008.5.1.4.1.1.12.{number}" for number in (1, 2, 3))
REAL = shared("film_cases/xa_modality_lut.dcm")


def angiogram(frames: NDArray[Any], **attributes: Any) -> Dataset:
    """A run as an XA device stores it: logarithmic, with the table that leads back to intensities."""
    values = {"SOPClassUID": XA, "SOPInstanceUID": f"{UID}.61", "Modality": "XA", "PixelIntensityRelationship": "LOG",
              "WindowCenter": 128, "WindowWidth": 256, "SeriesInstanceUID": f"{UID}.6"}  # fmt: skip
    return image(frames, "OT", **{**values, **attributes})


def with_table(dataset: Dataset) -> Dataset:
    """The Modality LUT of a Philips device in kind: 8 bits to 16, steep."""
    table = Dataset()
    table.add_new(0x00283002, "US", [256, 0, 16])
    table.ModalityLUTType = "US"
    table.add_new(0x00283006, "OW", (np.arange(256, dtype=np.uint16) ** 2).astype("<u2").tobytes())
    dataset.ModalityLUTSequence = [table]
    return dataset


def mask_item(operation: str, **attributes: Any) -> Dataset:
    """An item of the Mask Subtraction Sequence."""
    item = Dataset()
    item.MaskOperation = operation
    for name, value in attributes.items():
        setattr(item, name, value)
    return item


def masked(frames: NDArray[Any], item: Dataset, mode: str = "SUB", **attributes: Any) -> Dataset:
    """A run with a mask."""
    dataset = angiogram(frames, **attributes)
    dataset.MaskSubtractionSequence, dataset.RecommendedViewingMode = [item], mode
    return dataset


def run_of_four() -> NDArray[np.uint8]:
    """Bones that stay, and a vessel that fills: frame 1 and 2 without it."""
    body = (phantom("OT", 64) // 32 + 100).astype(np.uint8)
    frames = np.stack([body] * 4)
    frames[2, 20:24, :] -= 40
    frames[3, 20:28, :] -= 80
    return frames


def shown(dataset: Dataset, frame: int = 0) -> Frame:
    """A frame as it is printed."""
    return load_frame(read(written(dataset)), frame)


@pytest.mark.parametrize("sop_class", [XA, XRF, BIPLANE])
def test_the_modality_lut_of_angiograms_is_not_displayed(sop_class: str) -> None:
    frames = run_of_four()[:1]
    plain, table = (shown(make(angiogram(frames, SOPClassUID=sop_class))) for make in (lambda d: d, with_table))
    assert np.array_equal(to_picture(plain), to_picture(table))
    assert 20 < to_picture(table).mean() < 220
    other = with_table(angiogram(frames, SOPClassUID="1.2.840.10008.5.1.4.1.1.7"))
    assert not np.array_equal(to_picture(shown(other)), to_picture(plain))


@pytest.mark.skipif(not REAL, reason="the shared collection is not here")
@pytest.mark.parametrize("path", REAL[:1])
def test_a_real_angiogram_is_not_white(path: Path) -> None:
    picture = to_picture(load_frame(read(path), 36))
    assert (picture > 250).mean() < 0.2
    assert 30 < np.median(picture) < 220


def values_of(frame: Frame, dataset: Dataset) -> NDArray[np.int64]:
    """Differences as the grey table sees them."""
    return np.asarray(frame.codes, np.int64) - 32_768


def test_an_averaged_mask_is_subtracted() -> None:
    frames = run_of_four()
    dataset = masked(frames, mask_item("AVG_SUB", MaskFrameNumbers=[1, 2], ApplicableFrameRange=[3, 4]))
    frame = shown(dataset, 3)
    assert frame.subtraction == "subtracted" and frame.window_origin == "auto"
    assert np.array_equal(values_of(frame, dataset), frames[3].astype(int) - frames[0])
    picture = to_picture(frame)
    assert picture[22].max() < picture[40].min()  # the vessel is dark, the bones are gone
    assert int(picture[40:].max()) - int(picture[40:].min()) <= 1
    assert shown(dataset, 0).subtraction == "native"


@pytest.mark.parametrize(("offset", "mask"), [(None, 2), (2, 1)])
def test_time_interval_difference(offset: int | None, mask: int) -> None:
    frames = run_of_four()
    item = mask_item("TID", **({} if offset is None else {"TIDOffset": offset}))
    frame = shown(masked(frames, item), 3)
    assert np.array_equal(values_of(frame, Dataset()), frames[3].astype(int) - frames[mask])
    assert shown(masked(frames, item), 0).subtraction == "native"


def test_a_mask_is_moved_and_contrast_frames_are_averaged() -> None:
    frames = run_of_four()
    item = mask_item("AVG_SUB", MaskFrameNumbers=[1], MaskSubPixelShift=[0.0, 2.0], ContrastFrameAveraging=2)
    moved = values_of(shown(masked(frames, item), 2), Dataset())
    mean = (frames[2].astype(float) + frames[3]) / 2
    assert np.abs(moved[:, 2:] - (mean[:, 2:] - frames[0][:, :-2])).max() <= 0.5


def test_intensities_are_compared_by_their_logarithm() -> None:
    frames = np.full((2, 8, 8), 100, np.uint8)
    frames[0, :4], frames[1, :4] = 200, 150  # a quarter absorbed
    frames[1, 4:] = 75
    dataset = masked(frames, mask_item("AVG_SUB", MaskFrameNumbers=[1]), PixelIntensityRelationship="LIN")
    values = values_of(shown(dataset, 1), dataset)
    assert abs(int(values[0, 0]) - int(values[7, 0])) <= 1
    assert values.max() < 0


def test_viewing_as_taken_is_respected() -> None:
    item = mask_item("AVG_SUB", MaskFrameNumbers=[1])
    assert shown(masked(run_of_four(), item, mode="NAT"), 3).subtraction == "none"
    assert shown(masked(run_of_four(), item, mode=""), 3).subtraction == "subtracted"


@pytest.mark.parametrize("item", [mask_item("REV_TID"), mask_item("AVG_SUB", MaskFrameNumbers=[9]),
                                  mask_item("AVG_SUB")])  # fmt: skip
def test_what_cannot_be_subtracted_is_said_on_the_sheet(item: Dataset) -> None:
    film = printed([written(masked(run_of_four(), item))])
    assert film.texts[0].count("not subtracted") == film.outcome.placed == 4
    assert {warned.reason for warned in film.outcome.warnings} == {"the mask cannot be applied"}


def test_the_sheet_says_what_is_subtracted() -> None:
    item = mask_item("AVG_SUB", MaskFrameNumbers=[1, 2], ApplicableFrameRange=[3, 4])
    film = printed([written(masked(run_of_four(), item))])
    text = film.texts[0]
    assert (text.count("subtracted"), text.count("not subtracted")) == (4, 2)
    assert not film.outcome.warnings
    assert "subtracted" not in printed([written(angiogram(run_of_four()))]).texts[0]


def test_a_presentation_state_decides_on_the_mask() -> None:
    frames = run_of_four()
    plain = written(masked(frames, mask_item("AVG_SUB", MaskFrameNumbers=[1], ApplicableFrameRange=[3, 4])))
    without = read_state(written(state_of(f"{UID}.61")))
    assert load_frame(read(plain), 3, None, without).subtraction == "native"
    asking = state_of(f"{UID}.61", MaskSubtractionSequence=[mask_item("AVG_SUB", MaskFrameNumbers=[2])],
                      RecommendedViewingMode="SUB", SoftcopyVOILUTSequence=None)  # fmt: skip
    frame = load_frame(read(written(angiogram(frames))), 3, None, read_state(written(asking)))
    assert (frame.subtraction, frame.window_origin) == ("subtracted", "presentation")
    assert np.array_equal(values_of(frame, asking), frames[3].astype(int) - frames[1])
    assert abs(int(to_picture(frame)[40, 30]) - 128) <= 1  # no difference: the middle of the range
