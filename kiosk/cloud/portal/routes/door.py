"""The door: a link's page, the question, the session. A GET redeems nothing; what opens is a person's tap."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kiosk.cloud.portal.guard import Form, Guard, Visit
from kiosk.cloud.portal.look import LARGE, SECTION, Appearance, look_of
from kiosk.cloud.portal.store.events import EventShelf, PortalEvent
from kiosk.cloud.wire.keys import LinkSecret
from kiosk.domain.person.identity import Question, normalise_answer
from kiosk.web.browsers import browser_of
from kiosk.web.counters import Counters
from kiosk.web.languages import language_tagged

SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
PATH = re.compile(r"/[a-z][a-z0-9/]{0,60}|/")
# Wrong answers: of one address (behind which a whole village may sit), and of everybody together, in an hour.
MOST_ADDRESS, MOST_ALL, HOUR_S = 200, 5_000, 3600.0


log = logging.getLogger(__name__)
ALL = "answers|all"


class Door:
    """Routes of whoever is not in yet."""

    def __init__(
        self, guard: Guard, counters: Counters, events: EventShelf, first: Callable[[Visit], Response]
    ) -> None:
        self._guard, self._counters, self._events, self._first = guard, counters, events, first

    def routes(self) -> list[Route]:
        """All of them."""
        guard = self._guard
        return [
            Route("/", guard.public(self._page)),
            Route("/l", guard.public(self._page)),
            Route("/s", guard.public(self._page)),
            Route("/open", guard.form(self._open), methods=["POST"]),
            Route("/open", guard.public(lambda _: RedirectResponse("/film", 303)), methods=["GET"]),
            Route("/look", guard.public(self._look)),
            Route("/leave", guard.act(self._leave), methods=["POST"]),
        ]

    def _page(self, request: Request) -> Response:
        return self._door(request, "")

    def _door(self, request: Request, wrong: str, secret: str = "", status: int = 200, here: str = "") -> Response:
        here = here or request.url.path
        return self._guard.pages.show(request, "door.html", status, wrong=wrong, secret=secret, here=here)

    def _open(self, request: Request, form: Form) -> Response:
        secret, answer = form.get("secret", "").strip().rpartition("#")[2], form.get("answer", "")
        if not self._allowed(request):
            return self._door(request, "locked", status=429, here=_door_of(form))
        # The star of a telephone's keypad stands for the X that it lacks.
        plain = normalise_answer(Question.ID_LAST_SIX, answer.replace("*", "X").replace("＊", "X"))
        browser = browser_of(request.headers.get("user-agent", ""))
        opened = self._guard.gate.answer(secret, None, plain, browser)
        if opened is None:
            self._counted(request)
            shown = secret if SECRET.fullmatch(secret) else ""
            if shown:
                self._events.note(PortalEvent.REFUSED, LinkSecret.parse(shown).locator, detail=browser)
            return self._door(request, "wrong", shown, 403, _door_of(form))
        return self._in(request, opened.cookie, opened.ends)

    def _in(self, request: Request, cookie: str, ends: float) -> Response:
        """The film is the answer itself: another journey there and back would cost a slow line half a second."""
        session = self._guard.gate.session(cookie)
        if session is None:
            return self._guard.pages.closed(request)
        answer = self._first(Visit(request, session, self._guard.films))
        self._guard.cookie(session).give(answer, cookie, session.lasts)
        return answer

    def _allowed(self, request: Request) -> bool:
        """The link's own five are counted before an answer is evaluated; these dam a flood and count wrong ones."""
        return not any(self._counters.full(name, most) for name, most in _floods(request))

    def _counted(self, request: Request) -> None:
        for name, most in _floods(request):
            self._counters.take(name, most, HOUR_S)
            if self._counters.full(name, most):  # an alarm for whoever watches the log; it names nobody
                log.error("answers: %d wrong ones in an hour of %s; no more are heard", most,
                          "all addresses together" if name == ALL else "one address")  # fmt: skip

    def _look(self, request: Request) -> Response:
        """Another language or size, then back to the page; only to pages of ours."""
        asked, now = request.query_params, look_of(request)
        language = language_tagged(asked.get("language", ""), SECTION) or now.language
        look = Appearance(language, asked.get("size", LARGE if now.large else "") == LARGE)
        path, _, query = asked.get("to", "/").partition("?")
        to = path if PATH.fullmatch(path) else "/"
        safe = query if re.fullmatch(r"[A-Za-z0-9_=&-]{0,200}", query) else ""
        answer = RedirectResponse(f"{to}?{safe}" if safe else to, 303)
        look.keep(answer, self._guard.pages.secure)
        return answer

    def _leave(self, visit: Visit, form: Form) -> Response:
        self._guard.gate.leave(visit.session.cookie)
        answer = self._guard.pages.show(visit.request, "closed.html", reason="left")
        self._guard.cookie(visit.session).take(answer)
        answer.headers["clear-site-data"] = '"cache"'
        return answer


def _peer(request: Request) -> str:
    """The address as the server (or the proxy that it trusts) knows it; never one that a client writes."""
    return request.client.host if request.client else ""


def _floods(request: Request) -> tuple[tuple[str, int], ...]:
    return (f"answers|{_peer(request)}", MOST_ADDRESS), (ALL, MOST_ALL)


def _door_of(form: Form) -> str:
    return "/s" if form.get("door") == "/s" else "/l"
