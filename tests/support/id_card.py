"""An ID card reader's module on a pseudo terminal: it speaks its protocol, with a card or without, and misbehaves."""

from __future__ import annotations

import contextlib
import functools
import operator
import os
import pty
import select
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager

HEAD = b"\xaa\xaa\xaa\x96\x69"
NAME = "王秀英"


def frame(body: bytes) -> bytes:
    counted = (len(body) + 1).to_bytes(2, "big") + body
    return HEAD + counted + bytes([functools.reduce(operator.xor, counted)])


def card_text(number: str, name: str = NAME) -> bytes:
    """The 256 bytes of text of a card."""
    who = ((name, 15), ("2", 1), ("01", 2), ("19491231", 8), ("某市某区某路1号", 35), (number, 18))
    fields = (*who, ("某市公安局", 15), ("20100101", 8), ("长期", 8), ("", 18))
    return b"".join(text.ljust(width).encode("utf-16-le") for text, width in fields)


class CardModule:
    """`card` is what lies on it (text of 256 bytes); `fault`: silent, noise, cut, checksum, length, unread."""

    def __init__(self) -> None:
        self._own, theirs = pty.openpty()
        tty.setraw(theirs)
        self.device, self._theirs = os.ttyname(theirs), theirs
        self.card: bytes | None = None
        self.fault = ""
        self.asked: list[bytes] = []
        self._told = False
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def lay(self, number: str) -> None:
        """A card is laid on."""
        self._told, self.card = False, card_text(number)

    def take(self) -> None:
        """And taken away."""
        self.card = None

    def close(self) -> None:
        self._end.set()
        self._thread.join()
        for one in (self._own, self._theirs):
            with contextlib.suppress(OSError):
                os.close(one)

    def _serve(self) -> None:
        pending = b""
        while not self._end.is_set():
            if not select.select([self._own], [], [], 0.02)[0]:
                continue
            pending += os.read(self._own, 512)
            if len(pending) >= 10:
                self.asked.append(pending[7:9])
                self._send(self._answer(pending[7:9]))
                pending = b""

    def _answer(self, command: bytes) -> bytes:
        if command == b"\x11\xff":
            return b"\x00\x00\x90"
        if self.card is None or (command == b"\x20\x01" and self._told):
            return b"\x00\x00\x80"
        if command == b"\x20\x01":
            self._told = True
            return b"\x00\x00\x9f" + bytes(4)
        if command == b"\x20\x02":
            return b"\x00\x00\x90" + bytes(8)
        if self.fault == "unread":
            return b"\x00\x00\x41"
        return b"\x00\x00\x90" + (256).to_bytes(2, "big") + (1024).to_bytes(2, "big") + self.card + bytes(1024)

    def _send(self, body: bytes) -> None:
        data = frame(body)
        if self.fault == "silent":
            return
        if self.fault == "noise":
            data = b"\x00\xff" * 60 + data
        if self.fault == "some noise":
            data = b"\x00\xaa\xaa" + data
        if self.fault == "cut":
            data = data[:-2]
        if self.fault == "checksum":
            data = data[:-1] + bytes([data[-1] ^ 1])
        if self.fault == "length":
            data = data[:5] + b"\xff\xff" + data[7:]
        os.write(self._own, data)


@contextmanager
def card_module() -> Iterator[CardModule]:
    module = CardModule()
    try:
        yield module
    finally:
        module.close()
