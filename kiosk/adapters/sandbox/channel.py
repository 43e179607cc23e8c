"""What travels between the kiosk and a worker: length-prefixed pickles, and bulk data in memory files.

Standard library only: the worker loads this before it has locked itself up.
"""

from __future__ import annotations

import contextlib
import io
import mmap
import pickle
import socket
import struct
from collections.abc import Callable
from typing import Any

_LENGTH = struct.Struct("<Q")
_ALIGNMENT = 64
_SMALL = 1 << 16
_NUMPY = frozenset(
    (module, name)
    for module in ("numpy._core.multiarray", "numpy.core.multiarray", "numpy._core.numeric", "numpy")
    for name in ("_reconstruct", "_frombuffer", "scalar", "ndarray", "dtype")
)
_BUILTINS = frozenset((("builtins", "set"), ("builtins", "frozenset"), ("builtins", "bytearray"),
                       ("builtins", "complex"), ("pathlib", "PosixPath"), ("collections", "OrderedDict")))  # fmt: skip


class ChannelClosedError(Exception):
    """The other side is gone."""


def send(channel: socket.socket, message: bytes, wait: Callable[[], None] | None = None) -> None:
    """Send one message; `wait` is called before each write and may raise, without it a full channel blocks."""
    head = _LENGTH.pack(len(message))
    for part in (head, message) if len(message) > _SMALL else (head + message,):  # a copy would cost more than a call
        if wait is None:
            channel.sendall(part)
        else:
            _send_in_time(channel, part, wait)


def _send_in_time(channel: socket.socket, data: bytes, wait: Callable[[], None]) -> None:
    view = memoryview(data)
    while view:
        wait()
        with contextlib.suppress(BlockingIOError):
            view = view[channel.send(view, socket.MSG_DONTWAIT) :]


def receive(channel: socket.socket, most: int, wait: Callable[[], None] = lambda: None) -> bytes:
    """Receive one message of at most `most` bytes; `wait` is called before each read and may raise."""
    (length,) = _LENGTH.unpack(_exactly(channel, _LENGTH.size, wait))
    if length > most:
        raise ChannelClosedError(f"message of {length} bytes")
    return _exactly(channel, length, wait)


def _exactly(channel: socket.socket, count: int, wait: Callable[[], None]) -> bytes:
    parts: list[bytes] = []
    while count:
        wait()
        try:
            part = channel.recv(min(count, 1 << 20))
        except ConnectionError as error:
            raise ChannelClosedError(str(error)) from error
        if not part:
            raise ChannelClosedError("end of stream")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


class _ResultReader(pickle.Unpickler):
    """Unpickles a result: nothing but data of known kinds, since a worker may have been taken over."""

    def find_class(self, module: str, name: str) -> Any:
        """Classes of the kiosk that carry data, numpy's arrays, a few builtins."""
        if (module, name) in _NUMPY or (module, name) in _BUILTINS:
            return super().find_class(module, name)
        if module.startswith(("kiosk.imaging.", "kiosk.domain.")) and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type):
                return found
        raise pickle.UnpicklingError("result of a kind that is not allowed")


def read_result(message: bytes, buffers: list[memoryview]) -> Any:
    """The value that a worker returned."""
    return _ResultReader(io.BytesIO(message), buffers=buffers).load()


def layout(sizes: list[int]) -> tuple[list[int], int]:
    """Offsets of blocks of these sizes in one memory file, and its size."""
    offsets, position = [], 0
    for size in sizes:
        offsets.append(position)
        position += -(-size // _ALIGNMENT) * _ALIGNMENT
    return offsets, position


def fill(descriptor: int, views: list[memoryview]) -> None:
    """Copy blocks into a memory file that has their size already: mapped, so that no file is written."""
    offsets, total = layout([view.nbytes for view in views])
    with mmap.mmap(descriptor, total) as memory:
        for offset, view in zip(offsets, views, strict=True):
            memory[offset : offset + view.nbytes] = view.cast("B")


class Arena:
    """Memory that both sides keep mapped, for results of moderate size: no new memory file, no page faults a call."""

    SIZE = 8 << 20

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, self.SIZE)

    def put(self, views: list[memoryview]) -> bool:
        """The worker's side; False where it is too small."""
        offsets, total = layout([view.nbytes for view in views])
        if not views or total > self.SIZE:
            return False
        for offset, view in zip(offsets, views, strict=True):
            self._memory[offset : offset + view.nbytes] = view.cast("B")
        return True

    def take(self, sizes: list[int]) -> list[memoryview]:
        """The kiosk's side: copies, which the worker cannot change any more."""
        offsets, total = layout(sizes)
        if min(sizes) < 0 or total > self.SIZE:
            raise ChannelClosedError(f"result of {total} bytes")
        with memoryview(self._memory) as whole:
            return [memoryview(bytearray(whole[at : at + size])) for at, size in zip(offsets, sizes, strict=True)]

    def close(self) -> None:
        """Give the memory back: once neither side has it mapped, it is gone."""
        self._memory.close()


def blocks(descriptor: int, sizes: list[int]) -> list[memoryview]:
    """The blocks of a memory file, without a copy; later writes of the worker to pages seen here do not show."""
    offsets, total = layout(sizes)
    memory = memoryview(mmap.mmap(descriptor, total, access=mmap.ACCESS_COPY))
    return [memory[offset : offset + size] for offset, size in zip(offsets, sizes, strict=True)]
