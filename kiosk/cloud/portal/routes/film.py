"""The electronic film (L0), the report (L1), the images (L1, L2), and the door to the viewer (L3), as plain pages."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kiosk.cloud.portal.films import Film
from kiosk.cloud.portal.guard import ClosedError, Guard, Visit
from kiosk.cloud.portal.routes.content import picture_type
from kiosk.cloud.portal.stages import PhoneStage, Stages
from kiosk.cloud.portal.store.progress import ProgressShelf
from kiosk.cloud.portal.views import address, carried, heading, key_view, series_cards, shot, stack_view
from kiosk.cloud.wire.objects import Kind
from kiosk.domain.faults import KioskError
from kiosk.web.headers import CARRYING, DECODING
from kiosk.words import sections

VIEWER = "viewer"
CARRIED_BYTES = 12_000  # a third more as base64; larger ones come as fast by themselves (RFC 6928: ten segments)
LARGE, CODEC, CODEC_BYTES = "large.js", "codec.js", "codec.wasm"


class FilmPages:
    """Routes of whoever is in."""

    def __init__(self, guard: Guard, stages: Stages, progress: ProgressShelf, retention_days: int) -> None:
        self._guard, self._stages, self._progress, self._days = guard, stages, progress, retention_days

    def routes(self) -> list[Route]:
        """All of them."""
        page = self._guard.page
        return [
            Route("/film", page(self._film)),
            Route("/report", page(self._report)),
            Route("/images", page(self._images)),
            Route("/stack", page(self._stack)),
            Route("/viewer", page(self._viewer)),
            Route("/exams/{exam}/viewer.json", page(self._facts)),
            Route("/privacy", self._guard.public(self._privacy)),
        ]

    def first(self, visit: Visit) -> Response:
        """What the right answer shows."""
        self._stages.reached(visit.session, PhoneStage.ANSWERED, detail=visit.browser)
        return self._film(visit, carrying=True)

    def _film(self, visit: Visit, carrying: bool = False) -> Response:
        visit = visit.fresh(self._guard.gate)
        films = visit.all_films()
        if not films:
            return self._waiting(visit)
        film, (number, window) = self._asked(visit), _numbers(visit, "key", "window")
        view = key_view(film, number, window)
        data, kind = _first_picture(visit, film) if carrying and not (number or window) else (b"", None)
        if kind is None:
            return inside(self._guard, visit, film, "film.html", layer="film", films=films, view=view)
        view = carried(view, data, kind)
        answer = inside(self._guard, visit, film, "film.html", layer="film", films=films, view=view)
        answer.headers["content-security-policy"] = CARRYING
        answer.background = BackgroundTask(self._sent, visit, film.exam)
        return answer

    def _sent(self, visit: Visit, exam: str) -> None:
        """The picture has left with its page; that this cannot be noted takes nothing from the person."""
        with suppress(KioskError):
            self._stages.reached(visit.session, PhoneStage.PICTURE, exam, visit.browser)

    def _waiting(self, visit: Visit) -> Response:
        """How far the hospital is with what the link will open; the page goes on by itself."""
        told = self._progress.of(visit.session.locator)
        stage = told.stage if told is not None else "waiting"
        if stage == "withdrawn":
            return self._guard.pages.show(visit.request, "closed.html", reason="withdrawn", here="/film")
        percent = told.percent if told is not None else 0
        return self._guard.pages.show(visit.request, "waiting.html", stage=stage, percent=percent, here="/film")

    def _asked(self, visit: Visit) -> Film:
        return visit.film(visit.request.query_params.get("exam", ""))

    def _report(self, visit: Visit) -> Response:
        film = self._asked(visit)
        self._stages.reached(visit.session, PhoneStage.REPORT, film.exam)
        report = film.manifest.report
        pages = [shot(film, one) for one in report.pages] if report is not None else []
        return inside(self._guard, visit, film, "report.html", layer="report", report=report, pages=pages)

    def _images(self, visit: Visit) -> Response:
        film = self._asked(visit)
        sheets = [shot(film, one) for one in film.manifest.films]
        cards = series_cards(film, visit.look.words())
        left_out = len(film.manifest.left_out)
        return inside(self._guard, visit, film, "images.html", layer="images", series=cards, sheets=sheets,
                      left_out=left_out)  # fmt: skip

    def _stack(self, visit: Visit) -> Response:
        film, (series, number, window) = self._asked(visit), _numbers(visit, "series", "frame", "window")
        if series >= len(film.manifest.series) or not film.manifest.series[series].frames:
            raise ClosedError
        title = series_cards(film, visit.look.words())[series].title
        view = stack_view(film, series, number, window)
        return inside(self._guard, visit, film, "stack.html", layer="images", view=view, title=title)

    def _viewer(self, visit: Visit) -> Response:
        film, (series,) = self._asked(visit), _numbers(visit, "series")
        bundles = self._guard.pages.bundles
        scripts = [name for name in (f"{VIEWER}.js",) if bundles.has(name)]
        styles = [name for name in (f"{VIEWER}.css",) if bundles.has(name)]
        links: dict[str, Any] = {name: bundles.url(file) if bundles.has(file) else "" for name, file in
                 (("large", LARGE), ("codec", CODEC), ("wasm", CODEC_BYTES))}  # fmt: skip
        answer = inside(self._guard, visit, film, "viewer.html", layer="images", series=series, scripts=scripts,
                        styles=styles, **links)  # fmt: skip
        answer.headers["content-security-policy"] = DECODING
        return answer

    def _facts(self, visit: Visit) -> Response:
        """What the viewer needs: straight from the manifest, with the words in the person's language."""
        film = visit.film(visit.request.path_params["exam"])
        t = visit.look.words()
        place = f"/exams/{film.exam}"
        others = [one for one in visit.all_films() if one.exam != film.exam]
        return JSONResponse({
            "exam": film.manifest.exam.model_dump(),
            "series": [one.model_dump() for one in film.manifest.series],
            "frames": f"{place}/frames/",
            "pictures": f"{place}/pictures/",
            "texts": dict(sections(visit.look.language.tag).get(VIEWER, {})),
            "prior": [{"exam": one.exam, "label": f"{heading(one, t).title} {heading(one, t).day}",
                       "json": f"/exams/{one.exam}/viewer.json"} for one in others],
        })  # fmt: skip

    def _privacy(self, request: Request) -> Response:
        years, rest = divmod(self._days, 365)
        count, unit = (years, "years") if years > 1 and not rest else (self._days, "days")
        return self._guard.pages.show(request, "privacy.html", count=count, unit=unit)


