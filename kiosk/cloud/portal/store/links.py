"""Links and the sessions they open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, null, select, text, update
from sqlalchemy.orm import Session

from kiosk.adapters.sql.engine.store import Prepared, Store
from kiosk.cloud.portal.store.models import ExamRow, LinkExamRow, PortalLinkRow, SessionRow, ShareRow

ONCE, FAMILY = "once", "family"


@dataclass(frozen=True)
class KnownLink:
    """What a link's row tells before anything is proved."""

    hospital: str
    share: bytes
    checks: bytes
    given: bool = False  # by the patient, to somebody else


@dataclass(frozen=True)
class SealedExam:
    """One exam of a link."""

    exam: str
    version: int
    sealed: bytes


@dataclass(frozen=True)
class StoredSession:
    """A session that has not ended."""

    locator: str
    ends: float
    lasts: float
    stages: int
    keys: bytes
    version: int = 0  # of the exam that was asked for with it


class LinkShelf:
    """Each method is one transaction. Raises KioskError STORE_UNAVAILABLE or DISK_FULL; then nothing has changed."""

    def __init__(self, store: Store, most_answers: int = 5) -> None:
        self._store, self._most = store, most_answers
        version = select(ExamRow.version).where(ExamRow.exam == bindparam("exam")).scalar_subquery()
        clock = null() if store.is_sqlite else text("extract(epoch FROM clock_timestamp())")
        row = SessionRow
        wanted = select(row.locator, row.ends, row.stages, row.keys, version, clock)
        self._asked = Prepared(store, wanted.where(row.digest == bindparam("digest")))

    def put(self, locator: str, hospital: str, share: bytes, checks: bytes, expires: float) -> bool:
        """Keep a link; False where it is there already (a message that came twice), and then nothing changes."""
        with self._store.write() as session:
            self._store.lock(session, f"link {locator}")
            if session.get(PortalLinkRow, locator) is not None:
                return False
            made = self._store.time(session)
            row = PortalLinkRow(locator=locator, hospital=hospital, made=made, expires=expires, answers=0)
            row.share, row.checks = share, checks
            session.add(row)
            return True

    def share_of(self, locator: str) -> bytes | None:
        """The wrapped second share, for a publisher that adds an exam; None where the link is not alive."""
        with self._store.read() as session:
            row = session.get(PortalLinkRow, locator)
            return row.share if row is not None and row.expires > self._store.time(session) else None

    def begin_answer(self, locator: str) -> KnownLink | None:
        """Count an answer *before* it is evaluated, atomically; None where the link is unknown, over or used up.

        A power cut may forget the count: nobody who guesses can cut the power.
        """
        with self._store.write(lasting=False) as session:
            self._store.lock(session, f"link {locator}")
            row = session.get(PortalLinkRow, locator)
            if row is None or row.share is None or row.checks is None:
                return None
            if row.answers >= self._most or row.expires <= self._store.time(session):
                return None
            row.answers += 1
            given = session.get(ShareRow, locator) is not None
            return KnownLink(row.hospital, row.share, row.checks, given)

    def alive(self, locator: str) -> KnownLink | None:
        """A link that opens, for whom a session has proved already; nothing is counted."""
        with self._store.read() as session:
            row = session.get(PortalLinkRow, locator)
            if row is None or row.share is None or row.checks is None or row.expires <= self._store.time(session):
                return None
            return KnownLink(row.hospital, row.share, row.checks, session.get(ShareRow, locator) is not None)

    def exams(self, locator: str) -> list[SealedExam]:
        """What the link opens."""
        with self._store.read() as session:
            rows = session.scalars(select(LinkExamRow).where(LinkExamRow.locator == locator).order_by(LinkExamRow.exam))
            return [SealedExam(row.exam, row.version, row.sealed) for row in rows]

    def withdraw(self, locator: str, hospital: str = "") -> bool:
        """Destroy what opens the link, and end its sessions: from the next request on nothing is shown.

        False, and nothing happens, where `hospital` is given and the link is not its own.
        """
        with self._store.write() as session:
            row = session.get(PortalLinkRow, locator)
            if hospital and (row is None or row.hospital != hospital):
                return False
            own = update(PortalLinkRow).where(PortalLinkRow.locator == locator)
            session.execute(own.values(share=None, checks=None))
            session.execute(delete(LinkExamRow).where(LinkExamRow.locator == locator))
            session.execute(delete(SessionRow).where(SessionRow.locator == locator))
            return True

    # --- sessions ----------------------------------------------------------------------------------------------------
    def begin_session(self, digest: str, locator: str, seconds: float, browser: str, keys: bytes) -> float:
        """Keep a session; returns when it ends. It never outlives its link."""
        with self._store.write() as session:
            now = self._store.time(session)
            row = session.get(PortalLinkRow, locator)
            if row is not None:
                row.answers = 0  # right: the wrong ones before it no longer count
            ends = min(now + seconds, row.expires if row is not None and row.share is not None else now)
            session.add(_session(digest, locator, now, ends, browser, keys))
            return ends

    def redeem(self, digest: str, locator: str, browser: str, keys: bytes) -> float:
        """Open what a patient gave: returns when the session ends, 0 where it is too late or somebody was first.

        For a doctor once: what opens the link is destroyed. For family each time, until the patient takes it back.
        """
        with self._store.write() as session:
            self._store.lock(session, f"link {locator}")
            now = self._store.time(session)
            share, row = session.get(ShareRow, locator), session.get(PortalLinkRow, locator)
            if share is None or row is None or row.share is None or share.opens_until <= now or share.revoked:
                return 0.0
            share.opened, share.browser = share.opened or now, browser
            row.answers = 0
            if share.kind == ONCE:
                row.share = row.checks = share.box = None
            ends = now + share.viewing_s
            session.add(_session(digest, locator, now, ends, browser, keys))
            return ends

    def rewrap(self, digest: str, keys: bytes) -> None:
        """Other exams for a session that goes on."""
        with self._store.write() as session:
            session.execute(update(SessionRow).where(SessionRow.digest == digest).values(keys=keys))

    def session(self, digest: str, exam: str = "") -> StoredSession | None:
        """A session that has not ended and was not ended; with it the version of an exam that is asked for.

        One statement of plain columns: every picture and frame is asked for through here.
        """
        found = self._asked.first(digest=digest, exam=exam)
        if found is None:
            return None
        locator, ends, stages, keys, version, clock = found
        lasts = ends - (self._store.now() if clock is None else float(clock))
        return StoredSession(locator, ends, lasts, stages, bytes(keys), version or 0) if lasts > 0 else None

    def reached(self, digest: str, stage: int, first: Callable[[Session], None]) -> bool:
        """A session has come to a stage; `first` is done with it, in the same transaction; False where it was there."""
        row = SessionRow
        fresh = row.stages.op("&")(stage) == 0
        with self._store.write() as session:
            now = update(row).where(row.digest == digest, fresh).values(stages=row.stages.op("|")(stage))
            fresh_now = session.scalar(now.returning(row.digest)) is not None
            if fresh_now:
                first(session)
            return fresh_now

    def end_session(self, digest: str) -> None:
        """The person is done."""
        with self._store.write() as session:
            session.execute(delete(SessionRow).where(SessionRow.digest == digest))

    def expire(self) -> int:
        """Destroy what opens links that are over; returns how many. Sessions end by their own time."""
        link = PortalLinkRow
        with self._store.write() as session:
            over = (link.expires <= self._store.time(session)) & link.share.is_not(None)
            gone = session.scalars(update(link).where(over).values(share=None, checks=None).returning(link.locator))
            locators = list(gone)
            for part in (locators[at : at + 500] for at in range(0, len(locators), 500)):
                session.execute(delete(LinkExamRow).where(LinkExamRow.locator.in_(part)))
                session.execute(update(ShareRow).where(ShareRow.locator.in_(part)).values(box=None))
            return len(locators)

    def sweep(self) -> int:
        """Take away sessions that are over; returns how many."""
        with self._store.write() as session:
            over = delete(SessionRow).where(SessionRow.ends <= self._store.time(session))
            return len(session.scalars(over.returning(SessionRow.digest)).all())


def _session(digest: str, locator: str, began: float, ends: float, browser: str, keys: bytes) -> SessionRow:
    return SessionRow(
        digest=digest, locator=locator, began=began, ends=ends, browser=browser, stages=0, keys=keys
    )
