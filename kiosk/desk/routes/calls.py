"""Calls for help of all kiosks: live, claimed by one person, done; a patient's code opens theirs."""

from __future__ import annotations

import hashlib
from typing import Any

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from kiosk.desk.guard import DeskGuard, Form, Sitting
from kiosk.domain.calls import HelpCall
from kiosk.domain.desk import CallsShown, DeskAction
from kiosk.session.screens.log_words import words_of
from kiosk.session.screens.view import Surroundings


class CallRoutes:
    """Routes of the view `calls`, and what every page asks every other second."""

    def __init__(self, guard: DeskGuard) -> None:
        self._guard = guard

    def routes(self) -> list[Route]:
        """All of them."""
        guard = self._guard
        return [
            Route("/calls", guard.page(self._page)),
            Route("/calls/live", guard.live(self._live)),
            Route("/calls/claim", guard.act(self._acting(DeskAction.CLAIM_HELP)), methods=["POST"]),
            Route("/calls/done", guard.act(self._acting(DeskAction.ANSWER_HELP)), methods=["POST"]),
        ]

    def open(self, sitting: Sitting) -> tuple[HelpCall, ...]:
        """The open calls, oldest first."""
        shown = self._guard.answer(sitting, DeskAction.CALLS)
        assert isinstance(shown, CallsShown)  # noqa: S101 - the table says so
        return shown.calls

    def _page(self, sitting: Sitting) -> Response:
        code = sitting.request.query_params.get("code", "")
        facts = self._facts(sitting, code)
        return self._guard.show(sitting, "calls", "calls.html", **facts)

    def _live(self, sitting: Sitting) -> Response:
        """`html` only where it is not what the page shows already (`mark`)."""
        asked = sitting.request.query_params
        facts = self._facts(sitting, asked.get("code", ""))
        html = self._guard.pages.text(sitting.request, "cards.html", token=sitting.token, **facts)
        same = facts["mark"] == asked.get("mark", "")
        told = {"mark": facts["mark"], "waiting": facts["waiting"], "html": "" if same else html}
        return JSONResponse(told)

    def _facts(self, sitting: Sitting, code: str) -> dict[str, Any]:
        around, calls = self._guard.pages.around(sitting.request), self.open(sitting)
        cards = [_card(call, around, code) for call in calls]
        cards.sort(key=lambda card: not card["asked"])
        waiting = [call.code for call in calls if not call.claimed_by]
        mark = hashlib.sha256(repr(cards).encode()).hexdigest()[:16]
        return {"cards": cards, "waiting": waiting, "mark": mark, "code": code}

    def _acting(self, action: DeskAction) -> Any:
        def act(sitting: Sitting, form: Form) -> Response:
            self._guard.answer(sitting, action, code=form.get("code", ""))
            return RedirectResponse("/calls", 303)

        return act


def _card(call: HelpCall, around: Surroundings, code: str) -> dict[str, Any]:
    """One call: where, since when, and the one thing to do next."""
    t = around.texts
    fault = t.get(f"fault.{call.where}", "")
    return {
        "code": call.code,
        "kiosk": call.kiosk,
        "where": fault or words_of("where", call.where, t),
        "minutes": max(0, int(around.now.timestamp() - call.since) // 60),
        "claimed": call.claimed_by,
        "next": t(f"advice.{call.where}") if fault else "",
        "asked": bool(code) and call.code == code,
    }
