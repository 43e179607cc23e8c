"""DIMSE archives that are strict, lie, or hang up: nothing but the patient's own comes through, and it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from kiosk.adapters.archive.dimse.archive import DimseArchive
from kiosk.adapters.archive.dimse.link import DimseAddress, DimseLink, DimsePatience
from kiosk.adapters.archive.limits import ByteLimits
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.archive import Foreign, InstanceRef, StudyQuery
from tests.contract.test_archive import CT_NUMBERS, READING, objects
from tests.support import dcmtk
from tests.support.lying_archive import Find, Get, lying_archive
from tests.support.servers import free_port
from tests.support.studies import CT, ct_image

REF = InstanceRef("1.2.1", "1.2.1.1", "1.2.1.1.1", CT, 1)


def archive(port: int, told: list[Foreign] | None = None, limits: ByteLimits | None = None) -> DimseArchive:
    link = DimseLink(DimseAddress("127.0.0.1", port, "LIAR", "KIOSK"), DimsePatience(2, 3), "GB18030")
    return DimseArchive(link, READING, limits or ByteLimits(), 20, 3, (told if told is not None else []).append)


def answer(level: str, **values: Any) -> Dataset:
    """One answer of a query."""
    ds = Dataset()
    ds.QueryRetrieveLevel = level
    for keyword, value in {"StudyInstanceUID": "1.2.1", "PatientID": "T0001", "AccessionNumber": "A0001",
                           "PatientName": "Test^One", "StudyDate": "20260102", **values}.items():  # fmt: skip
        setattr(ds, keyword, value)
    return ds


def honest(asked: Dataset, _: Any) -> Iterator[tuple[int, Dataset]]:
    """One study, one series, one image."""
    if asked.QueryRetrieveLevel == "STUDY":
        yield 0xFF00, answer("STUDY")
    elif asked.QueryRetrieveLevel == "SERIES":
        yield 0xFF00, answer("SERIES", SeriesInstanceUID="1.2.1.1", Modality="CT", NumberOfSeriesRelatedInstances=1)
    else:
        yield 0xFF00, answer("IMAGE", SeriesInstanceUID="1.2.1.1", SOPInstanceUID="1.2.1.1.1", SOPClassUID=CT)


def own_image(asked: Dataset, _: Any) -> Iterator[bytes]:
    yield ct_image("1.2.1", "1.2.1.1", "1.2.1.1.1", 1)


def fault_of(find: Find, get: Get = own_image, fetch: bool = True, limits: ByteLimits | None = None) -> FaultCode:
    with lying_archive(find, get) as port:
        made = archive(port, limits=limits)
        with pytest.raises(KioskError) as caught:
            if not fetch:
                made.exams(StudyQuery(accession="A0001"))
            list(made.fetch([REF]))
        return caught.value.code


def test_the_honest_one() -> None:
    told: list[Foreign] = []
    with lying_archive(honest, own_image) as port:
        made = archive(port, told)
        (exam,) = made.exams(StudyQuery(accession="A0001"))
        assert (exam.images, exam.identity.patient_id, exam.series[0].modality) == (1, "T0001", "CT")
        assert [ref for ref, _ in made.fetch([REF])] == [REF]
        assert "C-GET" in made.probe() and told == []


def test_studies_of_others_are_dropped_and_told() -> None:
    told: list[Foreign] = []

    def liar(asked: Dataset, event: Any) -> Iterator[tuple[int, Dataset]]:
        yield from honest(asked, event)
        if asked.QueryRetrieveLevel == "STUDY":
            yield 0xFF00, answer("STUDY", StudyInstanceUID="1.2.9", AccessionNumber="A0666", PatientID="T0666")

    with lying_archive(liar, own_image) as port:
        assert [e.study_uid for e in archive(port, told).exams(StudyQuery(accession="A0001"))] == ["1.2.1"]
    assert [(one.study_uid, one.accession) for one in told] == [("1.2.9", "A0666")]


def test_a_strangers_object_under_the_right_uid() -> None:
    def swapped(asked: Dataset, _: Any) -> Iterator[bytes]:
        yield ct_image("1.2.1", "1.2.1.1", "1.2.1.1.1", 1, PatientID="T0666")

    assert fault_of(honest, swapped) is FaultCode.WRONG_PATIENT


def test_an_object_nobody_asked_for_and_one_that_never_comes() -> None:
    def other(asked: Dataset, _: Any) -> Iterator[bytes]:
        yield ct_image("1.2.1", "1.2.1.1", "1.2.1.1.7", 7)

    assert fault_of(honest, other) is FaultCode.ARCHIVE_ERROR
    assert fault_of(honest, lambda asked, event: ()) is FaultCode.ARCHIVE_ERROR


def test_an_object_without_end_is_given_up() -> None:
    def huge(asked: Dataset, _: Any) -> Iterator[bytes]:
        yield ct_image("1.2.1", "1.2.1.1", "1.2.1.1.1", 1, side=1400)

    assert fault_of(honest, huge, limits=ByteLimits(instance=1 << 20)) is FaultCode.TOO_LARGE


@pytest.mark.parametrize("level", ["STUDY", "SERIES"])
def test_aborted_in_a_query(level: str) -> None:
    def hanging_up(asked: Dataset, event: Any) -> Iterator[tuple[int, Dataset]]:
        if asked.QueryRetrieveLevel == level:
            event.assoc.abort()
        yield from honest(asked, event)

    assert fault_of(hanging_up, fetch=False) in (FaultCode.ARCHIVE_TRUNCATED, FaultCode.ARCHIVE_UNREACHABLE)


def test_aborted_in_a_transfer_is_tried_once_more() -> None:
    tries: list[int] = []

    def once(asked: Dataset, event: Any) -> Iterator[bytes]:
        tries.append(1)
        if len(tries) == 1:
            event.assoc.abort()
        yield from own_image(asked, event)

    with lying_archive(honest, once) as port:
        assert len(list(archive(port).fetch([REF]))) == 1
    assert len(tries) == 2


def test_more_answers_than_can_be_believed_are_cancelled() -> None:
    def endless(asked: Dataset, event: Any) -> Iterator[tuple[int, Dataset | None]]:
        for number in range(10_000):
            if event.is_cancelled:
                yield 0xFE00, None
                return
            yield 0xFF00, answer("STUDY", StudyInstanceUID=f"1.2.1.{number}") if number else answer("STUDY")

    def mixed(asked: Dataset, event: Any) -> Iterator[tuple[int, Dataset | None]]:
        yield from endless(asked, event) if asked.QueryRetrieveLevel == "STUDY" else honest(asked, event)

    with lying_archive(mixed, own_image) as port:
        assert len(archive(port).exams(StudyQuery(accession="A0001"), limit=3)) <= 3


def test_gbk_without_a_character_set_is_read() -> None:
    def bytes_of_before(asked: Dataset, event: Any) -> Iterator[tuple[int, Dataset]]:
        for status, ds in honest(asked, event):
            ds.PatientName = "王秀英".encode("gbk").decode("latin-1")
            ds.SpecificCharacterSet = "ISO_IR 100"
            yield status, ds

    with lying_archive(bytes_of_before, own_image) as port:
        (exam,) = archive(port).exams(StudyQuery(accession="A0001"))
    assert exam.identity.name == "王秀英"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pynetdicom leaves a refused socket
def test_refused_and_absent() -> None:
    with lying_archive(honest, refuse=True) as port, pytest.raises(KioskError, match="archive-denied"):
        archive(port).exams(StudyQuery(accession="A0001"))
    with pytest.raises(KioskError, match="archive-unreachable"):
        archive(free_port()).probe()


def test_dcmqrscp_which_is_stricter(tmp_path: Path) -> None:
    """No counts, no AdmissionID, nothing of a report but its numbers: what it lacks is read from the objects."""
    made = objects()
    with dcmtk.archive(tmp_path, made.values()) as port:
        link = DimseLink(DimseAddress("127.0.0.1", port, "STRICT", "KIOSK"), DimsePatience(), "GB18030")
        strict = DimseArchive(link, READING, ByteLimits())
        (exam,) = strict.exams(StudyQuery(accession="A0001"))
        assert [(s.series_uid, s.images, s.body_part) for s in exam.series] == [("1.2.1.1", 5, "CHEST")]
        assert [r.instance_uid for r in exam.final_reports] == ["1.2.1.8.1", "1.2.1.9.2"]
        assert exam.identity.telephone == "13800135678"
        refs = strict.instances("1.2.1", "1.2.1.1")
        assert [ref.number for ref, _ in strict.fetch(refs)] == sorted(CT_NUMBERS)
        assert strict.exams(StudyQuery(visit_number="V7")) == []
        (zh,) = strict.exams(StudyQuery(patient_id="T0002"))
        assert zh.identity.name == "张䶮" and zh.final_reports == ()
