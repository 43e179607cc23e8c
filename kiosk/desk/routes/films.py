"""The film desk: what film is for, who fetches it, what is on it; seen before it is ordered."""

from __future__ import annotations

from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kiosk.desk.guard import DeskGuard, Form, Sitting
from kiosk.desk.routes.jobs import job_facts, printer_rows
from kiosk.domain.desk import DeskAction, allowed
from kiosk.domain.desk_work.films import MOST_COPIES, Collector, DocumentSeen, FilmShown, SheetShown
from kiosk.domain.desk_work.jobs import JobShown
from kiosk.domain.exam import ListedExam
from kiosk.domain.reasons import FilmReason
from kiosk.session.screens.staff_bodies import MAKERS
from kiosk.session.screens.view import Surroundings

SERIES, PAPER = "series-", "paper-"  # a form's boxes: one field each, named with what it stands for


class FilmRoutes:
    """Routes of the view `film`."""

    def __init__(self, guard: DeskGuard) -> None:
        self._guard = guard

    def routes(self) -> list[Route]:
        """All of them."""
        guard = self._guard
        return [
            Route("/film", guard.page(self._first)),
            Route("/film", guard.act(self._search), methods=["POST"]),
            Route("/film/preview", guard.act(self._preview), methods=["POST"]),
            Route("/film/print", guard.act(self._print), methods=["POST"]),
            Route("/film/sheet/{preview}/{sheet}", guard.page(self._sheet)),
            Route("/film/job/{job}", guard.page(self._job)),
            Route("/film/{study}", guard.page(self._exam)),
        ]

    def _first(self, sitting: Sitting) -> Response:
        if not allowed(sitting.user.who, DeskAction.FILM):
            self._guard.answer(sitting, DeskAction.FILM)  # refused there, and noted
        return self._guard.show(sitting, "film", "film-search.html", rows=(), sought="", problem="")

    def _search(self, sitting: Sitting, form: Form) -> Response:
        """By number; where there is more than one exam with images, they are listed."""
        shown: Any = self._guard.answer(sitting, DeskAction.SEARCH, query=form.get("query", "").strip())
        found = [one for one in shown.found if one.exam.images]
        if len(found) == 1:
            return RedirectResponse(f"/film/{found[0].exam.study_uid}", 303)
        around = self._guard.pages.around(sitting.request)
        rows = MAKERS["found"](tuple(found), around)
        problem = "" if found else "search-none"
        return self._guard.show(sitting, "film", "film-search.html", rows=rows, sought=shown.query, problem=problem)

    def _exam(self, sitting: Sitting) -> Response:
        study = sitting.request.path_params["study"]
        return self._show(sitting, self._guard.answer(sitting, DeskAction.FILM, study=study), {})

    def _preview(self, sitting: Sitting, form: Form) -> Response:
        return self._show(sitting, self._guard.answer(sitting, DeskAction.PREVIEW_FILM, **_looked(form)), form)

    def _print(self, sitting: Sitting, form: Form) -> Response:
        shown = self._guard.answer(sitting, DeskAction.PRINT_FILM, **_asked(form))
        assert isinstance(shown, FilmShown)  # noqa: S101 - the table says so
        if shown.job is not None:
            return RedirectResponse(f"/film/job/{shown.job.job}", 303)
        return self._show(sitting, shown, form)

    def _sheet(self, sitting: Sitting) -> Response:
        params = sitting.request.path_params
        number = params["sheet"] if params["sheet"].isdecimal() else "0"
        shown = self._guard.answer(sitting, DeskAction.FILM_SHEET, preview=params["preview"], sheet=number[:4])
        assert isinstance(shown, SheetShown)  # noqa: S101 - the table says so
        return Response(shown.png, media_type="image/png")

    def _job(self, sitting: Sitting) -> Response:
        shown = self._guard.answer(sitting, DeskAction.JOB, job=sitting.request.path_params["job"])
        assert isinstance(shown, JobShown)  # noqa: S101 - the table says so
        around = self._guard.pages.around(sitting.request)
        return self._guard.show(sitting, "film", "film-job.html", job=job_facts(shown, around))

    def _show(self, sitting: Sitting, shown: Any, form: Form) -> Response:
        assert isinstance(shown, FilmShown)  # noqa: S101 - the table says so
        around = self._guard.pages.around(sitting.request)
        exam, t = shown.listed.exam, around.texts
        chosen = {**_first_choice(shown), **form}
        return self._guard.show(
            sitting,
            "film",
            "film.html",
            here=f"/film/{exam.study_uid}",
            exam=_row(shown.listed, around),
            patient=MAKERS["patient"](exam.identity, around),
            series=_series(shown.listed, form),
            papers=[(paper, t(f"paper.{paper}"), f"{PAPER}{paper}" in form) for paper in DocumentSeen],
            reasons=[(str(one), t(f"reason.{one}")) for one in FilmReason],
            relations=[(str(one), t(f"collector.{one}")) for one in Collector],
            protocols=shown.protocols,
            printers=printer_rows(shown.printers, around),
            copies=range(1, MOST_COPIES + 1),
            order=shown.order,
            price=shown.price,
            preview=shown.preview,
            chosen=chosen,
            problem=shown.problem,
        )


def _first_choice(shown: FilmShown) -> dict[str, str]:
    """What is chosen before anybody has: nothing that would be told of a person unasked."""
    printer = shown.printers[0].name if shown.printers else ""
    return {"reason": "", "relation": "", "protocol": "", "copies": "1", "printer": printer}


def _asked(form: Form) -> dict[str, Any]:
    """The form as the action's parameters."""
    names = ("study", "order", "reason", "relation", "protocol", "printer")
    asked: dict[str, Any] = {name: form.get(name, "") for name in names}
    asked["copies"] = form.get("copies", "1")
    asked["series"] = [name.removeprefix(SERIES) for name in form if name.startswith(SERIES)]
    asked["documents"] = [name.removeprefix(PAPER) for name in form if name.startswith(PAPER)]
    return asked


def _looked(form: Form) -> dict[str, Any]:
    asked = _asked(form)
    return {name: asked[name] for name in ("study", "order", "series", "protocol")}


def _row(listed: ListedExam, around: Surroundings) -> dict[str, Any]:
    (row,) = MAKERS["exams"]((listed,), around)
    return {**row, "film": listed.film_printed, "images": listed.exam.images}


def _series(listed: ListedExam, form: Form) -> list[dict[str, Any]]:
    """All are chosen until somebody chooses."""
    fresh = not any(name.startswith(SERIES) for name in form)
    return [
        {
            "name": f"{SERIES}{one.series_uid}",
            "number": one.number,
            "title": one.description or one.body_part or one.modality,
            "images": one.images,
            "chosen": (fresh and "study" not in form) or f"{SERIES}{one.series_uid}" in form,
        }
        for one in listed.exam.series
    ]
