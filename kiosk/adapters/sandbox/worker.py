"""One confined process and the channel to it."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kiosk.adapters.sandbox import channel as messages
from kiosk.adapters.sandbox import child
from kiosk.adapters.sandbox.confinement import environment
from kiosk.domain.faults import FaultCode, KioskError

Cancelled = Callable[[], bool]
Heard = Callable[[Any], None]
_START_SECONDS = 20.0
_SLICE_SECONDS = 0.05  # how soon a cancellation is noticed
PATIENCE = 8  # seconds by the clock for each second of computing that is allowed: others want the processor too
_TICKS = os.sysconf("SC_CLK_TCK")


class DeadlineError(Exception):
    """The call took too long."""


class CancelledError(Exception):
    """Nobody wants the result any more."""


class Process(Protocol):
    """What is wanted of a process; `subprocess.Popen` has it."""

    pid: int

    def poll(self) -> int | None:
        """How it ended, as `subprocess` writes it; None while it runs."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; raises subprocess.TimeoutExpired."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


@dataclass(frozen=True)
class Setup:
    """How a worker is made.

    `preload`: modules loaded once it is confined. `libraries`: modules loaded before, because finding their C library
    starts a program; no foreign data are there yet. `most`: bytes of the largest result. `fork`: the process is forked
    instead of started, which saves the start of an interpreter; only for programs without threads.
    """

    memory_bytes: int
    preload: tuple[str, ...]
    libraries: tuple[str, ...]
    most: int
    fork: bool = False


class Worker:
    """One process and its channel."""

    def __init__(self, setup: Setup) -> None:
        ours, theirs = socket.socketpair()
        arena = os.memfd_create("arena", os.MFD_CLOEXEC)
        with theirs, _closing(arena):
            os.ftruncate(arena, messages.Arena.SIZE)
            self._arena = messages.Arena(arena)
            self.process = _forked(theirs, arena) if setup.fork else _started(theirs, arena)
        self.channel, self._most, self.used = ours, setup.most, False
        path = [str(Path(entry or ".").absolute()) for entry in sys.path]
        hello = {"path": path, "memory": setup.memory_bytes, "libraries": setup.libraries, "preload": setup.preload,
                 "most": setup.most, "arena": arena}  # fmt: skip
        messages.send(ours, pickle.dumps(hello))
        ready = messages.receive(ours, 1 << 16, _waiter(ours, Lateness(_START_SECONDS), lambda: False))
        self.rights: tuple[str, ...] = messages.read_result(ready, [])

    def call(self, request: bytes, deadline_s: float, cancelled: Cancelled, heard: Heard | None) -> Any:
        """One call; raises DeadlineError, CancelledError, ChannelClosedError or KioskError."""
        self.used = True
        late = Lateness(deadline_s, self.process.pid)
        wait = _waiter(self.channel, late, cancelled)
        messages.send(self.channel, request, _waiter(self.channel, late, cancelled, select.POLLOUT))
        kind, *rest = self._reply(wait, heard)
        if kind == "fault":
            raise KioskError(FaultCode(rest[0]), str(rest[1])[:200])
        if kind == "error":
            memory = rest[0] == "MemoryError"
            detail = "needs more memory than allowed" if memory else f"decoder failed ({str(rest[0])[:40]})"
            raise KioskError(FaultCode.OBJECT_UNREADABLE, detail)
        body, sizes = rest
        if kind == "here":
            return messages.read_result(body, self._arena.take(sizes))
        return messages.read_result(body, self._bulk(sizes, wait) if sizes else [])

    def _reply(self, wait: Callable[[], None], heard: Heard | None) -> Any:
        """The end of the call; what is told before it goes to `heard`."""
        while True:
            reply = messages.read_result(messages.receive(self.channel, self._most, wait), [])
            if reply[0] != "told":
                return reply
            if heard is None:
                raise messages.ChannelClosedError("told unasked")
            heard(reply[1])

    def _bulk(self, sizes: list[int], wait: Callable[[], None]) -> list[memoryview]:
        """Hand out a memory file of the announced size and take it back filled."""
        _, total = messages.layout(sizes)
        if min(sizes) < 0 or total > self._most:
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
        """End it at once and let go of the memory shared with it; returns how it ended, if by a signal of its own."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(0.2 if self.process.poll() is None and self._hung_up() else 0)
        code = self.process.poll()
        if code is None:
            self.process.kill()
            self.process.wait()
        self.channel.close()
        self._arena.close()
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


class Lateness:
    """Whether a process has computed longer than it may, from now on. On a machine that is busy with others it may take
    longer by the clock, but not without end: one that waits for nothing is late as well. Without `pid` by the clock."""

    def __init__(self, seconds: float, pid: int = 0) -> None:
        self._seconds, self._pid = seconds, pid
        self._begun, self._computed = time.monotonic(), _computed(pid)

    def __call__(self) -> bool:
        passed = time.monotonic() - self._begun
        if passed <= self._seconds or not self._pid:
            return passed > self._seconds
        return passed > PATIENCE * self._seconds or _computed(self._pid) - self._computed > self._seconds


def _computed(pid: int) -> float:
    """Seconds of processor time of all threads of a process (proc(5), stat); 0 where there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _waiter(
    channel: socket.socket, late: Callable[[], bool], cancelled: Cancelled, event: int = select.POLLIN
) -> Callable[[], None]:
    """A function that returns when the channel is ready, and raises at the deadline or on cancellation."""
    poller = select.poll()
    poller.register(channel, event)

    def wait() -> None:
        while not poller.poll(int(_SLICE_SECONDS * 1000)):
            if cancelled():
                raise CancelledError
            if late():
                raise DeadlineError

    return wait


def _started(channel: socket.socket, arena: int) -> Process:
    """A fresh interpreter that knows nothing of this one but the two descriptors."""
    return subprocess.Popen(
        [sys.executable, "-B", str(Path(child.__file__)), str(channel.fileno())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(channel.fileno(), arena),
        env=environment(),
        cwd="/",
    )


def _forked(channel: socket.socket, arena: int) -> Process:
    """A copy of this process, taken before anything heavy is loaded."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return _Forked(pid)
    try:
        _forget_the_parent({channel.fileno(), arena})
        child.serve(channel)
    finally:  # a forked child must not run its parent's code, whatever happens
        os._exit(1)


def _forget_the_parent(kept: set[int]) -> None:
    """Environment and open files go; what decoders and crash dumps write to stderr is nobody's business."""
    faulthandler.disable()
    os.environ.clear()
    os.environ.update(environment())
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    first = 3
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))


class _Forked:
    """A process that was forked, seen from its parent."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """See `Process`."""
        if self._code is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if ended else None
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """See `Process`."""
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() >= end:
                raise subprocess.TimeoutExpired("worker", timeout or 0.0)
            time.sleep(0.001)
        return code

    def kill(self) -> None:
        """See `Process`."""
        os.kill(self.pid, signal.SIGKILL)
