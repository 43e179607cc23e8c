"""The kiosk's side of the sandbox: a small pool of warm workers, usable from any thread."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from kiosk.adapters.sandbox import channel as messages
from kiosk.adapters.sandbox import child as child_script
from kiosk.adapters.sandbox.confinement import environment
from kiosk.domain.faults import FaultCode, KioskError

Result = TypeVar("Result")
PRELOAD = ("kiosk.imaging.jobs",)
_START_SECONDS = 20.0
_SLICE_SECONDS = 0.05  # how soon a cancellation is noticed


class _DeadlineError(Exception):
    """The call took too long."""


class _CancelledError(Exception):
    """Nobody wants the result any more."""


class _Worker:
    """One process and its channel."""

    def __init__(self, memory_mib: int, preload: Sequence[str], most: int) -> None:
        ours, theirs = socket.socketpair()
        arena = os.memfd_create("arena", os.MFD_CLOEXEC)
        with theirs, _closing(arena):
            os.ftruncate(arena, messages.Arena.SIZE)
            self._arena = messages.Arena(arena)
            self.process = subprocess.Popen(
                [sys.executable, "-B", str(Path(child_script.__file__)), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), arena),
                env=environment(),
                cwd="/",
            )
        self.channel = ours
        path = [str(Path(entry or ".").absolute()) for entry in sys.path]
        hello = {"path": path, "memory": memory_mib << 20, "preload": tuple(preload), "most": most, "arena": arena}
        messages.send(ours, pickle.dumps(hello))
        ready = messages.receive(ours, 1 << 16, _waiter(ours, _START_SECONDS, lambda: False))
        self.rights: tuple[str, ...] = messages.read_result(ready, [])

    def call(self, request: bytes, most: int, deadline_s: float, cancelled: Callable[[], bool]) -> Any:
        """One call; raises _DeadlineError, _CancelledError, ChannelClosedError or KioskError."""
        wait = _waiter(self.channel, deadline_s, cancelled)
        messages.send(self.channel, request)
        kind, *rest = messages.read_result(messages.receive(self.channel, most, wait), [])
        if kind == "fault":
            raise KioskError(FaultCode(rest[0]), str(rest[1])[:200])
        if kind == "error":
            memory = rest[0] == "MemoryError"
            detail = "needs more memory than allowed" if memory else f"decoder failed ({str(rest[0])[:40]})"
            raise KioskError(FaultCode.OBJECT_UNREADABLE, detail)
        body, sizes = rest
        if kind == "here":
            return messages.read_result(body, self._arena.take(sizes))
        return messages.read_result(body, self._bulk(sizes, most, wait) if sizes else [])

    def _bulk(self, sizes: list[int], most: int, wait: Callable[[], None]) -> list[memoryview]:
        """Hand out a memory file of the announced size and take it back filled."""
        _, total = messages.layout(sizes)
        if min(sizes) < 0 or total > most:
            raise messages.ChannelClosedError(f"result of {total} bytes")
        descriptor = os.memfd_create("result", os.MFD_CLOEXEC)
        try:
            os.ftruncate(descriptor, total)
            socket.send_fds(self.channel, [b"f"], [descriptor])
            messages.receive(self.channel, 16, wait)
            return messages.blocks(descriptor, sizes)
        finally:
            os.close(descriptor)

    def peak(self) -> int | None:
        """Its largest resident size so far in KiB; None if it is gone."""
        with contextlib.suppress(OSError, ValueError, StopIteration):
            lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
            return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
        return None

    def kill(self) -> str:
        """End it at once; returns how it ended, if by a signal of its own."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(0.2 if self.process.poll() is None and self._hung_up() else 0)
        code = self.process.poll()
        if code is None:
            self.process.kill()
            self.process.wait()
        self.channel.close()
        return signal.Signals(-code).name if code is not None and code < 0 else "gone"

    def _hung_up(self) -> bool:
        poller = select.poll()
        poller.register(self.channel, select.POLLIN)
        return any(event & (select.POLLHUP | select.POLLERR) for _, event in poller.poll(0))


@contextlib.contextmanager
def _closing(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)


