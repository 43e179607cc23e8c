"""Fetching a CT of 300 slices (158 MB) from Orthanc on this machine: `python -m tests.benchmarks.fetch`.

The floor is one streamed request for the series, its bytes read and thrown away. Peers are what a program does that
uses `requests` as it comes (the server then compresses), and object by object without compression. Ours checks the
identifiers of every object and names its place; it is also measured with an archive that stores them in another
order: handed out as they come, which is what a film takes, and in display order. All run in turns; medians and the
ratio to the floor are printed.
"""

from __future__ import annotations

import http.client
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import requests

from kiosk.adapters.archive.dicom_records import ReportReading
from kiosk.adapters.archive.dicomweb import DicomWebArchive
from kiosk.adapters.archive.dicomweb_http import Credentials, Patience, Transport
from kiosk.adapters.archive.limits import ByteLimits
from tests.support import orthanc
from tests.support.studies import ct_image

IMAGES, SIDE, ROUNDS = 300, 512, 7
ACCEPT = {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'}
ORDERED, SHUFFLED = ("1.2.1", "1.2.1.1"), ("1.2.2", "1.2.2.1")


def fill(server: orthanc.Orthanc) -> None:
    """Two series: one stored in display order, one not."""
    for study, series in (ORDERED, SHUFFLED):
        step = 1 if study == ORDERED[0] else 77
        numbers = [1 + n * step % IMAGES for n in range(IMAGES)]
        server.upload(ct_image(study, series, f"{series}.{n}", n, SIDE, AccessionNumber=f"A{study}") for n in numbers)


class Bench:
    """The ways to fetch; each returns how many objects and bytes came, and when the thirtieth had come."""

    def __init__(self, server: orthanc.Orthanc) -> None:
        self.server = server
        transport = Transport(server.dicomweb, Credentials(), Patience())
        self.archive = DicomWebArchive(transport, ReportReading(ZoneInfo("Asia/Shanghai")), ByteLimits())
        self.refs = {place: self.archive.instances(*place) for place in (ORDERED, SHUFFLED)}

    def _path(self, place: tuple[str, str]) -> str:
        return f"/dicom-web/studies/{place[0]}/series/{place[1]}"

    def floor(self, place: tuple[str, str] = ORDERED) -> float | None:
        """One request, bytes only."""
        connection = http.client.HTTPConnection("127.0.0.1", int(self.server.url.rsplit(":", 1)[1]))
        connection.request("GET", self._path(place), headers=ACCEPT)
        answer = connection.getresponse()
        while answer.read1(1 << 20):
            pass
        connection.close()
        return None

    def ours(self, place: tuple[str, str] = ORDERED, *, any_order: bool = True) -> float | None:
        """Checked; the time when the first thirty in display order had come."""
        start, sheet, places = time.perf_counter(), None, {ref: n for n, ref in enumerate(self.refs[place])}
        first = set(range(30))
        for ref, _ in self.archive.fetch(self.refs[place], any_order=any_order):
            first.discard(places.pop(ref))
            sheet = sheet if first or sheet else time.perf_counter() - start
        assert not places
        return sheet

    def requests_default(self) -> float | None:
        """Series as one body, default headers."""
        assert requests.get(f"{self.server.url}{self._path(ORDERED)}", headers=ACCEPT, timeout=120).content
        return None

    def requests_each(self) -> float | None:
        """Object by object in one session, default headers."""
        start, sheet = time.perf_counter(), None
        with requests.Session() as session:
            for number, ref in enumerate(self.refs[ORDERED], 1):
                url = f"{self.server.url}{self._path(ORDERED)}/instances/{ref.instance_uid}"
                assert session.get(url, headers=ACCEPT, timeout=60).content
                sheet = time.perf_counter() - start if number == 30 else sheet
        return sheet


class Peak:
    """The largest resident size of this process meanwhile."""

    def __enter__(self) -> Peak:
        self._stop, self._process = threading.Event(), psutil.Process()
        self.before = self.most = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._stop.wait(0.005):
            self.most = max(self.most, self._process.memory_info().rss)

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, orthanc.running(Path(folder)) as server:
        fill(server)
        bench = Bench(server)
        ways: dict[str, tuple[Callable[[], float | None], int]] = {
            "floor: streamed, bytes only": (bench.floor, ROUNDS),
            "ours, archive in display order": (bench.ours, ROUNDS),
            "floor, archive in another order": (lambda: bench.floor(SHUFFLED), ROUNDS),
            "ours, archive in another order": (lambda: bench.ours(SHUFFLED), ROUNDS),
            "ours, in display order from another order": (lambda: bench.ours(SHUFFLED, any_order=False), ROUNDS),
            "requests, one body, default headers": (bench.requests_default, 2),
            "requests, object by object, default headers": (bench.requests_each, 1),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        sheets: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(ROUNDS):
            for name, (call, rounds) in ways.items():
                if number < rounds:
                    start = time.perf_counter()
                    sheet = call()
                    times[name].append(time.perf_counter() - start)
                    sheets[name] += [sheet] if sheet else []
        floor = statistics.median(times["floor: streamed, bytes only"])
        for name, measured in times.items():
            first = f"  30 objects after {statistics.median(sheets[name]):.3f} s" if sheets[name] else ""
            print(f"{name:<46}{statistics.median(measured):8.3f} s {statistics.median(measured) / floor:7.2f} x{first}")
        with Peak() as peak:
            bench.ours()
        print(f"memory above rest while fetching: {(peak.most - peak.before) / (1 << 20):.0f} MiB")
        bench.archive.close()


if __name__ == "__main__":
    main()
