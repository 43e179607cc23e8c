"""The worker's side: lock up, load libraries, then answer calls until the kiosk closes the channel.

Started as a script with the descriptor of its channel (or called in a forked process); what decodes is imported only
after it is confined.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import pickle
import socket
import sys
import threading
from pathlib import Path
from typing import Any

_TRIM_ABOVE = 16 << 20


def serve(channel: socket.socket) -> None:
    """Set up as the first message says, then answer calls."""
    here = str(Path(__file__).parent)
    sys.path[:] = [entry for entry in sys.path if entry != here]
    hello = pickle.loads(_first_message(channel))  # noqa: S301 (from the kiosk itself)
    sys.path[:] = hello["path"]
    from kiosk.adapters.sandbox import channel as messages
    from kiosk.adapters.sandbox.confinement import confine

    for name in hello["libraries"]:
        importlib.import_module(name)
    rights = confine(hello["memory"])
    for name in hello["preload"]:
        importlib.import_module(name)
    messages.send(channel, pickle.dumps(rights))
    arena = messages.Arena(hello["arena"])
    while True:
        request = messages.receive(channel, hello["most"])
        _answer(channel, messages, request, arena, hello["most"])


def _first_message(channel: socket.socket) -> bytes:
    length = int.from_bytes(channel.recv(8, socket.MSG_WAITALL), "little")
    return channel.recv(length, socket.MSG_WAITALL)


class _Telling:
    """Tells the kiosk something while a call runs; from any of its threads."""

    def __init__(self, channel: socket.socket, messages: Any) -> None:
        self._channel, self._messages = channel, messages
        self._lock = threading.Lock()

    def __call__(self, value: Any) -> None:
        told = pickle.dumps(("told", value), protocol=5)
        with self._lock:
            self._messages.send(self._channel, told)


def _answer(channel: socket.socket, messages: Any, request: bytes, arena: Any, most: int) -> None:
    """Run one call and send ("ok" or "here", pickle, sizes), ("fault", code, detail) or ("error", kind).

    "here": the bulk is in the arena already.
    """
    buffers: list[pickle.PickleBuffer] = []
    try:
        module, name, args, listened = pickle.loads(request)  # noqa: S301 (from the kiosk itself)
        more = {"tell": _Telling(channel, messages)} if listened else {}
        result = getattr(importlib.import_module(module), name)(*args, **more)
        body = pickle.dumps(result, protocol=5, buffer_callback=buffers.append)
        del result
        views = [buffer.raw() for buffer in buffers]
        sizes = [view.nbytes for view in views]
        here = sum(sizes) <= most and arena.put(views)
        reply: tuple[Any, ...] = ("here" if here else "ok", body, sizes)
        views = [] if here else views
    except BaseException as error:  # noqa: BLE001 (decoders raise what is no Exception; case 64)
        code = getattr(error, "code", None)
        known = type(error).__name__ == "KioskError"
        reply = ("fault", str(code), getattr(error, "detail", "")) if known else ("error", type(error).__name__)
        views = []
    messages.send(channel, pickle.dumps(reply))
    if views:
        _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
        messages.fill(descriptors[0], views)
        os.close(descriptors[0])
        messages.send(channel, b"done")
    if sum(view.nbytes for view in views) > _TRIM_ABOVE:
        views.clear()
        buffers.clear()
        ctypes.CDLL(None).malloc_trim(0)


if __name__ == "__main__":
    try:
        serve(socket.socket(fileno=int(sys.argv[1])))
    except BaseException:  # noqa: BLE001 (the channel is gone or broken: so is the worker, without a word)
        os._exit(1)
