"""HL7 v2 over MLLP (HL7 transport specification, release 1): one block a message, an answer only after the commit.

    <VT> message <FS> <CR>

AA: kept (or kept before). AE: could not be kept, send it again. AR: will never be taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from kiosk.domain.faults import KioskError
from kiosk.gateway.hl7_messages import BadMessageError

log = logging.getLogger(__name__)
_BEGIN, _END = b"\x0b", b"\x1c\r"
_PIECE = 1 << 16
IDLE_S = 3600.0

Take = Callable[[bytes], str]  # keeps a message and returns a word for the log; raises KioskError, BadMessageError


class MllpServer:
    """Listens; `take` is called on a worker thread, one message at a time."""

    def __init__(self, take: Take, limit: int) -> None:
        self._take, self._limit = take, limit
        self._one = asyncio.Lock()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Begin to listen; returns the port."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=_PIECE * 4)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and end what is open; a message under way gets no answer, so it is sent again."""
        if self._server is not None:
            self._server.close()
            for task in self._open:
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - called as a task
        self._open.add(task)
        try:
            buffer = bytearray()
            while (message := await self._message(reader, buffer)) is not None:
                writer.write(_BEGIN + await self._answered(message) + _END)
                await writer.drain()
        except _TooLongError:
            writer.write(_BEGIN + answer(b"", "AR", f"message over {self._limit} bytes") + _END)
            with contextlib.suppress(OSError):
                await writer.drain()
        except (OSError, asyncio.CancelledError, TimeoutError):
            pass
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _message(self, reader: asyncio.StreamReader, buffer: bytearray) -> bytes | None:
        """The next message; None at the end. What stands before a block's beginning is none of it."""
        seen = 0
        while True:
            end = buffer.find(_END, max(0, seen - 1))
            if end >= 0:
                block = bytes(buffer[:end])
                del buffer[: end + len(_END)]
                return block[block.find(_BEGIN) + 1 :] if _BEGIN in block else block
            seen = len(buffer)
            if seen > self._limit:
                raise _TooLongError
            piece = await asyncio.wait_for(reader.read(_PIECE), IDLE_S)
            if not piece:
                return None
            buffer += piece

    async def _answered(self, message: bytes) -> bytes:
        try:
            async with self._one:
                said = await asyncio.to_thread(self._take, message)
        except BadMessageError as error:
            log.warning("message refused: %s", error)
            return answer(message, "AR", str(error))
        except KioskError as fault:
            log.error("message not kept: %s", fault)
            return answer(message, "AE", str(fault.code))
        log.info("message kept: %s", said)
        return answer(message, "AA")


class _TooLongError(Exception):
    pass


def answer(message: bytes, code: str, why: str = "") -> bytes:
    """An acknowledgement (HL7 2.9.2), to whoever sent the message."""
    head = message.split(b"\r", 1)[0].split(b"|") if message.startswith(b"MSH|") else []

    def at(number: int) -> bytes:
        return head[number - 1] if len(head) >= number else b""

    now = datetime.now(UTC).strftime("%Y%m%d%H%M%S").encode()
    kind = b"ACK^" + at(9).split(b"^")[1] + b"^ACK" if b"^" in at(9) else b"ACK"
    msh = [b"MSH", b"^~\\&", at(5), at(6), at(3), at(4), now, b"", kind, b"A" + (at(10) or b"0"), at(11) or b"P",
           at(12) or b"2.5.1"]  # fmt: skip
    msa = [b"MSA", code.encode(), at(10), why.encode("ascii", "replace")]
    return b"|".join(msh) + b"\r" + b"|".join(msa).rstrip(b"|") + b"\r"
