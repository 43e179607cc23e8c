"""Fifty kiosks on one PostgreSQL: no document reserved twice, and how long a reservation takes.

    python -m tests.benchmarks.fleet [--kiosks 50] [--attempts 100000] [--paced 40]

First all kiosks at once, each as fast as it can, on documents that several of them want (doubles are counted by an
independent query). Then paced as in a hospital at its busiest, a print every two seconds from each kiosk: the p95 of
reserve + settle is what a patient feels. The same paced work by a single kiosk stands beside it. Last the trail: an
event every two seconds from each kiosk, with the anchor outside the database that every kiosk keeps, and without.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.queues import Queue
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from sqlalchemy import text

from kiosk.adapters.sql import SqlLedger
from kiosk.domain.sheets.printing import DocumentKind, Order, SheetState
from kiosk.domain.trail import AuditRecord, EventKind
from tests.support.postgres import Cluster

PROCESSES = multiprocessing.get_context("forkserver")
PRINTED = (SheetState.PRINTED,) * 2
WANTED_BY = 5
PACE_S = 2.0


@dataclass(frozen=True)
class Tally:
    """What one kiosk did: attempts, reservations it got, seconds of each reserve with its settle."""

    attempts: int
    won: int
    seconds: tuple[float, ...]


def attempt(ledger: SqlLedger, kiosk: str, document: str) -> float | None:
    """One print: reserve, hand over, settle; the seconds of reserve + settle, None where another has it."""
    order = Order(document, "subject", DocumentKind.REPORT, copy=1, sheets=len(PRINTED))
    start = time.perf_counter()
    reservation = ledger.reserve("visit", kiosk, order)
    reserved = time.perf_counter()
    if reservation is None:
        return None
    ledger.submitted(reservation.serial, "report", "1/x")
    again = time.perf_counter()
    ledger.settle(reservation.serial, PRINTED)
    return (reserved - start) + (time.perf_counter() - again)


def hammer(url: str, kiosk: int, attempts: int, documents: int, told: Queue[Tally]) -> None:
    """As fast as it goes, on documents that others want too."""
    chance, times = random.Random(kiosk), []
    ledger = SqlLedger(url)
    for _ in range(attempts):
        seconds = attempt(ledger, f"kiosk-{kiosk}", f"document{chance.randrange(documents)}")
        if seconds is not None:
            times.append(seconds)
    ledger.close()
    told.put(Tally(attempts, len(times), tuple(times)))


def pace(url: str, kiosk: int, attempts: int, documents: int, told: Queue[Tally]) -> None:
    """A print every two seconds, each of a document of its own."""
    chance, times = random.Random(kiosk), []
    ledger = SqlLedger(url)
    attempt(ledger, f"kiosk-{kiosk}", f"warm-{documents}-{kiosk}")
    time.sleep(chance.random() * PACE_S)
    for number in range(attempts):
        start = time.perf_counter()
        times.append(attempt(ledger, f"kiosk-{kiosk}", f"paced-{documents}-{kiosk}-{number}") or 0.0)
        time.sleep(max(0.0, PACE_S - (time.perf_counter() - start)))
    ledger.close()
    told.put(Tally(attempts, len(times), tuple(times)))


def note(anchored: bool, url: str, kiosk: int, attempts: int, documents: int, told: Queue[Tally]) -> None:
    """An event every two seconds; the anchor costs two look-ups and a file made durable."""
    chance, times = random.Random(kiosk), []
    with TemporaryDirectory() as home:
        anchor = Path(home) / "trail.anchor" if anchored else None
        ledger = SqlLedger(url, key=b"k" * 32, kiosk=f"kiosk-{kiosk}", anchor=anchor)
        ledger.append(AuditRecord(EventKind.VISIT_OPENED))
        time.sleep(chance.random() * PACE_S)
        for _ in range(attempts):
            start = time.perf_counter()
            ledger.append(AuditRecord(EventKind.DOCUMENT_PRINTED, kiosk=f"kiosk-{kiosk}"))
            times.append(time.perf_counter() - start)
            time.sleep(max(0.0, PACE_S - times[-1]))
        ledger.close()
    told.put(Tally(attempts, len(times), tuple(times)))


def fleet(work: Callable[..., None], url: str, kiosks: int, attempts: int, documents: int) -> list[Tally]:
    """Run one process a kiosk."""
    told: Queue[Tally] = PROCESSES.Queue()
    running = [PROCESSES.Process(target=work, args=(url, k, attempts, documents, told)) for k in range(kiosks)]
    for process in running:
        process.start()
    tallies = [told.get(timeout=3600) for _ in running]
    for process in running:
        process.join()
    return tallies


def doubles(ledger: SqlLedger) -> int:
    """Sheets that more than one reservation holds: asked of the bare table, not of the code under test."""
    held = "SELECT document, copy, sheet FROM sheets WHERE state <> 'missing'"
    with ledger.store.read() as session:
        return len(session.execute(text(f"{held} GROUP BY document, copy, sheet HAVING count(*) > 1")).all())


def percentile(tallies: list[Tally], hundredth: int) -> float:
    """Milliseconds."""
    return quantiles([s for tally in tallies for s in tally.seconds], n=100)[hundredth - 1] * 1000


def run(kiosks: int, attempts: int, paced_s: float) -> dict[str, float]:
    """Everything, on a cluster of its own with durable commits."""
    PROCESSES.set_forkserver_preload(["kiosk.adapters.sql", "tests.support.postgres"])
    cluster = Cluster()
    cluster.start(durable=True)
    try:
        url = cluster.database()
        ledger = SqlLedger(url)
        documents = attempts // WANTED_BY
        start = time.perf_counter()
        hot = fleet(hammer, url, kiosks, attempts // kiosks, documents)
        seconds = time.perf_counter() - start
        prints = max(3, int(paced_s / PACE_S))
        calm, alone = fleet(pace, url, kiosks, prints, 1), fleet(pace, url, 1, prints, 2)
        found = {
            "kiosks": kiosks,
            "attempts": sum(tally.attempts for tally in hot),
            "reserved": sum(tally.won for tally in hot),
            "doubles": doubles(ledger),
            "attempts_per_s": sum(tally.attempts for tally in hot) / seconds,
            "hot_p50_ms": percentile(hot, 50),
            "hot_p95_ms": percentile(hot, 95),
            "paced_p50_ms": percentile(calm, 50),
            "paced_p95_ms": percentile(calm, 95),
            "alone_p50_ms": median(s for tally in alone for s in tally.seconds) * 1000,
            "alone_p95_ms": percentile(alone, 95),
        }
        ledger.close()
        return {**found, **trail(cluster, kiosks, prints)}
    finally:
        cluster.remove()


def trail(cluster: Cluster, kiosks: int, events: int) -> dict[str, float]:
    """The same events with and without anchors, each on a database of its own."""
    found: dict[str, float] = {}
    for name, anchored in (("bare", False), ("anchored", True)):
        tallies = fleet(partial(note, anchored), cluster.database(), kiosks, events, 0)
        found |= {f"{name}_p50_ms": percentile(tallies, 50), f"{name}_p95_ms": percentile(tallies, 95)}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kiosks", type=int, default=50)
    parser.add_argument("--attempts", type=int, default=100_000)
    parser.add_argument("--paced", type=float, default=40.0, help="seconds")
    chosen = parser.parse_args()
    found = run(chosen.kiosks, chosen.attempts, chosen.paced)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; clients and server on the same machine")
    for name, value in found.items():
        print(f"{name:16} {value:10.1f}" if isinstance(value, float) else f"{name:16} {value:10}")
    print(f"paced p95, {chosen.kiosks} kiosks ÷ one: {found['paced_p95_ms'] / found['alone_p95_ms']:.1f}")


if __name__ == "__main__":
    main()
