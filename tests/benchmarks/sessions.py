"""Matrix case 23: 200 kiosks ask one archive of 10,000 studies at once: `python -m tests.benchmarks.sessions`.

Each asks for the list of one patient's exams, with series and reports, over connections of its own. All clients run in
this process, so the figures include their waiting for one interpreter.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import threading
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.adapters.archive_limits import ByteLimits
from kiosk.adapters.dicom_records import ReportReading
from kiosk.adapters.dicomweb import DicomWebArchive
from kiosk.adapters.dicomweb_http import Credentials, Patience, Transport
from kiosk.domain.faults import KioskError
from kiosk.ports.archive import StudyQuery
from tests.support import orthanc
from tests.support.studies import ct_image, pdf_report

STUDIES, SESSIONS = 10_000, 200
READING = ReportReading(ZoneInfo("Asia/Shanghai"))


def fill(server: orthanc.Orthanc) -> None:
    """Studies of two images each; every fourth has a report."""

    def objects(first: int) -> list[bytes]:
        made = []
        for n in range(first, STUDIES, 4):
            who = {"PatientID": f"P{n // 2:06d}", "PatientName": f"Test^{n // 2}", "AccessionNumber": f"A{n:06d}"}
            made.append(ct_image(f"1.2.{n}", f"1.2.{n}.1", f"1.2.{n}.1.1", 1, 8, **who))
            if n % 4 == 0:
                made.append(pdf_report(f"1.2.{n}", f"1.2.{n}.9", f"1.2.{n}.9.1", b"%PDF-", **who))
        return made

    threads = [threading.Thread(target=lambda k=k: server.upload(objects(k))) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ask(server: orthanc.Orthanc, number: int, start: threading.Barrier, times: list[float], faults: list[str]) -> None:
    """One kiosk's question."""
    archive = DicomWebArchive(Transport(server.dicomweb, Credentials(), Patience()), READING, ByteLimits())
    start.wait()
    begin = time.perf_counter()
    try:
        exams = archive.exams(StudyQuery(patient_id=f"P{number:06d}"))
        assert len(exams) == 2
        times.append(time.perf_counter() - begin)
    except KioskError as fault:
        faults.append(str(fault))
    archive.close()


def main() -> None:
    """Fill, ask one alone, ask all at once, print."""
    with tempfile.TemporaryDirectory() as folder, orthanc.running(Path(folder)) as server:
        begin = time.perf_counter()
        fill(server)
        print(f"{STUDIES} studies stored in {time.perf_counter() - begin:.0f} s")
        for sessions in (1, 20, SESSIONS):
            times: list[float] = []
            faults: list[str] = []
            start = threading.Barrier(sessions)
            numbers = random.Random(7).sample(range(STUDIES // 2), sessions)
            threads = [threading.Thread(target=ask, args=(server, n, start, times, faults)) for n in numbers]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            p95 = sorted(times)[max(0, round(0.95 * len(times)) - 1)]
            print(
                f"{sessions:4} at once: median {statistics.median(times):.2f} s, p95 {p95:.2f} s, {len(faults)} faults"
            )


if __name__ == "__main__":
    main()
