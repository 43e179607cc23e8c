"""Fresh mutants of packaged files through the sandbox: each must end as shown, shown with warning or cannot be shown.

    python -m tests.faults.mutants [COUNT] [SEED]

Prints the seed, the outcomes, the slowest, the largest worker; exit code 1 if one took more than 2 s (a machine that is
busy otherwise may do that), a worker needed more than 1 GiB, or anything but a KioskError came back.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.adapters.sandbox import Workers
from kiosk.domain.faults import KioskError
from kiosk.imaging.pixels import jobs
from tests.corpus import packaged

LIMIT = 2.0
DEADLINE = 1.8  # leaves time to end the worker
LARGEST = 400_000


@dataclass
class Outcome:
    """What became of many files."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    slow: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)

    def add(self, name: str, verdict: str, reason: str, seconds: float) -> None:
        """Count one."""
        self.counts[verdict] += 1
        self.reasons[reason[:60]] += 1
        self.slowest = max(self.slowest, seconds)
        if seconds > LIMIT:
            self.slow.append(name)
        if "crashed" in reason or "longer than" in reason:
            self.crashes.append(f"{name}: {reason}")


def verdict(workers: Workers, source: Path | bytes, deadline: float = DEADLINE) -> tuple[str, str, float]:
    """(shown, warning or refused; why; seconds) for one file, decoded in the sandbox."""
    start = time.perf_counter()
    try:
        frame = workers.call(jobs.frame, source, deadline_s=deadline)
    except KioskError as fault:
        return "refused", fault.detail, time.perf_counter() - start
    seconds = time.perf_counter() - start
    assert frame.codes.size and (frame.table is None or frame.table.shape == (65_536,))
    return ("warning", frame.warnings[0], seconds) if frame.warnings else ("shown", "", seconds)


def mutate(data: bytes, chance: random.Random) -> bytes:
    """One to four of the damages that transport, media and bad software do."""
    body = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(body))
        size = chance.choice((1, 2, 4, 16, 256))
        kind = chance.choice(("flip", "ff", "zero", "cut", "dup", "ins", "len", "word"))
        if kind == "flip":
            body[at] ^= 1 << chance.randrange(8)
        elif kind in ("ff", "zero"):
            body[at : at + size] = (b"\xff" if kind == "ff" else b"\0") * len(body[at : at + size])
        elif kind == "cut":
            del body[max(at, 140) :]
        elif kind == "dup":
            body[at:at] = body[at : at + size]
        elif kind == "ins":
            body[at:at] = chance.randbytes(size)
        elif kind == "len":
            body[at : at + 4] = chance.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF, len(body))).to_bytes(
                4, "little"
            )
        else:  # values that headers like least, at the places of two-byte numbers
            body[at : at + 2] = chance.choice((0, 1, 0x7FFF, 0x8000, 0xFFFF)).to_bytes(2, "little")
        body = body or bytearray(1)
    return bytes(body)


def sources() -> list[Path]:
    """Packaged files small enough to damage many times, those with an image first of all."""
    return [path for path in packaged() if path.stat().st_size < LARGEST]


def mutants(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """`count` damaged files and their names. Half of the damage goes to the first 2 KiB, where headers are."""
    chance = random.Random(seed)
    paths = sources()
    for number in range(count):
        path = paths[number % len(paths)]
        data = path.read_bytes()
        if chance.random() < 0.5 and len(data) > 4_096:
            edge = chance.randrange(512, 4_096)
            yield f"{number} {path.name}", mutate(data[:edge], chance) + data[edge:]
        else:
            yield f"{number} {path.name}", mutate(data, chance)


def run(count: int, seed: int) -> tuple[Outcome, int]:
    """All of them through two workers; returns what became of them and the largest worker in KiB."""
    outcome = Outcome()
    with Workers(2) as workers, ThreadPoolExecutor(2) as threads:
        for _ in range(2):
            workers.warm()

        def one(mutant: tuple[str, bytes]) -> tuple[str, str, str, float]:
            return mutant[0], *verdict(workers, mutant[1])

        batch = list(mutants(count, seed))
        for result in threads.map(one, batch):
            outcome.add(*result)
        return outcome, max(workers.peaks(), default=0)


def main() -> int:
    """The command."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    outcome, largest = run(count, seed)
    print(dict(outcome.counts), f"slowest {outcome.slowest:.2f} s, largest worker {largest / 1024:.0f} MiB")
    for reason, times in outcome.reasons.most_common(25):
        print(f"{times:>7}  {reason or 'shown'}")
    print(f"{len(outcome.crashes)} dead workers:", *outcome.crashes[:20], sep="\n  ")
    print(f"{len(outcome.slow)} over {LIMIT:g} s:", *outcome.slow[:20], sep="\n  ")
    return int(bool(outcome.slow) or largest > 1 << 20)


if __name__ == "__main__":
    sys.exit(main())
