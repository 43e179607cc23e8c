"""Case 73: display order by position along the normal; what is odd is reported, nothing is lost."""

from __future__ import annotations

import random
from dataclasses import replace
from math import cos, radians, sin
from pathlib import Path

import numpy as np
import pytest

from kiosk.domain.sheets.film import Scale, Spacing
from kiosk.imaging.dicom.facts import Geometry, facts, is_scout
from kiosk.imaging.dicom.order import SeriesFrame, order
from kiosk.imaging.dicom.reading import read
from tests.corpus import SHARED
from tests.making import made

FACTS = read(made(np.zeros((2, 2), np.uint8), "CT")).facts


def stack(
    depths: list[float], tilt: float = 0.0, thickness: list[float] | None = None, first: int = 1
) -> list[SeriesFrame]:
    """Axial slices; with a tilted gantry the table still moves along z."""
    angle = radians(tilt)
    orientation = (1.0, 0.0, 0.0, 0.0, cos(angle), -sin(angle))
    return [
        SeriesFrame(
            replace(FACTS, instance_number=first + index),
            Geometry((0.0, 0.0, depth), orientation, thickness=(thickness or [5.0] * len(depths))[index]),
        )
        for index, depth in enumerate(depths)
    ]


def shuffled(candidates: list[SeriesFrame]) -> list[SeriesFrame]:
    """The same in arrival order."""
    mixed = list(candidates)
    random.Random(4).shuffle(mixed)
    return mixed


def shown(candidates: list[SeriesFrame]) -> list[float]:
    """Depths in display order; every frame exactly once."""
    result = order(candidates)
    assert sorted(result.images + result.scouts) == list(range(len(candidates)))
    return [candidates[index].geometry.position[2] for index in result.images if candidates[index].geometry.position]


