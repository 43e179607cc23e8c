"""Whole process: 30 DICOM files to one film PDF, start of Python included, against the naive way.

    python -m tests.benchmarks.film_process

naive: pydicom's LUT functions, Pillow, reportlab, one text a tile - what a day's script would do. Ours is the command
`kiosk film` as it ships, sandbox included. Runs alternate; medians and the ratio are printed.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.film_series import write_series

RESOLUTIONS = {320: 0.25, 508: 0.15}
ROUNDS = 5
NAIVE = """
import sys
import numpy as np, pydicom
from PIL import Image, ImageDraw
from pydicom.pixels import apply_modality_lut, apply_voi_lut
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas
dpi, out, files = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
width, height, margin, gap = 14 * dpi, 17 * dpi, dpi // 8, dpi // 32
across, down = (width - 2 * margin - 4 * gap) // 5, (height - 2 * margin - 5 * gap) // 6
edge = min(across, down)
sheet = Image.new("L", (width, height), 0)
draw = ImageDraw.Draw(sheet)
for number, path in enumerate(files):
    ds = pydicom.dcmread(path)
    values = apply_voi_lut(apply_modality_lut(ds.pixel_array, ds), ds)
    values = values - values.min()
    grey = (values / values.max() * 255).astype(np.uint8)
    place = margin + number % 5 * (across + gap), margin + number // 5 * (down + gap)
    sheet.paste(Image.fromarray(grey).resize((edge, edge), Image.LANCZOS), place)
    draw.text(place, f"Im {number + 1}", fill=255)
page = canvas.Canvas(out, pagesize=(1008, 1224))
page.drawImage(ImageReader(sheet), 0, 0, 1008, 1224)
page.showPage()
page.save()
"""


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        files = [str(path) for path in write_series(Path(folder), 30)]
        out = str(Path(folder) / "film.pdf")
        print(f"{'dpi':>4} {'naive s':>8} {'ours s':>8} {'ratio':>7} {'reach':>6}")
        for dpi, reach in RESOLUTIONS.items():
            naive = [sys.executable, "-c", NAIVE, str(dpi), out, *files]
            own = [sys.executable, "-m", "kiosk", "film", *files, "--out", out, "--layout", "5x6", "--dpi", str(dpi)]
            pairs = [(_seconds(naive), _seconds(own)) for _ in range(ROUNDS)]
            base, mine = (statistics.median(column) for column in zip(*pairs, strict=True))
            print(f"{dpi:>4} {base:>8.2f} {mine:>8.2f} {mine / base:>6.2f}x {reach:>5.2f}x")


if __name__ == "__main__":
    main()
