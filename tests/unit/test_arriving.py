"""Films of what is still arriving: the same sheets as from everything at once, as early as they can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO

import numpy as np
import pytest

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import parse_grid
from kiosk.imaging.film.arriving import ExpectedSeries, compose_arriving
from kiosk.imaging.film.gather import Shelf
from kiosk.imaging.film.making import SheetDone
from kiosk.imaging.film.spec import FilmSpec, FilmTally
from kiosk.imaging.pdf import fonts
from kiosk.imaging.pdf.writer import PdfWriter
from tests.films import UID, Printed, ct, key_object, presentation, printed
from tests.making import made, phantom

SPEC = FilmSpec(dpi=60, grid=parse_grid("1x3"))


def series(images: int, number: int = 1, modality: str = "CT") -> ExpectedSeries:
    """What the archive says of a series that `ct` makes."""
    return ExpectedSeries(f"{UID}.{number}", modality, number, images)


class Arrival:
    """Objects that come one by one; notes how many had come when each sheet was made."""

    def __init__(self, objects: Sequence[bytes], expected: Sequence[ExpectedSeries], spec: FilmSpec = SPEC) -> None:
        self.came, self.when = 0, list[int]()
        self.stream, book = BytesIO(), fonts.discover()
        pdf = PdfWriter(self.stream, book)
        reader = Shelf(objects, spec.limits)
        self.outcome = compose_arriving(self._places(len(objects)), expected, reader, spec, pdf, book,
                                        on_sheet=self._note)  # fmt: skip
        pdf.close()

    def _places(self, count: int) -> Iterator[int]:
        for place in range(count):
            self.came = place + 1
            yield place

    def _note(self, _: SheetDone) -> None:
        self.when.append(self.came)

    @property
    def film(self) -> Printed:
        """What was printed."""
        assert self.outcome is not None
        return Printed(self.outcome, self.stream.getvalue())


def same(one: Printed, other: Printed) -> bool:
    """The same answer, words and pixels."""
    pages = range(one.outcome.sheets)
    return (
        one.outcome == other.outcome
        and one.texts == other.texts
        and all(np.array_equal(one.picture(page, 40), other.picture(page, 40)) for page in pages)
    )


def plain(number: int, size: int = 64, **attributes: object) -> bytes:
    """An MR slice without a window; the higher the number the brighter."""
    values = {
        "InstanceNumber": number, "SOPInstanceUID": f"{UID}.1.{number}", "StudyInstanceUID": f"{UID}.2",
        "SeriesInstanceUID": f"{UID}.1", "SeriesNumber": 1, "ImagePositionPatient": [0, 0, 5.0 * number],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "PixelSpacing": [0.7, 0.7], "SliceThickness": 5,
        "WindowCenter": None, "WindowWidth": None,
    }  # fmt: skip
    samples = (np.arange(size * size, dtype=np.uint16).reshape(size, size) % 1000) * (number + 1)
    return made(samples, "MR", **{**values, **attributes})


def test_a_series_is_printed_sheet_by_sheet_as_it_arrives() -> None:
    objects = [ct(number) for number in range(1, 8)]
    arrival = Arrival(objects, [series(7)])
    assert (arrival.outcome, arrival.when) == (printed(objects, SPEC).outcome, [3, 6, 7])
    assert "Sheet 2 of 3" in arrival.film.texts[1] and same(arrival.film, printed(objects, SPEC))


def test_several_series_follow_each_other_on_sheets_of_their_own() -> None:
    objects = [ct(n) for n in range(1, 5)] + [ct(n, series=2) for n in range(1, 6)]
    arrival = Arrival(objects, [series(4), series(5, 2)])
    assert arrival.when == [3, 4, 7, 9] and same(arrival.film, printed(objects, SPEC))


def scout(number: int) -> bytes:
    """A localizer in the series."""
    return ct(number, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], ImageOrientationPatient=[1, 0, 0, 0, 0, -1])


STACK = [ct(number) for number in range(1, 8)]
UNEXPECTED = {
    "in another order": STACK[::-2] + STACK[1::2],
    "with a scout at the end": [*STACK[:-1], scout(9)],
    "with a gap": [ct(n, position=5.0 * n + 40 * (n > 5)) for n in range(1, 8)],
    "with a place twice": [ct(n, position=5.0 * min(n, 6)) for n in range(1, 8)],
    "with a file that is none": [*STACK[:6], b"no DICOM at all, just text"],
    "one more than told": [*STACK, ct(8)],
    "one less than told": STACK[:6],
    "with a series nobody told of": [*STACK[:6], ct(7, series=4)],
}


@pytest.mark.parametrize("objects", UNEXPECTED.values(), ids=UNEXPECTED)
def test_what_was_not_foreseen_never_makes_a_wrong_sheet(objects: list[bytes]) -> None:
    arrival = Arrival(objects, [series(7)])
    assert arrival.outcome is None or same(arrival.film, printed(objects, SPEC))


def test_a_multi_frame_object_waits_for_all_and_is_printed_whole() -> None:
    frames = np.stack([phantom("US", 48, seed=seed) for seed in range(4)])
    objects = [made(frames, "US", NumberOfFrames=4, SeriesInstanceUID=f"{UID}.1", StudyInstanceUID=f"{UID}.2")]
    arrival = Arrival(objects, [series(1, modality="US")])
    assert arrival.film.outcome.placed == 4 and same(arrival.film, printed(objects, SPEC))


def test_key_objects_and_presentation_states_that_come_first_are_applied() -> None:
    keys = [key_object([f"{UID}.1.5"]), *STACK]
    selected = Arrival(keys, [series(7)])
    assert "Im 5" in selected.film.texts[0] and same(selected.film, printed(keys, SPEC))
    turned = [presentation(f"{UID}.1.2", rotation=90, text="ARROW"), *STACK]
    arrival = Arrival(turned, [series(7)])
    assert arrival.when[0] == 4 and "ARROW" in arrival.film.texts[0]
    assert same(arrival.film, printed(turned, SPEC))


def test_a_presentation_state_that_comes_last_makes_it_start_again() -> None:
    assert Arrival([*STACK, presentation(f"{UID}.1.2", rotation=90)], [series(7)]).outcome is None


def test_a_series_without_windows_waits_for_its_end_and_is_shown_by_one() -> None:
    objects = [plain(number) for number in range(1, 8)]
    arrival = Arrival(objects, [series(7, modality="MR")])
    assert arrival.when[0] == 7 and same(arrival.film, printed(objects, SPEC))
    windows = {line for text in arrival.film.texts for line in text.splitlines() if line.startswith("W ")}
    assert len(windows) == 1 and windows.pop().endswith("auto")
    alone = printed([plain(1, SeriesInstanceUID=f"{UID}.31"), plain(2, SeriesInstanceUID=f"{UID}.32")], SPEC)
    assert len({line for text in alone.texts for line in text.splitlines() if line.startswith("W ")}) == 2


def test_case_15_an_arriving_image_of_another_patient_stops_the_film() -> None:
    with pytest.raises(KioskError) as caught:
        Arrival([ct(1), ct(2, PatientID="OTHER")], [series(2)])
    assert caught.value.code is FaultCode.WRONG_PATIENT


def test_nothing_arrived_makes_no_sheet() -> None:
    assert Arrival([], [series(2)]).outcome == FilmTally(0, 0, 0, (), False)
