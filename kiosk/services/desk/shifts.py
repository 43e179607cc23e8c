"""Hand-over notes: what one shift leaves for the next, shown to everybody who comes in and has not read it."""

from __future__ import annotations

from kiosk.domain.desk import NothingAsked
from kiosk.domain.panels.accounts import NoteAsked, NoteNumberAsked, ShiftNote, ShiftShown
from kiosk.ports.ledger import Ledger
from kiosk.services.desk.user import DeskUser

DAY_S = 86_400.0


class ShiftDesk:
    """Writes notes and remembers who has read them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def shift(self, _: DeskUser, __: NothingAsked) -> ShiftShown:
        """The notes of the last day."""
        return self._shown()

    def write_note(self, user: DeskUser, asked: NoteAsked) -> ShiftShown:
        """Another one; its author has read it."""
        text = asked.text.strip()
        if not text:
            return self._shown("note-empty")
        self._ledger.write_note(user.name, text)
        return self._shown()

    def read_note(self, user: DeskUser, asked: NoteNumberAsked) -> ShiftShown:
        """This person knows it."""
        if asked.number.isascii() and asked.number.isdigit():
            self._ledger.read_note(int(asked.number[:9]), user.name)
        return self._shown()

    def _shown(self, problem: str = "") -> ShiftShown:
        return ShiftShown(tuple(self._ledger.shift_notes(DAY_S)), problem=problem)


def unread(notes: tuple[ShiftNote, ...], name: str) -> tuple[ShiftNote, ...]:
    """What others wrote and this person has not read."""
    return tuple(note for note in notes if name != note.author and name not in note.readers)
