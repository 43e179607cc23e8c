"""Jobs of the desk and their items. Nothing personal: an item's study is sealed under the hospital's key."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.adapters.sql.models import Base, Prose, Seconds, Word


class DeskJobRow(Base):
    """One job. `owner` is the process that runs it, `beat` when that was last heard of; `terms` is JSON."""

    __tablename__ = "desk_jobs"
    __table_args__ = (Index(None, "state", "since"),)

    job: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[Word]
    actor: Mapped[Word]
    visit: Mapped[Word]
    printer: Mapped[Word]
    terms: Mapped[Prose]
    state: Mapped[Word]
    fault: Mapped[Word]
    since: Mapped[Seconds]
    owner: Mapped[Word]
    beat: Mapped[Seconds]


class DeskJobItemRow(Base):
    """One document of a job."""

    __tablename__ = "desk_job_items"

    job: Mapped[str] = mapped_column(ForeignKey("desk_jobs.job"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    study: Mapped[Prose]
    state: Mapped[Word]
    fault: Mapped[Word]
    sheets: Mapped[int]
