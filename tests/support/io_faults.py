"""Builds the I/O fault shim, and gives a child process its switches."""

from __future__ import annotations

import ctypes
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers import program

SOURCE = Path(__file__).with_name("io_faults.c")
ROOT = SOURCE.parents[2]


def build(folder: Path) -> Path:
    """Compile the shim."""
    library = folder / "io_faults.so"
    compiler = program("gcc", "gcc libc6-dev")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl", "-lpthread"], check=True
    )
    return library


def run_child(library: Path, module: str, *arguments: str, timeout: float = 240) -> str:
    """Run a module of the tests with the shim loaded; returns what it printed."""
    env = {**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", "-m", module, *arguments]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


class Shim:
    """The switches, inside the child."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)

    def arm(self, match: str, nth: int = 0, error: int = 0, sticky: bool = False) -> None:
        """Let the nth call on files whose path holds `match` fail; nth 0 only counts and traces."""
        self._library.io_arm(match.encode(), ctypes.c_long(nth), error, int(sticky))

    def disarm(self) -> int:
        """All is well again; returns how many calls were counted."""
        calls = int(self._library.io_calls())
        self._library.io_arm(b"", ctypes.c_long(0), 0, 0)
        return calls

    def trace(self, file: Path | None) -> None:
        """Write a trace from now on."""
        self._library.io_trace(str(file).encode() if file else b"")

    def mark(self, number: int) -> None:
        """Put a mark into the trace."""
        self._library.io_mark(ctypes.c_long(number))


@dataclass(frozen=True)
class Step:
    """One call of the trace."""

    kind: str
    path: str
    offset: int
    data: bytes


def read_trace(file: Path) -> list[Step]:
    """The steps of a trace in order."""
    return list(_steps(file.read_bytes()))


def _steps(data: bytes) -> Iterator[Step]:
    at = 0
    while at < len(data):
        kind, length = chr(data[at]), struct.unpack_from("=i", data, at + 1)[0]
        at += 5
        path = data[at : at + length].decode()
        offset, size = struct.unpack_from("=qq", data, at + length)
        at += length + 16
        body = data[at : at + size] if kind in "WR" else b""
        at += len(body)
        yield Step(kind, path, offset, body)
