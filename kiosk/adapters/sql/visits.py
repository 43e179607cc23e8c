"""Visits: when they began, how they ended."""

from __future__ import annotations

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import CallRow, VisitRow


class SqlVisits(Part):
    """The visits of kiosk.ports.ledger.Ledger."""

    def open_visit(self, visit: str, kiosk: str) -> None:
        """A visit begins."""
        with self.store.write() as session:
            row = {"visit": visit, "kiosk": kiosk, "opened": self.store.time(session), "outcome": ""}
            session.execute(insert(VisitRow), row)

    def close_visit(self, visit: str, outcome: str) -> None:
        """A visit ends, and its call for help with it; the first outcome stands."""

        def close(session: Session) -> None:
            now = self.store.time(session)
            open_visit = (VisitRow.visit == visit, VisitRow.closed.is_(None))
            session.execute(update(VisitRow).where(*open_visit).values(closed=now, outcome=outcome))
            session.execute(update(CallRow).where(CallRow.visit == visit, CallRow.ended.is_(None)).values(ended=now))

        self.store.settle(close)
