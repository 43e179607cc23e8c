"""R2: two freely chosen periods side by side, in films, money and storage.

One formula serves both periods, whichever is "before":

    films       = exams × films per exam where that is given (film for everybody), otherwise films printed
    film cost   = films × film price            cloud cost = cloud visits × cloud fee
    total cost  = film cost + cloud cost        waste      = uncollected films × film price (part of the film cost)

Nothing is copied from anybody's results; what is not given and not in the ledger stays unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from kiosk.domain.records import Journal
from kiosk.statistics.phone import Phones
from kiosk.statistics.tables import Cell, Chart, Column, Number, StatisticsReport, Table

ESTIMATE_MB = 300
MB, TB = 10**6, 10**12


@dataclass(frozen=True)
class PeriodInputs:
    """What is known of one period; None where it is not. Money in the hospital's currency."""

    exams: int | None = None
    films_per_exam: Decimal | None = None
    films_printed: int | None = None
    film_price: Decimal | None = None
    uncollected: int | None = None
    cloud_visits: int | None = None
    cloud_fee: Decimal | None = None
    storage_bytes: int | None = None


@dataclass(frozen=True)
class PeriodFigures:
    """What follows from the inputs of one period."""

    given: PeriodInputs

    @property
    def films(self) -> Decimal | None:
        """Films of the period."""
        if self.given.exams is not None and self.given.films_per_exam is not None:
            return self.given.exams * self.given.films_per_exam
        return None if self.given.films_printed is None else Decimal(self.given.films_printed)

    @property
    def film_cost(self) -> Decimal | None:
        """Films × price."""
        return _times(self.films, self.given.film_price)

    @property
    def cloud_cost(self) -> Decimal | None:
        """Visits × fee; nothing where there were no cloud visits."""
        return Decimal(0) if self.given.cloud_visits == 0 else _times(self.given.cloud_visits, self.given.cloud_fee)

    @property
    def total_cost(self) -> Decimal | None:
        """Films and cloud."""
        return None if self.film_cost is None or self.cloud_cost is None else self.film_cost + self.cloud_cost

    @property
    def waste(self) -> Decimal | None:
        """What was paid for films nobody fetched."""
        return _times(self.given.uncollected, self.given.film_price)

    @property
    def storage_estimate_tb(self) -> Decimal | None:
        """300 MB a visit, in decimal terabytes."""
        return _times(self.given.cloud_visits, Decimal(ESTIMATE_MB * MB) / TB)

    @property
    def storage_tb(self) -> Decimal | None:
        """Measured bytes, in decimal terabytes."""
        return _times(self.given.storage_bytes, Decimal(1) / TB)


def _times(count: Number | None, each: Decimal | None) -> Decimal | None:
    return None if count is None or each is None else Decimal(count) * each


def from_ledger(journal: Journal, given: PeriodInputs) -> PeriodInputs:
    """What was not given and the ledger knows: film sheets printed, visits that cloud film serves, bytes stored."""
    films = sum(t.printed for t in journal.tasks if t.kind == "film")
    served = Phones(journal).visits
    return replace(
        given,
        films_printed=films if given.films_printed is None else given.films_printed,
        cloud_visits=served if given.cloud_visits is None else given.cloud_visits,
        storage_bytes=journal.stored_bytes if given.storage_bytes is None else given.storage_bytes,
    )


Figure = Callable[[PeriodFigures], Number | None]
Uses = tuple[str, ...]
LINES: tuple[tuple[str, str, str, Uses, Figure], ...] = (
    ("exams", "exams", "given", (), lambda f: f.given.exams),
    ("films per exam", "sheets", "given", (), lambda f: f.given.films_per_exam),
    ("films printed", "sheets", "given, else film sheets printed in the ledger", (), lambda f: f.given.films_printed),
    ("film price", "money", "given", (), lambda f: f.given.film_price),
    ("films", "sheets", "exams × films per exam, else films printed",
     ("exams", "films_per_exam", "films_printed"), lambda f: f.films),
    ("film cost", "money", "films × film price", ("films", "film_price"), lambda f: f.film_cost),
    ("uncollected films", "sheets", "given", (), lambda f: f.given.uncollected),
    ("waste cost, part of the film cost", "money", "uncollected films × film price",
     ("uncollected", "film_price"), lambda f: f.waste),
    ("cloud visits", "visits", "given, else visits whose link opens all its exams in the cloud", (),
     lambda f: f.given.cloud_visits),
    ("cloud fee", "money", "given", (), lambda f: f.given.cloud_fee),
    ("cloud cost", "money", "cloud visits × cloud fee", ("cloud_visits", "cloud_fee"), lambda f: f.cloud_cost),
    ("total cost", "money", "film cost + cloud cost", ("film_cost", "cloud_cost"), lambda f: f.total_cost),
    ("storage, measured", "TB", "given, else bytes of the exams that came into the cloud, ÷ 10^12",
     ("storage_bytes",), lambda f: f.storage_tb),
    ("storage, estimated", "TB", "cloud visits × 300 MB ÷ 10^6 MB", ("cloud_visits",), lambda f: f.storage_estimate_tb),
)  # fmt: skip

NOTES = (
    "Exams, visits and films are different units. Money is in the currency of the prices given.",
    "The published account names 48 TB for its second year, but 197,112 visits × 300 MB = 59.1 TB: its figure does not "
    "follow from its inputs. Here storage is computed, and measured bytes stand beside the estimate.",
    "Measured bytes are sealed objects as the portal keeps them, of all exams that came into the cloud in the period, "
    "also of those that nobody asked for; the estimate counts visits.",
)


def r2_before_after(before: PeriodInputs, after: PeriodInputs) -> StatisticsReport:
    """The two periods and the difference before − after."""
    first, second = PeriodFigures(before), PeriodFigures(after)
    rows = tuple(_line(line, first, second) for line in LINES)
    columns = (
        Column("quantity"),
        Column("before", "", "see the row"),
        Column("after", "", "see the row"),
        Column("before − after", "", "before − after"),
    )
    table = Table("Two periods", columns, rows)
    costs = tuple(
        (Cell(name), Cell(figures.film_cost), Cell(figures.cloud_cost), Cell(figures.total_cost))
        for name, figures in (("before", first), ("after", second))
    )
    cost_columns = (
        Column("period"),
        Column("film cost", "money", "films × film price"),
        Column("cloud cost", "money", "cloud visits × cloud fee"),
        Column("total cost", "money", "film cost + cloud cost"),
    )
    return StatisticsReport(
        "R2", "Before and after", (table, Table("Cost", cost_columns, costs, {}, Chart(0, 3))), NOTES
    )


def _line(line: tuple[str, str, str, Uses, Figure], first: PeriodFigures, second: PeriodFigures) -> tuple[Cell, ...]:
    name, unit, formula, uses, figure = line
    before, after = figure(first), figure(second)
    difference = None if before is None or after is None else Decimal(before) - Decimal(after)
    return (
        Cell(name, unit=unit, formula=formula),
        Cell(before, _inputs(first, uses), unit, formula),
        Cell(after, _inputs(second, uses), unit, formula),
        Cell(difference, {"before": before, "after": after}, unit, "before − after"),
    )


def _inputs(figures: PeriodFigures, uses: Uses) -> dict[str, Number | str | None]:
    return {name: getattr(figures if hasattr(PeriodFigures, name) else figures.given, name) for name in uses}
