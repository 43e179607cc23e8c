"""From the scan to film: 300 CT (158 MB) from a real Orthanc on this machine, 30 on a 14 x 17 in sheet at 508 dpi.

    python -m tests.benchmarks.first_sheet [rounds]

  naive   one plain request for all (without compression, which would cost the server ten seconds), pydicom's LUT
          functions, Pillow, reportlab: first sheet, all ten sheets
  later   ours, but everything is fetched before anything is composed
  pressed ours from the press of the button: what the series hold was asked while the patient read the list
  ours    ours without that: QIDO for exam and display order, objects checked and decoded in confined workers, sheets
          composed while later images arrive, finished PDF
Seconds from the scan (the accession number is known; of `pressed`: from the button) to the first sheet in the document
and to the closed document. Best and median of the rounds; ratios of the best. All films are written to memory, as a
visit's folder is.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import psutil
import requests

from kiosk.adapters.archive.dicom_records import ReportReading
from kiosk.adapters.archive.dicomweb import DicomWebArchive
from kiosk.adapters.archive.dicomweb_http import Credentials, Patience, Transport
from kiosk.adapters.archive.limits import ByteLimits
from kiosk.adapters.documents import film_room as filmroom
from kiosk.adapters.documents.film_room import FilmRoom
from kiosk.adapters.documents.workshop import film_spec
from kiosk.adapters.sandbox import Workers
from kiosk.ports.archive import StudyQuery
from kiosk.ports.rendering import FilmOrder
from tests.benchmarks.fetch import Peak
from tests.benchmarks.film_series import UID, ct_slice
from tests.support import orthanc

IMAGES, DPI = 300, 508
REACH_FIRST, REACH_ALL = 0.08, 0.05
Times = tuple[float, float]


class Naive:
    """What a day's script would do."""

    def __init__(self, server: orthanc.Orthanc, out: Path) -> None:
        self._server, self._out = server, out

    def __call__(self) -> Times:
        """First sheet, all sheets."""
        import io

        import pydicom
        from reportlab.pdfgen import canvas

        start = time.perf_counter()
        url = f"{self._server.dicomweb}/studies/{UID}.2/series/{UID}.1"
        accept = 'multipart/related; type="application/dicom"; transfer-syntax=*'
        answer = requests.get(url, headers={"Accept": accept, "Accept-Encoding": "identity"}, timeout=120)
        boundary = b"--" + answer.headers["Content-Type"].split("boundary=")[1].split(";")[0].strip('"').encode()
        parts = [part.partition(b"\r\n\r\n")[2] for part in answer.content.split(boundary) if b"DICM" in part[:2000]]
        found = sorted((pydicom.dcmread(io.BytesIO(part)) for part in parts), key=lambda ds: int(ds.InstanceNumber))
        page = canvas.Canvas(str(self._out), pagesize=(1008, 1224))
        first = 0.0
        for number in range(0, len(found), 30):
            self._sheet(page, found[number:number + 30])
            first = first or time.perf_counter() - start
        page.save()
        return first, time.perf_counter() - start

    def _sheet(self, page: object, found: list[object]) -> None:
        from PIL import Image, ImageDraw
        from pydicom.pixels import apply_modality_lut, apply_voi_lut
        from reportlab.lib.utils import ImageReader

        width, height, margin, gap = 14 * DPI, 17 * DPI, DPI // 8, DPI // 32
        across, down = (width - 2 * margin - 4 * gap) // 5, (height - 2 * margin - 5 * gap) // 6
        edge = min(across, down)
        sheet = Image.new("L", (width, height), 0)
        draw = ImageDraw.Draw(sheet)
        for place, ds in enumerate(found):
            values = apply_voi_lut(apply_modality_lut(ds.pixel_array, ds), ds)
            values = values - values.min()
            grey = (values / values.max() * 255).astype(np.uint8)
            spot = margin + place % 5 * (across + gap), margin + place // 5 * (down + gap)
            sheet.paste(Image.fromarray(grey).resize((edge, edge), Image.LANCZOS), spot)
            draw.text(spot, f"Im {place + 1}", fill=255)
        page.drawImage(ImageReader(sheet), 0, 0, 1008, 1224)
        page.showPage()


