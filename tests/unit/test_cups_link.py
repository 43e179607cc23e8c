"""The thread behind a connection to CUPS."""

from __future__ import annotations

import gc
import socket
import threading

from kiosk.adapters.printing.cups_link import CupsLink


def test_a_link_that_nobody_holds_takes_its_thread_with_it() -> None:
    before = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as server:
        link = CupsLink("127.0.0.1", server.getsockname()[1])
        assert link.call(lambda connection, held=link: held is not connection, 60)
        (thread,) = set(threading.enumerate()) - before
        assert thread.is_alive()
        del link
        gc.collect()
        thread.join(60)
    assert not thread.is_alive()
