"""An archive that speaks DIMSE and lies: what it answers to C-FIND and C-GET is given as functions."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pynetdicom import AE, evt

from kiosk.adapters.archive.dimse.get import GET
from kiosk.adapters.archive.dimse.link import FIND, VERIFICATION
from tests.support.studies import CT, PDF

Find = Callable[[Dataset, Any], Iterable[tuple[int, Dataset | None]]]
Get = Callable[[Dataset, Any], Iterable[bytes]]


@contextmanager
def lying_archive(find: Find, get: Get = lambda asked, event: (), refuse: bool = False) -> Iterator[int]:
    """Runs it; its port. It reports two objects to come for every C-GET, whatever comes."""

    def on_find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        yield from find(event.identifier, event)

    def on_get(event: Any) -> Iterator[Any]:
        objects = list(get(event.identifier, event))
        yield len(objects)
        for data in objects:
            yield 0xFF00, pydicom.dcmread(io.BytesIO(data))

    ae = AE("LIAR")
    ae.require_calling_aet = ["NOBODY"] if refuse else []
    for uid in (VERIFICATION, FIND, GET):
        ae.add_supported_context(uid)
    for uid in (CT, PDF):
        ae.add_supported_context(uid, scu_role=True, scp_role=True)
    handlers: list[Any] = [(evt.EVT_C_FIND, on_find), (evt.EVT_C_GET, on_get)]
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        yield int(server.socket.getsockname()[1])
    finally:
        server.shutdown()
