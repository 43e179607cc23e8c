"""A report's tables as a page shows them: figures with what they were before, what they are made of, and a picture."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from kiosk.domain.figures.tables import Cell, Column, StatisticsReport, Table, Words, grouped, shown
from kiosk.domain.panels.figures import FigureShown
from kiosk.session.screens.view import Surroundings
from kiosk.statistics.drawn.charts import chart_svg, with_unit
from kiosk.statistics.drawn.svg import within_page
from kiosk.statistics.writing import formulas


class Comparison:
    """Finds the figure of the other period that stands at the same place."""

    def __init__(self, report: StatisticsReport, other: StatisticsReport | None) -> None:
        self.report = report
        self._tables = {table.title: table for table in other.tables} if other else {}

    def table(self, table: Table) -> Table | None:
        """The same table of the other period."""
        return self._tables.get(table.title)

    def cell(self, table: Table, cells: tuple[Cell, ...], place: int) -> Cell | None:
        """The figure of the same row and column, by their names."""
        other = self.table(table)
        title = table.columns[place].title
        places = [column.title for column in other.columns] if other else []
        if other is None or title not in places:
            return None
        names = _names(cells)
        return next((mine[places.index(title)] for mine in other.rows if _names(mine) == names), None)


def _names(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    return tuple(cell.value for cell in cells if isinstance(cell.value, str))


def table_facts(table: Table, number: int, compared: Comparison, words: Words, link: str) -> dict[str, Any]:
    """One table with its picture; `link`: where a figure opens, its place is added."""
    svg = chart_svg(table, words, compared.table(table))
    rows = [
        [_cell(compared, table, cells, place, words) | {"href": f"{link}&table={number}&row={row}&column={place}"}
         for place in range(len(cells))]
        for row, cells in enumerate(table.rows)
    ]  # fmt: skip
    counts = [f"{words('records used')}: {count} {words(name)}" for name, count in table.counts.items()]
    return {
        "title": words(table.title),
        "columns": [{"title": with_unit(column, words), "formula": words(column.formula)} for column in table.columns],
        "rows": rows,
        # Ours: drawn from numbers, its text is outlines.
        "chart": Markup(within_page(svg, words(table.title))) if svg else "",  # noqa: S704
        "formulas": formulas(table, words),
        "counts": counts,
    }


def _cell(compared: Comparison, table: Table, cells: tuple[Cell, ...], place: int, words: Words) -> dict[str, Any]:
    cell, column = cells[place], table.columns[place]
    if isinstance(cell.value, str):
        unit = f" ({words(cell.unit)})" if cell.unit and cell.unit not in cell.value else ""
        return {"name": words(cell.value) + unit, "text": "", "hint": words(cell.formula), "was": ""}
    old = compared.cell(table, cells, place)
    was = grouped(shown(old, column.unit)) if old is not None and not isinstance(old.value, str) else ""
    text = grouped(shown(cell, column.unit))
    return {"name": "", "text": text, "hint": _hint(cell, column, words), "was": was}


def _hint(cell: Cell, column: Column, words: Words) -> str:
    formula = words(cell.formula or column.formula)
    inputs = _inputs(cell, words)
    return f"{formula}: {inputs}" if inputs else formula


def _inputs(cell: Cell, words: Words) -> str:
    return ", ".join(f"{words(name)} = {shown(Cell(value))}" for name, value in cell.inputs.items())


def figure_facts(shown_figure: FigureShown, words: Words) -> dict[str, Any]:
    """One figure: what it is called, its value, formula and inputs."""
    table_at, row_at, column_at = shown_figure.spot
    table = shown_figure.report.tables[table_at]
    cells, column = table.rows[row_at], table.columns[column_at]
    cell = cells[column_at]
    return {
        "table": words(table.title),
        "row": " · ".join(words(name) for name in _names(cells)),
        "column": words(column.title),
        "value": words(cell.value) if isinstance(cell.value, str) else grouped(shown(cell, column.unit)),
        "unit": words(cell.unit or column.unit),
        "formula": words(cell.formula or column.formula),
        "inputs": [{"name": words(name), "value": shown(Cell(value))} for name, value in cell.inputs.items()],
        "counts": [f"{count} {words(name)}" for name, count in table.counts.items()],
    }


def moment(when: float, around: Surroundings) -> str:
    """A moment by the hospital's clock."""
    return f"{datetime.fromtimestamp(when, UTC).astimezone(around.now.tzinfo):%Y-%m-%d %H:%M:%S}"
