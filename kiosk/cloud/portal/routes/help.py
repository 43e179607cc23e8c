"""“I cannot see my film”: what was measured of this session, what to try, and a number for the hospital's desk."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from kiosk.cloud.portal.guard import Form, Guard, Visit
from kiosk.cloud.portal.routes.film import inside
from kiosk.cloud.portal.stages import PhoneStage
from kiosk.cloud.portal.store.events import EventShelf, PortalEvent

ADVICE = ("help-network", "help-browser", "help-wechat", "help-plain-first")


@dataclass(frozen=True)
class Measured:
    """A stage in words."""

    words: str
    reached: bool


class HelpPages:
    """Two routes."""

    def __init__(self, guard: Guard, events: EventShelf) -> None:
        self._guard, self._events = guard, events

    def routes(self) -> list[Route]:
        """Looking and telling."""
        return [
            Route("/help", self._guard.page(self._page), methods=["GET"]),
            Route("/help", self._guard.act(self._tell), methods=["POST"]),
        ]

    def _page(self, visit: Visit, code: str = "") -> Response:
        film, t = visit.film(visit.request.query_params.get("exam", "")), visit.look.words()
        stages = [Measured(t(f"stage-{stage.word}"), bool(visit.session.stages & stage)) for stage in PhoneStage]
        advice = [t(one) for one in ADVICE]
        return inside(self._guard, visit, film, "help.html", stages=stages, code=code, advice=advice)

    def _tell(self, visit: Visit, form: Form) -> Response:
        """The desk finds the call by its number; with it go the stage and the kind of browser, nothing else."""
        code = f"{secrets.randbelow(9000) + 1000}"
        reached = [stage.word for stage in PhoneStage if visit.session.stages & stage]
        stage = reached[-1] if reached else "opened"
        film = visit.film(visit.request.query_params.get("exam", ""))
        self._events.note(PortalEvent.HELP, visit.session.locator, film.exam, f"{code}|{stage}|{visit.browser}")
        self._events.note(PortalEvent.FAILED, visit.session.locator, detail=f"{stage}|told|{visit.browser}")
        return self._page(visit, code)
