"""From headers and DICOM JSON to exams: status, chains of versions, identity, texts that were decoded wrongly."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kiosk.adapters.archive import dicom_records as records
from kiosk.adapters.archive.dicom_file import Identifiers, _thorough, identifiers, read, refuse_foreign
from kiosk.adapters.archive.dicom_values import calendar_day, moment, repaired
from kiosk.adapters.archive.folder import FolderArchive
from kiosk.domain.exam import Exam, Report, ReportKind, ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import IdentityFacts
from tests.corpus import PACKAGED, SHARED, charset_files
from tests.support.studies import ct_image, pdf_report, predecessor, text_report

ZONE = ZoneInfo("Asia/Shanghai")
READING = records.ReportReading(ZONE)
CHARSETS = sorted((SHARED / "charset").glob("*.dcm")) if SHARED.is_dir() else []


def record(data: bytes) -> records.Record:
    """The record of a file."""
    return records.from_header(read(data))


def pdf(instance: str, series: str = "1.2.9", **values: Any) -> records.Record:
    """The record of a PDF report."""
    return record(pdf_report("1.2", series, instance, b"%PDF-", **values))


def listed(*documents: records.Record) -> list[str]:
    """The reports that may be handed out of an exam that holds these."""
    exam = records.exam(documents[0], (), documents, READING)
    return [report.instance_uid for report in exam.final_reports]


@pytest.mark.parametrize(("flag", "setting", "expected"), [
    ("VERIFIED", "final", ReportStatus.FINAL), ("VERIFIED", "preliminary", ReportStatus.FINAL),
    ("UNVERIFIED", "final", ReportStatus.PRELIMINARY), (None, "final", ReportStatus.FINAL),
    (None, "preliminary", ReportStatus.PRELIMINARY),
    ("NONSENSE", "final", ReportStatus.PRELIMINARY),
])  # fmt: skip
def test_case_17_the_verification_flag_decides(flag: str | None, setting: str, expected: ReportStatus) -> None:
    reading = records.ReportReading(ZONE, ReportStatus(setting))
    document = pdf("1.2.9.1") if flag is None else pdf("1.2.9.1", VerificationFlag=flag)
    if flag is None:
        document = {tag: value for tag, value in document.items() if tag != records.key(records.VERIFICATION)}
    assert records.status(document, reading) is expected


@pytest.mark.parametrize(("changed", "expected"), [
    ({}, ReportStatus.FINAL), ({"VerificationFlag": "UNVERIFIED"}, ReportStatus.PRELIMINARY),
    ({"CompletionFlag": "PARTIAL"}, ReportStatus.PRELIMINARY),
    ({"PreliminaryFlag": "PRELIMINARY"}, ReportStatus.PRELIMINARY),
])  # fmt: skip
def test_case_17_a_structured_report_is_final_when_complete_and_verified(
    changed: dict[str, str], expected: ReportStatus
) -> None:
    assert records.status(record(text_report("1.2", "1.2.1", "1.2.1.1", **changed)), READING) is expected


def test_the_newest_version_of_a_series_stands_for_the_report() -> None:
    assert listed(pdf("1.2.9.2", ContentTime="130000"), pdf("1.2.9.1", ContentTime="120000")) == ["1.2.9.2"]


def test_versions_in_other_series_are_found_by_predecessor() -> None:
    after = {"PredecessorDocumentsSequence": predecessor("1.2", "1.2.9", "1.2.9.1"), "DocumentTitle": "Amended"}
    assert listed(pdf("1.2.9.1"), pdf("1.2.8.1", "1.2.8", ContentTime="130000", **after)) == ["1.2.8.1"]


def test_versions_in_other_series_are_found_by_title() -> None:
    assert listed(pdf("1.2.9.1"), pdf("1.2.8.1", "1.2.8", ContentTime="130000")) == ["1.2.8.1"]


def test_case_18_reports_of_other_titles_are_independent() -> None:
    assert listed(pdf("1.2.9.1"), pdf("1.2.8.1", "1.2.8", DocumentTitle="Heart")) == ["1.2.8.1", "1.2.9.1"]


def test_a_draft_of_an_amendment_leaves_the_final_version() -> None:
    draft = pdf("1.2.9.2", ContentTime="130000", VerificationFlag="UNVERIFIED")
    assert listed(pdf("1.2.9.1"), draft) == ["1.2.9.1"]


def test_where_there_is_a_pdf_the_structured_report_is_its_source() -> None:
    assert listed(pdf("1.2.9.1"), record(text_report("1.2", "1.2.7", "1.2.7.1"))) == ["1.2.9.1"]


def test_a_cancelled_report_is_not_handed_out() -> None:
    def version(number: int, status: ReportStatus) -> Report:
        return Report("1.2", "1.2.9", f"1.2.9.{number}", ReportKind.PDF, status, number, chain="1.2.9.1")

    reports = (version(1, ReportStatus.FINAL), version(2, ReportStatus.CANCELLED))
    assert Exam("1.2", "", IdentityFacts("P"), "CT", "", "", None, reports=reports).final_reports == ()


def test_dose_and_measurements_are_no_reports_for_people() -> None:
    from tests.support.studies import code

    measured = text_report("1.2", "1.2.1", "1.2.1.1", ConceptNameCodeSequence=code("126000", "DCM", "Measurements"))
    assert records.is_report(record(text_report("1.2", "1.2.1", "1.2.1.1")))
    assert not records.is_report(record(measured))
    assert not records.is_report(record(ct_image("1.2", "1.2.1", "1.2.1.1", 1)))


@pytest.mark.parametrize(("ids", "patient_id", "expected"), [
    ("11010519491231002X", "P1", "11010519491231002X"), ("11010519491231002x", "P1", "11010519491231002X"),
    (["A1", "34052419800101001X"], "P1", "34052419800101001X"), ("110105194912310021", "P1", ""),
    ("", "440524188001010014", "440524188001010014"), ("110105491231002", "P1", ""),
])  # fmt: skip
def test_a_valid_citizen_number_is_found_among_other_ids(ids: str | list[str], patient_id: str, expected: str) -> None:
    data = ct_image("1.2", "1.2.1", "1.2.1.1", 1, OtherPatientIDs=ids, PatientID=patient_id)
    assert records.identity(record(data)).national_id == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("ÍõÐ¡¶«", "王小东"), ("ÕÅ^Èý", "张^三"), ("Buc^Jérôme", "Buc^Jérôme"), ("Äneas^Rüdiger", "Äneas^Rüdiger"),
    ("王小东", "王小东"), ("Smith", "Smith"), ("", ""), ("é", "é"),
])  # fmt: skip
def test_case_69_gbk_taken_for_latin_is_put_right(text: str, expected: str) -> None:
    assert repaired(text) == expected


@pytest.mark.parametrize("file", [*charset_files(), *CHARSETS], ids=lambda path: path.stem)
def test_case_69_names_are_read_and_safe(file: Any) -> None:
    name = records.identity(record(file.read_bytes())).name
    assert "\ufffd" not in name and name.isprintable()
    if "undeclared_gbk" in file.stem:
        assert name == "王小东"


@pytest.mark.parametrize(("day", "time", "expected"), [
    ("20260102", "101500.123", "2026-01-02T10:15:00+08:00"), ("2026.01.02", "", "2026-01-02T00:00:00+08:00"),
    ("20260102", "9999", "2026-01-02T00:00:00+08:00"), ("20260102", "10", "2026-01-02T10:00:00+08:00"),
    ("20260102", "235960", "2026-01-02T23:59:59+08:00"),
])  # fmt: skip
def test_dates_and_times(day: str, time: str, expected: str) -> None:
    found = moment(day, time, ZONE)
    assert found is not None and found.isoformat() == expected


@pytest.mark.parametrize("day", ["", "20261301", "2026", "abcdefgh", "２０２６０１０２"])
def test_no_day(day: str) -> None:
    assert calendar_day(day) is None and moment(day, "1200", ZONE) is None


@pytest.mark.parametrize("untrusted", [
    {"00100020": None}, {"00100020": {"Value": "P"}}, {"00100020": {"Value": [{"a": 1}]}}, {"00100020": {}},
    {"00100020": {"Value": [None, True]}}, {"00100010": {"Value": ["flat"]}}, {"00101002": {"Value": [1, {"x": 2}]}},
    {"0020000D": {"Value": [["1.2"]]}},
])  # fmt: skip
def test_json_of_a_wrong_form_is_left_out(untrusted: dict[str, Any]) -> None:
    facts = records.identity(records.from_json(untrusted))
    assert facts.patient_id == "" and facts.national_id == ""


def test_json_and_header_tell_the_same() -> None:
    untrusted = {
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Zhang^Yan", "Ideographic": "张^䶮"}]},
        "00100020": {"vr": "LO", "Value": ["T0001"]},
        "00100030": {"vr": "DA", "Value": ["19800101"]},
        "00101002": {"vr": "SQ", "Value": [{"00100020": {"vr": "LO", "Value": ["11010519491231002X"]}}]},
    }
    facts = records.identity(records.from_json(untrusted))
    assert facts == IdentityFacts("T0001", "张䶮", "11010519491231002X", date(1980, 1, 1))


def test_case_70_long_and_controlling_names_are_made_safe() -> None:
    name = "A\r\nB\u202e<script>" + "x" * 70_000
    facts = records.identity(records.from_json({"00100010": {"Value": [{"Alphabetic": name}]}}))
    assert len(facts.name) <= 260 and facts.name.isprintable()


@pytest.mark.parametrize("file", sorted(PACKAGED.glob("*.dcm"))[:80], ids=lambda path: path.stem)
def test_the_quick_way_to_the_identifiers_agrees_with_the_thorough_one(file: Any) -> None:
    data = file.read_bytes()
    try:
        expected: Identifiers | FaultCode = _thorough(data)
    except KioskError as fault:
        expected = fault.code
    try:
        found: Identifiers | FaultCode = identifiers(data)
    except KioskError as fault:
        found = fault.code
    assert found == expected


@pytest.mark.parametrize("folder", [PACKAGED, *([SHARED] if SHARED.is_dir() else [])], ids=lambda path: path.name)
def test_case_63_a_folder_of_bad_files_is_listed_without_harm(folder: Path) -> None:
    archive = FolderArchive(folder, READING)
    exams = archive.everything()
    assert len(exams) > 20
    assert all(exam.study_uid for exam in exams)


@pytest.mark.parametrize("size", [0, 1, 131, 132, 140, 300, 700])
def test_a_cut_file_names_nobody(size: int) -> None:
    data = ct_image("1.2", "1.2.1", "1.2.1.1", 1)[:size]
    with pytest.raises(KioskError) as caught:
        refuse_foreign(identifiers(data), "1.2", "1.2.1.1", is_own=False)
    assert caught.value.code in (FaultCode.OBJECT_UNREADABLE, FaultCode.WRONG_PATIENT)
