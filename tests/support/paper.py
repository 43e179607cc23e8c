"""A hospital made of values: an archive in memory, a renderer that draws nothing, people with planted names.

Whole visits through the real engine, services, ledger and folder printers take a few hundredths of a second with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk.domain.exam import Exam, Report, ReportKind, ReportStatus, SeriesInfo
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import IdentityFacts
from kiosk.ports.archive import InstanceRef, StudyQuery
from kiosk.ports.rendering import FilmOrder, FilmOutcome, PageStamp, PreviewPage, Progress
from tests.support.documents import pdf
from tests.support.storyboard import Storyboard

NAME, NATIONAL, TELEPHONE = "王秀英", "11010519491231002X", "13812345678"
ANSWER, WRONG = "31002X", "000000"
WANG = IdentityFacts("P0001", NAME, NATIONAL, date(1949, 12, 31), TELEPHONE)
LI = IdentityFacts("P0002", "李之女", "", date(2026, 11, 1))
ZHANG = IdentityFacts("P0003", "张三丰", "440524188001010014", date(1880, 1, 1), "13900001111")


def exam(facts: IdentityFacts = WANG, accession: str = "A0001", number: int = 1, reports: int = 1) -> Exam:
    """A finished exam with signed reports and three images."""
    uid = f"2.25.{number}"
    taken = datetime.now(UTC) - timedelta(days=2)
    written = taken + timedelta(hours=3)
    made = tuple(
        Report(uid, f"{uid}.9", f"{uid}.9.{n}", ReportKind.PDF, ReportStatus.FINAL, n, written=written)
        for n in range(1, reports + 1)
    )
    return Exam(uid, accession, facts, "CT", "CHEST", "", taken, (SeriesInfo(f"{uid}.1", "CT", "", 1, 3),), made)


def with_status(one: Exam, status: ReportStatus) -> Exam:
    """The same exam, its reports in another state."""
    return replace(one, reports=tuple(replace(r, status=status) for r in one.reports))


def _matches(one: Exam, query: StudyQuery) -> bool:
    facts = one.identity
    pairs = (
        (query.accession, one.accession),
        (query.patient_id, facts.patient_id),
        (query.visit_number, one.referring_visit),
        (query.national_id, facts.national_id),
        (query.study_uid, one.study_uid),
    )
    asked = [(wanted, has) for wanted, has in pairs if wanted]
    return bool(asked) and all(wanted == has for wanted, has in asked)


@dataclass
class PaperArchive:
    """kiosk.ports.archive.Archive in memory. `lie` may change what a query answers; `calls` counts all calls."""

    held: list[Exam] = field(default_factory=list)
    lie: Callable[[StudyQuery, list[Exam]], list[Exam]] = lambda query, found: found
    queries: list[StudyQuery] = field(default_factory=list)
    calls: int = 0
    closed: bool = False

    def exams(self, query: StudyQuery, limit: int = 50) -> list[Exam]:
        self.calls += 1
        self.queries.append(query)
        return self.lie(query, [replace(e) for e in self.held if _matches(e, query)])[:limit]

    def instances(self, study_uid: str, series_uid: str) -> list[InstanceRef]:
        self.calls += 1
        return [InstanceRef(study_uid, series_uid, f"{series_uid}.{n}", "", n) for n in (1, 2, 3)]

    def fetch(self, refs: list[InstanceRef], *, any_order: bool = False) -> Iterator[tuple[InstanceRef, bytes]]:
        self.calls += 1
        for ref in refs:
            yield ref, ref.instance_uid.encode()

    def probe(self) -> str:
        return "paper"

    def server_time(self) -> None:
        return None

    def close(self) -> None:
        self.closed = True


class PaperRenderer:
    """kiosk.ports.rendering.Renderer: empty sheets, copied; `pages_of` a report, one film sheet."""

    def __init__(self, folder: Path, pages_of: int = 1) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._pages = pages_of
        self._sheet = pdf(folder / "sheet.pdf", pages_of).read_bytes()
        self._film = pdf(folder / "film.pdf", 1).read_bytes()

    def report(self, untrusted: bytes, exam: Exam, stamp: PageStamp, out: Path) -> int:
        out.write_bytes(self._sheet)
        return self._pages

    def pages(self, document: Path, width_px: int, out: Path, hide: tuple[str, ...] = ()) -> list[PreviewPage]:
        page = out / f"{document.stem}-1.png"
        page.write_bytes(b"")
        return [PreviewPage(page)]

    def film(
        self,
        untrusted: Iterable[tuple[int, bytes]],
        exam: Exam,
        order: FilmOrder,
        out: Path,
        progress: Progress,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> FilmOutcome:
        placed = sum(1 for _ in untrusted)
        progress(placed, placed)
        out.write_bytes(self._film)
        return FilmOutcome(1, placed, 0)

    def wipe(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing runs."""


class NthFails:
    """Any adapter, whose Nth call (counted from 1, over all methods) fails. `calls` tells how many there were."""

    def __init__(self, real: object, nth: int, fault: FaultCode, failures: int = 1) -> None:
        self._real, self._nth, self._fault, self._failures = real, nth, fault, failures
        self._lock = threading.Lock()
        self.calls = 0
        self.failed: list[str] = []

    def __getattr__(self, name: str) -> object:
        found = getattr(self._real, name)
        if not callable(found) or name in ("close", "probe", "server_time"):
            return found

        def call(*args: object, **kwargs: object) -> object:
            with self._lock:
                self.calls += 1
                fails = self._nth <= self.calls < self._nth + self._failures
            if fails:
                self.failed.append(name)
                raise KioskError(self._fault, f"call {self._nth}")
            return found(*args, **kwargs)

        return call


@contextmanager
def at_kiosk(
    home: Path, archive: Any, pages: int = 1, adapters: dict[str, Any] | None = None, **sections: dict[str, Any]
) -> Iterator[Storyboard]:
    """A person at a kiosk of the paper hospital; `sections` of the settings and `adapters` as the test wants them."""
    paper = {"archive": archive, "renderer": PaperRenderer(home / "paper", pages)}
    person = Storyboard(home, home, seeded=False, adapters={**paper, **(adapters or {})}, **sections)
    try:
        yield person
    finally:
        person.close()
