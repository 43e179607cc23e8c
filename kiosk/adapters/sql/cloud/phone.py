"""What phones did with links, as the portal told."""

from __future__ import annotations

from sqlalchemy import select

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import PhoneEventRow
from kiosk.domain.links import PhoneEvent


class SqlPhone(Part):
    """kiosk.ports.publications.PhoneLedger."""

    def note_phone(self, event: PhoneEvent) -> None:
        """See the port."""
        with self.store.write() as session:
            self.store.lock(session, f"phone {event.number}")
            if session.get(PhoneEventRow, event.number) is None:
                session.add(PhoneEventRow(**vars(event)))

    def phone_events(self, since: float, until: float) -> list[PhoneEvent]:
        """See the port."""
        row = PhoneEventRow
        wanted = select(row).where(row.at >= since, row.at < until).order_by(row.number)
        with self.store.read() as session:
            return [
                PhoneEvent(one.number, one.kind, one.locator, one.exam, one.at, one.detail)
                for one in session.scalars(wanted)
            ]
