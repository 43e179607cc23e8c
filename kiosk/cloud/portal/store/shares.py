"""What patients gave on, as its giver sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.store.events import EventShelf, PortalEvent
from kiosk.cloud.portal.store.links import FAMILY
from kiosk.cloud.portal.store.models import LinkExamRow, PortalLinkRow, SessionRow, ShareRow


@dataclass(frozen=True)
class NewShare:
    """A share as it is kept: its own link, what opens it by a typed code, and its giver's note."""

    locator: str
    giver: str
    kind: str
    purpose: str
    scope: str
    share: bytes
    checks: bytes
    exams: Mapping[tuple[str, int], bytes]
    code: str
    box: bytes | None
    note: bytes
    opens_s: float  # of a family member: ignored, as long as the giver's own link
    viewing_s: float


@dataclass(frozen=True)
class GivenShare:
    """One line of “who can open my film”; `left` and `sees` in seconds from now, 0 where it is over."""

    locator: str
    kind: str
    purpose: str
    scope: str
    made: float
    left: float
    opened: float | None
    browser: str
    sees: float
    devices: int
    revoked: bool
    note: bytes
    exams: tuple[str, ...]


@dataclass(frozen=True)
class Device:
    """A session of the patient's own link."""

    digest: str
    browser: str
    began: float


class ShareShelf:
    """Each method is one transaction."""

    def __init__(self, store: Store, events: EventShelf) -> None:
        self._store, self._events = store, events

    def put(self, new: NewShare) -> float:
        """Keep a share; returns until when it opens, 0 where its giver's link is over."""
        with self._store.write() as session:
            giver, now = session.get(PortalLinkRow, new.giver), self._store.time(session)
            if giver is None or giver.share is None or giver.expires <= now:
                return 0.0
            until = giver.expires if new.kind == FAMILY else min(now + new.opens_s, giver.expires)
            link = PortalLinkRow(locator=new.locator, hospital=giver.hospital, made=now, expires=until, answers=0)
            link.share, link.checks = new.share, new.checks
            session.add(link)
            session.flush()
            session.add(_row(new, now, until))
            for (exam, version), sealed in new.exams.items():
                session.add(LinkExamRow(locator=new.locator, exam=exam, version=version, sealed=sealed))
            self._events.add(session, PortalEvent.SHARED, new.locator, detail=f"{new.kind}|{new.purpose}|{new.scope}")
            return until

    def by_code(self, code: str) -> bytes | None:
        """The box of a share that can still be opened, by the tag of its typed code."""
        with self._store.read() as session:
            row = session.scalars(select(ShareRow).where(ShareRow.code == code)).first()
            if row is None or row.revoked or row.opened or row.opens_until <= self._store.time(session):
                return None
            return row.box

    def given(self, giver: str) -> list[GivenShare]:
        """All of one link, the newest first."""
        with self._store.read() as session:
            now = self._store.time(session)
            rows = session.scalars(select(ShareRow).where(ShareRow.giver == giver).order_by(ShareRow.made.desc()))
            return [self._told(session, row, now) for row in rows]

    def _told(self, session: Session, row: ShareRow, now: float) -> GivenShare:
        open_now = select(func.count(), func.max(SessionRow.ends)).where(
            SessionRow.locator == row.locator, SessionRow.ends > now
        )
        devices, ends = session.execute(open_now).one()
        left = max(0.0, row.opens_until - now) if not row.revoked and (row.kind == FAMILY or not row.opened) else 0.0
        exams = session.scalars(select(LinkExamRow.exam).where(LinkExamRow.locator == row.locator))
        sees, revoked = max(0.0, (ends or now) - now), row.revoked is not None
        return GivenShare(row.locator, row.kind, row.purpose, row.scope, row.made, left, row.opened, row.browser,
                          sees, devices, revoked, row.note, tuple(exams))  # fmt: skip

    def revoke(self, giver: str, locators: Sequence[str]) -> int:
        """Take back: keys are destroyed and sessions end in the same transaction; returns how many that touched."""
        with self._store.write() as session:
            own = select(ShareRow.locator).where(ShareRow.giver == giver, ShareRow.locator.in_(list(locators)))
            found = list(session.scalars(own.where(ShareRow.revoked.is_(None))))
            now, link = self._store.time(session), PortalLinkRow
            session.execute(update(ShareRow).where(ShareRow.locator.in_(found)).values(revoked=now, box=None))
            session.execute(update(link).where(link.locator.in_(found)).values(share=None, checks=None))
            session.execute(delete(LinkExamRow).where(LinkExamRow.locator.in_(found)))
            session.execute(delete(SessionRow).where(SessionRow.locator.in_(found)))
            for one in found:
                self._events.add(session, PortalEvent.SHARE_REVOKED, one)
            return len(found)

    def devices(self, locator: str) -> list[Device]:
        """Where the patient's own link is open now."""
        with self._store.read() as session:
            alive = SessionRow.ends > self._store.time(session)
            wanted = select(SessionRow).where(SessionRow.locator == locator, alive)
            return [Device(row.digest, row.browser, row.began) for row in session.scalars(wanted)]

    def end_others(self, locator: str, kept: str) -> None:
        """End all sessions of a link but one."""
        with self._store.write() as session:
            session.execute(delete(SessionRow).where(SessionRow.locator == locator, SessionRow.digest != kept))


def _row(new: NewShare, now: float, until: float) -> ShareRow:
    row = ShareRow(locator=new.locator, giver=new.giver, kind=new.kind, purpose=new.purpose, scope=new.scope)
    row.made, row.opens_until, row.viewing_s = now, until, new.viewing_s
    row.code, row.box, row.note = new.code, new.box, new.note
    row.opened, row.browser, row.revoked = None, "", None
    return row
