"""What every archive must do, asked of a folder and of a real Orthanc that hold the same objects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kiosk.adapters.archive.dicom_records import ReportReading
from kiosk.adapters.archive.dicomweb import DicomWebArchive
from kiosk.adapters.archive.dicomweb_http import Credentials, Patience, Transport
from kiosk.adapters.archive.dimse.archive import DimseArchive, Moves
from kiosk.adapters.archive.dimse.link import DimseAddress, DimseLink, DimsePatience
from kiosk.adapters.archive.folder import FolderArchive
from kiosk.adapters.archive.limits import ByteLimits
from kiosk.adapters.inbox.moved import MovedShelf
from kiosk.adapters.inbox.store import InboxStore
from kiosk.adapters.ris.archive_directory import ArchiveDirectory
from kiosk.adapters.ris.archive_reports import ArchiveReports
from kiosk.config.ris import InboxSettings
from kiosk.domain.exam import Exam, ReportKind, ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import IdentityFacts
from kiosk.gateway.store_scp import StoreServer
from kiosk.ports.archive import Archive, InstanceRef, StudyQuery
from tests.support import orthanc
from tests.support.faulty import LyingHandler, lying, study
from tests.support.studies import ct_image, pdf_report, predecessor, text_report

READING = ReportReading(ZoneInfo("Asia/Shanghai"))
CT_NUMBERS = (3, 1, 2, 10, 4)
NATIONAL = "11010519491231002X"


def objects() -> dict[str, bytes]:
    """Six studies of five people, two of them under one number."""
    one = {"OtherPatientIDs": NATIONAL, "PatientTelephoneNumbers": "13800135678", "AdmissionID": "V7"}
    chinese = {"PatientID": "T0002", "AccessionNumber": "A0002", "SpecificCharacterSet": "GB18030",
               "PatientName": "Zhang^Yan=张^䶮", "BodyPartExamined": "HEAD"}  # fmt: skip
    chinese["StudyDate"] = f"{date.today():%Y%m%d}"
    made = {
        f"ct{n}": ct_image("1.2.1", "1.2.1.1", f"1.2.1.1.{n}", n, BodyPartExamined="CHEST", **one) for n in CT_NUMBERS
    }
    made["old"] = pdf_report("1.2.1", "1.2.1.9", "1.2.1.9.1", b"%PDF-1 old", ContentTime="110000", **one)
    amended = {**one, "InstanceNumber": 2, "PredecessorDocumentsSequence": predecessor("1.2.1", "1.2.1.9", "1.2.1.9.1")}
    made["new"] = pdf_report("1.2.1", "1.2.1.9", "1.2.1.9.2", b"%PDF-1 new", ContentTime="130000", **amended)
    made["second"] = pdf_report("1.2.1", "1.2.1.8", "1.2.1.8.1", b"%PDF-1 two", DocumentTitle="Cardiac", **one)
    made["later"] = ct_image("1.2.5", "1.2.5.1", "1.2.5.1.1", 1, AccessionNumber="A0005", StudyDate="20260210", **one)
    made["zh"] = ct_image("1.2.2", "1.2.2.1", "1.2.2.1.1", 1, **chinese)
    made["zh-draft"] = pdf_report("1.2.2", "1.2.2.9", "1.2.2.9.1", b"%PDF-1", VerificationFlag="UNVERIFIED", **chinese)
    made["sr"] = text_report("1.2.3", "1.2.3.1", "1.2.3.1.1", PatientID="T0003", AccessionNumber="A0003")
    shared = {"PatientID": "COMMON", "AccessionNumber": "A0004"}
    made["common-a"] = ct_image("1.2.4", "1.2.4.1", "1.2.4.1.1", 1, PatientName="Hello", **shared)
    made["common-b"] = ct_image("1.2.6", "1.2.6.1", "1.2.6.1.1", 1, PatientName="World", **shared)
    return made


@dataclass
class Held:
    """An archive under test."""

    archive: Archive
    objects: dict[str, bytes]


@pytest.fixture(scope="module", params=["folder", "dicomweb", "dimse", "move"])
def held(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    """The same objects, in a folder or in Orthanc."""
    made, place = objects(), tmp_path_factory.mktemp("archive")
    if request.param == "folder":
        yield Held(filled_folder(place, made), made)
        return
    if request.param == "dimse":
        with orthanc.dimse(place) as (server, port):
            server.upload(made.values())
            yield Held(dimse_archive(port), made)
        return
    if request.param == "move":
        yield from moving(place, made)
        return
    with orthanc.running(place) as server:
        server.upload(made.values())
        archive = DicomWebArchive(Transport(server.dicomweb, Credentials(), Patience()), READING, ByteLimits())
        yield Held(archive, made)
        archive.close()


def moving(place: Path, made: dict[str, bytes]) -> Iterator[Held]:
    """An archive that sends objects to the gateway, which keeps them for the kiosk."""
    store = InboxStore(InboxSettings(url=f"sqlite:///{place}/inbox.db"), "", "k" * 32)
    gateway = StoreServer("127.0.0.1", 0, "KIOSKSTORE", MovedShelf(store), 64 << 20, ("ORTHANC",))
    with orthanc.dimse(place / "pacs", gateway.port) as (server, port):
        server.upload(made.values())
        archive = dimse_archive(port, moves=Moves("KIOSKSTORE", MovedShelf(store), store.close))
        assert archive.probe() == "DIMSE, C-FIND and C-MOVE"
        yield Held(archive, made)
        gateway.close()
        archive.close()


def dimse_archive(port: int, called: str = "ORTHANC", moves: Moves | None = None) -> DimseArchive:
    """The adapter on a server of this machine."""
    link = DimseLink(DimseAddress("127.0.0.1", port, called, "KIOSK"), DimsePatience(), "GB18030")
    return DimseArchive(link, READING, ByteLimits(), moves=moves)


def filled_folder(place: Path, made: dict[str, bytes]) -> FolderArchive:
    """As a DICOM medium might look, with things between that are none."""
    for number, (name, data) in enumerate(made.items()):
        path = place / f"P{number % 3}" / f"S{number % 2}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (place / "readme.txt").write_text("no DICOM")
    (place / "broken.dcm").write_bytes(made["zh"][:200])
    (place / "empty").touch()
    return FolderArchive(place, READING)


def one(held: Held, **query: str) -> Exam:
    """The only exam that matches."""
    found = held.archive.exams(StudyQuery(**query))
    assert len(found) == 1
    return found[0]


class TestArchive:
    """The contract of kiosk.ports.archive."""

    def test_an_accession_number_finds_its_exam(self, held: Held) -> None:
        exam = one(held, accession="A0001")
        assert (exam.study_uid, exam.accession, exam.modality, exam.body_part) == ("1.2.1", "A0001", "CT", "CHEST")
        assert exam.taken is not None and exam.taken.isoformat() == "2026-01-02T10:15:00+08:00"

    def test_identity_facts_are_read_from_the_records(self, held: Held) -> None:
        facts = one(held, accession="A0001").identity
        assert (facts.national_id, facts.telephone, facts.name) == (NATIONAL, "13800135678", "Test One")
        assert facts.birth_date is not None and facts.birth_date.isoformat() == "1980-01-01"

    def test_a_rare_chinese_name_arrives_whole(self, held: Held) -> None:
        assert one(held, patient_id="T0002").identity.name == "张䶮"

    def test_a_patient_id_finds_all_exams_newest_first(self, held: Held) -> None:
        assert [e.study_uid for e in held.archive.exams(StudyQuery(patient_id="T0001"))] == ["1.2.5", "1.2.1"]

    def test_visit_and_national_number_find_the_patient(self, held: Held) -> None:
        for query in (StudyQuery(visit_number="V7"), StudyQuery(national_id=NATIONAL)):
            assert [e.study_uid for e in held.archive.exams(query)] == ["1.2.5", "1.2.1"]

    def test_the_beginning_of_a_name_finds_people(self, held: Held) -> None:
        assert {e.identity.patient_id for e in held.archive.exams(StudyQuery(name_prefix="Test"))} == {"T0001", "T0003"}

    def test_the_beginning_of_a_chinese_name_finds_people(self, held: Held) -> None:
        assert [e.accession for e in held.archive.exams(StudyQuery(name_prefix="张"))] == ["A0002"]

    def test_a_study_uid_finds_its_exam(self, held: Held) -> None:
        assert one(held, study_uid="1.2.2").accession == "A0002"

    @pytest.mark.parametrize("query", [{"accession": "A000"}, {"patient_id": "t0001"}, {"visit_number": "V"},
                                       {"national_id": "440524188001010014"}, {"study_uid": "1.2"}])  # fmt: skip
    def test_case_12_near_misses_find_nothing(self, held: Held, query: dict[str, str]) -> None:
        assert held.archive.exams(StudyQuery(**query)) == []

    def test_the_limit_holds(self, held: Held) -> None:
        assert len(held.archive.exams(StudyQuery(patient_id="T0001"), limit=1)) == 1

    def test_series_count_their_images_and_no_documents(self, held: Held) -> None:
        exam = one(held, accession="A0001")
        assert [(s.series_uid, s.modality, s.images) for s in exam.series] == [("1.2.1.1", "CT", 5)]

    def test_case_18_both_reports_are_listed_and_only_the_newest_version_of_each(self, held: Held) -> None:
        exam = one(held, accession="A0001")
        assert [r.instance_uid for r in exam.reports] == ["1.2.1.9.1", "1.2.1.8.1", "1.2.1.9.2"]
        assert [r.version for r in exam.reports] == [1, 2, 3]
        assert [r.instance_uid for r in exam.final_reports] == ["1.2.1.8.1", "1.2.1.9.2"]

    def test_case_17_an_unverified_report_is_preliminary(self, held: Held) -> None:
        (report,) = one(held, patient_id="T0002").reports
        assert report.status is ReportStatus.PRELIMINARY
        assert report.identity is not None and report.identity.name == "张䶮"

    def test_a_verified_structured_report_is_final(self, held: Held) -> None:
        exam = one(held, accession="A0003")
        assert [(r.kind, r.status) for r in exam.final_reports] == [(ReportKind.STRUCTURED, ReportStatus.FINAL)]
        assert exam.series == ()

    def test_case_16_two_people_under_one_number_are_told_apart(self, held: Held) -> None:
        first, second = held.archive.exams(StudyQuery(patient_id="COMMON"))
        assert not first.identity.same_person(second.identity)

    def test_instances_come_in_display_order(self, held: Held) -> None:
        assert [ref.number for ref in held.archive.instances("1.2.1", "1.2.1.1")] == sorted(CT_NUMBERS)

    def test_objects_arrive_unchanged_in_the_order_asked_for(self, held: Held) -> None:
        refs = held.archive.instances("1.2.1", "1.2.1.1")[::-1]
        arrived = [(ref.number, data) for ref, data in held.archive.fetch(refs)]
        assert [number for number, _ in arrived] == sorted(CT_NUMBERS, reverse=True)
        assert all(held.objects[f"ct{number}"][132:] == data[132:] or _same(held.objects[f"ct{number}"], data)
                   for number, data in arrived)  # fmt: skip

    def test_a_report_is_fetched_by_its_reference(self, held: Held) -> None:
        report = one(held, accession="A0001").final_reports[-1]
        ref = InstanceRef(report.study_uid, report.series_uid, report.instance_uid, "")
        ((_, data),) = held.archive.fetch([ref])
        assert b"%PDF-1 new" in data

    def test_the_transfer_can_be_stopped(self, held: Held) -> None:
        arriving = held.archive.fetch(held.archive.instances("1.2.1", "1.2.1.1"))
        next(arriving)
        arriving.close()
        assert one(held, accession="A0001").images == 5

    def test_an_object_that_is_not_there_is_a_fault(self, held: Held) -> None:
        with pytest.raises(KioskError) as caught:
            list(held.archive.fetch([InstanceRef("1.2.1", "1.2.1.1", "1.2.999", "")]))
        assert caught.value.code is FaultCode.ARCHIVE_ERROR

    def test_case_15_an_object_of_another_study_is_refused(self, held: Held) -> None:
        with pytest.raises(KioskError) as caught:
            list(held.archive.fetch([InstanceRef("1.2.1", "1.2.1.1", "1.2.2.1.1", "")]))
        assert caught.value.code in (FaultCode.WRONG_PATIENT, FaultCode.ARCHIVE_ERROR)

    def test_something_answers_the_probe(self, held: Held) -> None:
        assert held.archive.probe()

    def test_the_directory_fills_what_one_record_lacks(self, held: Held) -> None:
        facts = ArchiveDirectory(held.archive).facts("T0001", IdentityFacts("T0001", "Test One"))
        assert (facts.national_id, facts.telephone) == (NATIONAL, "13800135678")

    def test_the_directory_takes_nothing_from_somebody_else(self, held: Held) -> None:
        hint = IdentityFacts("T0001", "Somebody Else")
        assert ArchiveDirectory(held.archive).facts("T0001", hint) == hint


def _same(one_file: bytes, other: bytes) -> bool:
    """Equal data sets; a server may write the meta header anew."""
    marker = b"\x08\x00\x05\x00CS"
    return one_file[one_file.index(marker) :] == other[other.index(marker) :]


# --- reports out of the archive (kiosk.ports.reports) --------------------------------------------------------------
def test_a_report_is_given_as_it_is_kept(held: Held) -> None:
    exam = held.archive.exams(StudyQuery(accession="A0001"))[0]
    report = next(r for r in exam.reports if r.instance_uid == "1.2.1.8.1")
    assert b"%PDF-1 two" in ArchiveReports(held.archive).document(exam, report)


def test_a_report_that_is_gone_is_a_fault(held: Held) -> None:
    exam = held.archive.exams(StudyQuery(accession="A0001"))[0]
    gone = replace(exam.reports[0], instance_uid="1.2.1.8.404")
    with pytest.raises(KioskError) as caught:
        ArchiveReports(held.archive).document(exam, gone)
    assert caught.value.code in (FaultCode.REPORT_UNREADABLE, FaultCode.ARCHIVE_ERROR)


# --- its clock -----------------------------------------------------------------------------------------------------
def test_an_archive_tells_its_own_clock_or_none(held: Held) -> None:
    """Orthanc sends no Date; a folder's clock is this machine's."""
    held.archive.exams(StudyQuery(accession="A0001"))
    assert held.archive.server_time() is None


def test_the_clock_of_a_server_goes_by_its_last_answer_and_closing_ends_its_threads() -> None:
    late = datetime.now(UTC) + timedelta(hours=3)

    def answer(request: LyingHandler) -> None:
        request.date_time_string = lambda timestamp=None: format_datetime(late, usegmt=True)  # type: ignore[method-assign]
        request.send_json([study()])

    with lying(answer) as server:
        archive = DicomWebArchive(Transport(server.url, Credentials(), Patience()), READING, ByteLimits())
        assert archive.server_time() is None, "nothing was answered yet"
        with suppress(KioskError):
            archive.exams(StudyQuery(accession="A0001"))
        told = archive.server_time()
        assert told is not None and timedelta(hours=2) < told - datetime.now(UTC) < timedelta(hours=4)
        archive.close()
        with pytest.raises(RuntimeError):
            archive.exams(StudyQuery(accession="A0001"))