def inside(guard: Guard, visit: Visit, film: Film, template: str, status: int = 200, **facts: Any) -> Response:
    """A page about one exam, with what stands on all of them."""
    t = visit.look.words()
    others = [heading(one, t) for one in facts.pop("films", None) or visit.all_films()]
    known = {
        "here": visit.request.url.path,
        "query": visit.request.url.query,
        "layer": "",
        "head": heading(film, t),
        "exams": others,
        "token": visit.token,
        "owner": visit.session.owner,
        "minutes": max(1, round(visit.session.lasts / 60)),
        "downloads": film.may(Kind.REPORT),
        "look": visit.look,
    }
    if visit.request.method != "GET":  # the address that shows it again
        known.update(here="/film", query=address("", exam=film.exam)[1:])
    return guard.pages.show(visit.request, template, status, **{**known, **facts})


def _first_picture(visit: Visit, film: Film) -> tuple[bytes, str | None]:
    """The first key picture, where page and picture together fit the first bytes that a line carries without asking."""
    if not film.manifest.keys or not film.may(Kind.PICTURE):
        return b"", None
    index = film.manifest.keys[0].pictures[0][1].picture
    if film.manifest.spot(Kind.PICTURE, index).size > CARRIED_BYTES:
        return b"", None
    data = visit.films.read(film, Kind.PICTURE, index)
    return data, picture_type(data)


def _numbers(visit: Visit, *names: str) -> tuple[int, ...]:
    return tuple(_number(visit.request.query_params.get(name)) for name in names)


def _number(untrusted: str | None) -> int:
    return int(untrusted) if untrusted and untrusted.isascii() and untrusted.isdigit() and len(untrusted) < 7 else 0
