"""One object of somebody else must not lock a patient out: it is dropped by itself, and staff are told where it lies.

Asked of a folder and of a real Orthanc that hold the same objects. Orthanc keeps the stray as a second study under the
same UID, and refuses that study (and a series that two patients share) as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kiosk.adapters.archive.dicom_records import ReportReading
from kiosk.adapters.archive.dicomweb import DicomWebArchive
from kiosk.adapters.archive.dicomweb_http import Credentials, Patience, Transport
from kiosk.adapters.archive.folder import FolderArchive
from kiosk.adapters.archive.limits import ByteLimits
from kiosk.ports.archive import Archive, Foreign, InstanceRef, StudyQuery
from tests.support import orthanc
from tests.support.studies import base, ct_image, file_bytes, pdf_report, text_report

READING = ReportReading(ZoneInfo("Asia/Shanghai"))
OWN = {"PatientID": "T0007", "PatientName": "Own^Patient", "AccessionNumber": "A0007"}
OTHER = {"PatientID": "T0666", "PatientName": "Other^Patient", "AccessionNumber": "A0007"}
SLICES = 20  # enough to be streamed as a series, and more than are looked at one by one
GSPS, KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.11.1", "1.2.840.10008.5.1.4.1.1.88.59"


def companion(sop_class: str, modality: str, study: str, series: str, instance: str, **values: Any) -> bytes:
    """A presentation state or key object selection, as far as a listing reads it."""
    ds = base(study, series, instance, **values)
    ds.SOPClassUID, ds.Modality, ds.SeriesNumber, ds.InstanceNumber = sop_class, modality, 5, 1
    return file_bytes(ds)


STRAYS = {
    "image in the same series": ct_image("1.2.1", "1.2.1.1", "1.2.1.1.99", 99, **OTHER),
    "image in a series of its own": ct_image("1.2.1", "1.2.1.2", "1.2.1.2.1", 1, **OTHER),
    "report": pdf_report("1.2.1", "1.2.1.9", "1.2.1.9.9", b"%PDF-1 other", **OTHER),
    "structured report": text_report("1.2.1", "1.2.1.7", "1.2.1.7.9", **OTHER),
    "key objects": companion(KEY_OBJECTS, "KO", "1.2.1", "1.2.1.5", "1.2.1.5.9", **OTHER),
    "presentation state": companion(GSPS, "PR", "1.2.1", "1.2.1.6", "1.2.1.6.9", **OTHER),
    "without a patient number": ct_image("1.2.1", "1.2.1.1", "1.2.1.1.98", 98, **{**OTHER, "PatientID": ""}),
}


def own_objects(slices: int) -> list[bytes]:
    """Two studies of one patient; the first with a report, a key object selection and a presentation state."""
    return [
        *(ct_image("1.2.1", "1.2.1.1", f"1.2.1.1.{n}", n, **OWN) for n in range(1, slices + 1)),
        pdf_report("1.2.1", "1.2.1.9", "1.2.1.9.1", b"%PDF-1 own", **OWN),
        companion(KEY_OBJECTS, "KO", "1.2.1", "1.2.1.5", "1.2.1.5.1", **OWN),
        companion(GSPS, "PR", "1.2.1", "1.2.1.6", "1.2.1.6.1", **OWN),
        ct_image("1.2.2", "1.2.2.1", "1.2.2.1.1", 1, **{**OWN, "AccessionNumber": "A0008"}),
    ]


class Held:
    """An archive under test, and what it told."""

    def __init__(self) -> None:
        self.archive: Archive
        self.told: list[Foreign] = []

    def fetched(self, series: str) -> list[str]:
        refs = self.archive.instances("1.2.1", series)
        return [ref.instance_uid for ref, _ in self.archive.fetch(refs)]


@pytest.fixture(scope="module", params=["folder", "dicomweb"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[orthanc.Orthanc | None]:
    if request.param == "folder":
        yield None
        return
    with orthanc.running(tmp_path_factory.mktemp("strays")) as running:
        yield running


@pytest.fixture(params=STRAYS, ids=lambda name: name.replace(" ", "-"))
def held(server: orthanc.Orthanc | None, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Held]:
    """The patient's own objects with one stray among them."""
    made, objects = Held(), [*own_objects(SLICES), STRAYS[request.param]]
    if server is None:
        for number, data in enumerate(objects):
            (tmp_path / f"{number:03d}").write_bytes(data)
        made.archive = FolderArchive(tmp_path, READING, suspicious=made.told.append)
        yield made
        return
    server.empty()
    server.upload(objects)
    transport = Transport(server.dicomweb, Credentials(), Patience())
    made.archive = archive = DicomWebArchive(transport, READING, ByteLimits(), suspicious=made.told.append)
    yield made
    archive.close()


def test_cases_14_to_16_a_stray_object_locks_nobody_out(held: Held) -> None:
    exams = {e.study_uid: e for e in held.archive.exams(StudyQuery(patient_id="T0007"))}
    assert sorted(exams) == ["1.2.1", "1.2.2"]
    exam = exams["1.2.1"]
    assert (exam.identity.patient_id, exam.identity.name) == ("T0007", "Own Patient")
    assert [(s.series_uid, s.images) for s in exam.series] == [("1.2.1.1", SLICES)]
    assert [r.instance_uid for r in exam.final_reports] == ["1.2.1.9.1"]
    assert sorted((s.modality, s.images) for s in exam.companions) == [("KO", 1), ("PR", 1)]
    assert held.told and {(one.study_uid, one.accession) for one in held.told} == {("1.2.1", "A0007")}
    assert held.fetched("1.2.1.1") == [f"1.2.1.1.{n}" for n in range(1, SLICES + 1)]
    for series, instance in (("1.2.1.5", "1.2.1.5.1"), ("1.2.1.6", "1.2.1.6.1")):
        assert held.fetched(series) == [instance]
    ((_, report),) = held.archive.fetch([InstanceRef("1.2.1", "1.2.1.9", "1.2.1.9.1", "")])
    assert b"%PDF-1 own" in report


def test_case_17_the_same_exam_asked_for_again_is_the_patients(held: Held) -> None:
    (exam,) = held.archive.exams(StudyQuery(study_uid="1.2.1", patient_id="T0007"), 2)
    assert exam.identity.patient_id == "T0007" and exam.images == SLICES
    assert held.archive.exams(StudyQuery(study_uid="1.2.2", patient_id="T0666")) == []


def test_case_14_a_loose_match_is_no_alarm(held: Held) -> None:
    held.told.clear()
    for query in (StudyQuery(accession="a0008"), StudyQuery(patient_id="T000"), StudyQuery(accession="A 0008")):
        assert held.archive.exams(query) == []
    assert held.told == []
