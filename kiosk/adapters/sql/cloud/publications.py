"""The queue of publications: leases, versions, and what the portal has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, insert, select, update
from sqlalchemy.orm import Session

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.engine.store import Store
from kiosk.adapters.sql.models import LinkRow, LinkStudyRow, PublicationRow
from kiosk.domain.links import Publication, PublishRecord, PublishTask

OPEN = (Publication.QUEUED, Publication.UPLOADING, Publication.FAILED)
ROW = PublicationRow


class SqlPublications(Part):
    """kiosk.ports.publications.PublicationLedger."""

    def offer(self, study: str, sealed: bytes, final: float) -> bool:
        """See the port."""
        with self.store.write() as session:
            self.store.lock(session, f"publication {study}")
            if session.get(ROW, study) is not None:
                return False
            now = self.store.time(session)
            fresh = {"state": Publication.QUEUED, "done": 0.0, "since": now, "changed": now}
            session.execute(insert(ROW), {"study": study, "sealed": sealed, "final": final, **fresh})
            return True

    def publish_again(self, study: str) -> None:
        """See the port."""
        with self.store.write() as session:
            _set(self.store, session, ROW.study == study, state=Publication.QUEUED, done=0.0, content="", until=0.0)

    def lease(self, publisher: str, seconds: float) -> PublishTask | None:
        """See the port."""
        urgent = exists(select(LinkStudyRow.study).where(LinkStudyRow.study == ROW.study))
        return self._lease(publisher, seconds, and_(ROW.state.in_(OPEN), ROW.sealed.is_not(None)), urgent)

    def lease_links(self, publisher: str, seconds: float) -> PublishTask | None:
        """See the port."""
        link = LinkRow
        with self.store.read() as session:
            now = self.store.time(session)
        unsealed = exists(
            select(LinkStudyRow.study)
            .join(link, link.digest == LinkStudyRow.digest)
            .where(LinkStudyRow.study == ROW.study, LinkStudyRow.sent < ROW.version)
            .where(link.public.is_not(None), link.expires > now)
        )
        return self._lease(publisher, seconds, and_(ROW.state == Publication.ONLINE, unsealed), unsealed)

    def _lease(
        self, publisher: str, seconds: float, wanted: ColumnElement[bool], urgent: ColumnElement[bool]
    ) -> PublishTask | None:
        with self.store.write() as session:
            self.store.lock(session, "publication leases")
            now = self.store.time(session)
            free = select(ROW, urgent).where(wanted, ROW.until <= now)
            found = session.execute(free.order_by(urgent.desc(), ROW.since).limit(1)).first()
            if found is None:
                return None
            row, is_urgent = found
            row.lease, row.until = publisher, now + seconds
            return _task(row, bool(is_urgent))

    def keep(self, study: str, publisher: str, seconds: float) -> bool:
        """See the port."""
        with self.store.write() as session:
            until = self.store.time(session) + seconds
            return _set(self.store, session, _mine(study, publisher), until=until)

    def let_go(self, study: str, publisher: str, seconds: float = 0.0) -> None:
        """See the port."""
        with self.store.write() as session:
            until = self.store.time(session) + seconds
            _set(self.store, session, _mine(study, publisher), lease="", until=until)

    def release_all(self, publisher: str) -> None:
        """See the port."""
        with self.store.write() as session:
            _set(self.store, session, ROW.lease == publisher, lease="", until=0.0)

    def begin_version(self, study: str, publisher: str, exam: str, subject: str) -> PublishTask | None:
        """See the port."""
        with self.store.write() as session:
            row = session.scalars(select(ROW).where(_mine(study, publisher)).with_for_update()).one_or_none()
            if row is None or row.state == Publication.WITHDRAWN:
                return None
            row.exam, row.version, row.subject = row.exam or exam, row.version + 1, subject
            row.state, row.done, row.fault = Publication.UPLOADING, 0.0, ""
            row.changed = self.store.time(session)
            return _task(row)

    def advance(self, study: str, publisher: str, done: float, final: float | None = None) -> bool:
        """See the port."""
        values: dict[str, Any] = {"done": done} | ({"final": final} if final is not None else {})
        with self.store.write() as session:
            return _set(self.store, session, _mine(study, publisher), **values)

    def published(self, study: str, publisher: str, envelope: bytes, content: str, size: int) -> bool:
        """See the port."""
        with self.store.write() as session:
            whose = and_(_mine(study, publisher), ROW.state != Publication.WITHDRAWN)
            return _set(
                self.store, session, whose, state=Publication.ONLINE, done=1.0, envelope=envelope, content=content,
                size=size, published=self.store.time(session), fault="", lease="", until=0.0,
            )  # fmt: skip

    def failed(self, study: str, publisher: str, fault: str, seconds: float) -> None:
        """See the port."""
        with self.store.write() as session:
            until = self.store.time(session) + seconds
            whose = and_(_mine(study, publisher), ROW.state != Publication.WITHDRAWN)
            _set(self.store, session, whose, state=Publication.FAILED, fault=fault, lease="", until=until)

    def withdraw(self, study: str) -> PublishRecord | None:
        """See the port."""
        with self.store.write() as session:
            row = session.get(ROW, study)
            if row is None:
                return None
            was = _record(row)
            row.state, row.done, row.lease, row.until = Publication.WITHDRAWN, 0.0, "", 0.0
            row.changed = self.store.time(session)
            return was

    def withdrawn(self, study: str) -> None:
        """See the port."""
        with self.store.write() as session:
            _set(self.store, session, ROW.study == study, envelope=None, size=0, published=None)

    def publications(self, states: Sequence[Publication] = (), limit: int = 100_000) -> list[PublishRecord]:
        """See the port."""
        wanted = select(ROW).order_by(ROW.since).limit(limit)
        with self.store.read() as session:
            rows = session.scalars(wanted.where(ROW.state.in_(states)) if states else wanted)
            return [_record(row) for row in rows]


def _set(store: Store, session: Session, whose: ColumnElement[bool], **values: Any) -> bool:
    changed = {"changed": store.time(session), **values}
    return bool(session.execute(update(ROW).where(whose).values(changed)).rowcount)  # type: ignore[attr-defined]


def _mine(study: str, publisher: str) -> ColumnElement[bool]:
    return and_(ROW.study == study, ROW.lease == publisher)


def _task(row: PublicationRow, urgent: bool = False) -> PublishTask:
    return PublishTask(
        row.study,
        row.sealed or b"",
        row.exam,
        row.version,
        Publication(row.state),
        row.envelope or b"",
        row.content,
        row.subject,
        urgent,
    )


def _record(row: PublicationRow) -> PublishRecord:
    return PublishRecord(
        study=row.study,
        exam=row.exam,
        version=row.version,
        state=Publication(row.state),
        done=row.done,
        since=row.since,
        changed=row.changed,
        final=row.final,
        published=row.published,
        size=row.size,
        fault=row.fault,
        sealed=row.sealed or b"",
        envelope=row.envelope or b"",
        content=row.content,
    )
