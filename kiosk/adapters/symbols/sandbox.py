"""The reader in a process of its own: a decoder that crashes or hangs on a frame takes nothing else with it.

Frames go in as raw bytes, answers come out as JSON; nothing that the other side says is unpickled here.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import re
import resource
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

import numpy as np

from kiosk.adapters.symbols.reader import BUDGET_MS, DEFAULT_FORMATS, SymbolReader
from kiosk.ports.scanner import Grey, Hint, Reading, Symbol

ANSWER_S = 3.0  # for one frame; then the process is given up
START_S = 20.0  # for the first answer of a new process on a busy machine
MEMORY = 3 << 30
HEADER = re.compile(rb"(\d{1,5}) (\d{1,5}) ([01])")


class SandboxedReader:
    """A `kiosk.ports.scanner.SymbolReader` whose decoding happens elsewhere.

    A frame on which the process dies or does not answer counts as a frame without symbols; the next `read` starts a
    new process. One thread at a time.
    """

    def __init__(
        self,
        formats: Sequence[str] = DEFAULT_FORMATS,
        budget_ms: float = BUDGET_MS,
        pattern: str | None = None,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._settings = (tuple(formats), budget_ms, pattern)
        self._answer_s = answer_s
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._fresh = True
        self.deaths = 0

    def start(self) -> None:
        """Start the process ahead of the first frame."""
        if self._process is not None and self._process.is_alive():
            return
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, *self._settings), name="symbols", daemon=True)
        self._process.start()
        theirs.close()
        self._fresh = True

    def read(self, grey: Grey, thorough: bool) -> Reading:
        """See the port."""
        self.start()
        try:
            return self._ask(grey, thorough)
        except (EOFError, OSError, ValueError, KeyError, TypeError):
            self.deaths += 1
            self.close()
            return Reading()

    def _ask(self, grey: Grey, thorough: bool) -> Reading:
        if self._pipe is None or self._process is None:
            raise OSError("not started")
        # sending may block as well as waiting: whatever hangs, killing the process ends it
        deadline = threading.Timer(START_S if self._fresh else self._answer_s, self._process.kill)
        deadline.daemon = True
        deadline.start()
        try:
            self._pipe.send_bytes(b"%d %d %d" % (*grey.shape, thorough))
            self._pipe.send_bytes(np.ascontiguousarray(grey).data.cast("B"))
            answer = json.loads(self._pipe.recv_bytes(1 << 20))
        finally:
            deadline.cancel()
        self._fresh = False
        return _reading(answer)

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            pipe.close()
        if process is not None:
            process.kill()
            process.join(1.0)


def _reading(answer: dict[str, Any]) -> Reading:
    symbols = tuple(
        Symbol(str(name), str(text), tuple((float(x), float(y)) for x, y in quad), bool(clean))
        for name, text, quad, clean in answer["symbols"]
    )
    return Reading(symbols, Hint(answer["hint"]))


def _serve(pipe: Connection, formats: Sequence[str], budget_ms: float, pattern: str | None) -> None:
    """The process: frames in, readings out, until the other side is gone."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the picture
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    reader = SymbolReader(formats, re.compile(pattern) if pattern else None, budget_ms)
    reader.warm_up()
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            header = HEADER.fullmatch(pipe.recv_bytes(64))
            frame = np.frombuffer(pipe.recv_bytes(), np.uint8)
            if header is None:
                return
            rows, columns, thorough = (int(part) for part in header.groups())
            reading = reader.read(frame.reshape(rows, columns), bool(thorough))
            symbols = [(one.format, one.text, one.quad, one.clean) for one in reading.symbols]
            pipe.send_bytes(json.dumps({"symbols": symbols, "hint": str(reading.hint)}).encode())
