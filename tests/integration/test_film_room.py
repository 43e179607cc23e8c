"""The visit's film: objects that arrive through the real workers, progress, cancelling, and the study's companions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pydicom
import pypdfium2 as pdfium
import pytest

from kiosk.adapters.archive.dicom_records import ReportReading
from kiosk.adapters.archive.folder import FolderArchive
from kiosk.adapters.documents import film_room as filmroom
from kiosk.adapters.documents.film_room import FilmRoom
from kiosk.adapters.documents.workshop import WorkshopRenderer, film_spec
from kiosk.adapters.ris.archive_reports import ArchiveReports
from kiosk.adapters.sandbox import Workers
from kiosk.config import FilmSettings, Hospital, ReportSettings
from kiosk.domain.exam import Exam, SeriesInfo
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import IdentityFacts
from kiosk.ports.archive import StudyQuery
from kiosk.ports.rendering import FilmOrder
from kiosk.services.machine.lanes import Cancelled
from kiosk.services.printing.documents import Documents, PaperHead
from tests.films import UID, ct, key_object, presentation

ORDER = FilmOrder("F1", "Hospital", "14INX17IN", dpi=60)
SIZE = 40


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(2) as made:
        yield made


def exam(*counts: int) -> Exam:
    """The exam of `ct`, with so many images in its series."""
    series = tuple(SeriesInfo(f"{UID}.{n}", "CT", "", n, count) for n, count in enumerate(counts, start=1))
    return Exam(f"{UID}.2", "A1", IdentityFacts("T-1", "Phantom Test"), "CT", "", "", None, series)


def left(folder: Path) -> list[str]:
    """What lies in the visit's folder."""
    return sorted(path.name for path in folder.iterdir())


def test_sheets_are_made_and_progress_counts_images_while_others_arrive(workers: Workers, tmp_path: Path) -> None:
    sheets, seen = threading.Event(), list[tuple[int, int]]()

    def arriving() -> Iterator[bytes]:
        for number in range(1, 61):
            if number == 40:
                assert sheets.wait(30)  # the first sheet is there though twenty images are not
            yield ct(number, size=SIZE)

    room = FilmRoom(workers, film_spec(ORDER), exam(60), lambda *now: seen.append(now), on_sheet=lambda _: sheets.set())
    made = filmroom.make(room, enumerate(arriving()), tmp_path / "f.pdf")
    assert (made.sheets, made.placed, made.skipped) == (2, 60, ()) and left(tmp_path) == ["f.pdf"]
    assert seen == sorted(seen) and seen[-1] == (60, 60) and len(seen) > 30


def test_case_15_a_withheld_image_is_one_that_cannot_be_shown(workers: Workers, tmp_path: Path) -> None:
    """What the archive kept back as somebody else's; the others are on the film."""
    arriving = enumerate(b"" if number == 3 else ct(number, size=SIZE) for number in range(1, 7))
    made = filmroom.make(FilmRoom(workers, film_spec(ORDER), exam(6), lambda *_: None), arriving, tmp_path / "f.pdf")
    assert (made.sheets, made.placed, len(made.skipped)) == (1, 5, 1)


@pytest.mark.parametrize("silent", [False, True], ids=["while images arrive", "while the archive is silent"])
def test_a_cancelled_film_ends_and_leaves_nothing(workers: Workers, tmp_path: Path, silent: bool) -> None:
    cancelled, release = threading.Event(), threading.Event()

    def arriving() -> Iterator[bytes]:
        for number in range(1, 601):
            if number == 35:
                cancelled.set()
                if silent:
                    release.wait(60)
            yield ct(number, size=SIZE)

    room = FilmRoom(workers, film_spec(ORDER), exam(600), lambda *_: None, cancelled.is_set)
    with pytest.raises(KioskError) as caught:
        filmroom.make(room, enumerate(arriving()), tmp_path / "f.pdf")
    assert not release.is_set()  # it did not wait for the archive
    release.set()
    assert caught.value.code is FaultCode.CANCELLED and left(tmp_path) == []


def test_case_15_another_patients_image_among_those_that_arrive_ends_the_film(workers: Workers, tmp_path: Path) -> None:
    objects = [*(ct(number, size=SIZE) for number in range(1, 40)), ct(40, size=SIZE, PatientID="OTHER")]
    room = FilmRoom(workers, film_spec(ORDER), exam(60), lambda *_: None)
    with pytest.raises(KioskError) as caught:
        filmroom.make(room, enumerate(objects), tmp_path / "f.pdf")
    assert caught.value.code is FaultCode.WRONG_PATIENT and left(tmp_path) == []


