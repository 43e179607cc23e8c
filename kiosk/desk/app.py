"""The desk as an ASGI application: all routes, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from kiosk.desk.guard import DeskGuard
from kiosk.desk.pages import DeskPages
from kiosk.desk.routes.accounts import AccountRoutes
from kiosk.desk.routes.batches import BatchRoutes
from kiosk.desk.routes.calls import CallRoutes
from kiosk.desk.routes.devices import DeviceRoutes
from kiosk.desk.routes.door import StaffEntrance
from kiosk.desk.routes.figures import FigureRoutes
from kiosk.desk.routes.films import FilmRoutes
from kiosk.desk.routes.inbox import InboxRoutes
from kiosk.desk.routes.jobs import JobRoutes
from kiosk.desk.routes.log import LogRoutes
from kiosk.desk.routes.patients import PatientRoutes
from kiosk.desk.routes.shifts import ShiftRoutes
from kiosk.desk.routes.today import TodayRoutes
from kiosk.domain.faults import FaultCode
from kiosk.web.headers import ENCRYPTED, SafeHeaders


def routes_of(guard: DeskGuard) -> list[BaseRoute]:
    """All addresses."""

    def healthy(_: Request) -> Response:
        """For whoever watches: the ledger answers."""
        guard.ledger.staff()
        return Response("ok\n", media_type="text/plain")

    calls = CallRoutes(guard)
    rooms = (
        StaffEntrance(guard),
        calls,
        TodayRoutes(guard, calls),
        PatientRoutes(guard),
        FilmRoutes(guard),
        BatchRoutes(guard),
        JobRoutes(guard),
        DeviceRoutes(guard),
        LogRoutes(guard),
        AccountRoutes(guard),
        FigureRoutes(guard),
        InboxRoutes(guard),
        ShiftRoutes(guard),
    )
    return [
        *(route for room in rooms for route in room.routes()),
        Route("/static/{name}", guard.public(guard.pages.bundles.answer)),
        Route("/health", guard.public(healthy)),
    ]


def application(routes: Sequence[BaseRoute], pages: DeskPages) -> ASGIApp:
    """All of it."""

    def lost(request: Request, _: Exception) -> Response:
        return pages.notice(request, FaultCode.NOTHING_FOUND)

    app = Starlette(routes=routes, exception_handlers={404: lost, 405: lost})
    app.router.redirect_slashes = False
    # Outermost, so that an answer to a fault of ours has the headers too.
    return SafeHeaders(app, ENCRYPTED if pages.place.secure else {})
