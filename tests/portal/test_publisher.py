"""From the archive to the portal over HTTP: what a patient's link opens is what the archive holds, to the last bit."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest

from kiosk.adapters.sandbox import Workers
from kiosk.cloud.portal.store.progress import ProgressShelf
from kiosk.cloud.wire.objects import Kind
from kiosk.domain.links import Publication
from tests.support.documents import pdf
from tests.support.portal import Portal
from tests.support.publishing import Hospital1, manifest_of, objects, opened, workers
from tests.support.studies import ct_image, pdf_report

STUDY, SERIES = "1.2.3.10", "1.2.3.10.1"


@pytest.fixture(scope="module")
def pool() -> Iterator[Workers]:
    with workers() as made:
        yield made


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with Portal(tmp_path) as running:
        yield running


@pytest.fixture
def hospital(tmp_path: Path, portal: Portal, pool: Workers) -> Iterator[Hospital1]:
    made = Hospital1(tmp_path, portal, pool)
    yield made
    made.close()


def with_exam(hospital: Hospital1, slices: int = 3) -> None:
    for number in range(1, slices + 1):
        hospital.put(f"ct{number}.dcm", ct_image(STUDY, SERIES, f"{SERIES}.{number}", number, side=64))
    page = pdf(hospital.folder / "report.pdf", 1).read_bytes()
    hospital.put("report.dcm", pdf_report(STUDY, f"{STUDY}.9", f"{STUDY}.9.1", page))


def run(hospital: Hospital1, films: bool = False) -> None:
    publisher = hospital.publisher(films)
    publisher.begin()
    publisher.tell_links()
    while publisher.once():
        pass


def test_a_link_opens_the_exam_with_pixels_equal_to_the_archive(hospital: Hospital1, portal: Portal) -> None:
    with_exam(hospital)
    link = hospital.link(STUDY)
    run(hospital, films=True)
    session = opened(portal, link)
    assert session is not None and len(session.exams) == 1
    manifest = manifest_of(portal, session)
    assert manifest.left_out == () and manifest.exam.patient == "Test One"
    assert manifest.report and len(manifest.report.pages) == 1 and manifest.films
    (series,) = manifest.series
    assert [frame.position for frame in series.frames] == [(0.0, 0.0, float(-n)) for n in (1, 2, 3)]
    for number, frame in enumerate(series.frames, 1):
        own = pydicom.dcmread(io.BytesIO((hospital.folder / f"archive/ct{number}.dcm").read_bytes()))
        stream = objects(portal, session, 0, Kind.FRAME, frame.frame)
        values = imagecodecs.htj2k_decode(stream)
        np.testing.assert_array_equal(values, own.pixel_array)
        instance = manifest.instances[frame.instance]
        assert instance.pixel_digest == hashlib.sha256(own.PixelData).hexdigest() == frame.digest
        header = pydicom.dcmread(io.BytesIO(objects(portal, session, 0, Kind.HEADER, instance.header)))
        assert header.SOPInstanceUID == own.SOPInstanceUID and "PixelData" not in header
        for at, part in enumerate(frame.prefixes):
            small = imagecodecs.htj2k_decode(stream[:part], skipres=len(frame.prefixes) - at, resilient=True)
            assert small.shape == (64 >> len(frame.prefixes) - at,) * 2
    pdf = objects(portal, session, 0, Kind.REPORT, manifest.report.pdf or 0)
    assert pdf.startswith(b"%PDF-") and hashlib.sha256(pdf).hexdigest() == manifest.report.digest
    for key in manifest.keys:
        for _, ref in key.pictures:
            picture = imagecodecs.webp_decode(objects(portal, session, 0, Kind.PICTURE, ref.picture))
            assert picture.shape[:2] == (ref.height, ref.width)


def test_progress_and_ledger_say_that_it_is_there(hospital: Hospital1, portal: Portal) -> None:
    with_exam(hospital, 1)
    link = hospital.link(STUDY)
    run(hospital)
    told = ProgressShelf(portal.store).of(link.digest)
    assert told and (told.stage, told.percent, told.exams) == ("there", 100, 1)
    (record,) = hospital.ledger.publications()
    assert record.state is Publication.ONLINE and record.size > 0 and record.published and record.final
    assert hospital.ledger.untold_links() == [] and hospital.outbox.waiting == 0


def test_a_second_link_opens_what_is_there_already(hospital: Hospital1, portal: Portal) -> None:
    with_exam(hospital, 1)
    first = hospital.link(STUDY)
    run(hospital)
    second = hospital.link(STUDY, visit="w")
    before = hospital.client.sent
    run(hospital)
    assert hospital.client.sent - before < 10_000, "only the envelope"
    for link in (first, second):
        session = opened(portal, link)
        assert session is not None and manifest_of(portal, session).series


def test_a_link_of_another_patient_never_gets_the_keys(hospital: Hospital1, portal: Portal) -> None:
    with_exam(hospital, 1)
    hospital.link(STUDY)
    stranger = hospital.link(STUDY, patient="T0002", visit="w")
    run(hospital)
    session = opened(portal, stranger)
    assert session is not None and session.exams == ()
