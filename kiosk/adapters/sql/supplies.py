"""Supply levels as they changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import SupplyLevelRow
from kiosk.domain.sheets.supplies import SupplySample


class SqlSupplies(Part):
    """kiosk.ports.ledger.SupplyLedger."""

    def note_supplies(self, queue: str, levels: Sequence[tuple[str, int]]) -> None:
        """Keep what differs from what was noted last."""
        known = {sample.name: sample.level for sample in self.supply_levels(queue, 3650)}
        changed = [(name, level) for name, level in levels if known.get(name) != level]
        if not changed:
            return
        with self.store.write() as session:
            now = self.store.time(session)
            rows = [{"queue": queue, "name": name, "level": level, "at": now} for name, level in changed]
            session.execute(insert(SupplyLevelRow), rows)

    def supply_levels(self, queue: str, days: float = 30.0) -> list[SupplySample]:
        """What was noted, oldest first."""
        with self.store.read() as session:
            since = self.store.time(session) - days * 86400
            rows = session.execute(
                select(SupplyLevelRow.name, SupplyLevelRow.level, SupplyLevelRow.at)
                .where(SupplyLevelRow.queue == queue, SupplyLevelRow.at > since)
                .order_by(SupplyLevelRow.number)
            )
            return [SupplySample(name, level, at) for name, level, at in rows]
