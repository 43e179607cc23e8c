"""Exams as they arrived."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from kiosk.adapters.sql.engine.store import Prepared, Store
from kiosk.cloud.portal.store.events import EventShelf, PortalEvent
from kiosk.cloud.portal.store.models import ExamRow, LinkExamRow, PortalLinkRow, SessionRow, TombstoneRow
from kiosk.cloud.portal.store.segments import let_go, taken_by
from kiosk.cloud.wire.envelope import Envelope, decode


class ExamShelf:
    """Each method is one transaction. Raises KioskError STORE_UNAVAILABLE or DISK_FULL; then nothing has changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version = Prepared(store, select(ExamRow.version).where(ExamRow.exam == bindparam("exam")))

    def put(self, hospital: str, envelope: Envelope, wrapped: Mapping[str, bytes]) -> bool:
        """Keep a version with what its links open, all or nothing.

        False where a newer or another hospital's is here, or the exam was taken back. `wrapped`: the sealed keys by
        locator. Links that are not alive are passed over. The same version again changes nothing but adds the links
        that it had not.
        """
        with self._store.write() as session:
            self._store.lock(session, f"exam {envelope.exam}")
            row = session.get(ExamRow, envelope.exam)
            if row is not None and (row.hospital != hospital or row.version > envelope.version):
                return False
            if session.get(TombstoneRow, envelope.exam) is not None:
                return False
            now = self._store.time(session)
            values = {"version": envelope.version, "envelope": envelope.encoded(), "received": now}
            if row is None:
                session.add(ExamRow(exam=envelope.exam, hospital=hospital, **values))
                session.flush()
            elif row.version < envelope.version:
                session.execute(update(ExamRow).where(ExamRow.exam == envelope.exam).values(values))
                session.execute(delete(LinkExamRow).where(LinkExamRow.exam == envelope.exam))
            self._open(session, envelope, wrapped)
            taken_by(session, envelope.exam, [one.digest for one in envelope.segments])
            return True

    def _open(self, session: Session, envelope: Envelope, wrapped: Mapping[str, bytes]) -> None:
        link = PortalLinkRow
        alive = select(link.locator).where(link.locator.in_(list(wrapped)), link.share.is_not(None))
        had = set(session.scalars(select(LinkExamRow.locator).where(LinkExamRow.exam == envelope.exam)))
        for locator in set(session.scalars(alive)) - had:
            where = {"locator": locator, "exam": envelope.exam, "version": envelope.version}
            session.add(LinkExamRow(**where, sealed=wrapped[locator]))

    def envelope(self, exam: str) -> Envelope | None:
        """The newest version."""
        with self._store.read() as session:
            row = session.get(ExamRow, exam)
            return decode(row.envelope) if row is not None else None

    def version(self, exam: str) -> int:
        """The newest version's number; 0 where there is none."""
        found = self._version.first(exam=exam)
        return int(found[0]) if found else 0

    def withdraw(self, hospital: str, exam: str) -> list[str]:
        """Take an exam back: its keys are gone for every link, sessions that saw it end; returns segments to delete."""
        with self._store.write() as session:
            self._store.lock(session, f"exam {exam}")
            row = session.get(ExamRow, exam)
            if row is None or row.hospital != hospital:
                return []
            session.merge(TombstoneRow(exam=exam, hospital=hospital, at=self._store.time(session)))
            return self._destroyed(session, row)

    def _destroyed(self, session: Session, row: ExamRow) -> list[str]:
        locators = select(LinkExamRow.locator).where(LinkExamRow.exam == row.exam).scalar_subquery()
        session.execute(delete(SessionRow).where(SessionRow.locator.in_(locators)))
        session.execute(delete(LinkExamRow).where(LinkExamRow.exam == row.exam))
        session.delete(row)
        return let_go(session, row.exam)

    def expire(self, before: float, events: EventShelf) -> tuple[str, ...]:
        """Exams that arrived before that moment lose their keys; the hospital is told; returns which."""
        with self._store.write() as session:
            rows = session.scalars(select(ExamRow).where(ExamRow.received < before)).all()
            for row in rows:
                events.of_hospital(session, row.hospital, PortalEvent.DELETED, row.exam, "retention")
                self._destroyed(session, row)
            return tuple(row.exam for row in rows)
