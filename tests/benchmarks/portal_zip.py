"""An exam as an archive with DICOMDIR: the portal beside Orthanc's /studies/{id}/media, the same slices, one run.

    python -m tests.benchmarks.portal_zip [SLICES]

Both are read to the end over loopback: seconds to the first byte, seconds in all, and by how much the portal's process
grew. The portal also opens each sealed frame, decodes it in its sandbox and compares its digest.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import pydicom
import requests

from tests.support import orthanc
from tests.support.cloud import PortalServer, exam_of, packaged
from tests.support.person import Person

MIB = 1 << 20


def slices(folder: Path, count: int) -> list[Path]:
    """One real CT slice, many times under other UIDs."""
    ds = pydicom.dcmread(packaged()[1])
    ds.PixelData = ds.pixel_array.tobytes()
    ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    files = []
    for number in range(1, count + 1):
        ds.InstanceNumber, ds.SOPInstanceUID = number, f"1.2.826.0.1.3680043.8.498.{number}"
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        files.append(folder / f"{number}.dcm")
        ds.save_as(files[-1])
    return files


def read(session: requests.Session, address: str) -> tuple[float, float, int]:
    """Seconds to the first byte, in all, and bytes."""
    begun = time.perf_counter()
    with session.get(address, stream=True, timeout=600) as answer:
        answer.raise_for_status()
        parts = answer.iter_content(1 << 16)
        size = len(next(parts))
        first = time.perf_counter() - begun
        size += sum(map(len, parts))
    return first, time.perf_counter() - begun, size


def show(name: str, figures: tuple[float, float, int]) -> None:
    """One line."""
    first, whole, size = figures
    print(f"{name:32} first byte {first * 1000:6.0f} ms   all {whole:6.2f} s   {size / MIB:6.1f} MiB", flush=True)


def main() -> None:
    """Both."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        (folder / "slices").mkdir()
        files = slices(folder / "slices", count)
        with PortalServer(folder / "portal") as server:
            link, sealed = server.link(), exam_of(files)
            server.bring(sealed, link)
            person = Person(server)
            person.answers(link.text)
            base = f"{server.origin}/exams/{sealed.exam}/archive"
            read(person.browser, f"{base}/small")
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            plain = read(person.browser, f"{base}/plain")
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            small = read(person.browser, f"{base}/small")
        (folder / "orthanc").mkdir()
        with orthanc.running(folder / "orthanc") as peer:
            peer.upload(files)
            (study,) = requests.get(f"{peer.url}/studies", timeout=60).json()
            theirs = read(requests.Session(), f"{peer.url}/studies/{study}/media")
    print(f"{count} CT slices")
    show("Orthanc /media", theirs)
    show("portal, for any computer", plain)
    show("portal, HTJ2K", small)
    print(f"portal ÷ Orthanc {plain[1] / theirs[1]:.2f}×; the portal's process grew by {grown / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
