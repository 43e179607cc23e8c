"""What is written on a film, as vector text with heights in millimetres.

White letters with a dark edge read on light and on dark. Letters keep to the corners of a cell, directions to the
middle of its sides, so that the middle of the picture stays free.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kiosk.domain.sheets.film import Fit, SizeClaim
from kiosk.imaging.dicom.contrast import PLAIN, Contrast
from kiosk.imaging.dicom.facts import ImageFacts
from kiosk.imaging.film.layout import Box
from kiosk.imaging.film.protocols import Annotation
from kiosk.imaging.film.texts import FilmTexts
from kiosk.imaging.pdf.fonts import FontBook
from kiosk.imaging.pdf.writer import Drawing
from kiosk.imaging.pixels.directions import NO_SIDES, Sides
from kiosk.imaging.pixels.frame import Frame
from kiosk.imaging.pixels.presentation import Graphic

HEADER_SIZE, LINE_SIZE = 4.0, 2.9
LABEL_SIZE = 2.8
_SMALLEST, _LARGEST = 2.75, 3.4  # capitals are 0.73 of it: 2 mm and more
_NARROW_MM, _SMALLEST_NARROW = 40.0, 2.1  # in so narrow a cell larger letters would cover the picture
_LEADING = 1.22
_HALO = 0.09  # of the letter size
_BARS_MM = (200, 100, 50, 20, 10, 5, 2, 1)
_GRAPHIC_TEXT = 2.6
_SEPARATOR = "   "
_INFANT_YEARS = 3


@dataclass(frozen=True)
class TileText:
    """The lines at the four corners of a cell, and the directions."""

    upper_left: tuple[str, ...] = ()
    upper_right: tuple[str, ...] = ()
    lower_left: tuple[str, ...] = ()
    lower_right: tuple[str, ...] = ()
    sides: Sides = NO_SIDES


@dataclass(frozen=True)
class TileFacts:
    """What is known of one picture when its text is made."""

    facts: ImageFacts
    frame_number: int  # from 0
    frames: int
    position_mm: float | None
    thickness_mm: float | None
    sides: Sides
    fit: Fit
    after_gap: bool = False
    contrast: Contrast = PLAIN


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _number(value: float) -> str:
    """At most one decimal where it matters, none in large numbers."""
    return f"{value:.1f}" if abs(value) < 100 and abs(value - round(value)) > 0.04 else f"{value:.0f}"


def tile_text(tile: TileFacts, frame: Frame, shown: Sequence[Annotation], texts: FilmTexts) -> TileText:
    """All lines of one picture that the protocol asks for."""
    empty: tuple[str, ...] = ()
    return TileText(
        upper_left=(_image_line(tile, texts),) + (_position_lines(tile, texts) if "position" in shown else empty)
        if "series" in shown else empty,
        upper_right=_right_lines(tile, texts, acquisition="acquisition" in shown),
        lower_left=_window_lines(tile, frame, texts) if "window" in shown else empty,
        lower_right=tuple(map(texts.reason, frame.warnings[:1])),
        sides=tile.sides if "orientation" in shown else NO_SIDES,
    )  # fmt: skip


def _image_line(tile: TileFacts, texts: FilmTexts) -> str:
    facts = tile.facts
    return _joined(
        texts("series", value=facts.series_number) if facts.series_number is not None else "",
        texts("image", value=facts.instance_number) if facts.instance_number is not None else "",
        texts("frame", value=tile.frame_number + 1, total=tile.frames) if tile.frames > 1 else "",
    )


def _position_lines(tile: TileFacts, texts: FilmTexts) -> tuple[str, ...]:
    position = texts("position", value=f"{tile.position_mm:.1f}") if tile.position_mm is not None else ""
    thickness = texts("thickness", value=_number(tile.thickness_mm)) if tile.thickness_mm else ""
    gap = texts("gap") if tile.after_gap else ""
    return tuple(line for line in (position, thickness, _contrast_line(tile.contrast, texts), gap) if line)


def _contrast_line(contrast: Contrast, texts: FilmTexts) -> str:
    return _joined(
        f"b {_number(contrast.b_value)}" if contrast.b_value >= 0 else "",
        texts("echo", value=contrast.echo) if contrast.echo else "",
        f"TE {_number(contrast.echo_time)}" if contrast.echo and contrast.echo_time else "",
    )


def _right_lines(tile: TileFacts, texts: FilmTexts, *, acquisition: bool) -> tuple[str, ...]:
    facts = tile.facts
    lines = [_joined(facts.laterality, facts.view)] if acquisition else []
    if facts.raw:
        lines.append(texts("raw"))
    if facts.is_scout:
        lines.append(texts("scout"))
    if acquisition and facts.kvp:
        lines.append(f"{_number(facts.kvp)} kV")
    if facts.lossy:
        ratio = facts.lossy_ratio
        lines.append(texts("lossy_ratio", value=_number(ratio)) if ratio else texts("lossy"))
    return tuple(line for line in lines if line)


def _window_lines(tile: TileFacts, frame: Frame, texts: FilmTexts) -> tuple[str, ...]:
    auto = texts("auto") if frame.window_origin == "auto" else ""
    window = ""
    if frame.window:
        centre, width = frame.window
        window = texts("window", width=_number(width), centre=_number(centre))
    subtracted = texts(f"mask_{frame.subtraction}") if frame.subtraction != "none" else ""
    zoom = texts("zoom", value=f"{percent(tile.fit.magnification) / 100:.2f}") if tile.fit.magnification else ""
    return tuple(line for line in (subtracted, _joined(window, auto), zoom) if line)


def percent(magnification: float) -> int:
    """A magnification in whole per cent, as all lines of a sheet say it; rounded down, so never more than there is."""
    return int(magnification * 100 + 1e-6)


def letter_size(cell: Box) -> float:
    """Height of a tile's letters: grows with the cell, within what can be read on a light box."""
    smallest = _SMALLEST if cell.width >= _NARROW_MM else _SMALLEST_NARROW
    return min(_LARGEST, max(smallest, cell.width * 0.034))


