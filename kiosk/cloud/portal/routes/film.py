"""The electronic film (L0), the report (L1) and the images (L1, L2) as plain pages."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from kiosk.cloud.portal.films import Film
from kiosk.cloud.portal.guard import Guard, Visit
from kiosk.cloud.portal.views import heading, key_view, shot
from kiosk.cloud.wire.objects import Kind


class FilmPages:
    """Routes of whoever is in."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def routes(self) -> list[Route]:
        """All of them."""
        return [Route("/film", self._guard.page(self._film))]

    def first(self, visit: Visit) -> Response:
        """What the right answer shows."""
        return self._film(visit)

    def _film(self, visit: Visit) -> Response:
        visit = visit.fresh(self._guard.gate)
        films = visit.all_films()
        if not films:
            return self._page(visit, "waiting.html", None)
        asked = visit.request.query_params
        film = visit.film(asked.get("exam", ""))
        view = key_view(film, _number(asked.get("key")), _number(asked.get("window")))
        sheets = [shot(film, one) for one in film.manifest.films]
        return self._page(visit, "film.html", film, films=films, view=view, sheets=sheets, layer="film")

    def _page(self, visit: Visit, template: str, film: Film | None, **facts: Any) -> Response:
        t = visit.look.words()
        known: dict[str, Any] = {"token": visit.token, "owner": visit.session.owner, "look": visit.look}
        known["here"] = "/film"
        if film is not None:
            others = [heading(one, t) for one in facts.pop("films", visit.all_films())]
            known.update(head=heading(film, t), exams=others, film=film, downloads=film.may(Kind.REPORT))
        return self._guard.pages.show(visit.request, template, **known, **facts)


def _number(untrusted: str | None) -> int:
    return int(untrusted) if untrusted and untrusted.isascii() and untrusted.isdigit() and len(untrusted) < 7 else 0
