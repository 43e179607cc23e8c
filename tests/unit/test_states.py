"""Presentation states and shutters: which state rules which frame, what is covered, how large it is printed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from kiosk.domain.sheets.film import Scale
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.dicom.reading import read
from kiosk.imaging.film.gather import Shelf, gather
from kiosk.imaging.pixels.picture import load_frame, to_picture
from kiosk.imaging.pixels.presentation import read_state
from tests.corpus import shared
from tests.films import UID, ct, dr, presentation, printed, referenced, state_of
from tests.making import image, made, phantom, written

XA_STATE = "1.2.840.10008.5.1.4.1.1.11.5"
ADVANCED_BLENDING = "1.2.840.10008.5.1.4.1.1.11.8"


def window(center: int, width: int) -> list[Dataset]:
    """A Softcopy VOI LUT Sequence for all images."""
    item = Dataset()
    item.WindowCenter, item.WindowWidth = center, width
    return [item]


def dated(
    uid: str, day: str, time: str = "", *, frames: tuple[int, ...] = (), center: int = 40, number: int = 1
) -> bytes:
    """A state that was made at some time."""
    return presentation(uid, frames=frames, PresentationCreationDate=day, PresentationCreationTime=time,
                        SoftcopyVOILUTSequence=window(center, 100), SOPInstanceUID=f"{UID}.77.{number}")  # fmt: skip


def test_xa_states_are_known_and_advanced_blending_is_not_taken_for_one() -> None:
    uid = f"{UID}.1.1"
    applied = printed([ct(1), presentation(uid, SOPClassUID=XA_STATE)])
    assert "W 100 C 40" in applied.texts[0]
    other = printed([ct(1), presentation(uid, SOPClassUID=ADVANCED_BLENDING)])
    assert "W 400 C 40" in other.texts[0]


@pytest.mark.parametrize("turned", [False, True])
def test_the_newest_state_wins_and_the_sheet_says_so(turned: bool) -> None:
    uid = f"{UID}.1.1"
    states = [dated(uid, "20260301", "0900", center=10), dated(uid, "20260302", "08", center=20, number=2),
              dated(uid, "20260302", "080000.5", center=30, number=3), dated(uid, "", center=50, number=4)]  # fmt: skip
    film = printed([*(states[::-1] if turned else states), ct(1), ct(2)])
    assert "W 100 C 30" in film.texts[0]
    assert "of 4 presentation states the newest is applied" in film.texts[0]
    assert "presentation states" not in printed([states[0], ct(1)]).texts[0]


def test_a_state_for_one_frame_leaves_the_others_alone() -> None:
    frames = np.stack([phantom("CT", 32, seed=seed) for seed in range(4)])
    source = made(frames, "CT", SOPInstanceUID=f"{UID}.1.1")
    states = [dated(f"{UID}.1.1", "20260301", frames=(2,), center=10),
              dated(f"{UID}.1.1", "20260302", frames=(4,), center=20, number=2)]  # fmt: skip
    film = printed([source, *states])
    shown = [film.texts[0].count(f"W {width} C {center}") for width, center in ((400, 40), (100, 10), (100, 20))]
    assert shown == [2, 1, 1]
    assert "presentation states" not in film.texts[0]


def test_two_items_for_one_image_add_up() -> None:
    state = read_state(written(_with_two_items()))
    assert state.references == {f"{UID}.1.1": (1, 3)}


def _with_two_items() -> Dataset:
    state = state_of(f"{UID}.1.1", (1,))
    other = referenced(f"{UID}.1.1")
    other.ReferencedFrameNumber = 3
    state.ReferencedSeriesSequence[0].ReferencedImageSequence.append(other)
    return state


def bright(**attributes: object) -> Dataset:
    """A plain bright picture of 40 x 60."""
    return image(np.full((40, 60), 200, np.uint8), "OT", SOPInstanceUID=f"{UID}.1.1", **attributes)


def edges(left: int, right: int, upper: int, lower: int) -> dict[str, object]:
    """A rectangular shutter."""
    return {"ShutterShape": "RECTANGULAR", "ShutterLeftVerticalEdge": left, "ShutterRightVerticalEdge": right,
            "ShutterUpperHorizontalEdge": upper, "ShutterLowerHorizontalEdge": lower}  # fmt: skip


def test_the_images_own_shutter_is_applied() -> None:
    picture = to_picture(load_frame(read(written(bright(**edges(11, 50, 6, 30))))))
    assert (picture[5:30, 10:50] == 200).all()
    assert picture.astype(int).sum() == 200 * 25 * 40
    white = to_picture(load_frame(read(written(bright(ShutterPresentationValue=0xFFFF, **edges(11, 50, 6, 30))))))
    assert (white[0] > 200).all()


def test_a_state_without_shutter_lifts_that_of_the_image() -> None:
    source = written(bright(**edges(11, 50, 6, 30)))
    state = read_state(presentation(f"{UID}.1.1", SoftcopyVOILUTSequence=None))
    assert to_picture(load_frame(read(source), 0, None, state)).min() > 100


def bitmap_of(dataset: Dataset) -> Dataset:
    """Overlay group 6004 as a shutter over the left half."""
    plane = np.zeros((40, 60), np.uint8)
    plane[:, :30] = 1
    dataset.ShutterShape, dataset.ShutterOverlayGroup = "BITMAP", 0x6004
    dataset.add_new(0x60040010, "US", 40)
    dataset.add_new(0x60040011, "US", 60)
    dataset.add_new(0x60040040, "CS", "G")
    dataset.add_new(0x60040050, "SS", [1, 1])
    dataset.add_new(0x60040100, "US", 1)
    dataset.add_new(0x60040102, "US", 0)
    dataset.add_new(0x60043000, "OW", np.packbits(plane, bitorder="little").tobytes())
    return dataset


def test_bitmap_shutters_cover_and_are_not_drawn() -> None:
    own = to_picture(load_frame(read(written(bitmap_of(bright())))))
    assert own[:, :30].max() == 0 and (own[:, 30:] == 200).all()
    state = read_state(written(bitmap_of(state_of(f"{UID}.1.1", SoftcopyVOILUTSequence=None))))
    under = to_picture(load_frame(read(written(bright())), 0, None, state))
    assert under[:, :30].max() == 0 and under[:, 30:].min() > 100


@pytest.mark.parametrize("path", shared("film_cases/mg_display_shutter.dcm"), ids=lambda path: path.name)
def test_a_real_image_with_a_shutter_is_shown(path: Path) -> None:
    assert to_picture(load_frame(read(path))).mean() > 5


def true_size(uid: str, spacing: tuple[float, float]) -> bytes:
    """A state that asks for life size by a spacing of its own."""
    area = Dataset()
    area.DisplayedAreaTopLeftHandCorner, area.DisplayedAreaBottomRightHandCorner = [1, 1], [200, 300]
    area.PresentationSizeMode, area.PresentationPixelSpacing = "TRUE SIZE", list(spacing)
    return presentation(uid, DisplayedAreaSelectionSequence=[area], SoftcopyVOILUTSequence=None)


@pytest.mark.parametrize(
    ("own", "presented", "scale", "claim"),
    [
        ({"ImagerPixelSpacing": [0.6, 0.6]}, (0.4, 0.4), Scale.CALIBRATED, "life size, calibrated spacing"),
        ({"ImagerPixelSpacing": [0.6, 0.6]}, (0.6, 0.6), Scale.DETECTOR, "not life size: detector spacing only"),
        ({"PixelSpacing": [0.5, 0.5]}, (0.4, 0.4), Scale.CALIBRATED, "life size, calibrated spacing"),
    ],
)
def test_true_size_goes_by_presentation_pixel_spacing(
    own: dict[str, object], presented: tuple[float, float], scale: Scale, claim: str
) -> None:
    sources = [dr(SOPInstanceUID=f"{UID}.1.1", **own), true_size(f"{UID}.1.1", presented)]
    picture = gather(Shelf(sources, Limits()), range(2)).pictures[0]
    assert picture.spacing is not None
    assert (picture.spacing.row, picture.spacing.scale) == (presented[0], scale)
    film = printed(sources)
    assert claim in film.texts[0] and "Zoom 1.00" in film.texts[0]
