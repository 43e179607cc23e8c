"""The administrator's reports on paper: A4 landscape, tables with a bar chart, formulas and notes below."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from kiosk.domain.figures.tables import Cell, Column, StatisticsReport, Table, Words, grouped, shown
from kiosk.imaging.paper import reportfonts
from kiosk.imaging.pdf.fonts import discover

INK, MUTED, BAND = "#10243a", "#4a5866", "#eef3f6"
FONT, MARGIN = "KioskFigures", 14 * mm
WIDTH = landscape(A4)[0] - 2 * MARGIN - 12
FRAME = 6  # points that platypus keeps free inside its frame
CHART, CHART_TALLEST = 150 * mm, 120 * mm
MOST_COLUMNS = 15
Formulas = Callable[[Table], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class PageSetting:
    """What stands around the figures: who made them, of which period, and how words and formulas are said."""

    hospital: str
    period: Mapping[str, str]
    made: str
    words: Words
    formulas: Formulas


def report_pdf(report: StatisticsReport, frame: PageSetting) -> bytes:
    """The report as PDF. Raises KioskError FONT_MISSING."""
    reportfonts.register(discover(), discover(bold=True), FONT)
    stream = io.BytesIO()
    title = f"{report.number} {frame.words(report.title)}"
    sides = {"leftMargin": MARGIN, "rightMargin": MARGIN, "topMargin": 18 * mm, "bottomMargin": 14 * mm}
    document = SimpleDocTemplate(stream, pagesize=landscape(A4), title=title, author=frame.hospital, **sides)
    story: list[Any] = [_text(title, 16, bold=True), Spacer(1, 3 * mm)]
    for table in report.tables:
        story += _table(table, frame)
    story += [_text(frame.words(note), 8.5, MUTED) for note in report.notes]

    def margins(canvas: Any, page: Any) -> None:
        _margins(canvas, page, frame)

    document.build(story, onFirstPage=margins, onLaterPages=margins)
    return stream.getvalue()


def _margins(canvas: Any, page: Any, frame: PageSetting) -> None:
    canvas.setFont(FONT, 8)
    canvas.setFillColor(colors.HexColor(MUTED))
    width, height = page.pagesize
    period = "   ".join(f"{frame.words(name)} {value}" for name, value in frame.period.items())
    canvas.drawString(MARGIN + FRAME, height - 11 * mm, f"{frame.hospital}   {period}")
    canvas.drawRightString(width - MARGIN - FRAME, height - 11 * mm, frame.made)
    canvas.drawRightString(width - MARGIN - FRAME, 8 * mm, str(page.page))


def _style(size: float, colour: str = INK, *, bold: bool = False, right: bool = False) -> ParagraphStyle:
    font = f"{FONT}-Bold" if bold else FONT
    return ParagraphStyle(f"{font}{size}{colour}{right}", fontName=font, fontSize=size, leading=size * 1.35,
                          textColor=colors.HexColor(colour), alignment=2 if right else 0)  # fmt: skip


def _text(text: str, size: float, colour: str = INK, *, bold: bool = False, right: bool = False) -> Paragraph:
    """Text as text: nothing in it is markup. Chinese breaks between characters, everything else between words."""
    style = _style(size, colour, bold=bold, right=right)
    if any("\u3000" < char < "\ua000" for char in text):
        style.wordWrap = "CJK"
    return Paragraph(escape(text), style)


def _table(table: Table, frame: PageSetting) -> list[Any]:
    story: list[Any] = [_text(frame.words(table.title), 11, bold=True), Spacer(1, 1.5 * mm)]
    pieces = _pieces(len(table.columns))
    for piece in pieces:
        story += [_grid(table, piece, frame), Spacer(1, 2 * mm)]
    if chart := _chart(table, frame):
        story += [chart, Spacer(1, 2 * mm)]
    told = [f"{name} = {formula}" for name, formula in frame.formulas(table)]
    told += [f"{frame.words('records used')}: {count} {frame.words(name)}" for name, count in table.counts.items()]
    story += [_text(line, 7.5, MUTED) for line in told]
    return [KeepTogether(story[:3]), *story[3:], Spacer(1, 5 * mm)]


def _pieces(columns: int) -> list[list[int]]:
    """Which columns stand side by side; the first one is repeated where a table is cut."""
    rest = list(range(1, columns))
    return [[0, *rest[i : i + MOST_COLUMNS - 1]] for i in range(0, max(1, len(rest)), MOST_COLUMNS - 1)]


def _grid(table: Table, piece: Sequence[int], frame: PageSetting) -> Grid:
    heads = [_head(table.columns[i], frame) for i in piece]
    rows = [[_cell(cells[i], table.columns[i], frame) for i in piece] for cells in table.rows]
    first = min(50 * mm, WIDTH / 3) if len(piece) > 1 else WIDTH
    others = min(34 * mm, (WIDTH - first) / max(1, len(piece) - 1))
    widths = [first, *[others] * (len(piece) - 1)]
    line = colors.HexColor("#b9c4cc")
    style = [
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor(BAND)),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, line),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    return Grid([heads, *rows], colWidths=widths, style=style, repeatRows=1, hAlign="LEFT")


def _head(column: Column, frame: PageSetting) -> Paragraph:
    return _text(_with_unit(column.title, column.unit, frame), 7.5, bold=True, right=bool(column.formula))


def _with_unit(title: str, unit: str, frame: PageSetting) -> str:
    """The unit in brackets, where the title does not name it already."""
    return frame.words(title) + (f" ({frame.words(unit)})" if unit and unit not in title else "")


def _cell(cell: Cell, column: Column, frame: PageSetting) -> Paragraph:
    if isinstance(cell.value, str):
        return _text(_with_unit(cell.value, cell.unit, frame), 8)
    return _text(grouped(shown(cell, column.unit)), 8, right=True)


def _chart(table: Table, frame: PageSetting) -> Image | None:
    """The picture that stands beside the table on the desk."""
    from kiosk.statistics.drawn.charts import chart_png  # loads matplotlib, which tables alone do not need

    drawn = chart_png(table, frame.words) if table.chart else None
    if drawn is None:
        return None
    data, ratio = drawn
    width = min(CHART, CHART_TALLEST / ratio)
    return Image(io.BytesIO(data), width, width * ratio, hAlign="LEFT")
