"""Hand-over notes of shifts."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import insert, select

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.office.tables import ShiftNoteRow, ShiftReaderRow
from kiosk.domain.panels.accounts import ShiftNote


class SqlShifts(Part):
    """kiosk.ports.ledger.ShiftLedger."""

    def write_note(self, author: str, text: str) -> None:
        """A note for whoever comes next."""
        with self.store.write() as session:
            session.execute(insert(ShiftNoteRow), {"author": author, "text": text, "at": self.store.time(session)})

    def read_note(self, number: int, name: str) -> None:
        """This person has read it; twice is once."""
        with self.store.write() as session:
            self.store.lock(session, f"note {number}")
            if session.get(ShiftNoteRow, number) and not session.get(ShiftReaderRow, (number, name)):
                session.execute(insert(ShiftReaderRow), {"note": number, "name": name})

    def shift_notes(self, seconds: float) -> list[ShiftNote]:
        """Of the last so many seconds, newest first, with who has read them."""
        with self.store.read() as session:
            since = self.store.time(session) - seconds
            wanted = select(ShiftNoteRow).where(ShiftNoteRow.at >= since).order_by(ShiftNoteRow.number.desc())
            notes = session.scalars(wanted).all()
            readers: dict[int, list[str]] = defaultdict(list)
            mine = ShiftReaderRow.note.in_([note.number for note in notes])
            for one in session.scalars(select(ShiftReaderRow).where(mine).order_by(ShiftReaderRow.name)):
                readers[one.note].append(one.name)
            return [ShiftNote(n.number, n.author, n.at, n.text, tuple(readers[n.number])) for n in notes]