def _waiter(channel: socket.socket, seconds: float, cancelled: Callable[[], bool]) -> Callable[[], None]:
    """A function that returns when the channel can be read, and raises at the deadline or on cancellation."""
    end = time.monotonic() + seconds
    poller = select.poll()
    poller.register(channel, select.POLLIN)

    def wait() -> None:
        while not poller.poll(int(_SLICE_SECONDS * 1000)):
            if cancelled():
                raise _CancelledError
            if time.monotonic() > end:
                raise _DeadlineError

    return wait


class Workers:
    """Runs functions in sandboxed processes. Thread-safe; processes start on first use and stay warm.

    A function must be importable by name and module-level; arguments and result are pickled, arrays in the result come
    through shared memory without a copy. A worker that dies, hangs or answers nonsense is replaced, and the call ends
    with KioskError(OBJECT_UNREADABLE).
    """

    def __init__(
        self, processes: int = 2, memory_mib: int = 1024, preload: Sequence[str] = PRELOAD, result_mib: int = 640
    ) -> None:
        self._memory, self._preload, self._most = memory_mib, tuple(preload), result_mib << 20
        self._slots: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(processes):
            self._slots.put(None)
        self._processes, self._closed = processes, threading.Event()
        # PR_SET_PDEATHSIG fires when the thread that started the process ends: one thread of the pool starts them all.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="workers-start")

    def call(
        self,
        function: Callable[..., Result],
        *args: object,
        deadline_s: float,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Result:
        """Run `function(*args)` in a worker.

        Raises KioskError: the function's own, OBJECT_UNREADABLE for a crash, deadline or lack of memory, CANCELLED.
        """
        request = pickle.dumps((function.__module__, function.__qualname__, args), protocol=5)
        worker = self._take(cancelled)
        try:
            if worker is None:
                worker = self._start()
            result: Result = worker.call(request, self._most, deadline_s, cancelled)
        except KioskError:
            self._slots.put(worker)
            raise
        except BaseException as error:  # whatever went wrong, the worker's state is unknown
            ending = worker.kill() if worker is not None else "not started"
            self._slots.put(None)
            raise _fault(error, ending, deadline_s) from error
        self._slots.put(worker)
        return result

    def warm(self) -> tuple[str, ...]:
        """Start one worker now; returns the confinement it could get beyond the limits."""
        worker = self._take(lambda: False) or self._start()
        self._slots.put(worker)
        return worker.rights

    def peaks(self) -> list[int]:
        """Largest resident size so far of each idle worker, in KiB."""
        workers = [worker for worker in list(self._slots.queue) if worker is not None]
        return [peak for worker in workers if (peak := worker.peak()) is not None]

    def reset(self) -> None:
        """Forget everything: end idle workers, so that no pixel of a visit survives in them; busy ones are awaited."""
        for slot in [self._slots.get() for _ in range(self._processes)]:
            if slot is not None:
                slot.kill()
            self._slots.put(None)

    def close(self) -> None:
        """End all workers; calls after this raise KioskError(CANCELLED)."""
        self._closed.set()
        while True:
            try:
                worker = self._slots.get_nowait()
            except queue.Empty:
                break
            if worker is not None:
                worker.kill()
        self._starter.shutdown(wait=False)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, cancelled: Callable[[], bool]) -> _Worker | None:
        """A worker, or None for a free place without one."""
        while not self._closed.is_set() and not cancelled():
            with contextlib.suppress(queue.Empty):
                return self._slots.get(timeout=_SLICE_SECONDS)
        raise KioskError(FaultCode.CANCELLED, "no worker wanted any more")

    def _start(self) -> _Worker:
        return self._starter.submit(_Worker, self._memory, self._preload, self._most).result()


def _fault(error: BaseException, ending: str, deadline_s: float) -> BaseException:
    """What a failed call means to the caller."""
    if isinstance(error, _CancelledError):
        return KioskError(FaultCode.CANCELLED, "decoding was cancelled")
    if isinstance(error, _DeadlineError):
        return KioskError(FaultCode.OBJECT_UNREADABLE, f"decoding took longer than {deadline_s:g} s")
    if isinstance(error, (messages.ChannelClosedError, OSError, pickle.UnpicklingError, EOFError, ValueError)):
        return KioskError(FaultCode.OBJECT_UNREADABLE, f"decoder crashed ({ending})")
    return error
