"""What phones did, fetched from the portal by waiting for it: nothing ever connects to the hospital."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from kiosk.adapters.machine import durable
from kiosk.cloud.publisher.faults import disk
from kiosk.cloud.publisher.send import PortalClient
from kiosk.domain.faults import KioskError
from kiosk.domain.links import PhoneEvent

log = logging.getLogger(__name__)
WAIT_S = 25
_KEPT = ("id", "kind", "locator", "exam", "at", "detail")


class Listener:
    """Events in their order, each handed on once: the cursor is kept after what it stands for has been kept."""

    def __init__(self, client: PortalClient, cursor: Path, keep: Callable[[PhoneEvent], object]) -> None:
        self._client, self._cursor, self._keep = client, cursor, keep

    def once(self, wait_s: int = WAIT_S) -> int:
        """Fetch what there is, waiting for it; returns how many. Raises KioskError PORTAL_* or of the store."""
        found, after = self._client.events(self._after(), wait_s)
        for one in found:
            event = _event(one)
            if event is None:
                log.warning("an event of an unknown form was passed over")
                continue
            self._keep(event)
        if found:
            with disk(self._cursor.parent):
                durable.put(self._cursor, str(after).encode("ascii"))
        return len(found)

    def _after(self) -> int:
        try:
            return int(self._cursor.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0


def _event(untrusted: Mapping[str, object]) -> PhoneEvent | None:
    try:
        number, kind, locator, exam, at, detail = (untrusted.get(name, "") for name in _KEPT)
        return PhoneEvent(int(str(number)), str(kind)[:40], str(locator)[:64], str(exam)[:32], float(str(at)),
                          str(detail)[:200])  # fmt: skip
    except (ValueError, KioskError):
        return None
