"""Links that the portal is to know, and whose keys it has."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import LinkRow, LinkStudyRow, PublicationRow
from kiosk.domain.links import LinkFor, Publication

ROW = PublicationRow


class SqlLinkQueue(Part):
    """kiosk.ports.publications.LinkQueue."""

    def untold_links(self, limit: int = 100) -> list[tuple[str, bytes]]:
        """See the port."""
        wanted = select(LinkRow.digest, LinkRow.announcement).where(LinkRow.announcement.is_not(None))
        with self.store.read() as session:
            rows = session.execute(wanted.order_by(LinkRow.since).limit(limit)).all()
        return [(locator, announcement) for locator, announcement in rows if announcement]

    def link_told(self, locator: str) -> None:
        """See the port."""
        with self.store.write() as session:
            told = {"announcement": None, "told": self.store.time(session)}
            session.execute(update(LinkRow).where(LinkRow.digest == locator).values(told))

    def sealed_for(self, study: str, version: int, locators: Sequence[str]) -> None:
        """See the port."""
        with self.store.write() as session:
            own = update(LinkStudyRow).where(LinkStudyRow.study == study, LinkStudyRow.digest.in_(list(locators)))
            session.execute(own.values(sent=version))

    def links_of(self, study: str) -> list[LinkFor]:
        """See the port."""
        link = LinkRow
        wanted = select(link.digest, link.public, link.subject).join(LinkStudyRow, LinkStudyRow.digest == link.digest)
        with self.store.read() as session:
            alive = wanted.where(LinkStudyRow.study == study, link.expires > self.store.time(session))
            rows = session.execute(alive.where(link.public.is_not(None)).order_by(link.since)).all()
        return [LinkFor(locator, public, subject) for locator, public, subject in rows if public]

    def studies_of(self, locator: str) -> list[tuple[Publication, float]]:
        """See the port."""
        wanted = select(ROW.state, ROW.done).join(LinkStudyRow, LinkStudyRow.study == ROW.study)
        with self.store.read() as session:
            rows = session.execute(wanted.where(LinkStudyRow.digest == locator)).all()
        return [(Publication(state), done) for state, done in rows]
