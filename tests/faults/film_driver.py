"""A process that prints a film while reading one of the files does something terrible.

    python -m tests.faults.film_driver ACTION NAME FILE...

The film's process is forked and inherits the spoiled function. It must be forked from a process without threads, as
the command line is one; a test runner that has used OpenCV is none. Prints the outcome as JSON, after it the sizes of
the streams written.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.adapters.documents import film_worker as filmworker
from kiosk.adapters.sandbox import confinement
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import FilmJob


class Panic(BaseException):
    """What a decoder written in Rust raises."""


def _die(number: signal.Signals) -> Callable[[], None]:
    return lambda: signal.raise_signal(number)


def _throw(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def _rights() -> None:
    """Refuse the file and say what the process may."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    raise KioskError(FaultCode.OBJECT_UNREADABLE, f"{status['Seccomp'].strip()} {status['NoNewPrivs'].strip()}")


def _plant() -> None:
    Path(sys.argv[3]).with_name("planted").write_bytes(b"x" * 10)


ACTIONS: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "SIGSEGV": _die(signal.SIGSEGV),
    "SIGABRT": _die(signal.SIGABRT),
    "SIGKILL": _die(signal.SIGKILL),
    "SystemExit": _throw(SystemExit(0)),
    "KeyboardInterrupt": _throw(KeyboardInterrupt()),
    "RecursionError": _throw(RecursionError()),
    "Panic": _throw(Panic()),
    "stall": lambda: time.sleep(60),
    "memory": lambda: bytes(1 << 40),
    "plant": _plant,
    "rights": _rights,
}


def _spoil(action: str, name: str) -> None:
    """Patch what the child will find when it imports the reader; nothing heavy is loaded here."""
    if action.startswith("SIG"):  # the system call filter refuses to send signals, even to oneself
        confinement._filter = lambda libc: False  # type: ignore[assignment]
    film = filmworker._film

    def spoiled(request: FilmJob, refused: dict[int, str], tell: filmworker.Tell) -> dict[str, Any]:
        from kiosk.imaging.film import gather

        read = gather.read

        def terrible(source: Any, limits: Any) -> Any:
            if Path(source).name == name:
                ACTIONS[action]()
            return read(source, limits)

        gather.read = terrible  # type: ignore[assignment]
        return film(request, refused, tell)

    spoiled.__module__, spoiled.__qualname__ = filmworker.__name__, "_film"  # the worker looks it up by its name
    filmworker._film = spoiled


def main() -> None:
    """Run one case."""
    action, name, *files = sys.argv[1:]
    _spoil(action, name)
    filmworker._SECONDS = 0.3 if action == "stall" else 10.0
    written: dict[int, int] = {}

    def write(channel: int, data: bytes) -> None:
        written[channel] = written.get(channel, 0) + len(data)

    protocol = "none-such" if action == "none" and name == "protocol" else ""
    request = FilmJob(files=tuple(map(Path, files)), dpi=60, protocol=protocol)
    try:
        outcome = filmworker.run_film(request, lambda: write, lambda done, total: None)
    except KioskError as fault:
        outcome = {"fault": str(fault.code)}
    print(json.dumps({**outcome, "written": written}))


if __name__ == "__main__":
    main()
