"""Publishing 300 CT slices from Orthanc to a portal on loopback, beside Orthanc sending the same by STOW-RS.

    .venv/bin/python -m tests.benchmarks.publish [--slices 300] [--rounds 3]

Prints: wall time and processor time of both ways, the publisher's memory, stored bytes beside JPEG 2000 lossless, and
what was sent twice after a kill (`python -m tests.faults.publish_kills` has the table).
"""

from __future__ import annotations

import argparse
import io
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import imagecodecs
import numpy as np
import psutil
import pydicom
import requests
from pydicom.data import get_testdata_file
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from kiosk.adapters.archive.dicom_records import ReportReading
from kiosk.adapters.archive.dicomweb import DicomWebArchive
from kiosk.adapters.archive.dicomweb_http import Credentials, Patience, Transport
from kiosk.adapters.archive.limits import ByteLimits
from kiosk.cloud.wire.objects import Kind
from kiosk.config import secret
from kiosk.domain.exam import ReportStatus
from kiosk.domain.links import Publication
from tests.support import orthanc
from tests.support.cloud_programs import CloudPrograms
from tests.support.documents import pdf
from tests.support.portal import Portal
from tests.support.publishing import Hospital1, manifest_of, opened, workers
from tests.support.shared_data import SHARED
from tests.support.studies import pdf_report

STUDY = "1.2.3.90"
MIB = 1 << 20


@dataclass(frozen=True)
class Spent:
    """One run: seconds by the clock, seconds of processors, most memory of all its processes in MiB.

    Memory is the proportional set size: pages that workers share with the process they come from count once.
    """

    wall_s: float
    cpu_s: float
    peak_mib: float


