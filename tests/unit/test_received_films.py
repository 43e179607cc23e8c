"""What a modality's film says of its exam, and that it stands in for the composed one."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import numpy as np
import pytest
import zxingcpp

from kiosk.adapters.symbols.zxing import ZxingDecoder
from kiosk.config import FilmSettings, ReportSettings
from kiosk.domain.exam import Exam
from kiosk.domain.waiting.inbox import InboxItem
from kiosk.gateway.films.matching import SYMBOLOGIES, FilmTaker
from kiosk.gateway.films.sheet import BadFilmError, FilmBox, FilmGrid, grid_of, joined, numbers_of
from kiosk.services.machine.lanes import Cancelled
from kiosk.services.printing.documents import Documents, PaperHead
from tests.support.paper import PaperArchive, exam

PATTERNS = (r"(?P<accession>CT\d{8})", r"PID (?P<patient>\w+)")


def box(*images: np.ndarray, grid: FilmGrid | None = None, label: str = "") -> FilmBox:
    numbered = dict(enumerate(images, start=1))
    return FilmBox(grid or FilmGrid(1, 1), False, "14INX17IN", numbered, [("FilmSessionLabel", label)])


def test_attributes_count_before_patterns_and_the_first_before_the_second() -> None:
    words = [("FilmSessionLabel", "CT20261124 PID P77"), ("AccessionNumber", "A1"), ("", "CT00000000")]
    found = numbers_of(words, PATTERNS)
    assert (found.accession, found.patient_id, found.study_uid) == ("A1", "P77", "")
    assert numbers_of(words[:1], PATTERNS).accession == "CT20261124"
    assert numbers_of([("FilmSessionLabel", "王秀英")], PATTERNS) == numbers_of([], PATTERNS), "a name says nothing"


def test_images_lie_side_by_side_unchanged_and_what_is_missing_is_black() -> None:
    first, third = np.full((2, 4), 9, np.uint16), np.full((4, 2), 7, np.uint16)
    film = FilmBox(FilmGrid(2, 2), False, "", {1: first, 3: third})
    sheet = joined(film)
    assert sheet.shape == (8, 8) and (sheet[1:3, 0:4] == 9).all() and (sheet[4:8, 1:3] == 7).all()
    assert int(sheet.sum()) == 9 * 8 + 7 * 8
    with pytest.raises(BadFilmError):
        joined(FilmBox(FilmGrid(1, 1), False, ""))


@pytest.mark.parametrize("wanted", ["ROW\\2", "STANDARD\\0,1", "STANDARD\\99,99", "SLIDE", ""])
def test_other_formats_are_refused(wanted: str) -> None:
    with pytest.raises(BadFilmError):
        grid_of(wanted)
    assert grid_of("standard\\3,4") == FilmGrid(3, 4)


def test_a_bar_code_burnt_into_the_film_says_whose_it_is() -> None:
    barcode = zxingcpp.create_barcode("CT20261124", zxingcpp.BarcodeFormat.Code128)
    drawn = np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=3, add_quiet_zones=True), np.uint16) << 8
    film = np.zeros((900, 1200), np.uint16)
    film[40 : 40 + drawn.shape[0], 60 : 60 + drawn.shape[1]] = drawn
    kept: list[InboxItem] = []

    def keep(item: InboxItem) -> bool:
        kept.append(item)
        return True

    FilmTaker(keep, PATTERNS, UTC, ZxingDecoder(SYMBOLOGIES)).take("CT1", box(film, label="routine"))
    FilmTaker(keep, PATTERNS, UTC).take("CT1", box(film, label="routine"))
    assert [item.accession for item in kept] == ["CT20261124", ""]
    assert kept[0].message == kept[1].message and kept[0].identity.patient_id == ""


def told(ready: int, total: int) -> None:
    """Nobody listens."""


class Received:
    """Films of one exam only."""

    def film(self, exam: Exam, media: str, out: Path) -> int:
        if exam.accession != "A0001":
            return 0
        out.write_bytes(b"%PDF")
        return 3


def test_a_received_film_stands_in_for_the_composed_one(tmp_path: Path) -> None:
    asked: list[str] = []

    class Renderer:
        def film(self, untrusted: object, one: Exam, *_: object) -> object:
            asked.append(one.accession)
            raise NotImplementedError

    archive = PaperArchive([])
    settings = ReportSettings(), FilmSettings()
    documents = Documents(archive, None, Renderer(), *settings, PaperHead("H", "zh"), Received())  # type: ignore[arg-type]
    made, outcome = documents.film(exam(), "S1", "", tmp_path, told, Cancelled())
    assert (made.pages, outcome.sheets, asked, made.path.name) == (3, 3, [], "S1.pdf")
    with pytest.raises(NotImplementedError):
        documents.film(exam(accession="A0002", number=2), "S2", "", tmp_path, told, Cancelled())
    assert asked == ["A0002"]
