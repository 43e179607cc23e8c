"""PDF files to print, made on the spot."""

from __future__ import annotations

from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

A4_POINTS = (595.2756, 841.8898)
FILM_POINTS = (1008.0, 1224.0)


def pdf(path: Path, pages: int, size: tuple[float, float] = A4_POINTS, text: str = "sheet") -> Path:
    """A document with a frame of exactly 100 mm and a line of text on each page."""
    canvas = Canvas(str(path), pagesize=size)
    for page in range(1, pages + 1):
        canvas.rect(72, 72, 283.4646, 283.4646)
        canvas.drawString(80, 80, f"{text} {page} of {pages}")
        canvas.showPage()
    canvas.save()
    return path
