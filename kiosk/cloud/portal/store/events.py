"""What happened, for the hospital: written beside what happened, fetched by its publisher, kept for some days."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.store.models import PortalEventRow, PortalLinkRow, ShareRow

MOST = 500
DETAIL = 200


class PortalEvent(StrEnum):
    """A closed list; the hospital's statistics count them (R5, R6)."""

    ANSWERED = "answered"
    REFUSED = "refused"
    FIRST_PICTURE = "first_picture"
    VIEWER = "viewer"
    SHARED = "shared"
    SHARE_OPENED = "share_opened"
    SHARE_REVOKED = "share_revoked"
    DOWNLOADED = "downloaded"
    FAILED = "failed"
    HELP = "help"
    DELETED = "deleted"


@dataclass(frozen=True)
class HeardEvent:
    """One event as the hospital is told of it; `locator` is the patient's own link, whoever opened what."""

    id: int
    kind: str
    locator: str
    exam: str
    at: float
    detail: str


class EventShelf:
    """Each method is one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(self, kind: PortalEvent, locator: str, exam: str = "", detail: str = "") -> None:
        """Of a link; of one that nobody knows nothing is kept. Failures are kept without saying whose they are."""
        with self._store.write() as session:
            self.add(session, kind, locator, exam, detail)

    def add(self, session: Session, kind: PortalEvent, locator: str, exam: str = "", detail: str = "") -> None:
        """Within somebody's transaction."""
        share = session.get(ShareRow, locator)
        link = session.get(PortalLinkRow, share.giver if share is not None else locator)
        if link is None:
            return
        nameless = kind is PortalEvent.FAILED
        at = self._store.time(session)
        row = PortalEventRow(hospital=link.hospital, kind=str(kind), at=at, detail=detail[:DETAIL])
        row.locator, row.exam = ("", "") if nameless else (link.locator, exam)
        session.add(row)

    def of_hospital(self, session: Session, hospital: str, kind: PortalEvent, exam: str, detail: str = "") -> None:
        """Of an exam that no link leads to any more."""
        at = self._store.time(session)
        session.add(PortalEventRow(hospital=hospital, kind=str(kind), locator="", exam=exam, at=at, detail=detail))

    def after(self, hospital: str, number: int) -> list[HeardEvent]:
        """The oldest that a hospital has not heard of, at most 500."""
        row = PortalEventRow
        wanted = select(row).where(row.hospital == hospital, row.id > number).order_by(row.id).limit(MOST)
        with self._store.read() as session:
            return [HeardEvent(one.id, one.kind, one.locator, one.exam, one.at, one.detail)
                    for one in session.scalars(wanted)]  # fmt: skip

    def sweep(self, seconds: float) -> int:
        """Take away what is older; returns how many."""
        with self._store.write() as session:
            over = delete(PortalEventRow).where(PortalEventRow.at < self._store.time(session) - seconds)
            return len(session.scalars(over.returning(PortalEventRow.id)).all())
