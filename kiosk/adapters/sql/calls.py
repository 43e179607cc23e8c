"""Calls for help."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import CallRow
from kiosk.domain.calls import HelpCall


class SqlCalls(Part):
    """kiosk.ports.ledger.CallLedger."""

    def call_help(self, visit: str, kiosk: str, code: str, where: str) -> HelpCall:
        """A visit's call; one that was over waits anew."""
        with self.store.write() as session:
            self.store.lock(session, f"call {visit}")
            now, kept = self.store.time(session), session.get(CallRow, visit)
            if kept is None:
                call = {"visit": visit, "kiosk": kiosk, "code": code, "place": where, "since": now, "claimed_by": ""}
                session.execute(insert(CallRow), call)
                return HelpCall(visit, kiosk, code, where, now)
            if kept.ended is not None:
                kept.since, kept.place, kept.claimed_by, kept.ended = now, where, "", None
            return _call(kept)

    def claim_call(self, visit: str, actor: str) -> HelpCall | None:
        """The first one stands."""
        with self.store.write() as session:
            unclaimed = (CallRow.visit == visit, CallRow.ended.is_(None), CallRow.claimed_by == "")
            session.execute(update(CallRow).where(*unclaimed).values(claimed_by=actor))
            kept = session.get(CallRow, visit)
            return _call(kept) if kept is not None and kept.ended is None else None

    def end_call(self, visit: str) -> None:
        """Answered."""
        with self.store.write() as session:
            now = self.store.time(session)
            session.execute(update(CallRow).where(CallRow.visit == visit, CallRow.ended.is_(None)).values(ended=now))

    def call_of(self, visit: str) -> HelpCall | None:
        """A visit's call, open or over."""
        with self.store.read() as session:
            kept = session.get(CallRow, visit)
            return _call(kept) if kept is not None else None

    def open_calls(self, seconds: float) -> list[HelpCall]:
        """The open ones, oldest first."""
        with self.store.read() as session:
            young = (CallRow.ended.is_(None), CallRow.since > self.store.time(session) - seconds)
            return [
                _call(one)
                for one in session.scalars(select(CallRow).where(*young).order_by(CallRow.since, CallRow.visit))
            ]


def _call(row: CallRow) -> HelpCall:
    return HelpCall(row.visit, row.kiosk, row.code, row.place, row.since, row.claimed_by, row.ended is not None)
