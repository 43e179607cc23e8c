"""Visits: when they began, how they ended."""

from __future__ import annotations

from sqlalchemy import insert, update

from kiosk.adapters.sql.models import Visit
from kiosk.adapters.sql.part import Part


class SqlVisits(Part):
    """The visits of kiosk.ports.ledger.Ledger."""

    def open_visit(self, visit: str, kiosk: str) -> None:
        """A visit begins."""
        with self.store.write() as session:
            row = {"visit": visit, "kiosk": kiosk, "opened": self.store.time(session), "outcome": ""}
            session.execute(insert(Visit), row)

    def close_visit(self, visit: str, outcome: str) -> None:
        """A visit ends; the first outcome stands."""
        self.store.settle(
            lambda session: session.execute(
                update(Visit)
                .where(Visit.visit == visit, Visit.closed.is_(None))
                .values(closed=self.store.time(session), outcome=outcome)
            )
        )
