"""Who may: every page and every act goes through here. Work is done on threads; what it may not see it is not given."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from kiosk.cloud.portal.films import Film, Films
from kiosk.cloud.portal.gate import COOKIE_BYTES, Gate, Session
from kiosk.cloud.portal.look import Appearance, look_of
from kiosk.cloud.portal.pages import Pages
from kiosk.cloud.wire.faults import WireError
from kiosk.cloud.wire.keys import text_of
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.web.browsers import browser_of
from kiosk.web.cookies import CookieRule
from kiosk.web.forgery import FIELD, form_token, own_page, right_token
from kiosk.web.forms import FormError, form_of

log = logging.getLogger(__name__)
COOKIE = "film"
Form = Mapping[str, str]
Endpoint = Callable[[Request], Awaitable[Response]]


class ClosedError(Exception):
    """Not there, not yours, over, taken back: nobody is told which."""


@dataclass(frozen=True)
class Visit:
    """One request of somebody whose session is good."""

    request: Request
    session: Session
    films: Films

    @cached_property
    def look(self) -> Appearance:
        """How the person wants pages; pictures and frames do not ask."""
        return look_of(self.request)

    @property
    def browser(self) -> str:
        """Family and system."""
        return browser_of(self.request.headers.get("user-agent", ""))

    def fresh(self, gate: Gate) -> Visit:
        """With exams that have come since."""
        return replace(self, session=gate.newest(self.session))

    @property
    def token(self) -> str:
        """Of the forms on the page."""
        return form_token(self.session.cookie)

    def film(self, exam: str = "") -> Film:
        """One exam of the session; without a name the newest. Raises ClosedError."""
        found = self.session.exam(exam) if exam else None
        if found is not None:
            name, version = self.session.known
            film = self.films.film(found, version if name == exam else None)
            if film is not None:
                return film
        all_films = self.all_films() if not exam else ()
        if not all_films:
            raise ClosedError
        return all_films[0]

    def all_films(self) -> tuple[Film, ...]:
        """All that are there, newest first."""
        found = [film for one in self.session.exams if (film := self.films.film(one)) is not None]
        return tuple(sorted(found, key=lambda film: film.manifest.exam.performed, reverse=True))


class Guard:
    """Makes endpoints of work."""

    def __init__(self, gate: Gate, films: Films, pages: Pages, origin: str) -> None:
        self.gate, self.films, self.pages, self.origin = gate, films, pages, origin

    def cookie(self, session: Session | None = None) -> CookieRule:
        """Lax for patients, who come from other apps; strict for those whom a patient let in."""
        strict = session is not None and not session.owner
        return CookieRule(COOKIE, self.pages.secure, "strict" if strict else "lax")

    def visit(self, request: Request) -> Visit:
        """Raises ClosedError where no session is open."""
        session = self.gate.session(self.cookie().read(request), request.path_params.get("exam", ""))
        if session is None:
            raise ClosedError
        return Visit(request, session, self.films)

    def healthy(self, request: Request) -> Response:
        """For whoever watches: the database answers."""
        self.gate.session(text_of(bytes(COOKIE_BYTES)))
        return Response("ok\n", media_type="text/plain")

    def public(self, work: Callable[[Request], Response]) -> Endpoint:
        """For everybody."""

        async def answer(request: Request) -> Response:
            return await run_in_threadpool(self._kept, request, lambda: work(request))

        return answer

    def page(self, work: Callable[[Visit], Response]) -> Endpoint:
        """For whoever has a session."""
        return self.public(lambda request: work(self.visit(request)))

    def form(self, work: Callable[[Request, Form], Response]) -> Endpoint:
        """A form of ours, before there is a session."""

        async def answer(request: Request) -> Response:
            if not own_page(request.headers, self.origin):
                return Response(status_code=403)
            try:
                form = await form_of(request)
            except FormError:
                return Response(status_code=400)
            return await run_in_threadpool(self._kept, request, lambda: work(request, form))

        return answer

    def act(self, work: Callable[[Visit, Form], Response]) -> Endpoint:
        """A form of ours, of a page of this very session."""

        def checked(request: Request, form: Form) -> Response:
            visit = self.visit(request)
            if not right_token(visit.session.cookie, form.get(FIELD, "")):
                return Response(status_code=403)
            return work(visit, form)

        return self.form(checked)

    def _kept(self, request: Request, work: Callable[[], Response]) -> Response:
        try:
            return work()
        except (ClosedError, WireError):
            return self.pages.closed(request)
        except KioskError as error:
            if error.code is FaultCode.NOTHING_FOUND:
                return self.pages.closed(request)
            log.error("%s %s", request.scope["route"].path if "route" in request.scope else "?", error.code)
            return self.pages.resting(request)
