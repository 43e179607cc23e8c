"""Which picture goes where, and that every one is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import MEDIA, parse_grid
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.film.gather import Shelf, gather
from kiosk.imaging.film.plan import FilmPlan, plan
from kiosk.imaging.film.protocols import FilmProtocol, load_protocols, parse_protocol, protocol_for, protocol_named
from kiosk.imaging.film.spec import FilmSpec
from kiosk.imaging.pixels.directions import Plane, Sides, cut_line, direction_letters, sides_of
from tests.films import UID, ct, dr, key_object


def _protocol(**values: Any) -> FilmProtocol:
    return parse_protocol({"name": "test", "grids": ["2x2"], **values}, "test.toml")


def _planned(sources: list[bytes], **values: Any) -> FilmPlan:
    found = gather(Shelf(sources, Limits()), range(len(sources)))
    keys = frozenset(found.companions.selected)
    return plan(found.pictures, FilmSpec(protocol=_protocol(**values)), found.skipped, keys)


def _numbers(made: FilmPlan) -> list[list[int | None]]:
    return [[item.picture.facts.instance_number for item in sheet.placements] for sheet in made.sheets]


def test_case_73_slices_are_ordered_by_position_scouts_first() -> None:
    scout = ct(9, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], ImageOrientationPatient=[1, 0, 0, 0, 0, -1])
    made = _planned([ct(3), ct(1), scout, ct(2)])
    assert _numbers(made) == [[9, 1, 2, 3]]


def test_case_73_a_gap_is_marked_and_told() -> None:
    positions = {1: 5.0, 2: 10.0, 3: 15.0, 4: 20.0, 5: 40.0, 6: 45.0}
    made = _planned([ct(number, position=place) for number, place in positions.items()], grids=["3x3"])
    assert [item.after_gap for item in made.sheets[0].placements] == [False, False, False, False, True, False]
    assert any("gap" in note for note in made.sheets[0].notes)


@pytest.mark.parametrize(
    ("values", "numbers", "left_out", "reason"),
    [
        ({"every": 2}, [[1, 3, 5]], 3, "1 of every 2"),
        ({"at_most": 2}, [[1, 4]], 4, "at most 2"),
        ({"series_shorter_than": 0}, [[1, 2, 3, 4], [5, 6]], 0, ""),
    ],
)
def test_what_the_protocol_leaves_out_is_counted_and_told(
    values: Mapping[str, Any], numbers: list[list[int]], left_out: int, reason: str
) -> None:
    made = _planned([ct(number) for number in range(1, 7)], **values)
    assert (_numbers(made), made.left_out) == (numbers, left_out)
    assert bool(reason) == bool(made.sheets[0].notes)
    assert all(reason in note for note in made.sheets[0].notes)


def test_short_series_and_localisers_can_be_left_out() -> None:
    scout = ct(8, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    sources = [ct(1), ct(2), ct(3), scout, ct(1, series=5)]
    made = _planned(sources, series_shorter_than=2, localisers="leave-out")
    assert (_numbers(made), made.left_out) == ([[1, 2, 3]], 2)


def test_key_images_come_first_or_alone() -> None:
    sources = [*(ct(number) for number in range(1, 7)), key_object([f"{UID}.1.4"])]
    assert _numbers(_planned(sources)) == [[4, 1, 2, 3], [5, 6]]
    assert _numbers(_planned(sources, at_most=2)) == [[4, 1]]
    only = _planned(sources, key_images="only")
    assert (_numbers(only), only.left_out) == ([[4]], 5)
    assert _numbers(_planned(sources, key_images="ignore")) == [[1, 2, 3, 4], [5, 6]]


def test_patients_and_studies_never_meet_on_a_sheet() -> None:
    sources = [
        ct(1), ct(2, PatientID="OTHER"), ct(3), ct(4, StudyInstanceUID=f"{UID}.5"), ct(5, PatientName="Else^Who"),
        ct(6, StudyInstanceUID="", SeriesInstanceUID=""), ct(7, StudyInstanceUID="", SeriesInstanceUID=""),
    ]  # fmt: skip
    made = _planned(sources)
    assert sorted(_numbers(made)) == [[1, 3], [2], [4], [5], [6], [7]]
    assert all((sheet.number, sheet.total) == (1, 1) for sheet in made.sheets)


def test_series_begin_new_sheets_where_the_protocol_says_so() -> None:
    sources = [ct(1, series=7), ct(1), ct(2)]
    assert _numbers(_planned(sources, sheet_per_series=True)) == [[1, 2], [1]]
    assert len(_planned(sources).sheets) == 1


def test_the_smallest_grid_that_holds_all_is_taken() -> None:
    grids = _protocol(grids=["3x3", "1x1", "2x2"])
    assert [grids.grid_for(count).tiles for count in (1, 2, 4, 5, 30)] == [1, 4, 4, 9, 9]


def test_layout_and_media_of_the_command_win() -> None:
    found = gather(Shelf([ct(1)], Limits()), [0])
    sheet = plan(found.pictures, FilmSpec(grid=parse_grid("3x2"), media=MEDIA["A4"])).sheets[0]
    assert (len(sheet.layout.cells), sheet.media.name) == (6, "A4")


def test_a_wide_picture_turns_the_sheet_and_a_narrow_one_does_not() -> None:
    found = gather(Shelf([dr(200, 300), dr(300, 200, StudyInstanceUID="1.2.3")], Limits()), [0, 1])
    made = plan(found.pictures, FilmSpec())
    assert [sheet.landscape for sheet in made.sheets] == [True, False]


def test_what_cannot_be_read_is_told_on_the_sheets_but_not_what_is_no_image() -> None:
    found = gather(Shelf([ct(1), b"no DICOM at all, just text", key_object([])], Limits()), range(3))
    assert [item.code for item in found.skipped] == [FaultCode.OBJECT_UNREADABLE, FaultCode.NOTHING_TO_SHOW]
    notes = plan(found.pictures, FilmSpec(), found.skipped).sheets[0].notes
    assert notes == ("1 cannot be shown: not a DICOM object",)


def test_the_built_in_protocols_fit_their_modalities() -> None:
    known = load_protocols()
    modalities = ("CT", "MR", "DX", "CR", "MG", "US", "XA")
    chosen = {modality: protocol_for(known, modality, "").name for modality in modalities}
    assert chosen == {"CT": "ct", "MR": "mr", "DX": "dr", "CR": "dr", "MG": "mg", "US": "us", "XA": "xa"}
    assert protocol_for(known, "CT", "HEAD").name == "ct-head"
    assert protocol_for(known, "", "").name == protocol_for(known, "SR", "CHEST").name == "other"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"media": "A7"}, "unknown media"),
        ({"grids": ["4by5"]}, "COLUMNSxROWS"),
        ({"grids": []}, "at least one"),
        ({"every": 0}, "every must be at least 1"),
        ({"order": "random"}, "order must be one of"),
        ({"true_size": "yes"}, "true_size must be of type bool"),
        ({"annotations": ["name-in-clear"]}, "known are"),
        ({"grid": "1x1"}, "unknown key 'grid'"),
        ({"name": ""}, "no name"),
    ],
)
def test_a_wrong_protocol_is_refused_by_file_and_key(values: Mapping[str, Any], told: str) -> None:
    with pytest.raises(KioskError, match=told) as caught:
        _protocol(**values)
    assert caught.value.code is FaultCode.CONFIG_INVALID
    assert "test.toml" in caught.value.detail


def test_an_unknown_protocol_is_refused_with_the_known_names() -> None:
    with pytest.raises(KioskError, match="ct, ct-head, dr"):
        protocol_named(load_protocols(), "nose")


@pytest.mark.parametrize(
    ("vector", "letters"),
    [((1, 0, 0), "L"), ((-1, 0, 0), "R"), ((0, 0, 1), "H"), ((0.8, -0.6, 0), "LA"), ((0.1, 0.99, 0), "P")],
)
def test_directions_have_letters(vector: tuple[float, float, float], letters: str) -> None:
    assert direction_letters(vector) == letters


def test_sides_come_from_geometry_else_from_patient_orientation() -> None:
    assert sides_of((1, 0, 0, 0, 1, 0), ()) == Sides("R", "L", "A", "P")
    assert sides_of(None, ("L", "F")) == Sides("R", "L", "H", "F")
    assert sides_of(None, ("L",)) == sides_of(None, ("X", "7")) == Sides()


def test_turning_and_mirroring_takes_the_letters_along() -> None:
    axial = Sides("R", "L", "A", "P")
    assert axial.turned(1, mirrored=False) == Sides(left="P", right="A", top="R", bottom="L")
    assert axial.turned(0, mirrored=True) == Sides("L", "R", "A", "P")
    assert axial.turned(2, mirrored=True) == Sides("R", "L", "P", "A")


def test_a_slice_cuts_its_scout_where_it_lies() -> None:
    import numpy as np

    coronal = Plane(np.array([0.0, 0.0, 100.0]), np.array([1.0, 0, 0]), np.array([0, 0, -1.0]), 100, 100)
    axial = Plane(np.array([10.0, -50.0, 70.0]), np.array([0.5, 0, 0]), np.array([0, 0.5, 0]), 100, 200)
    line = cut_line(coronal, axial)
    assert line is not None
    assert sorted(line) == [(10.0, 30.0), (60.0, 30.0)]
    assert cut_line(coronal, replace(axial, origin=np.array([10.0, 50.0, 70.0]))) is None