def test_images_in_any_order_make_the_same_film_and_progress_counts_them(workers: Workers, tmp_path: Path) -> None:
    """They lie in places of two series; one that never comes costs nothing but its place."""
    objects = [*(ct(number, size=SIZE) for number in range(1, 41)), *(ct(n, series=2, size=SIZE) for n in range(1, 6))]
    seen, films = list[tuple[int, int]](), list[bytes]()
    for step in (1, 44, 7):
        room = FilmRoom(workers, film_spec(ORDER), exam(40, 5), lambda *now: seen.append(now))
        arriving = ((n * step % 45, objects[n * step % 45]) for n in range(45) if n * step % 45 != 12)
        made = filmroom.make(room, arriving, tmp_path / f"{step}.pdf")
        assert (made.sheets, made.placed, made.skipped) == (3, 44, ())
        films.append(pictures(tmp_path / f"{step}.pdf"))
        assert seen == sorted(seen) and len(seen) > 20
        seen.clear()
    assert films[0] == films[1] == films[2]


def test_the_first_sheets_do_not_wait_for_a_later_series_that_comes_first(workers: Workers, tmp_path: Path) -> None:
    sheet = threading.Event()

    def arriving() -> Iterator[tuple[int, bytes]]:
        yield from ((30 + n, ct(n + 1, series=2, size=SIZE)) for n in range(3))
        yield from ((n, ct(n + 1, size=SIZE)) for n in reversed(range(30)))
        assert sheet.wait(60)
        yield from ((33 + n, ct(n + 4, series=2, size=SIZE)) for n in range(3))

    room = FilmRoom(workers, film_spec(ORDER), exam(30, 6), lambda *_: None, on_sheet=lambda _: sheet.set())
    made = filmroom.make(room, arriving(), tmp_path / "f.pdf")
    assert (made.sheets, made.placed) == (2, 36)


def pictures(path: Path) -> bytes:
    """What all pages look like."""
    pages = pdfium.PdfDocument(path)
    return b"".join(pages[n].render(scale=0.3).to_numpy().tobytes() for n in range(len(pages)))


def test_what_was_foreseen_wrongly_is_made_again(workers: Workers, tmp_path: Path) -> None:
    turned = [*(ct(number, size=SIZE) for number in range(1, 60)), ct(60, size=SIZE, position=12.5)]
    sheets: list[int] = []
    room = FilmRoom(workers, film_spec(ORDER), exam(60), lambda *_: None,
                    on_sheet=lambda done: sheets.append(done.number))  # fmt: skip
    made = filmroom.make(room, enumerate(turned), tmp_path / "f.pdf")
    assert sheets == [1, 1, 2] and (made.sheets, made.placed) == (2, 60)
    assert len(pdfium.PdfDocument(tmp_path / "f.pdf")) == 2


def test_states_and_key_objects_of_the_study_are_fetched_and_applied(tmp_path: Path) -> None:
    study = tmp_path / "archive"
    study.mkdir()
    objects = [*(ct(number, size=SIZE) for number in range(1, 7)), presentation(f"{UID}.1.2", text="ARROW"),
               key_object([f"{UID}.1.5"])]  # fmt: skip
    for number, data in enumerate(objects):
        (study / f"{number}.dcm").write_bytes(with_series(data, number) if number > 5 else data)
    archive = FolderArchive(study, ReportReading(ZoneInfo("Asia/Shanghai")))
    (found,) = archive.exams(StudyQuery(study_uid=f"{UID}.2"))
    assert [series.modality for series in found.companions] == ["PR", "KO"] and found.images == 6
    renderer = WorkshopRenderer(Hospital(), ReportSettings())
    try:
        head = PaperHead("H", "zh")
        documents = Documents(archive, ArchiveReports(archive), renderer, ReportSettings(), FilmSettings(), head)
        made, outcome = documents.film(found, "F1", "", tmp_path, lambda *_: None, Cancelled())
    finally:
        renderer.close()
    words = pdfium.PdfDocument(made.path)[0].get_textpage().get_text_range()
    assert outcome.placed == 6 and "ARROW" in words and "W 100 C 40" in words
    assert words.index("Im 5") < words.index("Im 1")  # the key image comes first


def with_series(data: bytes, number: int) -> bytes:
    """A companion in a series of its own, of the study."""
    dataset = pydicom.dcmread(BytesIO(data))
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = f"{UID}.2", f"{UID}.5{number}"
    dataset.SeriesNumber = number
    out = BytesIO()
    dataset.save_as(out)
    return out.getvalue()
