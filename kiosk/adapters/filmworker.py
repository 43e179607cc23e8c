"""A film made in a confined process of its own, because the files it is made of were written by strangers.

The process is forked before anything heavy is loaded, gives up its rights (kiosk.adapters.sandbox.confinement), and
sends what it makes through a pipe: it cannot write a file. A file that kills or stalls it is named by what the process
said last, refused from then on, and the film is made again without it.
"""

from __future__ import annotations

import faulthandler
import json
import os
import selectors
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.film import FilmRequest

_HEAD = struct.Struct("<II")
_NEWS = 0xFFFFFFFF
_MEMORY_BYTES = 2 << 30  # address space; libraries and thread stacks take a third of it unused
_SECONDS, _SECONDS_PER_BYTE = 2.0, 0.5 / (1 << 20)
_SILENCE_SECONDS = 120.0  # composing, without a file under way
_MOST_RESTARTS = 400


class _Pipe:
    """The child's end: frames of one stream or of news."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def send(self, channel: int, data: bytes | memoryview) -> None:
        with self._lock:
            self._all(_HEAD.pack(channel, len(data)))
            self._all(data)

    def _all(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view):]

    def news(self, **values: object) -> None:
        self.send(_NEWS, json.dumps(values).encode())

    @contextmanager
    def watch(self, place: int) -> Iterator[None]:
        thread = threading.get_ident()
        self.news(busy=place, thread=thread)
        fault: KioskError | None = None
        try:
            yield
        except KioskError as error:  # anything else ends the process with the file still marked as busy
            fault = error
        self.news(idle=place, thread=thread)
        if fault:
            raise fault


@dataclass
class _Stream:
    """What the child takes for a file."""

    pipe: _Pipe
    channel: int

    def write(self, data: bytes | memoryview) -> int:
        self.pipe.send(self.channel, data)
        return len(data)


def _child(descriptor: int, request: FilmRequest, refused: dict[int, str]) -> None:
    """Never returns: the process ends here."""
    pipe = _Pipe(descriptor)
    try:
        _silence()
        from kiosk.adapters.sandbox.confinement import confine, environment

        os.environ.update(environment())
        confine(_MEMORY_BYTES)
        from kiosk.imaging.filmjob import make_film

        def opened(channel: int) -> BinaryIO:
            return cast(BinaryIO, _Stream(pipe, channel))

        outcome = make_film(request, refused, opened, lambda done, total: pipe.news(sheet=done, of=total), pipe.watch)
        pipe.news(done=_plain(outcome))
    except KioskError as fault:
        pipe.news(fault=str(fault.code), detail=fault.detail)
    except BaseException as error:  # noqa: BLE001 (a forked child must not run its parent's code, whatever happens)
        pipe.news(error=type(error).__name__)
    os._exit(0)


def _silence() -> None:
    """Decoders and crash dumps write to stderr what is nobody's business."""
    faulthandler.disable()
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)


def _plain(outcome: Any) -> dict[str, Any]:
    return {
        "sheets": outcome.sheets, "placed": outcome.placed, "left_out": outcome.left_out,
        "skipped": [{"source": item.source, "reason": item.reason, "frame": item.frame} for item in outcome.skipped],
        "true_size": outcome.true_size, "missing": sorted(outcome.missing),
    }  # fmt: skip


@dataclass
class _Run:
    """One life of the child, seen from outside."""

    process: int
    busy: dict[int, tuple[int, float]] = field(default_factory=dict)  # thread: place, since
    done: dict[str, Any] | None = None
    fault: KioskError | None = None
    trouble: str = ""


Sink = Callable[[int, bytes], None]


