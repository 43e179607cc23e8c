"""The administrator's reports: collected from the ledger, and written as JSON or CSV (as PDF: kiosk.statistics.pages).

A report is a pure function of the ledger and the numbers given, so anybody can recompute it: JSON opens every figure
with its formula, its inputs and the number of records behind it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kiosk.domain.records import Journal
from kiosk.domain.spreadsheets import BOM, harmless
from kiosk.ports.ledger import RecordLedger
from kiosk.statistics import figures as of
from kiosk.statistics.economy import PeriodInputs, from_ledger, r2_before_after
from kiosk.statistics.figures import Period
from kiosk.statistics.kiosk_log import r8_kiosk_log
from kiosk.statistics.tables import Cell, StatisticsReport, Table, shown

NUMBERS = ("R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8")
SEE_ROW = "see the row"
Words = Callable[[str], str]


@dataclass(frozen=True)
class ReportRequest:
    """Which report, of which period; R2 also needs the period before and what is known of both, R6 a number of days."""

    number: str
    period: Period
    before: Period | None = None
    given_before: PeriodInputs = field(default_factory=PeriodInputs)
    given: PeriodInputs = field(default_factory=PeriodInputs)
    days: int = 7


def make_report(records: RecordLedger, wanted: ReportRequest) -> StatisticsReport:
    """Read the ledger and compute."""
    journal = _journal(records, wanted.period)
    if wanted.number == "R2":
        before = wanted.given_before
        if wanted.before:
            before = from_ledger(_journal(records, wanted.before), before)
        return r2_before_after(before, from_ledger(journal, wanted.given))
    if wanted.number == "R6":
        return of.r6_delivery(journal, wanted.period, wanted.days)
    makers = {
        "R1": of.r1_service,
        "R3": of.r3_demand,
        "R4": of.r4_reasons,
        "R5": of.r5_access,
        "R7": of.r7_sharing,
        "R8": r8_kiosk_log,
    }
    return makers[wanted.number](journal, wanted.period)


def _journal(records: RecordLedger, period: Period) -> Journal:
    return records.journal(period.since, period.until)


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
