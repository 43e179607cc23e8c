"""The desk's jobs in both databases: begun once, run by one process, taken over from a dead one, never twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk.adapters.sql import SqlLedger
from kiosk.domain.desk_work.jobs import DeskJob, DeskJobState, ItemResult, JobItem, JobItemState, JobKind, result_of
from kiosk.domain.faults import FaultCode

Opener = Callable[[], SqlLedger]
PRINTED = ItemResult(JobItemState.PRINTED, sheets=1)
LONG = 1000.0


@pytest.fixture
def opener(database_url: str, tmp_path: Path) -> Iterator[Opener]:
    opened: list[SqlLedger] = []

    def open_() -> SqlLedger:
        opened.append(SqlLedger(database_url, anchor=tmp_path / "anchor"))
        return opened[-1]

    yield open_
    for ledger in opened:
        ledger.close()


def job(name: str, items: int = 3, kind: JobKind = JobKind.BATCH) -> DeskJob:
    places = tuple(JobItem(place, f"sealed-{place}") for place in range(1, items + 1))
    return DeskJob(name, kind, "nurse", f"visit-{name}", "report", {"reason": "other"}, items=places)


def states(ledger: SqlLedger, name: str) -> list[str]:
    kept = ledger.job(name)
    assert kept is not None
    return [str(item.state) for item in kept.items]


def test_a_job_is_begun_once_whoever_sends_it(opener: Opener) -> None:
    ledgers = [opener() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        begun = list(pool.map(lambda ledger: ledger.begin_job(job("a")), ledgers))
    assert sorted(begun) == [False, False, False, True]
    kept = ledgers[0].job("a")
    assert kept is not None and kept.left == 3 and kept.terms == {"reason": "other"} and kept.actor == "nurse"
    assert [one.job for one in ledgers[1].jobs(60)] == ["a"] and ledgers[1].job("b") is None


def test_two_processes_never_run_one_job_and_each_item_is_claimed_once(opener: Opener) -> None:
    one, other = opener(), opener()
    one.begin_job(job("a", 20))

    def run(ledger: SqlLedger, owner: str) -> list[int]:
        claimed = []
        while (found := ledger.claim_item(owner, LONG)) is not None:
            claimed.append(found[1].place)
            ledger.end_item(found[0].job, found[1].place, owner, PRINTED)
        return claimed

    with ThreadPoolExecutor(2) as pool:
        shares = list(pool.map(run, (one, other), ("p1", "p2")))
    assert sorted(shares) == [[], list(range(1, 21))], "one ran all of it, in order"
    kept = other.job("a")
    assert kept is not None and kept.state is DeskJobState.DONE and kept.sheets == 20


def test_films_come_before_batches_and_two_processes_share_two_jobs(opener: Opener) -> None:
    one, other = opener(), opener()
    one.begin_job(job("night"))
    one.begin_job(job("film", 1, JobKind.FILM))
    first, second = one.claim_item("p1", LONG), other.claim_item("p2", LONG)
    assert first is not None and second is not None
    assert (first[0].job, second[0].job) == ("film", "night")


def test_pause_resume_stop(opener: Opener) -> None:
    ledger = opener()
    ledger.begin_job(job("a"))
    claimed = ledger.claim_item("p1", LONG)
    assert claimed is not None
    ledger.set_job("a", DeskJobState.PAUSED)
    ledger.end_item("a", 1, "p1", PRINTED)
    assert ledger.claim_item("p1", LONG) is None and states(ledger, "a") == ["printed", "waiting", "waiting"]
    ledger.set_job("a", DeskJobState.RUNNING)
    claimed = ledger.claim_item("p1", LONG)
    assert claimed is not None and claimed[1].place == 2
    ledger.end_item("a", 2, "p1", result_of(FaultCode.MEDIA_EMPTY, 0))
    kept = ledger.job("a")
    assert kept is not None and (kept.state, kept.fault, kept.left) == (DeskJobState.PAUSED, "media-empty", 2)
    ledger.set_job("a", DeskJobState.STOPPED)
    ledger.set_job("a", DeskJobState.RUNNING)
    assert ledger.claim_item("p1", LONG) is None, "what was stopped stays stopped"


def test_what_a_dead_process_left_goes_on_elsewhere_a_film_for_a_person_to_look(opener: Opener) -> None:
    one, other = opener(), opener()
    one.begin_job(job("night"))
    assert one.claim_item("p1", LONG) is not None
    assert other.claim_item("p2", LONG) is None, "p1 may still be alive"
    again = other.claim_item("p2", -1.0)
    assert again is not None and again[1].place == 1, "not heard of for too long"
    one.end_item("night", 1, "p1", PRINTED)
    assert states(one, "night")[0] == "running", "p1 has nothing to say any more"
    other.end_item("night", 1, "p2", ItemResult(JobItemState.SKIPPED, "already-printed"))
    other.leave_jobs("p2")
    resumed = one.claim_item("p3", LONG)
    assert resumed is not None and resumed[1].place == 2, "left in order: at once"
    one.begin_job(job("film", 2, JobKind.FILM))
    assert one.claim_item("p3", LONG) is not None
    later = other.claim_item("p4", -1.0)
    assert later is not None and later[0].job == "film" and later[1].place == 2
    assert states(one, "film") == ["uncertain", "running"]


@pytest.mark.parametrize(
    ("fault", "sheets", "state", "pauses"),
    [
        (None, 2, JobItemState.PRINTED, False),
        (FaultCode.ALREADY_PRINTED, 0, JobItemState.SKIPPED, False),
        (FaultCode.REPORT_UNREADABLE, 0, JobItemState.FAILED, False),
        (FaultCode.ARCHIVE_UNREACHABLE, 0, JobItemState.WAITING, True),
        (FaultCode.MEDIA_JAM, 1, JobItemState.UNCERTAIN, True),
        (FaultCode.PRINT_UNCERTAIN, 0, JobItemState.UNCERTAIN, True),
    ],
)
def test_what_becomes_of_an_item(fault: FaultCode | None, sheets: int, state: JobItemState, pauses: bool) -> None:
    result = result_of(fault, sheets)
    assert (result.state, result.pauses) == (state, pauses)
