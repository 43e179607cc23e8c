"""How far the exams of a link are, for the page that waits."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.store.models import PortalLinkRow, ProgressRow


@dataclass(frozen=True)
class LinkProgress:
    """`stage`: waiting, fetching, making, sending, there or withdrawn; `percent` of all its `exams`; `told`: when."""

    stage: str
    percent: int
    exams: int
    told: float


class ProgressShelf:
    """Each method is one transaction. Raises KioskError STORE_UNAVAILABLE or DISK_FULL; then nothing has changed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, hospital: str, locator: str, stage: str, percent: int, exams: int) -> bool:
        """Keep what was told last; False for a link that this hospital never announced."""
        with self._store.write() as session:
            link = session.get(PortalLinkRow, locator)
            if link is None or link.hospital != hospital:
                return False
            values = {"stage": stage, "percent": percent, "exams": exams, "told": self._store.time(session)}
            session.merge(ProgressRow(locator=locator, **values))
            return True

    def of(self, locator: str) -> LinkProgress | None:
        """What was told last."""
        with self._store.read() as session:
            row = session.get(ProgressRow, locator)
            return LinkProgress(row.stage, row.percent, row.exams, row.told) if row is not None else None
