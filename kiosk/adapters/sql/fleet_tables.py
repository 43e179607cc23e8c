"""The ledger's tables of machines: what they told, what they were told, and what they are changed to."""

from __future__ import annotations

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.adapters.sql.models import Base, Prose, Seconds, Word


class DeviceRow(Base):
    """What a machine told of itself last; `faults` is JSON, by probe: fault and detail."""

    __tablename__ = "devices"

    device: Mapped[str] = mapped_column(String(200), primary_key=True)
    version: Mapped[Word]
    release: Mapped[Word]
    settings: Mapped[Word]
    faults: Mapped[Prose]
    since: Mapped[Seconds]
    seen: Mapped[Seconds]


class FleetOrderRow(Base):
    """What staff told a machine; the newest counts."""

    __tablename__ = "fleet_orders"
    __table_args__ = (Index(None, "device", "number"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    device: Mapped[Word]
    action: Mapped[Word]
    reason: Mapped[Prose]
    actor: Mapped[Word]
    at: Mapped[Seconds]


class RolloutRow(Base):
    """A release on its way to the machines; `first` is JSON, the names of those that go before all others."""

    __tablename__ = "rollouts"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    release: Mapped[Word]
    version: Mapped[Word]
    first: Mapped[Prose]
    soak_s: Mapped[Seconds]
    stopped: Mapped[Prose]
    actor: Mapped[Word]
    at: Mapped[Seconds]


class UpdateNoteRow(Base):
    """How a release ended on a machine."""

    __tablename__ = "update_notes"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    device: Mapped[str] = mapped_column(String(200), primary_key=True)
    outcome: Mapped[Word]
    said: Mapped[Prose]
    at: Mapped[Seconds]