@pytest.mark.parametrize("tilt", [0.0, 18.5, -12.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_case_73_sorted_along_the_normal(tilt: float, sign: float) -> None:
    depths = [sign * 5.0 * index for index in range(12)]
    candidates = shuffled(stack(depths, tilt))
    assert shown(candidates) == depths
    assert order(candidates).tilt == pytest.approx(abs(tilt), abs=0.1)
    assert order(candidates).gaps == order(candidates).duplicates == ()


def test_case_73_wrong_instance_numbers_do_not_matter() -> None:
    candidates = stack([0, 5, 10, 15, 20, 25])
    swapped = [replace(item, facts=replace(item.facts, instance_number=number))
               for item, number in zip(candidates, (1, 2, 4, 3, 5, 6), strict=True)]  # fmt: skip
    assert shown(shuffled(swapped)) == [0, 5, 10, 15, 20, 25]


def test_case_73_mixed_thickness_is_no_gap_but_a_missing_slice_is() -> None:
    depths = [0.0, 4.0, 8.0, 12.0, 17.5, 24.5, 31.5, 38.5]
    thickness = [4.0] * 4 + [7.0] * 4
    whole = order(stack(depths, thickness=thickness))
    assert whole.thicknesses == (4.0, 7.0) and whole.gaps == ()
    assert whole.remarks == (("note_thicknesses", "4/7"),)
    broken = order(stack(depths[:2] + depths[3:], thickness=thickness[:2] + thickness[3:]))
    assert [(gap.distance, gap.expected) for gap in broken.gaps] == [(8.0, pytest.approx(4.0))]


def test_case_73_equal_positions_are_reported_and_both_kept() -> None:
    candidates = stack([0, 5, 10, 10, 15, 20])
    assert shown(candidates) == [0, 5, 10, 10, 15, 20]
    assert order(candidates).duplicates == ((2, 3),)


def test_case_73_duplicate_instance_numbers_without_geometry() -> None:
    items = [SeriesFrame(replace(FACTS, instance_number=number), Geometry()) for number in (3, 1, 2, 2)]
    assert order(items).images == (1, 2, 3, 0)
    assert order(items).duplicates == ((2, 3),)


def test_case_73_scouts_are_apart_unless_there_is_nothing_else() -> None:
    scout = SeriesFrame(replace(FACTS, instance_number=0, is_scout=True), Geometry((0, 0, 0), (0, 1, 0, 0, 0, -1)))
    candidates = [scout, *stack([0, 5, 10])]
    assert (order(candidates).images, order(candidates).scouts) == ((1, 2, 3), (0,))
    assert (order([scout]).images, order([scout]).scouts) == ((0,), ())


def test_dynamic_series_is_shown_phase_by_phase() -> None:
    candidates = stack([0, 5, 10, 0, 5, 10, 0, 5, 10])
    result = order(shuffled(candidates))
    assert result.phases == 3 and result.duplicates == ()
    assert shown(shuffled(candidates)) == [0, 5, 10] * 3


def test_three_planes_are_three_stacks() -> None:
    sagittal = [
        SeriesFrame(replace(FACTS, instance_number=10 + i), Geometry((5.0 * i, 0, 0), (0, 1, 0, 0, 0, -1)))
        for i in range(3)
    ]
    result = order([*stack([0, 5, 10]), *sagittal])
    assert result.stacks == 2 and result.images == (0, 1, 2, 3, 4, 5)


def test_nothing_and_no_numbers() -> None:
    assert order([]).images == ()
    nameless = SeriesFrame(replace(FACTS, instance_number=None), Geometry())
    assert order([nameless, nameless]).images == (0, 1)


@pytest.mark.parametrize(("values", "modality", "scout"), [
    (("ORIGINAL", "PRIMARY", "LOCALIZER"), "CT", True), (("ORIGINAL", "PRIMARY", "AXIAL"), "CT", False),
    (("DERIVED", "SECONDARY", "SCOUT"), "CT", True), (("ORIGINAL", "PRIMARY", "M", "LOCALIZER"), "MR", True),
    ((), "CT", False),
])  # fmt: skip
def test_what_counts_as_a_scout(values: tuple[str, ...], modality: str, scout: bool) -> None:
    assert is_scout(values, modality) == scout


def tilted_head() -> list[bytes | Path]:
    """28 files: a gantry tilted by 18.5 degrees, twelve slices of 4 mm and sixteen of 7."""
    angle, files, z = radians(18.5), [], 0.0
    orientation = [1, 0, 0, 0, round(cos(angle), 7), round(-sin(angle), 7)]
    for number in range(1, 29):
        thickness = 4.0 if number <= 12 else 7.0
        attributes = {"InstanceNumber": number, "SliceThickness": thickness, "ImageOrientationPatient": orientation}
        attributes["ImagePositionPatient"] = [-125, -123.5, round(z, 4)]
        files.append(made(np.zeros((2, 2), np.uint8), "CT", **attributes))
        z += (thickness if number != 12 else 5.5) / cos(angle)
    return list(files)


REAL = [path for path in (SHARED / "series" / "ct_ge_28",) if path.is_dir()]
HEADS = [tilted_head(), *(sorted(folder.glob("*.dcm")) for folder in REAL)]


@pytest.mark.parametrize("files", HEADS, ids=["made", "real"][: len(HEADS)])
def test_case_73_tilted_head_with_two_thicknesses(files: list[bytes | Path]) -> None:
    candidates = shuffled([SeriesFrame(item.facts, item.geometry()) for item in map(read, files)])
    result = order(candidates)
    assert [candidates[index].facts.instance_number for index in result.images] == list(range(1, 29))
    assert result.tilt == pytest.approx(18.5, abs=0.05)
    assert result.thicknesses == (4.0, 7.0) and not result.gaps and not result.duplicates


def test_facts_of_an_empty_header_are_empty() -> None:
    nothing = facts(read(made(np.zeros((2, 2), np.uint8), "CT", PatientName=None, PatientID=None)).header)
    assert nothing.patient_name.text == nothing.patient_id == nothing.study_date == ""
    assert nothing.spacing is None


@pytest.mark.parametrize(("attributes", "spacing"), [
    ({"PixelSpacing": [0.5, 0.4]}, Spacing(0.5, 0.4, Scale.UNKNOWN)),
    ({"PixelSpacing": [0.5, 0.4], "Modality": "CT"}, Spacing(0.5, 0.4, Scale.CALIBRATED)),
    ({"ImagerPixelSpacing": [0.14, 0.14]}, Spacing(0.14, 0.14, Scale.DETECTOR)),
    ({"NominalScannedPixelSpacing": [0.14, 0.14]}, Spacing(0.14, 0.14, Scale.DETECTOR)),
    ({"ImagerPixelSpacing": [0.14, 0.14], "PixelSpacing": [0.14, 0.14]}, Spacing(0.14, 0.14, Scale.DETECTOR)),
    ({"ImagerPixelSpacing": [0.14, 0.14], "PixelSpacing": [0.13, 0.13]}, Spacing(0.13, 0.13, Scale.CALIBRATED)),
    ({"ImagerPixelSpacing": [0.14, 0.14], "PixelSpacing": [0.14, 0.14], "PixelSpacingCalibrationType": "FIDUCIAL"},
     Spacing(0.14, 0.14, Scale.CALIBRATED)),
    ({"PixelSpacing": [0, 0]}, None),
    ({}, None),
])  # fmt: skip
def test_case_72_spacing_and_where_it_holds(attributes: dict[str, object], spacing: Spacing | None) -> None:
    found = read(made(np.zeros((4, 4), np.uint8), "DX", **attributes))
    assert found.facts.spacing == found.geometry().spacing == spacing


def test_pixels_that_are_not_square() -> None:
    assert read(made(np.zeros((4, 4), np.uint8), "OT", PixelAspectRatio=[4, 3])).facts.pixel_aspect == pytest.approx(
        4 / 3
    )
    assert read(made(np.zeros((4, 4), np.uint8), "OT", PixelSpacing=[1.0, 0.5])).facts.pixel_aspect == 2.0
