"""Check slips for the sample hospital: what a patient holds before the camera, as PNG and as a printable PDF."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import zxingcpp
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from kiosk.imaging.paper.typesetting import INK, MUTED, Fonts, Letterhead

WIDTH, HEIGHT = 148.0, 105.0
PIXELS_PER_MM = 8
MODULE = {"Code128": 0.42, "QRCode": 0.95}


@dataclass(frozen=True)
class SlipFace:
    """What is printed on one slip."""

    code: str
    symbology: str
    number: str
    rows: tuple[tuple[str, str], ...]


def draw_slips(faces: Sequence[SlipFace], head: Letterhead, fonts: Fonts) -> bytes:
    """All slips as one PDF of A6 pages."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(WIDTH * mm, HEIGHT * mm))
    for face in faces:
        _draw(canvas, face, head, fonts)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def save_pictures(pdf: bytes, paths: Sequence[Path]) -> None:
    """Each page as a PNG of its own."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        for page, path in zip(document, paths, strict=True):
            picture = page.render(scale=PIXELS_PER_MM * 25.4 / 72).to_numpy()
            path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    finally:
        document.close()


def _draw(canvas: Canvas, face: SlipFace, head: Letterhead, fonts: Fonts) -> None:
    def write(x: float, y: float, size: float, text: str, bold: bool = False, grey: bool = False) -> None:
        canvas.setFillColorRGB(*(MUTED if grey else INK))
        canvas.setFont(fonts.names[bold], size * mm)
        canvas.drawString(x * mm, (HEIGHT - y) * mm, text)

    write(10, 14, 5.6, head.hospital, bold=True)
    write(10, 20.5, 3.0, "City People's Hospital", grey=True)
    write(WIDTH - 10 - fonts.bold.width("检查单", 7.0), 15.5, 7.0, "检查单", bold=True)
    write(WIDTH - 10 - fonts.regular.width(head.department, 3.4), 21, 3.4, head.department, grey=True)
    canvas.setStrokeColorRGB(*INK)
    canvas.setLineWidth(0.4 * mm)
    canvas.line(10 * mm, (HEIGHT - 24.5) * mm, (WIDTH - 10) * mm, (HEIGHT - 24.5) * mm)
    for place, (label, value) in enumerate(face.rows):
        x, y = 10 + 66 * (place % 2), 32.5 + 7.5 * (place // 2)
        write(x, y, 3.4, f"{label}：", grey=True)
        write(x + fonts.regular.width(f"{label}：", 3.4), y, 4.0, value)
    _symbol(canvas, face)
    if face.symbology == "Code128":
        write((WIDTH - fonts.regular.width(face.number, 4.2)) / 2, 88.5, 4.2, face.number)
        write(10, 98, 3.0, "请凭此单到自助机扫码领取报告和胶片。", grey=True)
    else:
        write(10, 72, 3.6, "请将二维码对准自助机的取景框，")
        write(10, 78, 3.6, "领取报告和胶片。")
        write(10, 98, 3.0, face.number, grey=True)


def _symbol(canvas: Canvas, face: SlipFace) -> None:
    """Bars as rectangles, so that they are sharp at any size."""
    symbol = zxingcpp.create_barcode(face.code, zxingcpp.barcode_format_from_str(face.symbology))
    modules = np.asarray(symbol.to_image(scale=1, add_quiet_zones=False)) < 128
    size = MODULE[face.symbology]
    canvas.setFillColorRGB(0, 0, 0)
    if face.symbology == "Code128":
        row, left, top, high = modules[0], (WIDTH - modules.shape[1] * size) / 2, 62.0, 21.0
        for start, stop in _runs(row):
            x, wide = left + start * size, (stop - start) * size
            canvas.rect(x * mm, (HEIGHT - top - high) * mm, wide * mm, high * mm, 0, 1)
        return
    left, top = WIDTH - 14 - modules.shape[1] * size, HEIGHT - 14 - modules.shape[0] * size
    for line, row in enumerate(modules):
        for start, stop in _runs(row):
            y = HEIGHT - top - (line + 1) * size
            wide = (stop - start) * size
            canvas.rect((left + start * size) * mm, y * mm, wide * mm, size * mm * 1.01, 0, 1)


def _runs(row: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], row.astype(np.int8), [0]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
