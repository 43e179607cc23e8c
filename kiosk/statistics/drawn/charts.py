"""Tables as pictures: bars beside the figures they show, the same on a page of the desk (SVG) and on paper (PNG).

Text is drawn as outlines, so a picture looks the same wherever it is opened, and nothing in it is markup.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kiosk.domain.figures.tables import Cell, Column, Table, Words, grouped
from kiosk.imaging.pdf.fonts import discover

INK, MUTED, GRID = "#0f2438", "#4a6075", "#d5dee6"
NOW, BEFORE = "#0a6a8f", "#a9bcc8"
# Told apart by lightness too, not by colour alone.
STACK = ("#0a6a8f", "#f2a900", "#7a4d8f", "#7fc3a5", "#b3261e", "#4a6075", "#c9a27a", "#1a3f66")
WIDTH_IN, BAR_IN, ROOM_IN, TALLEST_IN = 6.4, 0.36, 0.75, 9.0
DPI = 200
# Not numbers of one kind: cut, so that a name never pushes the bars off the picture.
LONGEST_NAME = 18
# matplotlib's font cache and settings belong to the process; pictures are made one at a time.
_ONE = threading.Lock()


@dataclass(frozen=True)
class Drawn:
    """What is drawn: names, and for each series its title and values."""

    names: tuple[str, ...]
    series: tuple[tuple[str, tuple[float, ...]], ...]
    title: str
    stacked: bool


@lru_cache(maxsize=1)
def _family() -> tuple[str, ...]:
    """The families of this machine's font book, known to matplotlib from here on."""
    found = []
    for face in discover().faces:
        path = str(face.path)
        if not any(known.fname == path for known in font_manager.fontManager.ttflist):
            font_manager.fontManager.addfont(path)
        names = [known.name for known in font_manager.fontManager.ttflist if known.fname == path]
        found.append(next((name for name in names if name.endswith(" SC")), names[0]))
    return tuple(found)


def chart_svg(table: Table, words: Words, before: Table | None = None) -> bytes | None:
    """The table's picture, or None where there is nothing to compare. `before`: the same table of another period."""
    drawn = drawn_of(table, words, before)
    return _picture(drawn, "svg") if drawn else None


def chart_png(table: Table, words: Words) -> tuple[bytes, float] | None:
    """The same for paper, and its height by its width."""
    drawn = drawn_of(table, words)
    return (_picture(drawn, "png"), _height(drawn) / WIDTH_IN) if drawn else None


def drawn_of(table: Table, words: Words, before: Table | None = None) -> Drawn | None:
    """What of a table is drawn."""
    if table.chart is None:
        return None
    rows = [cells for cells in table.rows if str(cells[table.chart.names].value) not in table.chart.without]
    across = table.chart.across if len(table.chart.across) > 1 else ()
    drawn = _across(table, rows, across, words) if across else _bars(table, rows, words, before)
    bars = len(drawn.names)
    return drawn if bars > 1 and any(any(values) for _, values in drawn.series) else None


def _bars(table: Table, rows: Sequence[tuple[Cell, ...]], words: Words, before: Table | None) -> Drawn:
    assert table.chart is not None  # noqa: S101 - asked by the caller
    places = table.chart
    names = [str(cells[places.names].value) for cells in rows]
    now = (words("this period"), tuple(_number(cells[places.values]) for cells in rows))
    series = [now]
    if before is not None and before.chart is not None:
        old = {str(cells[0].value): _number(cells[before.chart.values]) for cells in before.rows}
        series.append((words("period beside it"), tuple(old.get(name, 0.0) for name in names)))
    return Drawn(tuple(map(words, names)), tuple(series), with_unit(table.columns[places.values], words), False)


def _across(table: Table, rows: Sequence[tuple[Cell, ...]], across: Sequence[int], words: Words) -> Drawn:
    names = tuple(words(table.columns[place].title) for place in across)
    series = tuple((words(str(cells[0].value)), tuple(_number(cells[place]) for place in across)) for cells in rows)
    return Drawn(names, series, words(table.columns[across[0]].unit), True)


def _number(cell: Cell) -> float:
    return float(cell.value) if cell.value is not None and not isinstance(cell.value, str) else 0.0


def with_unit(column: Column, words: Words) -> str:
    """A column's title, with the unit in brackets where the title does not name it already."""
    unit = column.unit
    return words(column.title) + (f" ({words(unit)})" if unit and unit not in column.title else "")


def _height(drawn: Drawn) -> float:
    if drawn.stacked:
        return 3.2
    return float(min(TALLEST_IN, ROOM_IN + len(drawn.names) * BAR_IN * len(drawn.series)))


@lru_cache(maxsize=256)
def _picture(drawn: Drawn, kind: str) -> bytes:
    with _ONE, matplotlib.rc_context({"font.family": _family(), "svg.fonttype": "path", "svg.hashsalt": "kiosk",
                                      "font.size": 9, "text.parse_math": False}):  # fmt: skip
        figure = Figure(figsize=(WIDTH_IN, _height(drawn)), layout="constrained")
        axes = figure.subplots()
        (_draw_stacked if drawn.stacked else _draw_bars)(axes, drawn)
        stream = io.BytesIO()
        about: dict[str, Any] = {"metadata": {"Date": None, "Creator": None}} if kind == "svg" else {"dpi": DPI}
        figure.savefig(stream, format=kind, **about)
        return stream.getvalue()


def _draw_bars(axes: Axes, drawn: Drawn) -> None:
    """One row a name; where two periods are compared, two bars in it."""
    thick = 0.72 / len(drawn.series)
    for place, (title, values) in enumerate(drawn.series):
        at = [row + (place - (len(drawn.series) - 1) / 2) * thick for row in range(len(values))]
        bars = axes.barh(at, values, thick * 0.9, color=(NOW, BEFORE)[place], label=title)
        axes.bar_label(bars, [grouped(f"{value:g}" if value % 1 else str(int(value))) for value in values],
                       padding=3, color=INK if place == 0 else MUTED, fontsize=8)  # fmt: skip
    axes.set_yticks(range(len(drawn.names)), [_cut(name) for name in drawn.names], color=INK)
    axes.invert_yaxis()
    axes.margins(x=0.14)
    axes.set_xticks([])
    _frame(axes, drawn, legend=len(drawn.series) > 1, line="left")


def _draw_stacked(axes: Axes, drawn: Drawn) -> None:
    """One column a name, in it the series on top of each other."""
    foot = [0.0] * len(drawn.names)
    for place, (title, values) in enumerate(drawn.series):
        axes.bar(range(len(values)), values, 0.7, bottom=foot, color=STACK[place % len(STACK)], label=_cut(title))
        foot = [low + value for low, value in zip(foot, values, strict=True)]
    turned = 45 if len(drawn.names) > 7 else 0
    axes.set_xticks(range(len(drawn.names)), [_cut(name) for name in drawn.names], color=INK, rotation=turned)
    axes.tick_params(axis="y", colors=MUTED, length=0)
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    _frame(axes, drawn, legend=True, line="bottom")


def _frame(axes: Axes, drawn: Drawn, *, legend: bool, line: str) -> None:
    axes.tick_params(length=0)
    for name, spine in axes.spines.items():
        spine.set_visible(name == line)
        spine.set_color(GRID)
    axes.set_title(drawn.title, loc="left", color=MUTED, fontsize=9)
    if legend:
        axes.legend(frameon=False, fontsize=8, labelcolor=INK, loc="upper left", bbox_to_anchor=(1, 1))


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
