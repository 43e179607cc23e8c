"""Notices that an exam can be opened now: one of each study and person, ever."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import LinkRow, LinkStudyRow, NoticeRow, PublicationRow
from kiosk.domain.links import Notice, NoticeState, Publication

ROW = NoticeRow


class SqlNotices(Part):
    """kiosk.ports.cloud.publications.NoticeLedger."""

    def queue_notices(self, study: str, waited_s: float) -> None:
        """See the port."""
        link = LinkRow
        with self.store.write() as session:
            self.store.lock(session, f"notices {study}")
            now = self.store.time(session)
            waiting = (
                select(link.subject)
                .join(LinkStudyRow, LinkStudyRow.digest == link.digest)
                .join(PublicationRow, PublicationRow.study == LinkStudyRow.study)
                .where(LinkStudyRow.study == study, link.subject == PublicationRow.subject)
                .where(link.since <= now - waited_s, link.expires > now)
            )
            known = set(session.scalars(select(ROW.subject).where(ROW.study == study)))
            for subject in sorted(set(session.scalars(waiting)) - known):
                session.execute(insert(ROW), _waiting(study, subject, now))

    def wish_notice(self, study: str, subject: str) -> bool:
        """See the port."""
        with self.store.write() as session:
            self.store.lock(session, f"notices {study}")
            if session.get(ROW, (study, subject)) is not None:
                return False
            session.execute(insert(ROW), _waiting(study, subject, self.store.time(session)))
            return True

    def take_notice(self) -> Notice | None:
        """See the port."""
        with self.store.write() as session:
            self.store.lock(session, "notices taken")
            due = select(ROW, PublicationRow.sealed).join(PublicationRow, PublicationRow.study == ROW.study)
            due = due.where(ROW.state == NoticeState.WAITING, ROW.due <= self.store.time(session))
            due = due.where(PublicationRow.subject == ROW.subject)  # whose it is by now
            found = session.execute(
                due.where(PublicationRow.state == Publication.ONLINE).order_by(ROW.due).limit(1)
            ).first()
            if found is None:
                return None
            row, sealed = found
            row.state, row.tries = NoticeState.TAKEN, row.tries + 1
            return Notice(row.study, row.subject, row.tries, sealed or b"")

    def notice_done(self, notice: Notice, sent: bool) -> None:
        """See the port."""
        self._set(notice, state=NoticeState.SENT if sent else NoticeState.NOBODY)

    def notice_again(self, notice: Notice, seconds: float) -> None:
        """See the port."""
        with self.store.read() as session:
            due = self.store.time(session) + seconds
        self._set(notice, state=NoticeState.WAITING, due=due)

    def _set(self, notice: Notice, **values: object) -> None:
        own = (ROW.study == notice.study, ROW.subject == notice.subject)
        with self.store.write() as session:
            session.execute(update(ROW).where(*own).values(values))


def _waiting(study: str, subject: str, due: float) -> dict[str, object]:
    return {"study": study, "subject": subject, "due": due, "state": NoticeState.WAITING, "tries": 0}
