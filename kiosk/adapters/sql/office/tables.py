"""Tables of the figures' days and of hand-over notes."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.adapters.sql.models import Base, Prose, Seconds, Word


class FigureDayRow(Base):
    """One part of one day's sums (ISO 8601 date of the hospital), as compressed JSON."""

    __tablename__ = "figure_days"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    facts: Mapped[bytes] = mapped_column(LargeBinary)


class FigureMarkRow(Base):
    """How far the days were summed up, under which rules; one row."""

    __tablename__ = "figure_mark"

    one: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    rules: Mapped[Word]
    at: Mapped[Seconds]
    events: Mapped[int]
    portal: Mapped[int] = mapped_column(BigInteger)


class ShiftNoteRow(Base):
    """What one shift left for the next; written by staff for staff."""

    __tablename__ = "shift_notes"
    __table_args__ = (Index(None, "at"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    author: Mapped[Word]
    at: Mapped[Seconds]
    text: Mapped[Prose]


class ShiftReaderRow(Base):
    __tablename__ = "shift_readers"

    note: Mapped[int] = mapped_column(ForeignKey("shift_notes.number"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
