"""Who is logged in at the desk in a browser."""

from __future__ import annotations

from sqlalchemy import delete, insert

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import DeskSessionRow
from kiosk.domain.roles import StaffSession

FRESH_S = 20.0  # a page that asks for much at once does not write with each of it


class SqlStaffSessions(Part):
    """kiosk.ports.ledger.StaffSessionLedger."""

    def begin_session(self, digest: str, session: StaffSession, longest_s: float) -> None:
        """The old ones go."""
        with self.store.write() as transaction:
            now = self.store.time(transaction)
            transaction.execute(delete(DeskSessionRow).where(DeskSessionRow.since < now - longest_s))
            row = {"digest": digest, "name": session.name, "visit": session.visit, "since": now, "seen": now}
            transaction.execute(insert(DeskSessionRow), row)

    def session(self, digest: str, idle_s: float, longest_s: float, touch: bool = True) -> StaffSession | None:
        """Written to only where it is used again after a while."""
        with self.store.read() as transaction:
            now, kept = self.store.time(transaction), transaction.get(DeskSessionRow, digest)
        if kept is None or now - kept.since > longest_s or now - kept.seen > idle_s:
            return None
        if touch and now - kept.seen > FRESH_S:
            self._touch(digest)
        return StaffSession(kept.name, kept.visit)

    def end_session(self, digest: str) -> None:
        """Gone."""
        with self.store.write() as transaction:
            transaction.execute(delete(DeskSessionRow).where(DeskSessionRow.digest == digest))

    def _touch(self, digest: str) -> None:
        with self.store.write() as transaction:
            kept = transaction.get(DeskSessionRow, digest)
            if kept is not None:
                kept.seen = self.store.time(transaction)
