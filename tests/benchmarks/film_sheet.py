"""One film sheet: 30 CT images of 512 squared on 14 x 17 in, 8-bit grey, lossless, at 320 and 508 dpi.

    python -m tests.benchmarks.film_sheet

Side by side in one run, each in a process of its own:
  floor      cubic resampling of 8-bit pictures straight into place, ISA-L deflate on two threads; no container
  sheet      ours, frames decoded: 16-bit resampling, table, every annotation, embedded fonts, finished PDF
  film       ours, from files in memory: parsing, ordering, planning and decoding as well
  reportlab  `drawImage` of the composed sheet: reportlab's own image path alone
Printed: milliseconds (best of three rounds' medians, the rounds alternating), ratio to the floor, how many times faster
than reportlab, peak resident memory of the film.
"""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.making import phantom

COLUMNS, ROWS = 5, 6
RESOLUTIONS = (320, 508)
ROUNDS = 3
REACH_FLOOR, REACH_REPORTLAB, REACH_MIB = 2.0, 15.0, 200.0


def _median_ms(action: Callable[[], object], times: int = 9) -> float:
    action()
    measured = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        measured.append((time.perf_counter() - start) * 1000)
    return statistics.median(measured)


def _tables() -> tuple[list[NDArray[np.uint16]], NDArray[np.uint8]]:
    tiles = [phantom("CT", 512, seed=number).view(np.uint16) for number in range(COLUMNS * ROWS)]
    values = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.float32)
    return tiles, np.clip((values - 40 + 200) / 400 * 255, 0, 255).astype(np.uint8)


def _composed(tiles: list[NDArray[np.uint16]], table: NDArray[np.uint8], dpi: int) -> NDArray[np.uint8]:
    width, height, margin, gap = 14 * dpi, 17 * dpi, dpi // 8, dpi // 32
    across, down = (width - 2 * margin - 4 * gap) // COLUMNS, (height - 2 * margin - 5 * gap) // ROWS
    edge = min(across, down)
    sheet = np.zeros((height, width), np.uint8)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, COLUMNS)
        x, y = margin + column * (across + gap), margin + row * (down + gap)
        cv2.resize(cv2.LUT(tile, table), (edge, edge), dst=sheet[y:y + edge, x:x + edge],
                   interpolation=cv2.INTER_CUBIC)  # fmt: skip
    return sheet


def floor(dpi: int) -> float:
    """Compose and deflate, nothing else."""
    from isal import isal_zlib

    cv2.setNumThreads(2)
    tiles, table = _tables()
    pool = ThreadPoolExecutor(2)

    def part(strip: NDArray[np.uint8]) -> bytes:
        packer = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
        return bytes(packer.compress(strip) + packer.flush(zlib.Z_SYNC_FLUSH))

    return _median_ms(lambda: list(pool.map(part, np.array_split(_composed(tiles, table, dpi), 8))))


def film(dpi: int) -> float:
    """The product, from bytes to the closed PDF."""
    from kiosk.domain.sheets.film import parse_grid
    from kiosk.imaging.film.making import compose
    from kiosk.imaging.film.spec import FilmSpec
    from kiosk.imaging.pdf import fonts
    from kiosk.imaging.pdf.writer import PdfWriter
    from tests.benchmarks.film_series import ct_slice

    cv2.setNumThreads(1)
    sources = [ct_slice(number) for number in range(COLUMNS * ROWS)]
    book, pool = fonts.discover(), ThreadPoolExecutor(2)
    spec = FilmSpec(dpi=dpi, grid=parse_grid(f"{COLUMNS}x{ROWS}"))

    def document() -> None:
        pdf = PdfWriter(io.BytesIO(), book, pool)
        outcome = compose(sources, spec, pdf, book, pool=pool)
        pdf.close()
        if outcome.placed != len(sources):
            raise RuntimeError(f"placed {outcome.placed}")

    return _median_ms(document)


def sheet(dpi: int) -> float:
    """The sheet alone: frames decoded and placed before; resampling, table, annotations, fonts, PDF."""
    from kiosk.domain.sheets.film import parse_grid
    from kiosk.imaging.dicom.limits import Limits
    from kiosk.imaging.film.gather import Shelf, gather
    from kiosk.imaging.film.plan import plan
    from kiosk.imaging.film.sheet import SheetMaker
    from kiosk.imaging.film.spec import FilmSpec
    from kiosk.imaging.pdf import fonts
    from kiosk.imaging.pdf.writer import PdfWriter
    from tests.benchmarks.film_series import ct_slice

    cv2.setNumThreads(1)
    shelf = Shelf([ct_slice(number) for number in range(COLUMNS * ROWS)], Limits())
    spec = FilmSpec(dpi=dpi, grid=parse_grid(f"{COLUMNS}x{ROWS}"))
    planned = plan(gather(shelf, range(COLUMNS * ROWS)).pictures, spec).sheets[0]
    frames = {item.picture.key: shelf.frame(item.picture) for item in planned.placements}
    book, pool = fonts.discover(), ThreadPoolExecutor(2)

    def page() -> None:
        pdf = PdfWriter(io.BytesIO(), book, pool)
        SheetMaker(planned, spec, book, lambda picture: frames[picture.key], spec.dpi, pool).write(pdf)
        pdf.close()

    return _median_ms(page)


def reportlab(dpi: int) -> float:
    """reportlab's image path with the sheet already composed."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    picture = Image.fromarray(_composed(*_tables(), dpi))

    def page() -> None:
        canvas = Canvas(io.BytesIO(), pagesize=(14 * 72, 17 * 72))
        canvas.drawImage(ImageReader(picture), 0, 0, 14 * 72, 17 * 72)
        canvas.showPage()
        canvas.save()

    return _median_ms(page, times=2)


ACTIONS = {"floor": floor, "sheet": sheet, "film": film, "reportlab": reportlab}


def _peak_mib() -> float:
    """Peak of this program alone: getrusage would count what the parent had when it forked."""
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _apart(name: str, dpi: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "tests.benchmarks.film_sheet", name, str(dpi)]
    milliseconds, mib = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(milliseconds), float(mib)


def main() -> None:
    """Print the table."""
    if len(sys.argv) == 3:
        print(ACTIONS[sys.argv[1]](int(sys.argv[2])), _peak_mib())
        return
    print(f"{'dpi':>4} {'floor ms':>9} {'sheet ms':>9} {'film ms':>8} {'reportlab ms':>13} {'sheet/floor':>12} "
          f"{'reportlab/sheet':>16} {'MiB':>5}")  # fmt: skip
    for dpi in RESOLUTIONS:
        rounds = [[_apart(name, dpi) for name in ACTIONS] for _ in range(ROUNDS)]
        (base, _), (own, _), (whole, mib), (other, _) = (min(column) for column in zip(*rounds, strict=True))
        print(f"{dpi:>4} {base:>9.0f} {own:>9.0f} {whole:>8.0f} {other:>13.0f} {own / base:>11.2f}x "
              f"{other / own:>15.1f}x {mib:>5.0f}")  # fmt: skip
    print(f"reach: at most {REACH_FLOOR:g}x the floor, at least {REACH_REPORTLAB:g}x faster than reportlab, "
          f"at most {REACH_MIB:g} MiB at 508 dpi")  # fmt: skip


if __name__ == "__main__":
    main()
