"""What makes libcups safe to call: one thread that owns the connection, a deadline for every call, one error table."""

from __future__ import annotations

import queue
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from functools import partial
from typing import Any, TypeVar

import cups

from kiosk.domain.faults import FaultCode, KioskError

Answer = TypeVar("Answer")
Task = tuple[Callable[[Any], Any], Future[Any]]
Lane = queue.Queue[Task | None]

# IPP status codes (RFC 8011 appendix B) that say what is wrong; the rest is a refusal.
STATUS_CODES = {
    0x0406: FaultCode.PRINTER_MISSING,  # client-error-not-found
    0x0407: FaultCode.PRINTER_MISSING,  # client-error-gone
    0x0500: FaultCode.SPOOLER_DOWN,  # server-error-internal-error: libcups' word for a broken connection
    0x0502: FaultCode.SPOOLER_DOWN,  # server-error-service-unavailable
    0x0504: FaultCode.PRINTER_OFFLINE,  # server-error-device-error
    0x0506: FaultCode.PRINTER_STOPPED,  # server-error-not-accepting-jobs
    0x0507: FaultCode.PRINTER_BUSY,  # server-error-busy
}
NOT_FOUND = (0x0406, 0x0407)
FOREIGN = (cups.IPPError, cups.HTTPError, RuntimeError, OSError)


def fault_of(error: BaseException) -> KioskError:
    """The kiosk's own error for an exception of pycups. Messages of the server are not taken over."""
    if isinstance(error, cups.IPPError):
        status = int(error.args[0])
        return KioskError(STATUS_CODES.get(status, FaultCode.PRINT_REFUSED), f"IPP status 0x{status:04x}")
    if isinstance(error, cups.HTTPError):
        return KioskError(FaultCode.SPOOLER_DOWN, f"HTTP status {error.args[0]}")
    return KioskError(FaultCode.SPOOLER_DOWN, type(error).__name__)


def not_found(error: BaseException) -> bool:
    """True where the server says that there is no such thing."""
    return isinstance(error, cups.IPPError) and int(error.args[0]) in NOT_FOUND


class CupsLink:
    """A connection to one IPP server in a thread of its own.

    libcups waits without limit for a server that stopped answering; a call that is late is given up together with its
    thread and connection, and the next call gets fresh ones.
    """

    def __init__(self, host: str = "", port: int = 0, user: str = "") -> None:
        self._address = (host, port) if host else None
        self._user = user
        self._work: Lane | None = None
        self._end: weakref.finalize[..., CupsLink] | None = None

    def call(self, work: Callable[[Any], Answer], seconds: float, again: bool = True) -> Answer:
        """Run `work(connection)`; raises KioskError, SPOOLER_DOWN when it is late or nobody answers.

        With `again` it is repeated once on a fresh connection: one that idled may be gone. Not for what changes things.
        """
        try:
            return self.raw(work, seconds)
        except TimeoutError as error:
            raise KioskError(FaultCode.SPOOLER_DOWN, f"no answer in {seconds:.0f} s") from error
        except FOREIGN as error:
            fault = fault_of(error)
            if not again or fault.code is not FaultCode.SPOOLER_DOWN:
                raise fault from error
        return self.call(work, seconds, again=False)

    def raw(self, work: Callable[[Any], Answer], seconds: float) -> Answer:
        """The same with the exceptions of pycups, for callers that tell them apart; LateError is a TimeoutError."""
        future: Future[Answer] = Future()
        self._lane().put((work, future))
        try:
            return future.result(seconds)
        except LateError:
            self.drop()
            raise
        except FOREIGN as error:
            if not isinstance(error, cups.IPPError) or fault_of(error).code is FaultCode.SPOOLER_DOWN:
                self.drop()
            raise

    def drop(self) -> None:
        """Forget connection and thread; the next call connects anew."""
        if self._end is not None:
            self._end()
        self._work = self._end = None

    def _lane(self) -> Lane:
        if self._work is None:
            self._work = Lane()
            # A link that nobody holds any more takes its thread with it, so the thread holds no link.
            self._end = weakref.finalize(self, self._work.put, None)
            connect = partial(_connect, self._address, self._user)
            threading.Thread(target=_serve, args=(self._work, connect), name="cups", daemon=True).start()
        return self._work


def _serve(lane: Lane, connect: Callable[[], Any]) -> None:
    connection: Any = None
    while (task := lane.get()) is not None:
        connection = _answer(task, connection, connect)
        del task  # it may hold the printer, and the printer the link


def _answer(task: Task, connection: Any, connect: Callable[[], Any]) -> Any:
    """Run one task; returns the connection for the next."""
    work, future = task
    try:
        connection = connection or connect()
        future.set_result(work(connection))
    except BaseException as error:  # noqa: BLE001 - a lane hands every failure to whoever asked
        future.set_exception(error)
    return connection


def _connect(address: tuple[str, int] | None, user: str) -> Any:
    if user:
        cups.setUser(user)  # of this thread; libcups keeps it thread by thread
    return cups.Connection(*address) if address else cups.Connection()