class Ours:
    """The archive's adapter and the workshop, workers warm as they are in a kiosk that runs all day."""

    def __init__(
        self, server: orthanc.Orthanc, workers: Workers, out: Path, *, stream: bool, foreseen: bool = False
    ) -> None:
        reading = ReportReading(ZoneInfo("Asia/Shanghai"))
        self.archive = DicomWebArchive(Transport(server.dicomweb, Credentials(), Patience()), reading, ByteLimits())
        self._workers, self._out, self._stream, self._foreseen = workers, out, stream, foreseen
        self._spec = film_spec(FilmOrder("F1", "Benchmark Hospital", "14INX17IN", dpi=DPI, qr_url="https://x.example/#1"))

    def __call__(self) -> Times:
        """First sheet, all sheets."""
        scanned = time.perf_counter()
        when: list[float] = []
        (exam,) = self.archive.exams(StudyQuery(accession="ACC0001"))
        refs = [ref for s in exam.series for ref in self.archive.instances(exam.study_uid, s.series_uid)]
        start = time.perf_counter() if self._foreseen else scanned
        places = {ref: place for place, ref in enumerate(refs)}
        arriving = ((places[ref], data) for ref, data in self.archive.fetch(refs, any_order=True))
        room = FilmRoom(self._workers, self._spec, exam, lambda *_: None,
                        on_sheet=lambda _: when.append(time.perf_counter() - start))  # fmt: skip
        made = filmroom.make(room, arriving if self._stream else list(arriving), self._out)
        if (made.placed, made.sheets) != (IMAGES, 10):
            raise RuntimeError(f"placed {made.placed} on {made.sheets} sheets")
        return when[0], time.perf_counter() - start


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # as a visit's folder
    with (
        tempfile.TemporaryDirectory() as name,
        tempfile.TemporaryDirectory(dir=memory) as visit,
        orthanc.running(Path(name)) as server,
        Workers(2) as workers,
    ):
        server.upload(ct_slice(number) for number in range(IMAGES))
        out = Path(visit) / "film.pdf"
        ours = Ours(server, workers, out, stream=True)
        ways: dict[str, tuple[Callable[[], Times], int]] = {
            "pressed": (Ours(server, workers, out, stream=True, foreseen=True), rounds),
            "ours": (ours, rounds),
            "later": (Ours(server, workers, out, stream=False), rounds),
            "naive": (Naive(server, out), 2),
        }
        ours()
        taken: dict[str, list[Times]] = {way: [call() for _ in range(count)] for way, (call, count) in ways.items()}
        print(f"{'':<8}{'first: best':>12}{'median':>8}{'all: best':>12}{'median':>8}")
        for way, times in taken.items():
            first, everything = zip(*times, strict=True)
            print(f"{way:<8}{min(first):>12.2f}{statistics.median(first):>8.2f}"
                  f"{min(everything):>12.2f}{statistics.median(everything):>8.2f}")  # fmt: skip
        best = {way: tuple(map(min, zip(*times, strict=True))) for way, times in taken.items()}
        for index, (what, reach) in enumerate((("first sheet", REACH_FIRST), ("all ten sheets", REACH_ALL))):
            ratio, pressed = (best[way][index] / best["naive"][index] for way in ("ours", "pressed"))
            later = best["ours"][index] / best["later"][index]
            print(f"{what}: {ratio:.3f}x naive, {pressed:.3f}x from the button (reach {reach:.2f}x), "
                  f"{later:.2f}x fetch-then-render")  # fmt: skip
        with Peak() as peak:
            ours()
        children = [child.memory_info().rss >> 20 for child in psutil.Process().children()]
        grown = (peak.most - peak.before) >> 20
        print(f"memory above rest while making the film: {grown} MiB; children (Orthanc, workers) now {children} MiB")


if __name__ == "__main__":
    main()