def caption_height(cell: Box) -> float:
    """Room for two lines above a picture that holds text itself."""
    return letter_size(cell) * (2 * _LEADING + 0.5)


def _draw_caption(drawing: Drawing, book: FontBook, cell: Box, text: TileText) -> None:
    """All of it in two lines above the picture, which stays untouched."""
    size = letter_size(cell)
    rows = ((text.upper_left, text.upper_right), (text.lower_left, text.lower_right))
    for number, (one, other) in enumerate(rows, 1):
        y = cell.y + number * size * _LEADING - size * 0.2
        drawing.text(cell.x, y, book.fitted(_joined(*one), size, cell.width / 2 - size), size)
        fitted = book.fitted(_joined(*other), size, cell.width / 2 - 2 * size)
        drawing.text(cell.right - size, y, fitted, size, anchor="right")


def draw_tile(
    drawing: Drawing, book: FontBook, cell: Box, picture: Box, text: TileText, *, caption: bool = False
) -> None:
    """Write a tile's text into its cell; with `caption` above the picture instead of over it."""
    size = letter_size(cell)
    edge, halo = size * 0.35, size * _HALO
    if caption:
        _draw_caption(drawing, book, cell, text)
        return
    inset = size * 0.6  # so that the last line of one tile and the first of the next do not read as one block
    room = cell.width / 2 - 2 * edge
    step = size * _LEADING

    def corner(lines: Sequence[str], first: float, *, right: bool) -> None:
        for number, line in enumerate(lines):
            x = cell.right - edge if right else cell.x + edge
            fitted = book.fitted(line, size, room)
            drawing.text(x, first + number * step, fitted, size, anchor="right" if right else "left", halo=halo)

    top, bottom = cell.y + inset + size * 0.75, cell.bottom - inset
    corner(text.upper_left, top, right=False)
    corner(text.upper_right, top, right=True)
    corner(text.lower_left, bottom - (len(text.lower_left) - 1) * step, right=False)
    corner(text.lower_right, bottom - (len(text.lower_right) - 1) * step, right=True)
    _draw_sides(drawing, _within(picture, cell), text.sides, size * 1.1, halo)


def _within(picture: Box, cell: Box) -> Box:
    x, y = max(picture.x, cell.x), max(picture.y, cell.y)
    return Box(x, y, min(picture.right, cell.right) - x, min(picture.bottom, cell.bottom) - y)


def _draw_sides(drawing: Drawing, box: Box, sides: Sides, size: float, halo: float) -> None:
    edge, middle_x, middle_y = size * 0.4, box.x + box.width / 2, box.y + box.height / 2 + size * 0.36
    drawing.text(box.x + edge, middle_y, sides.left, size, halo=halo)
    drawing.text(box.right - edge, middle_y, sides.right, size, anchor="right", halo=halo)
    drawing.text(middle_x, box.y + edge + size * 0.75, sides.top, size, anchor="middle", halo=halo)
    drawing.text(middle_x, box.bottom - edge, sides.bottom, size, anchor="middle", halo=halo)


def draw_note(drawing: Drawing, book: FontBook, cell: Box, lines: Sequence[str]) -> None:
    """A message in the middle of an empty cell."""
    size = letter_size(cell)
    first = cell.y + cell.height / 2 - (len(lines) - 1) * size * _LEADING / 2
    for number, line in enumerate(lines):
        fitted = book.fitted(line, size, cell.width - 2 * size)
        drawing.text(cell.x + cell.width / 2, first + number * size * _LEADING, fitted, size, anchor="middle")
    drawing.line(((cell.x, cell.y), (cell.right, cell.y), (cell.right, cell.bottom), (cell.x, cell.bottom)), 0.15,
                 0.45, dashed=True, closed=True)  # fmt: skip


