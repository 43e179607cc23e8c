"""A written report set on A4 in the hospital's letterhead: head, facts, findings, signatures, page i of n.

Text is drawn as text, never as markup, so nothing in it can be an instruction; lines are broken by the rules of Chinese
typesetting (no closing mark begins a line, no opening mark ends one) and Latin words are kept whole.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from kiosk.imaging.paper import reportfonts
from kiosk.imaging.pdf.fonts import FontBook

WIDTH, HEIGHT = 210.0, 297.0
MARGIN, TOP, BOTTOM = 20.0, 16.0, 44.0
BODY, SMALL, LEADING = 4.0, 3.3, 6.6
COLUMNS = 3
NOT_FIRST = "，。、；：？！）》」』】〕〉%‰℃·…—,.;:?!)]}’”"
NOT_LAST = "（《「『【〔〈([{‘“"
INK, MUTED, RULE = (0.06, 0.14, 0.22), (0.32, 0.38, 0.44), (0.55, 0.62, 0.68)
MAX_LINES = 6000


@dataclass(frozen=True)
class Letterhead:
    """Who writes."""

    hospital: str
    department: str


@dataclass(frozen=True)
class WrittenReport:
    """The words of a report. `facts` and `signatures` are label and value, `sections` heading and text.

    `labels`: "page {page}" and "of {pages}".
    """

    title: str
    labels: tuple[str, str]
    facts: tuple[tuple[str, str], ...] = ()
    sections: tuple[tuple[str, str], ...] = ()
    signatures: tuple[tuple[str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class TextLine:
    """One line of the body: its text, the gap above it in millimetres, whether it is a heading."""

    text: str
    gap: float = 0.0
    heading: bool = False


@dataclass(frozen=True)
class Fonts:
    """A regular and a bold face, as they are registered with reportlab."""

    regular: FontBook
    bold: FontBook
    names: tuple[str, str] = field(default=("", ""))

    @classmethod
    def registered(cls, regular: FontBook, bold: FontBook) -> Fonts:
        """Make the books known to reportlab."""
        name = reportfonts.register(regular, bold, "KioskReport")
        return cls(regular, bold, (name, f"{name}-Bold"))


def typeset(report: WrittenReport, head: Letterhead, fonts: Fonts) -> bytes:
    """The report as a PDF of one or more A4 pages."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(WIDTH * mm, HEIGHT * mm), pageCompression=1)
    canvas.setTitle(report.title)
    pages = list(_pages(_body(report, fonts.regular), _body_top(report)))
    for number, lines in enumerate(pages, start=1):
        top = _head(canvas, report, head, fonts)
        _draw_lines(canvas, lines, top, fonts)
        _foot(canvas, report, fonts, number, len(pages))
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _body(report: WrittenReport, book: FontBook) -> list[TextLine]:
    room = WIDTH - 2 * MARGIN
    lines: list[TextLine] = []
    for heading, text in report.sections:
        lines.append(TextLine(heading, gap=4.0, heading=True))
        for paragraph in text.splitlines():
            lines.extend(TextLine(part) for part in broken(paragraph, book, BODY, room))
    return lines[:MAX_LINES]


