"""How long the worklist's first rows take with many exams a day: python -m tests.benchmarks.desk_today [EXAMS].

The list is filled from an archive in memory and a real ledger (SQLite); measured are a page's filtering, and the whole
page through the desk's application, without the network.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from kiosk import sample
from kiosk.bootstrap.desk_service import build_desk
from kiosk.config import DeskSettings
from kiosk.domain.desk_work.today import PAGE, TodayAsked
from kiosk.domain.exam import Exam, Report, ReportKind, ReportStatus
from kiosk.domain.person.identity import IdentityFacts
from kiosk.domain.roles import Role, StaffMember
from kiosk.ports.archive import StudyQuery
from kiosk.services.desk.accounts import hashed
from tests.desk.test_today import Shelf
from tests.support.desk import Clerk
from tests.support.servers import free_port, wait_until

NAMES = ("王秀英", "李强", "欧阳春", "张伟", "刘洋", "陈静", "赵敏", "孙丽")
MODALITIES = ("CT", "MR", "DX", "US")
ROUNDS = 30


def exam(number: int, now: datetime) -> Exam:
    """Every third waits for its report."""
    uid, taken = f"1.2.826.{number}", now - timedelta(seconds=number)
    status = ReportStatus.PRELIMINARY if number % 3 == 0 else ReportStatus.FINAL
    report = Report(uid, f"{uid}.1", f"{uid}.1.1", ReportKind.PDF, status, 1, written=taken)
    facts = IdentityFacts(f"P{number:08d}", NAMES[number % 8], telephone=f"138{number:08d}")
    return Exam(uid, f"A{number:08d}", facts, MODALITIES[number % 4], "", "CHEST", taken, reports=(report,),
                ward=f"{number % 12} West" if number % 2 else "")  # fmt: skip


class _Day(Shelf):
    def studies_since(self, day: date) -> Iterator[str]:
        return iter(self.kept)

    def exams(self, query: StudyQuery, limit: int = 50) -> list[Exam]:
        return [self.kept[query.study_uid]] if query.study_uid in self.kept else []


def timed(name: str, work: Callable[[], object]) -> None:
    """Median and slowest of the rounds."""
    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        spent.append((time.perf_counter() - began) * 1000)
    print(f"{name:>34}  median {statistics.median(spent):7.1f} ms  slowest {max(spent):7.1f} ms")


def main() -> None:
    """Print the table."""
    port = free_port()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        settings = sample.settings_for(Path(folder))
        settings.kiosk.state_dir.mkdir(parents=True)
        (Path(folder) / "archive").mkdir()
        desk = DeskSettings(origin=f"http://127.0.0.1:{port}", worklist_days=1)
        settings = settings.model_copy(update={"desk": desk})
        service = build_desk(settings)
        shelf = _Day(*(exam(number, datetime.now(UTC)) for number in range(count)))
        today = service.parts.jobs.today
        today._recent, today._archive = shelf, shelf  # type: ignore[assignment]
        began = time.perf_counter()
        today.look()
        print(f"{'first look, without network':>34}  {time.perf_counter() - began:7.1f} s for {count} exams")
        began = time.perf_counter()
        today.look()
        print(f"{'each look after it':>34}  {time.perf_counter() - began:7.1f} s")
        questions = {"all": TodayAsked(days=0), "one state": TodayAsked(state="ready", days=0),
                     "initials": TodayAsked("wxy", days=0), "telephone": TodayAsked("0042", days=0)}  # fmt: skip
        for name, asked in questions.items():
            timed(f"in memory, {name}", lambda asked=asked: today.page(asked))  # type: ignore[misc]
        service.parts.adapters.ledger.add_staff(StaffMember("nurse", Role.NURSE), hashed("2468"))
        _pages(service.app, port)
        service.close()


def _pages(app: ASGIApp, port: int) -> None:
    """Whole pages over the loopback, as a browser asks for them."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, "the desk")
    try:
        with Clerk(f"http://127.0.0.1:{port}") as clerk:
            assert clerk.log_in("nurse").ok
            assert clerk.see("/today?days=0").text.count("<tr data-row") == PAGE
            timed("the whole page", lambda: clerk.see("/today?days=0").raise_for_status())
    finally:
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    main()
