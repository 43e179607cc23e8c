"""What is taken along is the original again: pixel for pixel, in any reader."""

from __future__ import annotations

import gc
import io
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
import requests
from pydicom.fileset import FileSet

from kiosk.cloud.portal.media.elements import HTJ2K_LOSSLESS, facts
from kiosk.cloud.wire.faults import WireError
from kiosk.cloud.wire.keys import LinkSecret
from tests.support.cloud import ANSWER, PortalServer, SealedExam, exam_of, packaged
from tests.support.servers import program
from tests.support.studies import ct_image


def signed_in(server: PortalServer, link: LinkSecret) -> requests.Session:
    """A browser that has answered."""
    browser = requests.Session()
    form = {"secret": link.text, "answer": ANSWER}
    done = browser.post(f"{server.origin}/open", data=form, headers={"origin": server.origin}, timeout=60)
    assert done.status_code == 200
    return browser


def taken(server: PortalServer, sealed: SealedExam, media: str, folder: Path) -> Path:
    link = server.link()
    server.bring(sealed, link)
    answer = signed_in(server, link).get(f"{server.origin}/exams/{sealed.exam}/archive/{media}", timeout=120)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return folder


def test_for_any_computer_the_originals_come_back_bit_exact(
    server: PortalServer, sealed: SealedExam, tmp_path: Path
) -> None:
    folder = taken(server, sealed, "plain", tmp_path)
    originals = {str(ds.SOPInstanceUID): ds for ds in map(pydicom.dcmread, packaged())}
    found = [pydicom.dcmread(file) for file in sorted((folder / "DICOM").iterdir())]
    assert {str(ds.SOPInstanceUID) for ds in found} == set(originals)
    for ds in found:
        original = originals[str(ds.SOPInstanceUID)]
        assert ds.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
        assert np.array_equal(ds.pixel_array, original.pixel_array)
        assert ds.PatientName == original.PatientName
    assert (folder / "REPORT.PDF").read_bytes().startswith(b"%PDF-")
    assert not (folder / "MISSING.TXT").exists()


def test_the_small_kind_is_lossless_too(server: PortalServer, sealed: SealedExam, tmp_path: Path) -> None:
    folder = taken(server, sealed, "small", tmp_path)
    found = [pydicom.dcmread(file) for file in sorted((folder / "DICOM").iterdir())]
    assert {str(ds.file_meta.TransferSyntaxUID) for ds in found} == {HTJ2K_LOSSLESS}
    frames = {str(ds.SOPInstanceUID): pydicom.encaps.get_frame(ds.PixelData, 0, number_of_frames=1) for ds in found}
    streams = [frame.rstrip(b"\0") for frame in frames.values()]
    assert sorted(streams) == sorted(one.rstrip(b"\0") for one in sealed.plain.found["frame"])  # type: ignore[index]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_readers_of_media_find_their_way(server: PortalServer, sealed: SealedExam, tmp_path: Path) -> None:
    folder = taken(server, sealed, "plain", tmp_path)
    listed = {str(one.SOPInstanceUID): one.load().Modality for one in FileSet(folder / "DICOMDIR")}
    assert listed == {str(ds.SOPInstanceUID): ds.Modality for ds in map(pydicom.dcmread, packaged())}
    gc.collect()  # pydicom's FileSet leaves its temporary folder to the collector
    for file in (folder / "DICOMDIR", *(folder / "DICOM").iterdir()):
        done = subprocess.run([program("dcmdump", "dcmtk"), str(file)], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


def test_a_series_of_many_slices_is_one_patient_one_study_one_series(tmp_path: Path, server: PortalServer) -> None:
    files = []
    for number in range(12):
        file = tmp_path / f"{number}.dcm"
        file.write_bytes(ct_image("1.2.3", "1.2.3.4", f"1.2.3.4.{number + 1}", number + 1))
        files.append(file)
    folder = taken(server, exam_of(files), "plain", tmp_path / "out")
    directory = pydicom.dcmread(folder / "DICOMDIR")
    kinds = [record.DirectoryRecordType for record in directory.DirectoryRecordSequence]
    assert kinds == ["PATIENT", "STUDY", "SERIES", *["IMAGE"] * 12]


def test_an_object_that_is_not_what_was_published_is_left_out_and_named(server: PortalServer, tmp_path: Path) -> None:
    sealed = exam_of([packaged()[2]])
    instance = sealed.manifest.instances[0]
    wrong = sealed.manifest.model_copy(update={"instances": (instance.model_copy(update={"pixel_digest": "0" * 64}),)})
    folder = taken(server, sealed.with_manifest(wrong), "plain", tmp_path)
    assert (folder / "MISSING.TXT").read_text() == "IM000001"
    assert not (folder / "DICOM").exists()


def test_pictures_for_the_album_are_pictures(server: PortalServer, sealed: SealedExam, tmp_path: Path) -> None:
    folder = taken(server, sealed, "pictures", tmp_path)
    files = sorted(folder.glob("*.JPG"))
    assert len(files) == sum(len(key.pictures) for key in sealed.manifest.keys)
    assert all(file.read_bytes().startswith(b"\xff\xd8\xff") for file in files)


def test_who_is_shut_out_in_the_middle_gets_no_more(server: PortalServer, sealed: SealedExam) -> None:
    link = server.link()
    server.bring(sealed, link)
    browser = signed_in(server, link)
    address = f"{server.origin}/exams/{sealed.exam}/archive/plain"
    with browser.get(address, stream=True, timeout=60) as answer:
        server.portal.links.withdraw(link.locator)
        got = answer.content
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(got))


NESTED = b"\x08\0\x05\0SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"


@pytest.mark.parametrize("body", [NESTED, NESTED * 90, b"\x08\0\x05\0SQ\0\0\xff\xff\xff\xffabcdefgh"])
def test_a_header_of_nonsense_is_refused(body: bytes) -> None:
    with pytest.raises(WireError):
        facts(bytes(132) + body)
