"""Storage SCP (PS3.4 B): the destination of C-MOVE for kiosks whose archive does not offer C-GET.

An object is acknowledged when it is committed. What is not asked for by a kiosk is forgotten after an hour.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, cast

from pydicom.uid import UID
from pynetdicom import AE, AllStoragePresentationContexts, evt

from kiosk.adapters.archive.dimse.link import VERIFICATION, no_messages_in_logs
from kiosk.adapters.inbox.moved import KEPT_S, MovedShelf
from kiosk.domain.faults import KioskError
from kiosk.imaging.dicom.codecs import COMPRESSED

log = logging.getLogger(__name__)
_SUCCESS, _OUT_OF_RESOURCES = 0x0000, 0xA700
_UNCOMPRESSED = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
_IDLE_S = 120.0


def forget_moved(shelf: MovedShelf, now: Callable[[], float] = time.time) -> int:
    """Forget what nobody wants any more."""
    return shelf.purge(now() - KEPT_S)


class StoreServer:
    """Listens; `close` ends it. `limit`: most bytes of one object. `callers`: AE titles that may send; empty: all."""

    what = "objects"

    def __init__(
        self, bind: str, port: int, title: str, shelf: MovedShelf, limit: int, callers: tuple[str, ...] = (),
        now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        """Raises OSError where nothing can listen there."""
        no_messages_in_logs()
        self._shelf, self._limit, self._now = shelf, limit, now
        self._received: dict[int, int] = {}
        ae = AE(title)
        ae.add_supported_context(VERIFICATION)
        for context in AllStoragePresentationContexts:
            ae.add_supported_context(UID(str(context.abstract_syntax)), [*_UNCOMPRESSED, *COMPRESSED])
        ae.maximum_pdu_size = 0
        ae.require_calling_aet = list(callers)
        ae.network_timeout = ae.dimse_timeout = _IDLE_S
        handlers: list[Any] = [
            (evt.EVT_C_STORE, self._store),
            (evt.EVT_DATA_RECV, self._count),
            (evt.EVT_CONN_CLOSE, lambda event: self._received.pop(id(event.assoc), None)),
        ]
        self._server = cast(Any, ae.start_server((bind, port), block=False, evt_handlers=handlers))
        self.port = int(self._server.socket.getsockname()[1])

    def close(self) -> None:
        """Stop listening. What was not acknowledged is missing, which the kiosk finds by counting."""
        self._server.shutdown()

    def _count(self, event: Any) -> None:
        """An object without end is cut off before it fills the memory."""
        received = self._received.get(id(event.assoc), 0) + len(event.data)
        self._received[id(event.assoc)] = received
        if received > self._limit + (1 << 20):
            log.warning("an object of more than %d bytes was cut off", self._limit)
            event.assoc.abort()

    def _store(self, event: Any) -> int:
        self._received[id(event.assoc)] = 0
        try:
            uid = str(event.request.AffectedSOPInstanceUID)
            self._shelf.put(uid, event.encoded_dataset(), self._now())
        except KioskError as fault:
            log.error("object not kept: %s", fault)
            return _OUT_OF_RESOURCES
        return _SUCCESS
