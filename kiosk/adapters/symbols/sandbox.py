"""The reader in a worker of the sandbox: a decoder that crashes or hangs on a frame takes nothing else with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from kiosk.adapters.sandbox import Workers
from kiosk.adapters.symbols.reader import BUDGET_MS, DEFAULT_FORMATS, CascadeReader
from kiosk.domain.faults import KioskError
from kiosk.ports.scanner import Grey, Hint, Reading, Symbol

ANSWER_S = 3.0  # for one frame; then the process is given up
START_S = 20.0  # for the first answer, tables included, on a busy machine
MEMORY_MIB = 1024
LIBRARIES = ("pyzbar.pyzbar",)  # it asks ldconfig where zbar lies
PRELOAD = ("kiosk.adapters.symbols.sandbox",)


@dataclass(frozen=True)
class ReaderSettings:
    """How a reader is made."""

    formats: tuple[str, ...]
    budget_ms: float
    pattern: str | None


class SandboxedReader:
    """A `kiosk.ports.scanner.SymbolReader` whose decoding happens elsewhere.

    A frame on which the process dies or does not answer counts as a frame without symbols; the next `read` starts a
    new process. One thread at a time reads; `wipe` may be called from any.
    """

    def __init__(
        self,
        formats: Sequence[str] = DEFAULT_FORMATS,
        budget_ms: float = BUDGET_MS,
        pattern: str | None = None,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._wanted = ReaderSettings(tuple(formats), budget_ms, pattern)
        self._answer_s = answer_s
        self._workers = Workers(1, MEMORY_MIB, PRELOAD, libraries=LIBRARIES)
        self._known: list[int] | None = None  # the process that has its tables already
        self.deaths = 0

    def start(self) -> None:
        """Start the process ahead of the first frame."""
        self._workers.warm()

    def read(self, grey: Grey, thorough: bool) -> Reading:
        """See the port."""
        try:
            if self._workers.pids() != self._known:
                self._workers.call(warm_up, self._wanted, deadline_s=START_S)
                self._known = self._workers.pids()
            found = self._workers.call(
                read_frame, np.ascontiguousarray(grey), thorough, self._wanted, deadline_s=self._answer_s
            )
            return _reading(found)
        except (KioskError, ValueError, TypeError):
            self.deaths += 1
            self._known = None
            return Reading()

    def pids(self) -> list[int]:
        """The process, while there is one and it waits for a frame."""
        return self._workers.pids()

    def wipe(self) -> None:
        """Forget every frame: the process is replaced by another; returns at once."""
        self._workers.wipe()

    def close(self) -> None:
        """End the process; no frame is read any more."""
        self._workers.close()


def _reading(found: Any) -> Reading:
    symbols, hint = found
    return Reading(
        tuple(
            Symbol(str(name), str(text), tuple((float(x), float(y)) for x, y in quad), bool(clean))
            for name, text, quad, clean in symbols
        ),
        Hint(hint),
    )


# --- in the worker -------------------------------------------------------------------------------------------------
@lru_cache(maxsize=1)
def _reader(wanted: ReaderSettings) -> CascadeReader:
    reader = CascadeReader(wanted.formats, re.compile(wanted.pattern) if wanted.pattern else None, wanted.budget_ms)
    reader.warm_up()
    return reader


def warm_up(wanted: ReaderSettings) -> None:
    """Build the tables."""
    _reader(wanted)


def read_frame(grey: Grey, thorough: bool, wanted: ReaderSettings) -> tuple[list[Any], str]:
    """What a frame says, in plain values: [(format, text, corners, clean)] and the hint."""
    reading = _reader(wanted).read(grey, thorough)
    return [(one.format, one.text, one.quad, one.clean) for one in reading.symbols], str(reading.hint)
