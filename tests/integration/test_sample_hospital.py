"""The sample hospital is what its manifest says, and is found again."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import pytest
import zxingcpp

from assets import sample_hospital
from assets.sample_people import PEOPLE
from kiosk.adapters.archive.dicom_records import ReportReading
from kiosk.adapters.archive.folder import FolderArchive
from kiosk.adapters.documents.workshop import WorkshopRenderer
from kiosk.cli import main
from kiosk.config import Hospital, ReportSettings
from kiosk.domain.exam import Exam, ReportKind, ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import Question
from kiosk.ports.archive import StudyQuery
from kiosk.ports.rendering import FilmOrder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh hospital."""
    place = tmp_path_factory.mktemp("hospital")
    sample_hospital.make(place)
    return place


@pytest.fixture(scope="module")
def hospital(folder: Path) -> sample_hospital.Hospital:
    """Its manifest."""
    found = sample_hospital.load(folder)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def archive(folder: Path) -> FolderArchive:
    """Its archive."""
    return FolderArchive(folder / "archive", ReportReading(ZoneInfo("Asia/Shanghai")))


def exams_of(archive: FolderArchive, key: str) -> list[Exam]:
    """A person's exams."""
    return archive.exams(StudyQuery(patient_id=PEOPLE[key].patient_id))


def test_it_is_found_again_and_made_anew_when_old(folder: Path, hospital: sample_hospital.Hospital) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert sample_hospital.make(folder) == hospital
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert date.today() - date.fromisoformat(hospital.made) < timedelta(days=sample_hospital.FRESH_DAYS)


def test_every_slip_can_be_read_and_its_answer_is_right(
    folder: Path, hospital: sample_hospital.Hospital, archive: FolderArchive
) -> None:
    for slip in hospital.slips:
        (symbol,) = zxingcpp.read_barcodes(cv2.imread(str(folder / slip.picture), cv2.IMREAD_GRAYSCALE))
        assert (symbol.text, symbol.format.name.replace(" ", "")) == (slip.code, slip.symbology)
        if slip.person:
            people = [exam.identity for exam in archive.everything() if exam.identity.patient_id in _ids(slip)]
            assert people and people[0].expected(Question(slip.question)) == slip.answer


def _ids(slip: sample_hospital.Slip) -> set[str]:
    return {person.patient_id for person in PEOPLE.values() if person.shown == slip.person}


def test_all_states_of_readiness_are_there(hospital: sample_hospital.Hospital, archive: FolderArchive) -> None:
    ready = exams_of(archive, "wang")
    assert [(e.modality, e.images, len(e.final_reports)) for e in ready] == [("CT", 120, 1), ("DX", 2, 1)]
    (amended,) = exams_of(archive, "ouyang")
    assert [r.status for r in amended.reports] == [ReportStatus.FINAL] * 2 and len(amended.final_reports) == 1
    assert exams_of(archive, "aygul")[0].reports[0].status is ReportStatus.PRELIMINARY
    assert exams_of(archive, "zhao")[0].reports == ()
    assert exams_of(archive, "smith")[0].final_reports[0].kind is ReportKind.STRUCTURED
    assert exams_of(archive, "zhou")[0].study_uid in hospital.held
    printed = {(p.study_uid, p.instance_uid) for p in hospital.printed}
    assert (amended.study_uid, amended.reports[0].instance_uid) in printed
    assert (amended.study_uid, amended.reports[1].instance_uid) not in printed


def test_names_arrive_whole(archive: FolderArchive) -> None:
    shown = {exam.identity.name for exam in archive.everything()}
    assert {"王秀英", "张䶮", "李𬱟之女", "阿依古丽·买买提"} <= shown


def test_the_baby_is_asked_for_its_birth_date(archive: FolderArchive) -> None:
    facts = exams_of(archive, "baby")[0].identity
    assert not facts.expected(Question.ID_LAST_SIX) and facts.expected(Question.BIRTH_DATE)


@pytest.mark.parametrize(("key", "pages"), [("wang", 2), ("ouyang", 1), ("smith", 1)])
def test_the_report_command_prints_its_reports(
    folder: Path, archive: FolderArchive, tmp_path: Path, key: str, pages: int, capsys: pytest.CaptureFixture[str]
) -> None:
    exam = exams_of(archive, key)[0]
    out = tmp_path / "report.pdf"
    assert main(["report", str(folder / "archive" / exam.accession), "--out", str(out)]) == 0
    assert f"{pages} page" in capsys.readouterr().out and out.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(("key", "sentence"), [("aygul", "no report is final yet"), ("zhao", "no report object")])
def test_the_report_command_says_why_not(
    folder: Path, archive: FolderArchive, tmp_path: Path, key: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exam = exams_of(archive, key)[0]
    out = tmp_path / "report.pdf"
    assert main(["report", str(folder / "archive" / exam.accession), "--out", str(out)]) == 6
    assert sentence in capsys.readouterr().err and not out.exists()


def test_a_film_is_made_of_its_images_and_of_nobody_elses(archive: FolderArchive, tmp_path: Path) -> None:
    exam, other = exams_of(archive, "smith")[0], exams_of(archive, "zhangyan")[0]
    order = FilmOrder("F1", "市人民医院", "14INX17IN", dpi=300, qr_url="https://film.example.org/l#k", mask_name=True)
    seen: list[tuple[int, int]] = []
    renderer = WorkshopRenderer(Hospital(), ReportSettings())
    try:
        arriving = enumerate(images(archive, exam))
        outcome = renderer.film(arriving, exam, order, tmp_path / "f.pdf", lambda *n: seen.append(n))
        with pytest.raises(KioskError) as caught:
            renderer.film(enumerate(images(archive, other)), exam, order, tmp_path / "g.pdf", lambda *n: None)
        with pytest.raises(KioskError) as nothing:
            renderer.film([], exam, order, tmp_path / "h.pdf", lambda *n: None)
    finally:
        renderer.close()
    assert (outcome.sheets, outcome.placed, outcome.skipped) == (1, 2, ()) and seen[-1] == (2, 2)
    assert caught.value.code is FaultCode.WRONG_PATIENT and nothing.value.code is FaultCode.NOTHING_TO_SHOW
    assert [path.name for path in tmp_path.iterdir()] == ["f.pdf"]


def images(archive: FolderArchive, exam: Exam) -> list[bytes]:
    """All image objects of an exam."""
    refs = [ref for series in exam.series for ref in archive.instances(exam.study_uid, series.series_uid)]
    return [data for _, data in archive.fetch(refs)]


def test_the_index_is_kept_and_survives_damage(folder: Path, tmp_path: Path) -> None:
    reading = ReportReading(ZoneInfo("Asia/Shanghai"))
    first = FolderArchive(folder / "archive", reading, tmp_path).everything()
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert FolderArchive(folder / "archive", reading, tmp_path).everything() == first
    kept.write_bytes(b"\xff\x00")
    assert FolderArchive(folder / "archive", reading, tmp_path).everything() == first


def test_new_files_are_seen_and_removed_ones_forgotten(folder: Path, tmp_path: Path) -> None:
    archive = FolderArchive(tmp_path, ReportReading(ZoneInfo("Asia/Shanghai")))
    assert archive.everything() == []
    source = next((folder / "archive").rglob("v1.dcm"))
    copy = tmp_path / "new.dcm"
    copy.write_bytes(source.read_bytes())
    assert len(archive.everything()) == 1
    time.sleep(0.01)
    copy.unlink()
    assert archive.everything() == []
