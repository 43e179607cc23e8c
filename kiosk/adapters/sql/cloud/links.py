"""Patient links (hashes only) and the queue of publications."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select, update

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import LinkRow, LinkStudyRow, PublicationRow
from kiosk.domain.links import LinkKeys, Publication


class SqlLinks(Part):
    """kiosk.ports.ledger.LinkLedger."""

    def add_link(
        self,
        digest: str,
        visit: str,
        subject: str,
        studies: Sequence[str],
        question: str,
        expires: float,
        keys: LinkKeys | None = None,
    ) -> None:
        """Keep the hash and queue what is not yet published or queued."""
        unique = sorted(set(studies))
        with self.store.write() as session:
            self.store.lock(session, *(f"publication {study}" for study in unique))
            now = self.store.time(session)
            link = {"digest": digest, "visit": visit, "subject": subject, "question": question}
            kept = {"public": keys.public, "announcement": keys.announcement or None} if keys else {}
            session.execute(insert(LinkRow), {**link, **kept, "since": now, "expires": expires})
            if unique:
                session.execute(insert(LinkStudyRow), [{"digest": digest, "study": study} for study in unique])
            known = set(session.scalars(select(PublicationRow.study).where(PublicationRow.study.in_(unique))))
            fresh = {"state": Publication.QUEUED, "done": 0.0, "since": now, "changed": now}
            for study in unique:
                uid = (keys.sealed.get(study) if keys else None) or None
                if study not in known:
                    session.execute(insert(PublicationRow), {"study": study, **fresh, "sealed": uid})
                elif uid:
                    own = update(PublicationRow).where(PublicationRow.study == study, PublicationRow.sealed.is_(None))
                    session.execute(own.values(sealed=uid))

    def publication(self, study: str) -> tuple[str, float]:
        """State and share done; an empty state where the study was never queued."""
        with self.store.read() as session:
            row = session.get(PublicationRow, study)
            return (row.state, row.done) if row is not None else ("", 0.0)

    def set_publication(self, study: str, state: str, done: float) -> None:
        """The relay tells how far it is; unknown studies are ignored."""
        with self.store.write() as session:
            session.execute(
                update(PublicationRow)
                .where(PublicationRow.study == study)
                .values(state=state, done=done, changed=self.store.time(session))
            )
