"""The end of the lanes: what waits to be written is still written."""

from __future__ import annotations

import threading

from kiosk.services.machine.lanes import Lanes


def test_what_waits_to_be_written_is_written_at_the_end() -> None:
    lanes, go, written = Lanes(), threading.Event(), list[str]()
    lanes.start("store", "v", lambda _: go.wait(30))
    for name in ("opened", "refused", "closed"):
        lanes.start("store", "v", lambda _, name=name: written.append(name))  # type: ignore[misc]
    threading.Thread(target=go.set).start()
    lanes.close(30)
    assert written == ["opened", "refused", "closed"]
