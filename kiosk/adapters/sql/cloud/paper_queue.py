"""Printed documents that the portal is to vouch for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import select, update

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import IssuedPaperRow
from kiosk.domain.sheets.issued import Paper
from kiosk.domain.sheets.printing import DocumentKind

ROW = IssuedPaperRow


class SqlPapers(Part):
    """kiosk.ports.cloud.publications.PaperLedger."""

    def issue_paper(self, paper: Paper) -> None:
        """See the port."""
        with self.store.write() as session:
            if session.get(ROW, paper.digest) is None:
                session.add(ROW(**vars(replace(paper, issued=paper.issued or self.store.time(session))), told=False))

    def untold_papers(self, limit: int = 100) -> list[Paper]:
        """See the port."""
        wanted = select(ROW).where(ROW.told.is_(False)).order_by(ROW.issued, ROW.digest).limit(limit)
        with self.store.read() as session:
            return [_paper(row) for row in session.scalars(wanted)]

    def paper_told(self, paper: Paper) -> None:
        """See the port."""
        as_told = (ROW.digest == paper.digest, ROW.superseded.is_(paper.superseded))
        with self.store.write() as session:
            session.execute(update(ROW).where(*as_told).values(told=True))

    def supersede_papers(self, study: str, current: Collection[str]) -> None:
        """See the port."""
        old = (ROW.study == study, ROW.kind == DocumentKind.REPORT, ROW.document.not_in(list(current)))
        with self.store.write() as session:
            session.execute(update(ROW).where(*old, ROW.superseded.is_(False)).values(superseded=True, told=False))


def _paper(row: IssuedPaperRow) -> Paper:
    return Paper(
        row.digest, DocumentKind(row.kind), row.study, row.document, row.chain, row.serial, row.version, row.issued,
        row.superseded,
    )  # fmt: skip