def run_film(
    request: FilmRequest, sink: Callable[[], Sink], on_sheet: Callable[[int, int], None]
) -> dict[str, Any]:
    """Make a film; `sink()` is asked for a fresh place to write (stream, bytes) at every start.

    For programs without threads, such as the command line: the process is forked. Those with threads use
    `kiosk.adapters.filmreader`.

    Returns the outcome in plain values. Raises KioskError: what the child raised, or INTERNAL where it dies without a
    file under way.
    """
    refused: dict[int, str] = {}
    for _ in range(_MOST_RESTARTS):
        run = _run_once(request, refused, sink(), on_sheet)
        if run.fault:
            raise run.fault
        if run.done is not None:
            return run.done
        suspects = {place for place, _ in run.busy.values()}
        if len(suspects) == 1:
            refused[suspects.pop()] = run.trouble
        elif request.threads > 1:
            request = replace(request, threads=1)  # one file at a time shows which one it is
        else:
            break
    raise KioskError(FaultCode.INTERNAL, f"film worker: {run.trouble}")


def _run_once(request: FilmRequest, refused: dict[int, str], sink: Sink, on_sheet: Callable[[int, int], None]) -> _Run:
    reading, writing = os.pipe()
    sys.stdout.flush()
    process = os.fork()
    if process == 0:
        os.close(reading)
        _child(writing, request, refused)
    os.close(writing)
    run = _Run(process)
    try:
        _listen(run, reading, request, sink, on_sheet)
    finally:
        os.close(reading)
        with_kill = run.done is None and run.fault is None
        if with_kill:
            os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        run.trouble = run.trouble or _ending(status)
    return run


def _ending(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"decoder crashed ({signal.Signals(-code).name})" if code < 0 else f"decoder ended ({code})"


def _listen(
    run: _Run, reading: int, request: FilmRequest, sink: Sink, on_sheet: Callable[[int, int], None]
) -> None:
    selector = selectors.DefaultSelector()
    selector.register(reading, selectors.EVENT_READ)
    buffer = bytearray()
    last = time.monotonic()
    while run.done is None and run.fault is None:
        if not selector.select(0.1):
            if _overdue(run, request.files, last):
                return
            continue
        piece = os.read(reading, 1 << 20)
        if not piece:
            return
        last = time.monotonic()
        buffer += piece
        for channel, data in _frames(buffer):
            if channel == _NEWS:
                _note(run, json.loads(data), on_sheet)
            else:
                sink(channel, data)


def _frames(buffer: bytearray) -> Iterator[tuple[int, bytes]]:
    """Complete frames, taken from the front."""
    start = 0
    while len(buffer) - start >= _HEAD.size:
        channel, length = _HEAD.unpack_from(buffer, start)
        end = start + _HEAD.size + length
        if len(buffer) < end:
            break
        yield channel, bytes(memoryview(buffer)[start + _HEAD.size:end])
        start = end
    del buffer[:start]


def _note(run: _Run, news: dict[str, Any], on_sheet: Callable[[int, int], None]) -> None:
    if "busy" in news:
        run.busy[news["thread"]] = (news["busy"], time.monotonic())
    elif "idle" in news:
        run.busy.pop(news["thread"], None)
    elif "sheet" in news:
        on_sheet(news["sheet"], news["of"])
    elif "done" in news:
        run.done = news["done"]
    elif "fault" in news:
        run.fault = KioskError(FaultCode(news["fault"]), news["detail"])
    else:
        memory = news["error"] == "MemoryError"
        run.trouble = "needs more memory than allowed" if memory else f"decoder failed ({news['error']})"


def _overdue(run: _Run, files: Sequence[Path], last: float) -> bool:
    now = time.monotonic()
    for place, since in run.busy.values():
        size = files[place].stat().st_size if files[place].exists() else 0
        allowed = _SECONDS + size * _SECONDS_PER_BYTE
        if now - since > allowed:
            run.busy = {0: (place, since)}
            run.trouble = f"decoding took longer than {allowed:.0f} s"
            return True
    if not run.busy and now - last > _SILENCE_SECONDS:
        run.trouble = "no answer"
        return True
    return False
