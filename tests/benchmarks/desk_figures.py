"""Figures of a year of 200,000 visits, on SQLite and PostgreSQL: each page of the desk, and the sums behind them.

python -m tests.benchmarks.desk_figures [--visits 200000] [--database sqlite|postgresql]

Every page is asked for through the desk's service and drawn with its tables and pictures, three times, the first with
the drawing of its pictures: seconds by the clock, and of this process on a processor, which say more on a busy machine.
Then the whole year is computed from its records without the sums,
and must be the same.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from kiosk.adapters.machine.system import SystemClock
from kiosk.adapters.sql import SqlLedger
from kiosk.desk.figure_tables import Comparison, table_facts
from kiosk.domain.figures.period import Period
from kiosk.domain.panels.figures import FiguresAsked, ReportNumber
from kiosk.domain.roles import Role, StaffMember
from kiosk.services.audit import Audit
from kiosk.services.desk.user import DeskUser
from kiosk.services.machine.lanes import Cancelled
from kiosk.statistics.office import FigureDesk, FigureSource
from kiosk.statistics.service import ReportRequest, make_report
from kiosk.statistics.words import words_in
from tests.support.postgres import Cluster
from tests.support.year import Year

ZONE, FIRST, LAST = ZoneInfo("Asia/Shanghai"), date(2025, 1, 1), date(2025, 12, 31)
USER = DeskUser(StaffMember("auditor", Role.AUDITOR), "visit", Cancelled())
T = TypeVar("T")


def main() -> None:
    """Write, measure, compare."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--visits", type=int, default=200_000)
    arguments.add_argument("--database", choices=("sqlite", "postgresql"))
    asked = arguments.parse_args()
    for kind in (asked.database,) if asked.database else ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder:
            if kind == "sqlite":
                _measure(kind, f"sqlite:///{folder}/ledger.db", Path(folder), asked.visits)
            else:
                _on_postgres(Path(folder), asked.visits)


def _on_postgres(folder: Path, visits: int) -> None:
    cluster = Cluster()
    try:
        cluster.start()
        _measure("postgresql", cluster.database(), folder, visits)
    finally:
        cluster.remove()


def _measure(kind: str, url: str, folder: Path, visits: int) -> None:
    ledger = SqlLedger(url, anchor=folder / "anchor")
    _told(f"{kind}: {visits} visits written", lambda: Year(FIRST, ZONE, visits).write(ledger))
    _told(f"{kind}: all days summed up", lambda: ledger.refresh_days(ZONE))
    hospital = FigureSource(lambda _: "hospital", ZONE, lambda: datetime(2026, 1, 1, 12, tzinfo=ZONE))
    desk = FigureDesk(ledger, Audit(ledger, "desk", SystemClock("Asia/Shanghai")), hospital)
    for number in ReportNumber:
        times = [_timed(partial(_page, desk, number)) for _ in range(3)]
        print(f"{kind}: {number} first {times[0]}, then {times[1]}, {times[2]}", flush=True)
    for number in ReportNumber:
        page = desk.figures(USER, FiguresAsked(number, str(FIRST), str(LAST))).report
        wanted = ReportRequest(str(number), Period.of_days(FIRST, LAST, ZONE))
        whole = _told(f"{kind}: {number} from the records", partial(make_report, ledger, wanted))
        assert page == whole, number
    ledger.close()


def _page(desk: FigureDesk, number: ReportNumber) -> None:
    shown = desk.figures(USER, FiguresAsked(number, str(FIRST), str(LAST)))
    for place, table in enumerate(shown.report.tables):
        table_facts(table, place, Comparison(shown.report, None), words_in("zh"), "/figures")


def _timed(work: Callable[[], object]) -> str:
    began, worked = time.perf_counter(), time.process_time()
    work()
    return f"{time.perf_counter() - began:.2f} s ({time.process_time() - worked:.2f} of a processor)"


def _told(what: str, work: Callable[[], T]) -> T:
    done = list[T]()
    print(f"{what}: {_timed(lambda: done.append(work()))}", flush=True)
    return done[0]


if __name__ == "__main__":
    main()
