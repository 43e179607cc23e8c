"""How long reports took: one row an exam, under its pseudonym."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Index, String, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import Base, Seconds, Word
from kiosk.domain.waiting.estimates import Turnaround

NEWEST = 500


class TurnaroundRow(Base):
    """One exam whose report was final when it was first listed."""

    __tablename__ = "turnarounds"
    __table_args__ = (Index(None, "modality", "ready"),)

    study: Mapped[str] = mapped_column(String(200), primary_key=True)
    modality: Mapped[Word]
    taken: Mapped[Seconds]
    ready: Mapped[Seconds]


class SqlTurnarounds(Part):
    """kiosk.ports.ledger.TurnaroundLedger."""

    def note_turnarounds(self, told: Sequence[Turnaround]) -> None:
        """See the port."""
        fresh = {one.study: one for one in told if one.counts}
        known = select(TurnaroundRow.study).where(TurnaroundRow.study.in_(fresh))
        with self.store.read() as session:
            new = set(fresh) - set(session.scalars(known))
        if not new:
            return
        with self.store.write() as session:
            self.store.lock(session, "turnarounds")
            new -= set(session.scalars(known))
            rows = [{"study": one.study, "modality": one.modality, "taken": one.taken, "ready": one.ready}
                    for one in fresh.values() if one.study in new]  # fmt: skip
            if rows:
                session.execute(insert(TurnaroundRow), rows)

    def turnarounds(self, modality: str, since: float) -> list[float]:
        """See the port."""
        wanted = select(TurnaroundRow.ready - TurnaroundRow.taken).where(
            TurnaroundRow.modality == modality, TurnaroundRow.ready >= since
        )
        with self.store.read() as session:
            return list(session.scalars(wanted.order_by(TurnaroundRow.ready.desc()).limit(NEWEST)))
