"""The administrator's reports as JSON, every figure open, and as CSV for spreadsheet programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from kiosk.domain.figures.tables import Cell, StatisticsReport, Table, Words, shown
from kiosk.domain.spreadsheets import BOM, harmless

SEE_ROW = "see the row"


# --- JSON -------------------------------------------------------------------------------------------------------
def plain(report: StatisticsReport, period: Mapping[str, str], words: Words = str) -> dict[str, Any]:
    """The report as plain values for JSON; every figure with unit, formula and inputs."""
    return {
        "report": report.number,
        "title": words(report.title),
        "period": dict(period),
        "tables": [_plain_table(table, words) for table in report.tables],
        "notes": [words(note) for note in report.notes],
    }


def _plain_table(table: Table, words: Words) -> dict[str, Any]:
    columns = [{"title": words(c.title), "unit": words(c.unit), "formula": words(c.formula)} for c in table.columns]
    rows = [[_figure(cell, column, words) for cell, column in zip(r, columns, strict=True)] for r in table.rows]
    return {"title": words(table.title), "columns": columns, "rows": rows, "records": dict(table.counts)}


def _figure(cell: Cell, column: Mapping[str, str], words: Words) -> dict[str, Any]:
    if isinstance(cell.value, str):
        return {"value": words(cell.value)}
    figure = {"value": _number(cell.value), "unit": words(cell.unit) or column["unit"]}
    formula = words(cell.formula) or column["formula"]
    return {**figure, "formula": formula, "inputs": {name: _number(value) for name, value in cell.inputs.items()}}


def _number(value: Any) -> Any:
    """Decimals as JSON numbers; whole ones whole."""
    if value is None or isinstance(value, int | str):
        return value
    return int(value) if value == int(value) else round(float(value), 6)


# --- CSV --------------------------------------------------------------------------------------------------------
def csv_text(report: StatisticsReport, period: Mapping[str, str], words: Words = str) -> str:
    """For spreadsheet programs: a BOM, units under the heads, formulas below, no cell that is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([report.number, words(report.title), *(f"{words(name)} {value}" for name, value in period.items())])
    for table in report.tables:
        _write_table(writer, table, words)
    for note in report.notes:
        writer.writerow([words(note)])
    return BOM + out.getvalue()


def _write_table(writer: Any, table: Table, words: Words) -> None:
    writer.writerow([])
    writer.writerow([harmless(words(table.title))])
    writer.writerow([harmless(words(column.title)) for column in table.columns])
    writer.writerow([words(column.unit) for column in table.columns])
    for cells in table.rows:
        writer.writerow([_spreadsheet(cell, c.unit, words) for cell, c in zip(cells, table.columns, strict=True)])
    for name, formula in formulas(table, words):
        writer.writerow([f"{harmless(name)}: {formula}"])
    for name, count in table.counts.items():
        writer.writerow([f"{words('records used')}: {count} {words(name)}"])


def formulas(table: Table, words: Words) -> list[tuple[str, str]]:
    """What each column, or each row, is made of; the same formula is said once, for all its columns."""
    named: dict[str, list[str]] = {}
    for column in table.columns:
        if column.formula and column.formula not in (SEE_ROW, column.title):
            named.setdefault(column.formula, []).append(column.title)
    for cells in table.rows:
        if cells[0].formula:
            unit = f" ({words(cells[0].unit)})" if cells[0].unit else ""
            named.setdefault(cells[0].formula + unit, []).append(str(cells[0].value))
    return [(_together(titles, words), words(formula)) for formula, titles in named.items()]


def _together(titles: list[str], words: Words) -> str:
    """Many months in a row as first … last."""
    names = [words(title) for title in titles]
    return f"{names[0]} … {names[-1]}" if len(names) > 4 else ", ".join(names)


def _spreadsheet(cell: Cell, unit: str, words: Words) -> str:
    if cell.value is None:
        return ""
    return harmless(words(cell.value)) if isinstance(cell.value, str) else shown(cell, unit)
