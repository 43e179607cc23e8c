"""Tables whose every figure carries its formula and inputs, so that anybody can recompute it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

Number = int | float | Decimal
PER_CENT = "%"
# A text of a report in the reader's language.
Words = Callable[[str], str]


@dataclass(frozen=True)
class Column:
    """What stands in a column: its unit, and how each figure in it is made."""

    title: str
    unit: str = ""
    formula: str = ""


@dataclass(frozen=True)
class Cell:
    """One figure or word; None where it is not known. `inputs` are the numbers that went into it."""

    value: Number | str | None
    inputs: Mapping[str, Number | str | None] = field(default_factory=dict)
    unit: str = ""
    formula: str = ""


@dataclass(frozen=True)
class Chart:
    """Which column is drawn as bars over which column of names; rows named in `without` are left out.

    `across`: columns that are drawn instead, one bar each, in which the rows lie on top of each other.
    """

    names: int
    values: int
    without: tuple[str, ...] = ("total",)
    across: tuple[int, ...] = ()


@dataclass(frozen=True)
class Table:
    """Rows of cells under columns. `counts` says how many records of the ledger went into the table."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    chart: Chart | None = None


@dataclass(frozen=True)
class StatisticsReport:
    """One report of the administrator: its tables, and what a reader must know to understand them."""

    number: str
    title: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()


def row(*values: Cell | Number | str | None) -> tuple[Cell, ...]:
    """Plain values become cells."""
    return tuple(value if isinstance(value, Cell) else Cell(value) for value in values)


def share(part: int, whole: int, names: tuple[str, str]) -> Cell:
    """part ÷ whole in per cent; nothing where the whole is nothing."""
    value = 100 * Decimal(part) / whole if whole else None
    return Cell(value, {names[0]: part, names[1]: whole})


def quantile(values: Iterable[float], q: float) -> float | None:
    """The smallest value that at least the share `q` of all does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)] if ordered else None


def shown(cell: Cell, unit: str = "") -> str:
    """A figure as text: integers whole, per cents with three digits, everything else with two; – where unknown."""
    value = cell.value
    if value is None:
        return "–"
    if isinstance(value, (int, str)):
        return str(value)
    digits = 3 if (cell.unit or unit) == PER_CENT else 2
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits == 2 else text


def words_of(report: StatisticsReport) -> Sequence[str]:
    """Every text of a report that a reader sees, for translation."""
    texts: list[str] = [report.title, *report.notes]
    for table in report.tables:
        texts.append(table.title)
        for column in table.columns:
            texts += [column.title, column.unit, column.formula]
        for cell in (cell for cells in table.rows for cell in cells):
            texts += [cell.unit, cell.formula, *([cell.value] if isinstance(cell.value, str) else [])]
    return [text for text in dict.fromkeys(texts) if text]


def grouped(number: str) -> str:
    """Thousands apart: 9,969,048."""
    whole, dot, rest = number.partition(".")
    return f"{int(whole):,}{dot}{rest}" if whole.lstrip("-").isdigit() else number
