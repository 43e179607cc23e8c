"""A report as a workbook (Office Open XML): a sheet a table, formulas and notes below. No cell is run as a formula."""

from __future__ import annotations

import io
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from kiosk.domain.figures.tables import Cell, StatisticsReport, Table, Words
from kiosk.domain.spreadsheets import harmless
from kiosk.statistics.writing import formulas

LONGEST_TITLE = 31  # characters that Excel lets a sheet's title have
FORBIDDEN = str.maketrans("[]:*?/\\", "       ")


def report_xlsx(report: StatisticsReport, period: Mapping[str, str], words: Words = str) -> bytes:
    """The workbook."""
    book = Workbook(write_only=True)
    for number, table in enumerate(report.tables, 1):
        sheet = book.create_sheet(_title(number, words(table.title)))
        said = " ".join(f"{words(name)} {value}" for name, value in period.items())
        sheet.append([_bold(sheet, f"{report.number} {words(report.title)}"), said])
        _write(sheet, table, words)
        for note in report.notes:
            sheet.append([_text(words(note))])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _text(said: str) -> str:
    """Without control characters, which no workbook may hold."""
    return harmless(ILLEGAL_CHARACTERS_RE.sub("", said))


def _title(number: int, title: str) -> str:
    return f"{number} {title.translate(FORBIDDEN)}"[:LONGEST_TITLE].strip("'")


def _bold(sheet: Worksheet, text: str) -> Any:
    cell = WriteOnlyCell(sheet, _text(text))
    cell.font = Font(bold=True)
    return cell


def _write(sheet: Any, table: Table, words: Words) -> None:
    sheet.append([_bold(sheet, words(table.title))])
    sheet.append([_bold(sheet, words(column.title)) for column in table.columns])
    sheet.append([words(column.unit) for column in table.columns])
    for cells in table.rows:
        sheet.append([_value(cell, words) for cell in cells])
    for name, formula in formulas(table, words):
        sheet.append([_text(f"{name}: {formula}")])
    for name, count in table.counts.items():
        sheet.append([f"{words('records used')}: {count} {words(name)}"])


def _value(cell: Cell, words: Words) -> Any:
    """Numbers as numbers, so that a sheet can go on computing; text as text."""
    if isinstance(cell.value, str):
        return _text(words(cell.value))
    return float(cell.value) if isinstance(cell.value, Decimal) else cell.value
