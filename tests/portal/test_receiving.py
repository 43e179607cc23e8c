"""A second Orthanc is the receiving hospital: what a patient shares with files arrives there pixel for pixel."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
import requests

from kiosk.cloud.relay.receive import Receiver, StoredShare
from kiosk.domain.faults import FaultCode, KioskError
from tests.support import orthanc
from tests.support.cloud import ANSWER, PortalServer, SealedExam, packaged
from tests.support.person import Person


@pytest.fixture(scope="module")
def receiving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[orthanc.Orthanc]:
    with orthanc.running(tmp_path_factory.mktemp("receiving")) as pacs:
        yield pacs


@pytest.fixture
def patient(server: PortalServer, sealed: SealedExam) -> Person:
    made, link = Person(server), server.link()
    server.bring(sealed, link)
    assert made.answers(link.text).ok
    return made


def shared(patient: Person, **fields: str) -> str:
    return f"{patient.server.origin}/s#{patient.shares(**fields).secret}"


def test_what_is_shared_with_files_lies_in_the_other_hospitals_archive(
    receiving: orthanc.Orthanc, patient: Person, tmp_path: Path
) -> None:
    done = Receiver(receiving.dicomweb).take(shared(patient, download="yes"), ANSWER)
    assert done == StoredShare(len(packaged()), 0)
    found = {}
    for name in requests.get(f"{receiving.url}/instances", timeout=30).json():
        data = requests.get(f"{receiving.url}/instances/{name}/file", timeout=30).content
        ds = pydicom.dcmread(io.BytesIO(data))
        found[str(ds.SOPInstanceUID)] = ds
    for original in map(pydicom.dcmread, packaged()):
        assert np.array_equal(found[str(original.SOPInstanceUID)].pixel_array, original.pixel_array)


def test_a_share_is_taken_once_and_only_with_files(receiving: orthanc.Orthanc, patient: Person) -> None:
    link = shared(patient)
    for _ in range(2):  # without files, then opened before
        with pytest.raises(KioskError) as caught:
            Receiver(receiving.dicomweb).take(link, ANSWER)
        assert caught.value.code is FaultCode.PORTAL_REFUSED


@pytest.mark.parametrize("link", ["", "https://film.example.org/l#x", "file:///etc/passwd", "http://x/s#" + "A" * 42])
def test_only_links_of_shares_are_followed(link: str) -> None:
    with pytest.raises(KioskError) as caught:
        Receiver("http://127.0.0.1:9").take(link, ANSWER)
    assert caught.value.code is FaultCode.PORTAL_REFUSED


def test_an_archive_that_does_not_answer_is_said(patient: Person) -> None:
    with pytest.raises(KioskError) as caught:
        Receiver("http://127.0.0.1:9").take(shared(patient, download="yes"), ANSWER)  # port 9: discard
    assert caught.value.code is FaultCode.ARCHIVE_UNREACHABLE
