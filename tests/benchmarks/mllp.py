"""Messages a second with a 2 MB PDF in OBX-5: the gateway's server against a bare asyncio reader on the same machine.

python -m tests.benchmarks.mllp [--messages 50]

The bare reader finds the end of each block and answers, and does nothing else; the gateway parses, seals and commits to
SQLite (synchronous as the library sets it) before it answers.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kiosk.adapters.inbox.store import InboxStore
from kiosk.config.ris import InboxSettings
from kiosk.gateway.matching import Inbox
from kiosk.gateway.mllp import MllpServer
from tests.support.hl7 import MllpClient, oru
from tests.support.paper import PaperArchive
from tests.unit.test_hl7_messages import PLACES


def main() -> None:
    """Measure, print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--messages", type=int, default=50)
    count = arguments.parse_args().messages
    document = b"%PDF-1.4" + bytes(range(256)) * 8192
    with tempfile.TemporaryDirectory() as folder:
        for charset in ("UNICODE UTF-8", "GB 18030-2000"):
            messages = [oru(f"{charset[:2]}{n}", document=document, charset=charset) for n in range(count)]
            store = InboxStore(InboxSettings(url=f"sqlite:///{Path(folder) / charset[:2]}.db"), "", "k" * 32)
            bare = asyncio.run(_timed(lambda message: "read", messages))
            kept = asyncio.run(_timed(Inbox(store, PaperArchive([]), PLACES, 90).take, messages))
            store.close()
            each = 1000 * kept / count
            print(f"{charset}: bare {count / bare:.0f}/s, gateway {count / kept:.0f}/s ({each:.0f} ms each)")


async def _timed(take: Callable[[bytes], str], messages: list[bytes]) -> float:
    server = MllpServer(take, 64 << 20)
    port = await server.start("127.0.0.1", 0)
    try:
        return await asyncio.to_thread(_send, port, messages)
    finally:
        await server.close()


def _send(port: int, messages: list[bytes]) -> float:
    with MllpClient(port) as client:
        began = time.monotonic()
        for message in messages:
            assert client.send(message)[0] == "AA"
        return time.monotonic() - began


if __name__ == "__main__":
    main()
