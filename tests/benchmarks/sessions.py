"""Matrix case 23: 200 kiosks ask one archive of 10,000 studies at once: `python -m tests.benchmarks.sessions`.

Each asks for the list of one patient's exams, with series and reports, over connections of its own. The floor are the
very same requests, one after the other over one connection a kiosk, their answers thrown away: what the archive itself
needs. All clients run in this process, so the figures include their waiting for one interpreter.
"""

from __future__ import annotations

import argparse
import http.client
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.adapters.archive.dicom_records import ReportReading
from kiosk.adapters.archive.dicomweb import DicomWebArchive
from kiosk.adapters.archive.dicomweb_http import Credentials, Patience, Transport
from kiosk.adapters.archive.limits import ByteLimits
from kiosk.domain.faults import KioskError
from kiosk.ports.archive import StudyQuery
from tests.support import orthanc
from tests.support.studies import ct_image, pdf_report

STUDIES, SESSIONS, ROUNDS = 10_000, 200, 3
READING = ReportReading(ZoneInfo("Asia/Shanghai"))


def fill(server: orthanc.Orthanc, studies: int) -> None:
    """Studies of two images each; every fourth has a report."""

    def objects(first: int) -> list[bytes]:
        made = []
        for n in range(first, studies, 4):
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


def floor(
    server: orthanc.Orthanc, number: int, start: threading.Barrier, times: list[float], faults: list[str]
) -> None:
    """The same requests, bytes only."""
    connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rsplit(":", 1)[1]), timeout=120)
    studies = (f"1.2.{n}" for n in (2 * number, 2 * number + 1))
    paths = [f"/studies?PatientID=P{number:06d}&limit=50", *(f"/studies/{uid}/metadata" for uid in studies)]
    start.wait()
    begin = time.perf_counter()
    try:
        for path in paths:
            connection.request("GET", f"/dicom-web{path}", headers={"Accept": "application/dicom+json"})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
        times.append(time.perf_counter() - begin)
    except OSError as error:
        faults.append(str(error))
    connection.close()


def together(
    call: Callable[..., None], server: orthanc.Orthanc, studies: int, sessions: int, seed: int
) -> tuple[list[float], Counter[str]]:
    """So many at once; their times, sorted, and what went wrong how often."""
    times: list[float] = []
    faults: list[str] = []
    start = threading.Barrier(sessions)
    numbers = random.Random(seed).sample(range(studies // 2), sessions)
    threads = [threading.Thread(target=call, args=(server, n, start, times, faults)) for n in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(times), Counter(faults)


def main() -> None:
    """Fill, ask one alone, ask all at once and the floor in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=STUDIES)
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, orthanc.running(Path(folder)) as server:
        begin = time.perf_counter()
        fill(server, args.studies)
        print(f"{args.studies} studies stored in {time.perf_counter() - begin:.0f} s")
        for sessions in (1, 20, *[args.sessions] * ROUNDS):
            p95 = []
            for name, call in (("floor", floor), ("ours", ask)):
                times, faults = together(call, server, args.studies, sessions, 7 + len(p95))
                p95.append(times[max(0, round(0.95 * len(times)) - 1)])
                print(f"{name:6}{sessions:4} at once: median {statistics.median(times):.2f} s, p95 {p95[-1]:.2f} s, "
                      f"{faults.total()} faults {dict(faults) or ''}")  # fmt: skip
            print(f"      {sessions:4} at once: p95 {p95[1] / p95[0]:.2f}x the floor")


if __name__ == "__main__":
    main()