def draw_scale_bar(drawing: Drawing, cell: Box, picture: Box, magnification: float) -> None:
    """A bar of round length in the patient along the right side of a picture, with a tick every centimetre."""
    box = _within(picture, cell)
    length = next((bar for bar in _BARS_MM if bar * magnification <= box.height * 0.36), None)
    if length is None:
        return
    size = letter_size(cell)
    on_paper, width = length * magnification, max(0.25, size * 0.1)
    x, bottom = box.right - size * 0.5, box.bottom - size * 2
    top = bottom - on_paper
    ticks = [(top + on_paper * i / _ticks(length), 1.4 if i % _ticks(length) else 2.2)
             for i in range(_ticks(length) + 1)]  # fmt: skip
    for grey, grown in ((0.0, width * 0.8), (1.0, 0.0)):
        lines = [((x, top), (x, bottom)), *(((x - reach * size / 3, y), (x, y)) for y, reach in ticks)]
        drawing.lines(lines, width * 0.9 + 2 * grown, grey)
    label = f"{length // 10} cm" if length >= 10 else f"{length} mm"
    drawing.text(x, top - size * 0.35, label, size * 0.9, anchor="right", halo=size * _HALO)


def _ticks(length: int) -> int:
    return max(1, length // 10) if length >= 10 else length


def draw_graphics(drawing: Drawing, box: Box, size: tuple[int, int], graphics: Sequence[Graphic]) -> None:
    """The annotations of a presentation state; `size`: columns and rows of the picture that fills `box`."""
    across, down = box.width / size[0], box.height / size[1]
    with drawing.clipped(box.x, box.y, box.width, box.height):
        for graphic in graphics:
            _draw_graphic(drawing, graphic, [(box.x + x * across, box.y + y * down) for x, y in graphic.points])


def _draw_graphic(drawing: Drawing, graphic: Graphic, points: Sequence[tuple[float, float]]) -> None:
    if graphic.kind == "text":
        _draw_words(drawing, graphic.text, points)
    elif graphic.kind == "point":
        for x, y in points:
            drawing.line(((x - 1, y), (x + 1, y)), 0.2)
            drawing.line(((x, y - 1), (x, y + 1)), 0.2)
    elif graphic.filled:
        drawing.polygon(points, 1.0)
    else:
        drawing.line(points, 0.45, 0.0)
        drawing.line(points, 0.22)


def _draw_words(drawing: Drawing, words: str, points: Sequence[tuple[float, float]]) -> None:
    x, y = points[0]
    for number, line in enumerate(words.splitlines()[:12]):
        drawing.text(x, y + _GRAPHIC_TEXT * (0.9 + number * _LEADING), line, _GRAPHIC_TEXT, halo=_GRAPHIC_TEXT * _HALO)


def draw_ruler(drawing: Drawing, x: float, y: float, label: str, *, upright: bool = False) -> None:
    """Exactly 100.0 mm from outer edge to outer edge, on the paper, with ticks inside."""
    thick = 0.25

    def bar(along: float, across: float, length: float, depth: float) -> None:
        if upright:
            drawing.rectangle(x + across, y + along, depth, length, 1.0)
        else:
            drawing.rectangle(x + along, y + across, length, depth, 1.0)

    bar(0, 0, 100, thick)
    for tick in range(21):
        centre = min(max(tick * 5.0, thick / 2), 100 - thick / 2)
        bar(centre - thick / 2, 0, thick, 3.2 if tick % 20 == 0 else 2.4 if tick % 2 == 0 else 1.4)
    if upright:
        drawing.text(x + 4.2, y + 50, label, LABEL_SIZE)
    else:
        drawing.text(x + 50, y + 5.8, label, LABEL_SIZE, anchor="middle")


def header_lines(facts: ImageFacts, shown_name: str, hospital: str, texts: FilmTexts) -> tuple[str, str, str]:
    """Who (left), what and when (second line, left), where (right)."""
    who = _SEPARATOR.join(part for part in (
        shown_name,
        _joined(_sex(facts.sex, texts), age_text(facts, texts)),
        texts("patient_id", value=facts.patient_id) if facts.patient_id else "",
        texts("accession", value=facts.accession) if facts.accession else "",
    ) if part)  # fmt: skip
    named = (facts.body_part, facts.study_description, facts.series_description)
    described = _joined(facts.modality, " · ".join(dict.fromkeys(part for part in named if part)))
    what = _SEPARATOR.join(part for part in (_moment(facts), described) if part)
    return who, what, hospital or facts.institution


def _sex(value: str, texts: FilmTexts) -> str:
    key = {"M": "male", "F": "female", "O": "other_sex"}.get(value.strip().upper())
    return texts(key) if key else ""


def age_text(facts: ImageFacts, texts: FilmTexts) -> str:
    """Patient's Age as given (nnnY, nnnM, nnnW, nnnD), else from the dates of birth and study.

    Infants by their dates where there are any: "1 y" is too coarse for one, and so is "7 mo".
    """
    age = facts.age.strip().upper()
    units = {"Y": "years", "M": "months", "W": "weeks", "D": "days"}
    given = len(age) >= 2 and age[:-1].isdigit() and age[-1] in units and age != "000Y"  # written for "not known"
    small = not given or age[-1] != "Y" or int(age[:-1]) < _INFANT_YEARS
    lived = _lived(facts.birth_date[:8], facts.study_date[:8])
    if lived and small:
        return _infant(*lived, texts) if lived[0] < _INFANT_YEARS else texts("years", value=lived[0])
    return texts(units[age[-1]], value=int(age[:-1])) if given else ""


def _lived(born: str, seen: str) -> tuple[int, int, int] | None:
    """Whole years, months and days between two days; None where one is no day or they are the wrong way round."""
    try:
        start, end = (date(int(day[:4]), int(day[4:6]), int(day[6:])) for day in (born, seen))
    except ValueError:
        return None
    if end < start:
        return None
    months = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    reached = date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    return months // 12, months % 12, (end - reached).days


def _infant(years: int, months: int, days: int, texts: FilmTexts) -> str:
    """Days in the first month, months and days in the first year, then years and months."""
    if years:
        return _joined(texts("years", value=years), texts("months", value=months) if months else "")
    return _joined(texts("months", value=months) if months else "",
                   texts("days", value=days) if days or not months else "")  # fmt: skip


def _moment(facts: ImageFacts) -> str:
    day, time = facts.study_date[:8], facts.study_time
    shown = f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 else ""
    return _joined(shown, f"{time[:2]}:{time[2:4]}" if len(time) >= 4 else "")


def claim_text(claim: SizeClaim, magnification: float | None, texts: FilmTexts) -> str:
    """The line about the size; empty where nobody asked for life size."""
    if claim is SizeClaim.REDUCED:
        return texts("reduced", percent=percent(magnification or 0))
    key = {SizeClaim.LIFE_SIZE: "life_size", SizeClaim.DETECTOR_ONLY: "detector_only",
           SizeClaim.UNCALIBRATED: "uncalibrated"}.get(claim)  # fmt: skip
    return texts(key) if key else ""


def draw_header(drawing: Drawing, book: FontBook, strip: Box, lines: tuple[str, str, str], sheet: str) -> None:
    """Two lines across the top of a sheet, with a rule that keeps them from the pictures."""
    who, what, where = lines
    first, second = strip.y + HEADER_SIZE * 0.85, strip.y + HEADER_SIZE * 0.85 + LINE_SIZE * 1.45
    shown_where = book.fitted(where, HEADER_SIZE, strip.width * 0.4)
    left = strip.width - book.width(shown_where, HEADER_SIZE) - 4
    drawing.text(strip.x, first, book.fitted(who, HEADER_SIZE, left), HEADER_SIZE)
    drawing.text(strip.right, first, shown_where, HEADER_SIZE, anchor="right")
    rule = strip.bottom - 1.2
    drawing.line(((strip.x, rule), (strip.right, rule)), 0.15, 0.6)
    left = strip.width - book.width(sheet, LINE_SIZE) - 4
    drawing.text(strip.x, second, book.fitted(what, LINE_SIZE, left), LINE_SIZE)
    drawing.text(strip.right, second, sheet, LINE_SIZE, anchor="right")


def draw_footer(drawing: Drawing, book: FontBook, strip: Box, lines: Sequence[str], room: float) -> None:
    """Lines from the top of the lower strip, cut to `room`."""
    for number, line in enumerate(lines):
        y = strip.y + LINE_SIZE * (1.4 + 1.3 * number)
        drawing.text(strip.x, y, book.fitted(line, LINE_SIZE, room), LINE_SIZE)


def draw_qr(drawing: Drawing, x: float, y: float, edge: float, modules: Sequence[Sequence[int]]) -> None:
    """A QR code with its quiet zone of four modules, black on white."""
    count = len(modules) + 8
    step = edge / count
    drawing.rectangle(x, y, edge, edge, 1.0)
    boxes = [
        (x + (4 + start) * step, y + (4 + row) * step, length * step, step)
        for row, line in enumerate(modules)
        for start, length in _dark_runs(line)
    ]
    drawing.rectangles(boxes, 0.0)


def _dark_runs(line: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place, dark in enumerate(line):
        if dark and runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((place, 1))
    return runs

