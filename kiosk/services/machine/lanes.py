"""Lanes: named thread pools that carry effects out, so that workers never wait for each other's devices.

printer (1 thread: it owns the spooler's connection), io (4, each with its own HTTP session; they wait for worker
processes too), store (1: what is written keeps its order).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from typing import TypeVar

from kiosk.domain.faults import FaultCode, KioskError

log = logging.getLogger(__name__)
SIZES = {"printer": 1, "io": 4, "store": 1}
T = TypeVar("T")


class Cancelled:
    """Tells work that its visit is over."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __call__(self) -> bool:
        return self._event.is_set()

    def set(self) -> None:
        """The visit is over."""
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """Sleep, but not beyond the end of the visit; True when it is over."""
        return self._event.wait(seconds)


class Lanes:
    """The pools, and what runs for which visit."""

    def __init__(self) -> None:
        self._pools = {name: ThreadPoolExecutor(size, thread_name_prefix=name) for name, size in SIZES.items()}
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}
        self._running: dict[str, int] = {}
        self._cancelled: dict[str, Cancelled] = {}
        self._afterwards: dict[str, list[Callable[[], None]]] = {}

    def start(self, lane: str, token: str, work: Callable[[Cancelled], T]) -> Future[T]:
        """Run `work` for a visit on a lane."""
        # Counted before it is handed over: it may have ended before `submit` returns.
        with self._lock:
            cancelled = self._cancelled.setdefault(token, Cancelled())
            self._running[token] = self._running.get(token, 0) + 1
        future = self._pools[lane].submit(work, cancelled)
        future.add_done_callback(lambda _: self._ended(token))
        return future

    def call(self, lane: str, work: Callable[[], T], seconds: float | None = None) -> T:
        """Run `work` on a lane and wait for it, at most so long; not to be called from that lane.

        Raises KioskError PRINTER_BUSY where the lane has not come to it in time (it is then not done at all, or its
        answer is lost), SPOOLER_DOWN where the lane is closed.
        """
        try:
            future = self._pools[lane].submit(self._timed, lane, work)
        except RuntimeError as error:
            raise KioskError(FaultCode.SPOOLER_DOWN, f"{lane} lane is closed") from error
        try:
            return future.result(seconds)
        except FutureTimeout as error:
            if future.done():
                raise  # the work's own TimeoutError, not this waiting's
            future.cancel()
            raise KioskError(FaultCode.PRINTER_BUSY, f"{lane} lane is busy") from error

    def _timed(self, lane: str, work: Callable[[], T]) -> T:
        self._since[lane] = time.monotonic()
        try:
            return work()
        finally:
            self._since.pop(lane, None)

    def busy_for(self, lane: str) -> float:
        """Seconds for which what was called on a lane of one thread has been running."""
        since = self._since.get(lane)
        return 0.0 if since is None else time.monotonic() - since

    def busy(self) -> bool:
        """True while work of any visit runs."""
        with self._lock:
            return bool(self._running)

    def cancel(self, token: str) -> None:
        """Tell everything that runs for a visit to stop."""
        with self._lock:
            cancelled = self._cancelled.get(token)
        if cancelled:
            cancelled.set()

    def afterwards(self, token: str, call: Callable[[], None]) -> None:
        """Call once nothing runs for the visit any more; at once when nothing does."""
        with self._lock:
            if self._running.get(token):
                self._afterwards.setdefault(token, []).append(call)
                return
            self._cancelled.pop(token, None)
        call()

    def _ended(self, token: str) -> None:
        with self._lock:
            self._running[token] -= 1
            if self._running[token]:
                return
            del self._running[token]
            calls = self._afterwards.pop(token, [])
            if calls:
                self._cancelled.pop(token, None)
        for call in calls:
            call()

    def close(self, seconds: float = 5.0) -> None:
        """Cancel everything and wait a bounded time for the threads; what waits to be written is still written.

        A visit whose code is unknown is over before its beginning is in the ledger.
        """
        with self._lock:
            pending = list(self._cancelled.values())
        for cancelled in pending:
            cancelled.set()
        # Not joined for ever: a driver that hangs in a C call must not keep the program from ending.
        ended = threading.Thread(target=self._shut, daemon=True)
        ended.start()
        ended.join(seconds)

    def _shut(self) -> None:
        for name, pool in self._pools.items():
            pool.shutdown(wait=True, cancel_futures=name != "store")
