"""How long a verdict and a look-up take by what they find: the means must not differ by 5 ms.

    python -m tests.benchmarks.timing_oracle [--each 1000] [--uniform-ms 50]

Real ledger (SQLite, durable), real services; the archive answers from memory after a delay, so that a number found at
the first query takes a third of the time of one that is nowhere. `0` shows what a kiosk without equal times would tell.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kiosk.adapters.machine.system import SystemClock
from kiosk.adapters.ris.archive_directory import ArchiveDirectory
from kiosk.adapters.sql import SqlLedger
from kiosk.config import IdentitySettings, ReportSettings
from kiosk.domain.person.codes import Claim, ClaimKind
from kiosk.domain.person.identity import Question
from kiosk.domain.person.tries import TryLimits
from kiosk.domain.visit import Candidate
from kiosk.ports.archive import StudyQuery
from kiosk.services.audit import Audit
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.identity.verification import Verification
from kiosk.services.machine.lanes import Cancelled
from tests.support.paper import ANSWER, LI, WANG, WRONG, PaperArchive, exam

Times = dict[str, list[float]]
LANES = 4


def _service(folder: Path, uniform_ms: int) -> tuple[Verification, Audit, SqlLedger]:
    ledger, clock = SqlLedger(f"sqlite:///{folder / 'ledger.db'}"), SystemClock("Asia/Shanghai")
    audit = Audit(ledger, "k1", clock)
    settings = IdentitySettings(uniform_ms=uniform_ms, per_kiosk=10_000)
    return Verification(ledger, audit, clock, settings, "k1", None), audit, ledger


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def answers(each: int, uniform_ms: int) -> Times:
    """Seconds of verdicts: right, wrong, for a number nobody has, and for somebody who is locked."""
    with tempfile.TemporaryDirectory() as folder:
        service, _, ledger = _service(Path(folder), uniform_ms)
        locked = Candidate("locked", WANG)
        strict = TryLimits()
        for n in range(5):
            ledger.begin_try(f"before{n}", locked.subject, "elsewhere", strict)
        cases = {
            "right": lambda n: (Candidate(f"right{n}", WANG), ANSWER),
            "wrong": lambda n: (Candidate(f"wrong{n}", WANG), WRONG),
            "unknown": lambda n: (Candidate(f"nobody{n}", None), ANSWER),
            "locked": lambda n: (locked, ANSWER),
        }

        def one(name: str, n: int) -> float:
            who, text = cases[name](n)
            ask = Question.ID_LAST_SIX
            return _timed(lambda: service.verify(f"{name}{n}", who, ask, text, Cancelled()))

        times = _in_turn(list(cases), each, one)
        ledger.close()
        return times


def lookups(each: int, uniform_ms: int, query_s: float) -> Times:
    """Seconds of look-ups: a number found at once, one found at the second query, without ID card, and nobody's."""

    def slow(_: StudyQuery, found: list[object]) -> list[object]:
        time.sleep(query_s)
        return found

    archive = PaperArchive([exam(WANG, "A1", 1), exam(LI, "A2", 2)], slow)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        service, audit, ledger = _service(Path(folder), uniform_ms)
        names = Pseudonyms(b"k" * 32)
        directory, wanted = ArchiveDirectory(archive), (IdentitySettings(), ReportSettings())
        lookup = Lookup(archive, directory, ledger, names, audit, SystemClock("UTC"), *wanted)
        codes = {"known": "A1", "by patient number": WANG.patient_id, "without ID card": "A2", "unknown": "NOBODY"}

        def one(name: str, n: int) -> float:
            claim = Claim(ClaimKind.ACCESSION, codes[name])
            found = lambda: lookup.questions(lookup.candidate(claim))  # noqa: E731
            return _timed(lambda: service.evenly(Cancelled(), found, lookup.longest_s))

        times = _in_turn(list(codes), each, one)
        ledger.close()
        return times


def _in_turn(names: list[str], each: int, one: Callable[[str, int], float]) -> Times:
    """The classes take turns, so that whatever else the machine does meets all of them alike."""
    with ThreadPoolExecutor(LANES if each > 500 else 2) as pool:
        jobs = [(name, pool.submit(one, name, n)) for n in range(each) for name in names]
        times: Times = {name: [] for name in names}
        for name, job in jobs:
            times[name].append(job.result())
    return times


def means_ms(times: Times) -> dict[str, float]:
    """Mean milliseconds of each class."""
    return {name: statistics.fmean(seconds) * 1000 for name, seconds in times.items()}


def table(title: str, times: Times) -> str:
    """One line a class, and the largest difference."""
    means = means_ms(times)
    lines = [f"{title} ({len(next(iter(times.values())))} each)"]
    for name, seconds in times.items():
        spread = statistics.stdev(seconds) * 1000
        lines.append(f"  {name:18} mean {means[name]:8.2f} ms   sd {spread:6.2f}   max {max(seconds) * 1000:8.2f}")
    lines.append(f"  largest difference of means {max(means.values()) - min(means.values()):.2f} ms")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=1000)
    parser.add_argument("--uniform-ms", type=int, default=50)
    given = parser.parse_args()
    print(table("verdicts without equal times", answers(100, 0)))
    print(table(f"verdicts, {given.uniform_ms} ms", answers(given.each, given.uniform_ms)))
    print(table("look-ups without equal times, 20 ms a query", lookups(100, 0, 0.02)))
    print(table(f"look-ups, {given.uniform_ms} ms, 20 ms a query", lookups(given.each, given.uniform_ms, 0.02)))


if __name__ == "__main__":
    main()
