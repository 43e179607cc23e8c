"""The portal as an ASGI application: all routes, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from kiosk.cloud.portal.guard import Guard
from kiosk.cloud.portal.routes.content import Content
from kiosk.cloud.portal.routes.door import Door
from kiosk.cloud.portal.routes.film import FilmPages
from kiosk.web.counters import Counters
from kiosk.web.headers import ENCRYPTED, SafeHeaders


def application(guard: Guard, counters: Counters, publishing: Sequence[BaseRoute]) -> ASGIApp:
    """All of it."""
    film = FilmPages(guard)

    routes: list[BaseRoute] = [
        *publishing,
        *Door(guard, counters, film.first).routes(),
        *film.routes(),
        *Content(guard).routes(),
        Route("/static/{name}", guard.public(guard.pages.bundles.answer)),
        Route("/health", guard.public(guard.healthy)),
        Route("/{rest:path}", guard.public(guard.pages.closed), methods=["GET", "POST"]),
    ]
    more = ENCRYPTED if guard.pages.secure else {}
    return SafeHeaders(Starlette(routes=routes), more)  # outermost: an answer to a fault has them too
