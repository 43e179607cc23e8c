"""Attempts at identity: counted before they are evaluated, atomically, across restarts and kiosks."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import AttemptRow, PrintTaskRow
from kiosk.domain.person.tries import TryCount, TryLimits

_OWNED = (AttemptRow, PrintTaskRow)


class SqlTries(Part):
    """kiosk.ports.ledger.TryLedger."""

    def begin_try(self, visit: str, subject: str, kiosk: str, limits: TryLimits) -> TryCount | None:
        """Count one attempt before it is evaluated; None, and nothing counted, when a limit is already reached."""
        with self.store.write() as session:
            self.store.lock(session, f"visit {visit}", f"subject {subject}", f"kiosk {kiosk}")
            now = self.store.steady_time(session)
            count = _count(session, visit, subject, kiosk, limits, now)
            if not count.left(limits):
                return None
            session.add(AttemptRow(visit=visit, subject=subject, kiosk=kiosk, at=now, cleared=""))
            return count

    def forgive(self, visit: str, subject: str) -> None:
        """The right answer clears the attempts at this subject only.

        Attempts of the same visit at somebody else keep counting: otherwise one's own slip would buy tries at others'.
        """
        self._clear(subject, f"visit {visit}")

    def tries(self, visit: str, subject: str, kiosk: str, limits: TryLimits) -> TryCount:
        """Failures so far in each window."""
        with self.store.read() as session:
            return _count(session, visit, subject, kiosk, limits, self.store.steady_time(session))

    def share(self, former: str, subject: str) -> None:
        """See the port. Most times nothing is left to move, and then nothing is written."""
        with self.store.read() as session:
            left = [session.scalar(select(func.count()).where(table.subject == former)) for table in _OWNED]
        if not any(left):
            return
        with self.store.write() as session:
            self.store.lock(session, f"subject {former}", f"subject {subject}")
            for table in _OWNED:
                session.execute(update(table).where(table.subject == former).values(subject=subject))

    def unlock(self, subject: str, actor: str) -> None:
        """Staff clears a subject's attempts."""
        self._clear(subject, f"staff {actor}")

    def _clear(self, subject: str, by: str) -> None:
        with self.store.write() as session:
            self.store.lock(session, f"subject {subject}")
            session.execute(
                update(AttemptRow)
                .where(AttemptRow.subject == subject, AttemptRow.cleared == "")
                .values(cleared=by[:200])
            )


def _count(session: Session, visit: str, subject: str, kiosk: str, limits: TryLimits, now: float) -> TryCount:
    # Attempts "in the future" (the clock was put back) still count: a wrong clock must not open the door.
    by_subject = (AttemptRow.subject == subject) & (AttemptRow.at > now - limits.subject_hours * 3600)
    by_kiosk = (AttemptRow.kiosk == kiosk) & (AttemptRow.at > now - limits.kiosk_hours * 3600)
    return TryCount(*(_how_many(session, which) for which in (AttemptRow.visit == visit, by_subject, by_kiosk)))


def _how_many(session: Session, which: ColumnElement[bool]) -> int:
    return session.execute(
        select(func.count()).select_from(AttemptRow).where(which, AttemptRow.cleared == "")
    ).scalar_one()