def _body_top(report: WrittenReport) -> float:
    rows = -(-len(report.facts) // COLUMNS)
    return TOP + 26.0 + rows * 7.0 + 5.0


def _pages(lines: Sequence[TextLine], top: float) -> Iterator[list[TextLine]]:
    """The lines that fit on each page; a heading is never the last line of one."""
    page: list[TextLine] = []
    y = top
    for place, line in enumerate(lines):
        needed = line.gap + LEADING * (2 if line.heading and place + 1 < len(lines) else 1)
        if page and y + needed > HEIGHT - BOTTOM:
            yield page
            page, y = [], top
        page.append(line)
        y += line.gap + LEADING
    yield page


def broken(text: str, book: FontBook, size: float, room: float) -> list[str]:
    """The text in lines no wider than `room`; one closing mark may hang over by its own width."""
    lines: list[str] = []
    line: list[str] = []
    used = 0.0
    for piece in _fitting(text, book, size, room):
        width = book.width(piece, size)
        hangs = piece[0] in NOT_FIRST and used + width <= room + size
        if line and used + width > room and not piece.isspace() and not hangs:
            carried = _carried(line, piece)
            lines.append("".join(line).rstrip())
            line, used = carried, book.width("".join(carried), size)
        line.append(piece)
        used += width
    return [*lines, "".join(line).rstrip()]


def _carried(line: list[str], following: str) -> list[str]:
    """Take from the end of a line what may not stand there, or what must go before a closing mark."""
    carried: list[str] = []
    while len(line) > 1 and ((carried or [following])[0][0] in NOT_FIRST or line[-1][-1] in NOT_LAST):
        carried.insert(0, line.pop())
    return carried


def _fitting(text: str, book: FontBook, size: float, room: float) -> Iterator[str]:
    """Pieces, those wider than a line cut into characters."""
    for piece in _pieces(text):
        yield from [piece] if book.width(piece, size) <= room else piece


def _pieces(text: str) -> Iterator[str]:
    """Latin words whole, every other character by itself."""
    word = ""
    for char in text:
        if char.isspace() or unicodedata.east_asian_width(char) in "WF":
            if word:
                yield word
            yield " " if char.isspace() else char
            word = ""
        else:
            word += char
    if word:
        yield word


def _text(
    canvas: Canvas, font: str, x: float, y: float, size: float, text: str, colour: tuple[float, float, float] = INK
) -> None:
    canvas.setFillColorRGB(*colour)
    canvas.setFont(font, size * mm)
    canvas.drawString(x * mm, (HEIGHT - y) * mm, text)


def _rule(canvas: Canvas, y: float, width: float, colour: tuple[float, float, float]) -> None:
    canvas.setStrokeColorRGB(*colour)
    canvas.setLineWidth(width * mm)
    canvas.line(MARGIN * mm, (HEIGHT - y) * mm, (WIDTH - MARGIN) * mm, (HEIGHT - y) * mm)


def _centred(canvas: Canvas, fonts: Fonts, y: float, size: float, text: str) -> None:
    x = (WIDTH - fonts.bold.width(text, size)) / 2
    _text(canvas, fonts.names[1], x, y, size, text)


def _head(canvas: Canvas, report: WrittenReport, head: Letterhead, fonts: Fonts) -> float:
    """Letterhead and facts; returns where the body begins."""
    _centred(canvas, fonts, TOP + 5.0, 6.4, fonts.bold.fitted(head.hospital, 6.4, WIDTH - 2 * MARGIN))
    title = f"{head.department} {report.title}".strip()
    _centred(canvas, fonts, TOP + 14.5, 5.2, fonts.bold.fitted(title, 5.2, WIDTH - 2 * MARGIN))
    _rule(canvas, TOP + 19.5, 0.5, INK)
    column = (WIDTH - 2 * MARGIN) / COLUMNS
    for place, (label, value) in enumerate(report.facts):
        x, y = MARGIN + column * (place % COLUMNS), TOP + 26.0 + 7.0 * (place // COLUMNS)
        _fact(canvas, fonts, x, y, column - 2, (label, value))
    top = _body_top(report)
    _rule(canvas, top - 6.0, 0.2, RULE)
    return top


def _fact(canvas: Canvas, fonts: Fonts, x: float, y: float, room: float, fact: tuple[str, str]) -> None:
    label, value = f"{fact[0]}{': ' if fact[0].isascii() else '：'}", fact[1]
    wide = fonts.regular.width(label, SMALL)
    _text(canvas, fonts.names[0], x, y, SMALL, label, MUTED)
    _text(canvas, fonts.names[0], x + wide, y, SMALL + 0.3, fonts.regular.fitted(value, SMALL + 0.3, room - wide))


def _draw_lines(canvas: Canvas, lines: Sequence[TextLine], top: float, fonts: Fonts) -> None:
    y = top
    for line in lines:
        y += line.gap + (LEADING if line is not lines[0] else 0.0)
        if line.heading:
            _text(canvas, fonts.names[1], MARGIN, y, BODY + 0.3, line.text)
        else:
            _text(canvas, fonts.names[0], MARGIN, y, BODY, line.text)


def _foot(canvas: Canvas, report: WrittenReport, fonts: Fonts, page: int, pages: int) -> None:
    """Signatures and note, left of where the QR is stamped."""
    y = HEIGHT - BOTTOM + 8.0
    _rule(canvas, y - 6.0, 0.2, RULE)
    column = (WIDTH - 2 * MARGIN - 30.0) / 2
    for place, signature in enumerate(report.signatures):
        _fact(canvas, fonts, MARGIN + column * (place % 2), y + 6.5 * (place // 2), column - 2, signature)
    if report.note:
        room = WIDTH - 2 * MARGIN - 32.0
        for number, part in enumerate(broken(report.note, fonts.regular, 2.8, room)[:2]):
            _text(canvas, fonts.names[0], MARGIN, HEIGHT - 18.0 + 4.0 * number, 2.8, part, MUTED)
    counted = " ".join(report.labels).format(page=page, pages=pages)
    _text(canvas, fonts.names[0], MARGIN, HEIGHT - 8.5, 2.8, counted, MUTED)
