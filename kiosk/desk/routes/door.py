"""In and out: name and PIN as at the kiosk, and the language of the pages."""

from __future__ import annotations

import re
import secrets

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kiosk.desk.guard import DeskGuard, Form, Sitting
from kiosk.desk.pages import KEPT_S, SECTION
from kiosk.desk.views import views_of
from kiosk.domain.roles import Right, StaffMember, StaffSession
from kiosk.services.desk.account_desk import badge_of
from kiosk.services.desk.shifts import DAY_S, unread
from kiosk.web.cookies import kept_as, new_cookie
from kiosk.web.languages import language_tagged

# Pages to go on with after the log-in; never an address elsewhere.
PATH = re.compile(r"/[a-z][a-z0-9./-]{0,120}")
LONGEST = 64  # characters of a name or PIN


class StaffEntrance:
    """Routes of whoever is not in yet, and out again."""

    def __init__(self, guard: DeskGuard) -> None:
        self._guard = guard

    def routes(self) -> list[Route]:
        """All of them."""
        guard = self._guard
        return [
            Route("/", guard.page(self._first)),
            Route("/login", guard.public(self._page)),
            Route("/login", guard.form(self._log_in), methods=["POST"]),
            Route("/leave", guard.act(self._leave), methods=["POST"]),
            Route("/language", guard.public(self._language)),
        ]

    def _first(self, sitting: Sitting) -> Response:
        return RedirectResponse(f"/{views_of(sitting.user.who)[0]}", 303)

    def _page(self, request: Request) -> Response:
        return self._show(request, request.query_params.get("to", ""))

    def _show(self, request: Request, to: str, problem: str = "", name: str = "", status: int = 200) -> Response:
        return self._guard.pages.show(request, "login.html", status, problem=problem, name=name, to=_own(to))

    def _log_in(self, request: Request, form: Form) -> Response:
        name, pin = form.get("name", "").strip()[:LONGEST], form.get("pin", "")[:LONGEST]
        badge, to = badge_of(form.get("badge", "")[:LONGEST]), form.get("to", "")
        if not badge and not (name and pin):
            return self._show(request, to, "login-sub", name, 400)
        visit = f"desk-{secrets.token_hex(8)}"
        member, problem = self._guard.entrance.door(request).log_in(visit, name, pin, badge)
        if member is None:
            return self._show(request, to, problem, name, 429 if problem == "locked" else 403)
        cookie, longest = new_cookie(), self._guard.limits.longest_s
        old = self._guard.cookie.read(request)
        if old:
            self._guard.ledger.end_session(kept_as(old))
        self._guard.ledger.begin_session(kept_as(cookie), StaffSession(member.name, visit), longest)
        answer = RedirectResponse(self._begins(member, _own(to)), 303)
        self._guard.cookie.give(answer, cookie, longest)
        return answer

    def _begins(self, member: StaffMember, to: str) -> str:
        """Where a session begins: with what the shift before has left, where there is anything."""
        if member.may(Right.SHIFT) and unread(tuple(self._guard.ledger.shift_notes(DAY_S)), member.name):
            return "/shift"
        return to or f"/{views_of(member)[0]}"

    def _leave(self, sitting: Sitting, _: Form) -> Response:
        self._guard.ledger.end_session(kept_as(sitting.cookie))
        answer = RedirectResponse("/login", 303)
        self._guard.cookie.take(answer)
        answer.headers["clear-site-data"] = '"cache"'
        return answer

    def _language(self, request: Request) -> Response:
        language = language_tagged(request.query_params.get("tag", ""), SECTION)
        answer = RedirectResponse(_own(request.query_params.get("to", "")) or "/", 303)
        if language is not None:
            self._guard.pages.language_cookie.give(answer, language.tag, KEPT_S)
        return answer


def _own(untrusted: str) -> str:
    return untrusted if PATH.fullmatch(untrusted) else ""

