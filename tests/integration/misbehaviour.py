"""What a decoder might do at its worst; called in workers only."""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class PanicException(BaseException):
    """Not an Exception, like those of some decoders."""


def add(a: int, b: int) -> int:
    """A well-behaved call."""
    return a + b


def throw(kind: str) -> None:
    """Raise what nobody expects."""
    kinds = {"PanicException": PanicException, "SystemExit": SystemExit, "KeyboardInterrupt": KeyboardInterrupt,
             "RecursionError": RecursionError, "GeneratorExit": GeneratorExit}  # fmt: skip
    raise kinds[kind]()


def recall() -> int:
    """Ask for memory in small pieces until there is no more."""
    kept = []
    while True:
        kept.append(bytearray(8 << 20))


def die(signal: str) -> None:
    """Die by a fault of memory or by abort."""
    if signal == "SIGSEGV":
        ctypes.string_at(0)
    os.abort()


def write_file(path: str) -> None:
    """Try to leave something behind."""
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    os.write(descriptor, b"patient")


def environment() -> dict[str, str]:
    """What the worker was given."""
    return dict(os.environ)


def limits() -> dict[str, int]:
    """Its hard limits."""
    return {
        name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[1] for name in ("AS", "FSIZE", "CORE", "NOFILE")
    }


def function_result() -> Callable[[int, int], int]:
    """A result that is code."""
    return add


class _Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return exec, ("import sys; sys.owned_by_worker = True",)


def evil_result() -> object:
    """A result that would run code where it is read."""
    return {"frame": _Evil(), "path": Path("/")}


def as_array(data: bytes) -> NDArray[np.uint8]:
    """Bytes as a frame would come back."""
    return np.frombuffer(data, np.uint8).copy()


def count(most: int, tell: Callable[[int], None]) -> str:
    """Tell numbers."""
    for number in range(most):
        tell(number)
    return "counted"


def pid_then_wait(path: str, tell: Callable[[int], None]) -> int:
    """Tell the process, and return it once something can be read."""
    tell(os.getpid())
    with Path(path).open("rb") as pipe:
        pipe.read(1)
    return os.getpid()
