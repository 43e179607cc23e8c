"""A film made whole in one worker of the sandbox, because the files it is made of were written by strangers.

The worker cannot write a file: it tells what it makes piece by piece. A file that kills or stalls it is named by what
it told last, refused from then on, and the film is made again without it. For programs without threads, such as the
command line: the worker is forked before anything heavy is loaded. Those with threads use `film_reader`.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, cast

from kiosk.adapters.sandbox import Workers
from kiosk.adapters.sandbox.worker import Lateness
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import FilmJob

_MEMORY_MIB = 2048  # address space; libraries and thread stacks take a third of it unused
_SECONDS = 2.0  # of computing for one file, and
_SECONDS_PER_BYTE = 0.5 / (1 << 20)  # more for a large one
_SILENCE_SECONDS = 120.0  # composing, without a file under way
_MOST_RESTARTS = 400  # each leaves out the file it died of; a folder of nothing else ends in time
_OF_THE_WORKER = (FaultCode.OBJECT_UNREADABLE, FaultCode.CANCELLED)  # it died or was given up

Sink = Callable[[int, bytes], None]
OnSheet = Callable[[int, int], None]
Tell = Callable[[tuple[Any, ...]], None]


def run_film(request: FilmJob, sink: Callable[[], Sink], on_sheet: OnSheet) -> dict[str, Any]:
    """Make a film; `sink()` is asked for a fresh place to write (stream, bytes) at every start.

    Returns the outcome in plain values. Raises KioskError: what making it raised, or INTERNAL where the worker dies
    without a file under way.
    """
    refused: dict[int, str] = {}
    trouble = ""
    for _ in range(_MOST_RESTARTS):
        run = _Run(request, sink(), on_sheet)
        try:
            return _run_once(run, refused)
        except KioskError as fault:
            if fault.code not in _OF_THE_WORKER:
                raise
            trouble = run.trouble or fault.detail
        suspects = {place for place, _ in run.busy.values()}
        if len(suspects) == 1:
            refused[suspects.pop()] = trouble
        elif request.threads > 1:
            request = replace(request, threads=1)  # one file at a time shows which one it is
        else:
            break
    raise KioskError(FaultCode.INTERNAL, f"film worker: {trouble}")


@dataclass
class _Run:
    """One life of the worker, seen from outside."""

    request: FilmJob
    sink: Sink
    on_sheet: OnSheet
    busy: dict[int, tuple[int, Lateness]] = field(default_factory=dict)  # thread: place, and whether it is late
    pid: int = 0
    trouble: str = ""
    last: float = field(default_factory=time.monotonic)

    def heard(self, told: tuple[Any, ...]) -> None:
        """What the worker says: ("data", stream, bytes), ("busy" or "idle", thread, place), ("sheet", done, of),
        ("pid", its own, 0).
        """
        self.last = time.monotonic()
        kind, first, second = told
        if kind == "data":
            self.sink(first, second)
        elif kind == "sheet":
            self.on_sheet(first, second)
        elif kind == "pid":
            self.pid = first
        elif kind == "busy":
            self.busy[first] = (second, Lateness(self._allowed(second), self.pid))
        else:
            self.busy.pop(first, None)

    def overdue(self) -> bool:
        """True where a file, or the worker without one, has taken too long."""
        now = time.monotonic()
        for place, late in self.busy.values():
            if late():
                self.busy = {0: (place, late)}
                self.trouble = f"decoding took longer than {self._allowed(place):.0f} s"
                return True
        if not self.busy and now - self.last > _SILENCE_SECONDS:
            self.trouble = "no answer"
        return bool(self.trouble)

    def _allowed(self, place: int) -> float:
        """Seconds of computing for one file."""
        file = self.request.files[place]
        return _SECONDS + (file.stat().st_size if file.exists() else 0) * _SECONDS_PER_BYTE


def _run_once(run: _Run, refused: dict[int, str]) -> dict[str, Any]:
    with Workers(1, _MEMORY_MIB, preload=(), fork=True) as sandbox:
        return sandbox.call(_film, run.request, refused,
                            deadline_s=math.inf, cancelled=run.overdue, heard=run.heard)  # fmt: skip


# --- in the worker -------------------------------------------------------------------------------------------------
def _film(request: FilmJob, refused: dict[int, str], tell: Tell) -> dict[str, Any]:
    from kiosk.imaging.film.job import make_film

    def opened(stream: int) -> BinaryIO:
        return cast(BinaryIO, _Stream(tell, stream))

    def on_sheet(done: int, of: int) -> None:
        tell(("sheet", done, of))

    tell(("pid", os.getpid(), 0))
    return _plain(make_film(request, refused, opened, on_sheet, lambda place: _watched(tell, place)))


@contextmanager
def _watched(tell: Tell, place: int) -> Iterator[None]:
    thread = threading.get_ident()
    tell(("busy", thread, place))
    fault: KioskError | None = None
    try:
        yield
    except KioskError as error:  # anything else ends the film with the file still marked as busy
        fault = error
    tell(("idle", thread, place))
    if fault:
        raise fault


@dataclass
class _Stream:
    """What the worker takes for a file."""

    tell: Tell
    number: int

    def write(self, data: bytes | memoryview) -> int:
        self.tell(("data", self.number, bytes(data)))
        return len(data)


def _plain(outcome: Any) -> dict[str, Any]:
    return {
        "sheets": outcome.sheets, "placed": outcome.placed, "left_out": outcome.left_out,
        "skipped": [{"source": item.source, "reason": item.reason, "frame": item.frame} for item in outcome.skipped],
        "warnings": [{"source": item.source, "reason": item.reason, "frame": item.frame} for item in outcome.warnings],
        "true_size": outcome.true_size, "missing": sorted(outcome.missing),
    }  # fmt: skip
