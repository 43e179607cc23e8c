"""The kiosk's side of the sandbox: a small pool of warm workers, usable from any thread."""

from __future__ import annotations

import contextlib
import itertools
import logging
import pickle
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from kiosk.adapters.sandbox import channel as messages
from kiosk.adapters.sandbox.worker import Cancelled, CancelledError, DeadlineError, Heard, Setup, Worker
from kiosk.domain.faults import FaultCode, KioskError

log = logging.getLogger(__name__)
Result = TypeVar("Result")
PRELOAD = ("kiosk.imaging.pixels.jobs",)
_SLICE_SECONDS = 0.05  # how soon a cancellation is noticed


class Workers:
    """Runs functions in sandboxed processes. Thread-safe; processes start on first use and stay warm until a wipe.

    A function must be importable by name and module-level; arguments and result are pickled, arrays in the result come
    through shared memory without a copy. A worker that dies, hangs or answers nonsense is replaced, and the call ends
    with KioskError(OBJECT_UNREADABLE). `preload`, `libraries`, `fork`: see `kiosk.adapters.sandbox.worker.Setup`.
    """

    def __init__(
        self,
        processes: int = 2,
        memory_mib: int = 1024,
        preload: Sequence[str] = PRELOAD,
        result_mib: int = 640,
        *,
        libraries: Sequence[str] = (),
        fork: bool = False,
    ) -> None:
        self._setup = Setup(memory_mib << 20, tuple(preload), tuple(libraries), result_mib << 20, fork)
        self._slots = _Slots(processes)
        self._closed = threading.Event()
        # PR_SET_PDEATHSIG fires when the thread that started the process ends: one thread of the pool starts them all.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="workers-start")

    def call(
        self,
        function: Callable[..., Result],
        *args: object,
        deadline_s: float,
        cancelled: Cancelled = lambda: False,
        heard: Heard | None = None,
    ) -> Result:
        """Run `function(*args)` in a worker.

        With `heard` the function is given a keyword `tell`; whatever it tells (data, from any of its threads) is heard
        here, on the calling thread, while it runs.

        Raises KioskError: the function's own, OBJECT_UNREADABLE for a crash, deadline or lack of memory, CANCELLED.
        """
        request = pickle.dumps((function.__module__, function.__qualname__, args, heard is not None), protocol=5)
        worker, wipes = self._take(cancelled)
        try:
            if worker is None:
                worker = self._start()
            result: Result = worker.call(request, deadline_s, cancelled, heard)
        except KioskError:
            self._give_back(worker, wipes)
            raise
        except BaseException as error:  # whatever went wrong, the worker's state is unknown
            ending = worker.kill() if worker is not None else "not started"
            self._slots.put(None)
            raise _fault(error, ending, deadline_s) from error
        self._give_back(worker, wipes)
        return result

    def warm(self) -> tuple[str, ...]:
        """Start one worker now; returns the confinement it could get beyond the limits."""
        worker, wipes = self._take(lambda: False)
        try:
            worker = worker or self._start()
        finally:
            self._give_back(worker, wipes)
        return worker.rights

    def pids(self) -> list[int]:
        """The processes that wait for work."""
        return [worker.process.pid for worker in self._slots.idle()]

    def peaks(self) -> list[int]:
        """Largest resident size so far of each idle worker, in KiB."""
        return [peak for worker in self._slots.idle() if (peak := worker.peak()) is not None]

    def wipe(self) -> None:
        """Forget everything that was decoded so far; returns at once.

        Every worker that has seen any data is ended, a busy one when its call ends, and the memory shared with it is
        given back. In its place another is started at once, so that the next call does not wait for it.
        """
        self._renew(self._slots.wipe())

    def _give_back(self, worker: Worker | None, wipes: int) -> None:
        if not self._slots.give_back(worker, wipes) and worker is not None:
            self._renew([worker])

    def _renew(self, stale: list[Worker]) -> None:
        """End workers and start as many; their places are taken meanwhile."""
        try:
            for worker in stale:
                self._starter.submit(worker.kill)
            for _ in stale:
                self._starter.submit(self._fill_a_place)
        except RuntimeError:  # closed: no new ones
            for worker in stale:
                worker.kill()

    def _fill_a_place(self) -> None:
        worker = None
        try:
            worker = None if self._closed.is_set() else Worker(self._setup)
        except (OSError, messages.ChannelClosedError, DeadlineError) as error:
            log.warning("no new worker: %s", error)  # the next call tries again
        finally:
            self._slots.put(worker)
        if self._closed.is_set():
            self._end_idle()

    def close(self) -> None:
        """End all workers; calls after this raise KioskError(CANCELLED)."""
        self._closed.set()
        self._end_idle()
        self._starter.shutdown(wait=False)

    def _end_idle(self) -> None:
        for worker in self._slots.empty():
            worker.kill()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, cancelled: Cancelled) -> tuple[Worker | None, int]:
        """A worker, or None for a free place without one; and how many wipes there had been."""
        while not self._closed.is_set() and not cancelled():
            with contextlib.suppress(queue.Empty):
                return self._slots.take(_SLICE_SECONDS)
        raise KioskError(FaultCode.CANCELLED, "no worker wanted any more")

    def _start(self) -> Worker:
        if self._setup.fork:  # such a program has one thread, which lives as long as it does
            return Worker(self._setup)
        return self._starter.submit(Worker, self._setup).result()