def slices(count: int) -> list[bytes]:
    """Different 512 x 512 slices of one study: the shared series, or pydicom's packaged CT, moved a little each."""
    files = sorted((SHARED / "series/ct_ge_28").glob("*.dcm")) or [Path(str(get_testdata_file("693_J2KI.dcm")))]
    series, made = f"{STUDY}.1", []
    for number in range(count):
        ds = pydicom.dcmread(files[number % len(files)])
        pixels = np.roll(ds.pixel_array, number // len(files), axis=1)
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID = STUDY, series, generate_uid()
        ds.PatientID, ds.PatientName, ds.PatientBirthDate = "T0001", "Test^One", "19800101"
        ds.AccessionNumber, ds.InstanceNumber, ds.SeriesNumber = "A0001", number + 1, 1
        ds.ImagePositionPatient = [0.0, 0.0, float(number)]
        ds.PixelData = pixels.tobytes()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        out = io.BytesIO()
        ds.save_as(out)
        made.append(out.getvalue())
    return made


def measured(work: Callable[[], object], pids: Callable[[], list[int]]) -> Spent:
    """Run it, and look at its processes meanwhile."""
    over, peak = threading.Event(), [0.0]

    def look() -> None:
        while not over.wait(0.2):
            total = 0
            for pid in pids():
                try:
                    total += psutil.Process(pid).memory_full_info().pss
                except psutil.Error:
                    continue
            peak[0] = max(peak[0], total / MIB)

    thread = threading.Thread(target=look)
    before, began = _cpu(pids()), time.perf_counter()
    thread.start()
    work()
    wall = time.perf_counter() - began
    spent = _cpu(pids()) - before
    over.set()
    thread.join()
    return Spent(wall, spent, peak[0])


def _cpu(pids: list[int]) -> float:
    total = 0.0
    for pid in pids:
        try:
            times = psutil.Process(pid).cpu_times()
            total += times.user + times.system
        except psutil.Error:
            continue
    return total


def family() -> list[int]:
    """This process and all below it but Orthanc."""
    me = psutil.Process()
    return [me.pid, *(one.pid for one in me.children(recursive=True) if "rthanc" not in one.name())]


def published(pacs: orthanc.Orthanc, folder: Path, films: bool) -> tuple[Spent, int, int]:
    """One exam from the archive to the portal: what it took, bytes stored, bytes of lossless frames."""
    (folder / "portal").mkdir(parents=True)
    with Portal(folder / "portal") as portal, workers() as pool:
        own = Hospital1(folder, portal, pool)
        transport = Transport(pacs.dicomweb, Credentials("", secret(""), secret("")), Patience(3, 30), None)
        limits = ByteLimits(64 * MIB, 1024 * MIB, 20 * MIB)
        reading = ReportReading(UTC, ReportStatus.FINAL)
        own.archive = DicomWebArchive(transport, reading, limits, 30, 300, lambda _: None)
        link = own.link(STUDY)
        publisher = own.publisher(films)
        publisher.begin()
        publisher.tell_links()
        pool.warm()
        spent = measured(publisher.once, family)
        (record,) = own.ledger.publications()
        assert record.state is Publication.ONLINE, record
        session = opened(portal, link)
        assert session is not None
        manifest = manifest_of(portal, session)
        frames = sum(size for _, _, size in manifest.objects[Kind.FRAME])
        own.close()
        own.archive.close()
        return spent, record.size, frames


def as_program(files: list[bytes], folder: Path) -> Spent:
    """`kiosk publish now` as a program of its own: what it and its workers take, without portal, relay and test."""
    folder.mkdir()
    with CloudPrograms(folder) as running:
        running.pacs.upload(files)
        assert running.said("publish", "status").returncode == 0

        def pids() -> list[int]:
            own = [one for one in psutil.Process().children() if "publish" in one.cmdline()]
            return [one.pid for found in own for one in (found, *found.children(recursive=True))]

        return measured(lambda: running.said("publish", "now", "A0001"), pids)


def stow(source: orthanc.Orthanc, target: orthanc.Orthanc) -> Spent:
    """The same study by Orthanc's own DICOMweb client."""
    target.empty()
    server = {"Url": f"{target.dicomweb}/"}
    requests.put(f"{source.url}/dicom-web/servers/peer", json=server, timeout=30).raise_for_status()
    (study,) = requests.get(f"{source.url}/studies", timeout=30).json()
    body = {"Resources": [study], "Synchronous": True}
    pids = [one.pid for one in psutil.Process().children() if "rthanc" in one.name()]

    def send() -> None:
        requests.post(f"{source.url}/dicom-web/servers/peer/stow", json=body, timeout=900).raise_for_status()

    return measured(send, lambda: pids)


def jpeg2000(files: list[bytes]) -> int:
    """Bytes of the frames as JPEG 2000 lossless."""
    return sum(
        len(imagecodecs.jpeg2k_encode(pydicom.dcmread(io.BytesIO(one)).pixel_array, level=0, reversible=True))
        for one in files
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--slices", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    files = slices(args.slices)
    with tempfile.TemporaryDirectory() as home:
        base = Path(home)
        with orthanc.running(base / "a") as one, orthanc.running(base / "b") as other:
            report = pdf_report(STUDY, f"{STUDY}.9", f"{STUDY}.9.1", pdf(base / "r.pdf", 1).read_bytes())
            one.upload([*files, report])
            alone = as_program([*files, report], base / "program")
            rows: dict[str, list[Spent]] = {"STOW-RS": [], "publish": [], "publish with film sheets": []}
            stored = frames = 0
            for number in range(args.rounds):
                rows["STOW-RS"].append(stow(one, other))
                spent, stored, frames = published(one, base / f"plain{number}", films=False)
                rows["publish"].append(spent)
                rows["publish with film sheets"].append(published(one, base / f"films{number}", films=True)[0])
    for name, found in rows.items():
        wall, cpu, peak = (statistics.median(getattr(x, key) for x in found) for key in ("wall_s", "cpu_s", "peak_mib"))
        print(f"{name:26} {wall:7.1f} s  {cpu:7.1f} s of processors  {peak:6.0f} MiB at most")
    print(f"publish now, by itself {alone.wall_s:9.1f} s from its start  {alone.peak_mib:6.0f} MiB at most")
    lossless = jpeg2000(files)
    raw = sum(pydicom.dcmread(io.BytesIO(one)).pixel_array.nbytes for one in files)
    print(f"frames {frames / MIB:.1f} MiB, JPEG 2000 lossless {lossless / MIB:.1f} MiB: {frames / lossless:.3f}; "
          f"raw {raw / MIB:.1f} MiB; all that is stored {stored / MIB:.1f} MiB")  # fmt: skip
    print(f"this process at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


if __name__ == "__main__":
    main()
