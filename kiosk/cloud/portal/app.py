"""The portal as an ASGI application: all routes, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from kiosk.cloud.portal.arrivals import Arrivals
from kiosk.cloud.portal.guard import Guard
from kiosk.cloud.portal.media.zips import Archives
from kiosk.cloud.portal.pages import Pages
from kiosk.cloud.portal.routes.content import Content
from kiosk.cloud.portal.routes.door import Door
from kiosk.cloud.portal.routes.download import Downloads
from kiosk.cloud.portal.routes.events import Events
from kiosk.cloud.portal.routes.film import FilmPages
from kiosk.cloud.portal.routes.help import HelpPages
from kiosk.cloud.portal.routes.publishing import Publishing
from kiosk.cloud.portal.routes.sharing import Sharing
from kiosk.cloud.portal.routes.verification import PaperPages
from kiosk.cloud.portal.shares import Shares
from kiosk.cloud.portal.stages import Stages
from kiosk.cloud.portal.store.events import EventShelf
from kiosk.cloud.portal.store.papers import PaperShelf
from kiosk.cloud.portal.store.progress import ProgressShelf
from kiosk.web.counters import Counters
from kiosk.web.headers import ENCRYPTED, SafeHeaders


@dataclass(frozen=True)
class PortalParts:
    """What the routes stand on."""

    guard: Guard
    arrivals: Arrivals
    counters: Counters
    events: EventShelf
    stages: Stages
    progress: ProgressShelf
    papers: PaperShelf
    titles: Mapping[str, str]
    shares: Shares
    archives: Archives
    retention_days: int


def routes_of(parts: PortalParts) -> list[BaseRoute]:
    """All addresses."""
    guard, pages = parts.guard, parts.guard.pages
    film = FilmPages(guard, parts.stages, parts.progress, parts.retention_days)
    publishing = Publishing(parts.arrivals, guard.origin)
    # What is asked for most stands first: addresses are compared one after the other.
    rooms = (
        Content(guard, parts.stages),
        publishing,
        Events(parts.events, parts.stages, guard, publishing.hospital),
        Door(guard, parts.counters, parts.events, film.first),
        film,
        HelpPages(guard, parts.events),
        PaperPages(guard, parts.papers, parts.counters, parts.titles),
        Sharing(guard, parts.shares, parts.counters),
        Downloads(guard, parts.archives, parts.events),
    )
    routes: list[BaseRoute] = [route for room in rooms for route in room.routes()]
    routes += [
        Route("/static/{name}", guard.public(pages.bundles.answer)),
        Route("/health", guard.public(guard.healthy)),
    ]
    return routes


def application(routes: Sequence[BaseRoute], pages: Pages) -> ASGIApp:
    """All of it."""
    # Whatever is not there, and whatever method it is asked with, is answered like what is not one's own.
    lost = Starlette(routes=routes, exception_handlers=dict.fromkeys((404, 405), lambda r, _: pages.closed(r)))
    lost.router.redirect_slashes = False
    # Outermost, so that an answer to a fault of ours has the headers too.
    return SafeHeaders(lost, ENCRYPTED if pages.secure else {})

