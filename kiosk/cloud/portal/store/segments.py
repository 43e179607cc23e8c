"""Which ciphertext is in the object store, on its way there, or to be deleted from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.store.models import SegmentRow

CHUNK = 500  # names in one statement


class SegmentShelf:
    """Each method is one transaction. Raises KioskError STORE_UNAVAILABLE or DISK_FULL; then nothing has changed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def expected(self, digest: str) -> None:
        """It will be put: from now on nobody takes it for something left behind."""
        with self._store.write() as session:
            self._store.lock(session, f"segment {digest}")
            row, now = session.get(SegmentRow, digest), self._store.time(session)
            if row is None:
                session.add(SegmentRow(digest=digest, size=0, received=now, exam="", over=False))
            elif row.over:
                row.over, row.size, row.received = False, 0, now

    def arrived(self, digest: str, size: int) -> None:
        """It lies in the object store, whole. Once more says nothing new."""
        with self._store.write() as session:
            session.execute(update(SegmentRow).where(SegmentRow.digest == digest).values(size=size))

    def missing(self, digests: Iterable[str]) -> list[str]:
        """Which of these are still to be sent, in their order."""
        wanted, row = list(dict.fromkeys(digests)), SegmentRow
        known = set[str]()
        with self._store.read() as session:
            for part in chunks(wanted):
                here = select(row.digest).where(row.digest.in_(part), row.size > 0, row.over.is_(False))
                known.update(session.scalars(here))
        return [digest for digest in wanted if digest not in known]

    def over(self, waiting_since: float) -> list[str]:
        """What no exam needs: replaced, withdrawn, or brought before that moment and never named."""
        row = SegmentRow
        with self._store.read() as session:
            lost = (row.exam == "") & (row.received < waiting_since)
            return list(session.scalars(select(row.digest).where(or_(row.over.is_(True), lost))))

    def forget(self, digest: str, deleted: Callable[[str], None]) -> int | None:
        """Delete the object, then the row; None where it is needed again. Killed between: it is found again."""
        with self._store.write() as session:
            self._store.lock(session, f"segment {digest}")
            row = session.get(SegmentRow, digest)
            if row is None or (row.exam and not row.over):
                return None
            deleted(digest)
            session.execute(delete(SegmentRow).where(SegmentRow.digest == digest))
            return row.size

    def unknown(self, names: Sequence[str]) -> list[str]:
        """Which objects nobody knows of."""
        known = set[str]()
        with self._store.read() as session:
            for part in chunks(names):
                known.update(session.scalars(select(SegmentRow.digest).where(SegmentRow.digest.in_(part))))
        return [name for name in names if name not in known]


def chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Databases take only so many values in one statement."""
    return (names[at : at + CHUNK] for at in range(0, len(names), CHUNK))


def taken_by(session: Session, exam: str, digests: Sequence[str]) -> None:
    """Within the transaction of a new version: these are its segments, and what it no longer names is over."""
    row = SegmentRow
    session.execute(update(row).where(row.exam == exam).values(over=True))
    for part in chunks(digests):
        session.execute(update(row).where(row.digest.in_(part)).values(exam=exam, over=False))


def let_go(session: Session, exam: str) -> list[str]:
    """Within the transaction that takes an exam away: none of its segments is needed."""
    row = SegmentRow
    session.execute(update(row).where(row.exam == exam).values(over=True))
    return list(session.scalars(select(row.digest).where(row.exam == exam)))
