"""Messages that patients agreed to: one an exam, ever."""

from __future__ import annotations

from sqlalchemy import insert, update

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import ReadyNoticeRow

ROW = ReadyNoticeRow


class SqlNotices(Part):
    """kiosk.ports.cloud.publications.NoticeLedger."""

    def keep_notice(self, study: str, subject: str, visit: str) -> bool:
        """See the port."""
        with self.store.write() as session:
            self.store.lock(session, f"notice {study}")
            if session.get(ROW, study) is not None:
                return False
            since = self.store.time(session)
            session.execute(insert(ROW), {"study": study, "subject": subject, "visit": visit, "since": since})
            return True

    def take_notice(self, study: str) -> str:
        """See the port."""
        with self.store.write() as session:
            wanted = update(ROW).where(ROW.study == study, ROW.taken.is_(None))
            taken = session.execute(wanted.values(taken=self.store.time(session)).returning(ROW.subject))
            return taken.scalar() or ""

    def give_notice_back(self, study: str) -> None:
        """See the port."""
        with self.store.write() as session:
            session.execute(update(ROW).where(ROW.study == study).values(taken=None))
