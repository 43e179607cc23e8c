"""C-GET of 300 CT slices by the adapter against dcmtk's getscu into a folder, from the same Orthanc in the same run.

python -m tests.benchmarks.dimse_get [--slices 300]

Aim: at most 1.5 times getscu's time; memory flat (the largest growth of this process while fetching).
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from kiosk.ports.archive import StudyQuery
from tests.contract.test_archive import dimse_archive
from tests.support import orthanc
from tests.support.servers import program
from tests.support.studies import ct_image


def main() -> None:
    """Measure, print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--slices", type=int, default=300)
    slices = arguments.parse_args().slices
    with tempfile.TemporaryDirectory() as folder, orthanc.dimse(Path(folder) / "pacs") as (server, port):
        server.upload(ct_image("1.2.1", "1.2.1.1", f"1.2.1.1.{n}", n, side=512) for n in range(1, slices + 1))
        for turn in range(3):
            theirs = getscu(Path(folder) / f"get{turn}", port)
            ours, first, size, grown = adapter(port)
            print(f"getscu {theirs:.2f} s · adapter {ours:.2f} s ({ours / theirs:.2f}×), first object {first:.2f} s, "
                  f"{size / ours / 1e6:.0f} MB/s, memory +{grown:.0f} MiB")  # fmt: skip


def getscu(target: Path, port: int) -> float:
    """Seconds of dcmtk's own."""
    target.mkdir()
    began = time.monotonic()
    key = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.1"]
    command = [program("getscu", "dcmtk"), "-S", "-aec", "ORTHANC", *key, "-od", str(target), "127.0.0.1", str(port)]
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - began


def adapter(port: int) -> tuple[float, float, int, float]:
    """Seconds, seconds to the first object, bytes, MiB that memory grew by."""
    archive = dimse_archive(port)
    (exam,) = archive.exams(StudyQuery(accession="A0001"))
    refs = archive.instances(exam.study_uid, exam.series[0].series_uid)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, first, size = time.monotonic(), 0.0, 0
    for _, data in archive.fetch(refs):
        first = first or time.monotonic() - began
        size += len(data)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return time.monotonic() - began, first, size, grown


if __name__ == "__main__":
    main()