class _Slots:
    """The places of a pool: warm workers are taken first, the one used last before the others, then empty places."""

    def __init__(self, count: int) -> None:
        self._queue: queue.PriorityQueue[tuple[bool, int, Worker | None]] = queue.PriorityQueue()
        self._number = itertools.count()
        self._lock = threading.Lock()
        self._wipes = 0
        for _ in range(count):
            self.put(None)

    def put(self, worker: Worker | None) -> None:
        """A new worker, or an empty place."""
        self._queue.put((worker is None, -next(self._number), worker))

    def take(self, seconds: float) -> tuple[Worker | None, int]:
        """A place and how many wipes there had been. Raises queue.Empty where all are taken for so long."""
        wipes = self._wipes  # before the worker is taken: one that is taken while a wipe comes counts as stale
        return self._queue.get(timeout=seconds)[2], wipes

    def give_back(self, worker: Worker | None, wipes: int) -> bool:
        """False where a wipe came meanwhile: the worker must not be used again and its place stays taken."""
        with self._lock:
            if worker is None or wipes == self._wipes:
                self.put(worker)
                return True
            return False

    def wipe(self) -> list[Worker]:
        """The idle workers that have been used, whose places stay taken; busy ones are refused when they come back."""
        with self._lock:
            self._wipes += 1
            idle = self._drained()
            used = [worker for worker in idle if worker is not None and worker.used]
            for worker in reversed(idle):
                if worker not in used:
                    self.put(worker)
        return used

    def _drained(self) -> list[Worker | None]:
        idle = []
        with contextlib.suppress(queue.Empty):
            while True:
                idle.append(self._queue.get_nowait()[2])
        return idle

    def empty(self) -> list[Worker]:
        """Take everything away."""
        return [worker for worker in self._drained() if worker is not None]

    def idle(self) -> list[Worker]:
        """The workers that nobody uses."""
        with self._queue.mutex:
            return [worker for _, _, worker in self._queue.queue if worker is not None]


def _fault(error: BaseException, ending: str, deadline_s: float) -> BaseException:
    """What a failed call means to the caller."""
    if isinstance(error, CancelledError):
        return KioskError(FaultCode.CANCELLED, "decoding was cancelled")
    if isinstance(error, DeadlineError):
        return KioskError(FaultCode.OBJECT_UNREADABLE, f"decoding took longer than {deadline_s:g} s")
    if isinstance(error, (messages.ChannelClosedError, OSError, pickle.UnpicklingError, EOFError, ValueError)):
        return KioskError(FaultCode.OBJECT_UNREADABLE, f"decoder crashed ({ending})")
    return error
