"""The gateway's loop: listens for HL7, looks into its folder, matches; ends cleanly when told to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Protocol

from kiosk.domain.faults import KioskError
from kiosk.gateway.matching import Inbox
from kiosk.gateway.mllp import MllpServer

log = logging.getLogger(__name__)
EVERY_S = 5.0


class Listening(Protocol):
    """A server that runs."""

    what: str
    port: int

    def close(self) -> None:
        """Stop listening."""
        ...


class Gateway:
    """One program a hospital. `chores` are done every few seconds, each on a worker thread."""

    def __init__(
        self, inbox: Inbox, bind: str, port: int, limit: int, chores: tuple[Callable[[], int], ...] = (),
        servers: tuple[Callable[[], Listening], ...] = (),
    ) -> None:  # fmt: skip
        """`servers` begin to listen beside HL7 when the gateway runs, each on threads of its own."""
        self._servers = servers
        self._inbox, self._bind, self._port, self._limit = inbox, bind, port, limit
        self._chores = (inbox.round, *chores)

    async def run(self, stop: asyncio.Event, listening: Callable[[str, int], None] = lambda what, port: None) -> None:
        """Until `stop`; `listening` is told what listens on which port. Raises OSError where nothing can."""
        opened: list[Listening] = []
        server = MllpServer(self._inbox.take, self._limit) if self._port >= 0 else None
        try:
            if server is not None:
                listening("HL7", await server.start(self._bind, self._port))
            for start in self._servers:
                opened.append(start())
                listening(opened[-1].what, opened[-1].port)
            while not stop.is_set():
                for chore in self._chores:
                    await self._done(chore)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), EVERY_S)
        finally:
            for one in opened:
                await asyncio.to_thread(one.close)
            if server is not None:
                await server.close()

    async def _done(self, chore: Callable[[], int]) -> None:
        """A chore that fails is tried again; the listening goes on."""
        try:
            await asyncio.to_thread(chore)
        except (KioskError, OSError) as error:
            log.error("not done: %s", error)
