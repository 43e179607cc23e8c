"""Matrix cases 1 to 9: a real Orthanc behind a network that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest

from kiosk.adapters.archive.dicom_records import ReportReading
from kiosk.adapters.archive.dicomweb import DicomWebArchive
from kiosk.adapters.archive.dicomweb_http import Credentials, Patience, Transport
from kiosk.adapters.archive.limits import ByteLimits
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.archive import InstanceRef, StudyQuery
from tests.support import orthanc, servers
from tests.support.faulty import FaultProxy, Toxics, proxied
from tests.support.studies import ct_image, pdf_report

READING = ReportReading(ZoneInfo("Asia/Shanghai"))
IMAGES, SIDE = 40, 64
Opened = Callable[..., DicomWebArchive]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[orthanc.Orthanc]:
    """One exam of forty images with a report."""
    with orthanc.running(tmp_path_factory.mktemp("orthanc")) as running:
        running.upload(ct_image("1.2.1", "1.2.1.1", f"1.2.1.1.{n}", n, SIDE) for n in range(1, IMAGES + 1))
        running.upload([pdf_report("1.2.1", "1.2.1.9", "1.2.1.9.1", b"%PDF-1 report" + bytes(50_000))])
        yield running


@pytest.fixture
def proxy(server: orthanc.Orthanc) -> Iterator[FaultProxy]:
    """The network between."""
    with proxied(int(server.url.rsplit(":", 1)[1])) as running:
        yield running


@pytest.fixture
def opened(proxy: FaultProxy) -> Iterator[Opened]:
    """Archives behind the proxy, closed at the end."""
    made: list[DicomWebArchive] = []

    def open_archive(read_s: float = 5.0, query_s: float = 10.0, study_s: float = 30.0) -> DicomWebArchive:
        transport = Transport(f"http://127.0.0.1:{proxy.port}/dicom-web", Credentials(), Patience(2.0, read_s))
        made.append(DicomWebArchive(transport, READING, ByteLimits(), query_s, study_s))
        return made[-1]

    yield open_archive
    for archive in made:
        archive.close()


def pixels(archive: DicomWebArchive) -> list[bytes]:
    """All images of the exam, in order."""
    return [data for _, data in archive.fetch(archive.instances("1.2.1", "1.2.1.1"))]


def code_of(call: Callable[[], object]) -> FaultCode:
    """The fault that a call ends with."""
    with pytest.raises(KioskError) as caught:
        call()
    return caught.value.code


@pytest.fixture(scope="module")
def whole(server: orthanc.Orthanc) -> list[bytes]:
    """What arrives through a good network."""
    archive = DicomWebArchive(Transport(server.dicomweb, Credentials(), Patience()), READING, ByteLimits())
    arrived = pixels(archive)
    archive.close()
    assert len(set(arrived)) == IMAGES
    return arrived


def test_case_01_an_archive_that_is_down_is_told_and_comes_back(server: orthanc.Orthanc, opened: Opened) -> None:
    dead = Transport(f"http://127.0.0.1:{servers.free_port()}/dicom-web", Credentials(), Patience(1.0, 1.0))
    down = DicomWebArchive(dead, READING, ByteLimits())
    assert code_of(down.probe) is FaultCode.ARCHIVE_UNREACHABLE
    down.close()
    assert opened().probe().startswith("DICOMweb")


def test_case_02_a_query_is_repeated_once_when_the_connection_breaks(proxy: FaultProxy, opened: Opened) -> None:
    archive = opened()
    proxy.toxics = Toxics(reset_after=0, times=1)
    assert archive.exams(StudyQuery(accession="A0001"))[0].images == IMAGES
    proxy.toxics, before = Toxics(reset_after=0), proxy.connections
    assert code_of(opened().probe) in (FaultCode.ARCHIVE_UNREACHABLE, FaultCode.ARCHIVE_TRUNCATED)
    assert proxy.connections - before == 2


def test_case_03_a_black_hole_ends_at_the_deadline(proxy: FaultProxy, opened: Opened) -> None:
    archive = opened(read_s=0.5, study_s=1.0)
    refs = archive.instances("1.2.1", "1.2.1.1")
    proxy.toxics = Toxics(silent_after=3000)
    archive._http.close()  # the next request needs a new connection
    assert code_of(lambda: list(archive.fetch(refs))) is FaultCode.ARCHIVE_TIMEOUT


def test_case_03_a_trickle_cannot_outlast_the_whole_deadline(proxy: FaultProxy, opened: Opened) -> None:
    archive = opened(read_s=2.0, study_s=1.0)
    refs = archive.instances("1.2.1", "1.2.1.1")
    proxy.toxics = Toxics(bytes_per_s=20_000)
    archive._http.close()
    assert code_of(lambda: list(archive.fetch(refs))) is FaultCode.ARCHIVE_TIMEOUT


def test_case_04_latency_is_borne(proxy: FaultProxy, opened: Opened, whole: list[bytes]) -> None:
    proxy.toxics = Toxics(latency_s=0.15)
    archive = opened()
    assert archive.exams(StudyQuery(accession="A0001"))[0].images == IMAGES
    assert pixels(archive) == whole


def test_case_05_a_thin_line_brings_the_report_and_then_the_images(
    proxy: FaultProxy, opened: Opened, whole: list[bytes]
) -> None:
    proxy.toxics = Toxics(bytes_per_s=400_000)
    archive = opened()
    ((_, report),) = archive.fetch([InstanceRef("1.2.1", "1.2.1.9", "1.2.1.9.1", "")])
    assert b"%PDF-1 report" in report
    assert pixels(archive) == whole


@pytest.mark.parametrize("fault", ["reset_after", "cut_after"])
@pytest.mark.parametrize("place", [700, 9_000, 30_000, 200_000])
def test_case_06_a_broken_transfer_is_resumed_by_instance(
    proxy: FaultProxy, opened: Opened, whole: list[bytes], fault: str, place: int
) -> None:
    archive = opened()
    refs = archive.instances("1.2.1", "1.2.1.1")
    for any_order in (False, True):
        proxy.toxics = Toxics(times=1, **{fault: place})  # type: ignore[arg-type]
        archive._http.close()
        arrived = list(archive.fetch(refs, any_order=any_order))
        assert [ref for ref, _ in arrived] == refs or (any_order and {ref for ref, _ in arrived} == set(refs))
        assert [data for _, data in sorted(arrived, key=lambda one: one[0].number)] == whole


@pytest.mark.parametrize("missing", [1, 3, 30, 2000])
def test_case_07_an_object_without_its_boundary_is_not_handed_on(
    proxy: FaultProxy, opened: Opened, whole: list[bytes], missing: int
) -> None:
    archive = opened()
    ref = archive.instances("1.2.1", "1.2.1.1")[0]
    proxy.toxics = Toxics(cut_after=len(whole[0]) + 400 - missing)
    archive._http.close()
    assert code_of(lambda: list(archive.fetch([ref]))) is FaultCode.ARCHIVE_TRUNCATED


def test_case_08_single_bytes_make_the_same_pixels(proxy: FaultProxy, opened: Opened, whole: list[bytes]) -> None:
    archive = opened()
    refs = archive.instances("1.2.1", "1.2.1.1")[:3]
    proxy.toxics = Toxics(slice_bytes=1)
    archive._http.close()
    assert [data for _, data in archive.fetch(refs)] == whole[:3]


def test_case_09_slow_closing_leaks_no_connection(proxy: FaultProxy, opened: Opened) -> None:
    proxy.toxics = Toxics(slow_close_s=20.0)
    archive = opened()
    for _ in range(100):
        arriving = archive.fetch(archive.instances("1.2.1", "1.2.1.1"))
        next(arriving)
        arriving.close()
    ours = [c for c in psutil.Process().net_connections("tcp") if c.raddr and c.raddr.port == proxy.port]
    assert len([c for c in ours if c.status == psutil.CONN_ESTABLISHED]) <= 6


def test_stopping_a_transfer_leaves_the_archive_usable(opened: Opened, whole: list[bytes], tmp_path: Path) -> None:
    archive = opened()
    arriving = archive.fetch(archive.instances("1.2.1", "1.2.1.1"))
    assert next(arriving)[1] == whole[0]
    arriving.close()
    assert pixels(archive) == whole


def test_the_order_asked_for_holds_whatever_the_order_of_the_archive(opened: Opened, whole: list[bytes]) -> None:
    archive = opened()
    refs = archive.instances("1.2.1", "1.2.1.1")
    backwards = [data for _, data in archive.fetch(refs[::-1])]
    mixed = [data for _, data in archive.fetch(refs[1::2] + refs[::2])]
    assert backwards == whole[::-1]
    assert mixed == whole[1::2] + whole[::2]


def test_in_any_order_a_series_costs_one_request(opened: Opened, whole: list[bytes]) -> None:
    """Whatever comes first is wanted first; only what is missing in the stream is asked for by itself."""
    archive = opened()
    refs = archive.instances("1.2.1", "1.2.1.1")
    asked: list[str] = []
    get = archive._http.get
    archive._http.get = lambda path, *rest: asked.append(path) or get(path, *rest)  # type: ignore[func-returns-value,method-assign]
    for wanted in (refs, refs[::-1], refs[5:] + refs[:5]):
        arrived = dict(archive.fetch(wanted, any_order=True))
        assert [arrived[ref] for ref in refs] == whole
    assert asked == ["/studies/1.2.1/series/1.2.1.1"] * 3
    gone = InstanceRef("1.2.1", "1.2.1.1", "1.2.1.1.999", "")
    assert code_of(lambda: list(archive.fetch([*refs, gone], any_order=True))) is FaultCode.ARCHIVE_ERROR
    assert asked[-1].endswith("/instances/1.2.1.1.999")
