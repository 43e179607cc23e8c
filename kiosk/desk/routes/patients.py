"""Finding a patient, and all that can be done for one: each act asks its reason and says what it will do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kiosk.desk.guard import DeskGuard, Form, Sitting
from kiosk.desk.routes.calls import CallRoutes
from kiosk.domain.desk import DeskAction, FoundShown, PatientShown
from kiosk.domain.exam import HandedOut, ListedExam, Readiness
from kiosk.domain.reasons import OverrideReason
from kiosk.session.screens.staff_bodies import MAKERS
from kiosk.session.screens.view import Surroundings

ACTS = (DeskAction.PRINT, DeskAction.HOLD, DeskAction.RELEASE, DeskAction.UNLOCK)


class PatientRoutes:
    """Routes of the views `today` and `patient`."""

    def __init__(self, guard: DeskGuard, calls: CallRoutes) -> None:
        self._guard = guard
        self._calls = calls

    def routes(self) -> list[Route]:
        """What is typed is sent as a form: a name or number in an address would stand in histories and logs."""
        guard = self._guard
        acts = [Route(f"/patient/{act}", guard.act(self._acting(act)), methods=["POST"]) for act in ACTS]
        return [
            Route("/today", guard.page(self._today)),
            Route("/today", guard.act(self._search), methods=["POST"]),
            *acts,
            Route("/patient/{study}", guard.page(self._patient)),
        ]

    def _today(self, sitting: Sitting) -> Response:
        return self._found(sitting, FoundShown("", ()))

    def _search(self, sitting: Sitting, form: Form) -> Response:
        query = form.get("query", "").strip()
        if any(call.code == query for call in self._calls.open(sitting)):
            return RedirectResponse(f"/calls?code={query}", 303)
        shown = self._guard.answer(sitting, DeskAction.SEARCH, query=query)
        assert isinstance(shown, FoundShown)  # noqa: S101 - the table says so
        if len(shown.found) == 1:
            return RedirectResponse(f"/patient/{shown.found[0].exam.study_uid}", 303)
        return self._found(sitting, shown)

    def _found(self, sitting: Sitting, shown: FoundShown) -> Response:
        around = self._guard.pages.around(sitting.request)
        rows = [
            {**row, "state": _state(item, around)}
            for row, item in zip(MAKERS["found"](shown.found, around), shown.found, strict=True)
        ]
        return self._guard.show(sitting, "today", "today.html", rows=rows, query=shown.query, problem=shown.problem)

    def _patient(self, sitting: Sitting) -> Response:
        study = sitting.request.path_params["study"]
        return self._show(sitting, self._guard.answer(sitting, DeskAction.SELECT, study=study))

    def _acting(self, action: DeskAction) -> Callable[[Sitting, Form], Response]:
        asked = {DeskAction.PRINT: ("study", "kind", "reason")}.get(action, ("study", "reason"))

        def act(sitting: Sitting, form: Form) -> Response:
            shown = self._guard.answer(sitting, action, **{name: form.get(name, "") for name in asked})
            return self._show(sitting, shown, form["study"])

        return act

    def _show(self, sitting: Sitting, shown: Any, done: str = "") -> Response:
        assert isinstance(shown, PatientShown)  # noqa: S101 - the table says so
        around = self._guard.pages.around(sitting.request)
        t = around.texts
        return self._guard.show(
            sitting,
            "patient",
            "patient.html",
            here=f"/patient/{done}" if done else sitting.request.url.path,
            patient=MAKERS["patient"](shown.patient, around),
            locked=shown.locked,
            exams=[_exam(one, around) for one in shown.exams],
            receipt=MAKERS["receipt"](shown.receipt, around),
            problem=t.get(f"fault.{shown.problem}", shown.problem) if shown.problem else "",
            done=done,
            reasons=[(str(reason), t(f"override.{reason}")) for reason in OverrideReason],
        )


def _state(item: ListedExam, around: Surroundings) -> str:
    """Patients are sent to the desk for several reasons; the desk is told which."""
    t = around.texts
    return t.get(f"desk.is-{item.readiness}", t(f"state.{item.readiness}"))


def _exam(item: ListedExam, around: Surroundings) -> dict[str, Any]:
    """One exam: its state, what was handed out of it, and what printing it again would do."""
    t, exam = around.texts, item.exam
    (row,) = MAKERS["exams"]((item,), around)
    copies = 1 + sum(one.state == "printed" for one in item.delivered)
    return {
        **row,
        "state": _state(item, around),
        "held": item.readiness is Readiness.HELD,
        "delivered": [_delivered(one, around) for one in item.delivered],
        "film": item.film_printed,
        "prints_report": t("staff.print-will-do", count=len(exam.final_reports), copy=copies),
        "has_report": bool(exam.final_reports),
        "has_film": exam.images > 0,
    }


def _delivered(one: HandedOut, around: Surroundings) -> str:
    when = one.when.astimezone(around.now.tzinfo)
    told = {"printed": one.sheets_printed, "planned": one.sheets_planned, "kiosk": one.kiosk}
    return around.texts("desk.handed-out", when=f"{when:%m-%d %H:%M}", **told)
