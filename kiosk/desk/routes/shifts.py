"""Hand-over notes: shown first to whoever comes in and has not read them."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from kiosk.desk.figure_tables import moment
from kiosk.desk.guard import DeskGuard, Form, Sitting
from kiosk.domain.desk import DeskAction
from kiosk.domain.panels.accounts import ShiftShown


class ShiftRoutes:
    """Routes of the view `shift`."""

    def __init__(self, guard: DeskGuard) -> None:
        self._guard = guard

    def routes(self) -> list[Route]:
        """All of them."""
        guard = self._guard
        return [
            Route("/shift", guard.page(lambda sitting: self._show(sitting, DeskAction.SHIFT))),
            Route("/shift/write", guard.act(self._write), methods=["POST"]),
            Route("/shift/read", guard.act(self._read), methods=["POST"]),
        ]

    def _write(self, sitting: Sitting, form: Form) -> Response:
        return self._show(sitting, DeskAction.WRITE_NOTE, text=form.get("text", ""))

    def _read(self, sitting: Sitting, form: Form) -> Response:
        return self._show(sitting, DeskAction.READ_NOTE, number=form.get("number", ""))

    def _show(self, sitting: Sitting, action: DeskAction, **params: str) -> Response:
        shown = self._guard.answer(sitting, action, **params)
        assert isinstance(shown, ShiftShown)  # noqa: S101 - the table says so
        around, me = self._guard.pages.around(sitting.request), sitting.user.name
        notes = [
            {"number": note.number, "author": note.author, "when": moment(note.at, around)[:16], "text": note.text,
             "readers": note.readers, "mine": me == note.author or me in note.readers}
            for note in shown.notes
        ]  # fmt: skip
        return self._guard.show(sitting, "shift", "shift.html", notes=notes, problem=shown.problem)
