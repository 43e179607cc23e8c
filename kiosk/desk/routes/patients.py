"""All that can be done for one patient: each act asks its reason and says what it will do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from kiosk.desk.guard import DeskGuard, Form, Sitting
from kiosk.domain.desk import DeskAction, PatientShown
from kiosk.domain.exam import HandedOut, ListedExam, Readiness
from kiosk.domain.reasons import OverrideReason
from kiosk.session.screens.staff_bodies import MAKERS
from kiosk.session.screens.view import Surroundings

ACTS = (DeskAction.PRINT, DeskAction.HOLD, DeskAction.RELEASE, DeskAction.UNLOCK)


class PatientRoutes:
    """Routes of the view `patient`."""

    def __init__(self, guard: DeskGuard) -> None:
        self._guard = guard

    def routes(self) -> list[Route]:
        """All of them."""
        guard = self._guard
        acts = [Route(f"/patient/{act}", guard.act(self._acting(act)), methods=["POST"]) for act in ACTS]
        return [
            *acts,
            Route("/patient/{study}", guard.page(self._patient)),
        ]

    def _patient(self, sitting: Sitting) -> Response:
        study = sitting.request.path_params["study"]
        return self._show(sitting, self._guard.answer(sitting, DeskAction.SELECT, study=study))

    def _acting(self, action: DeskAction) -> Callable[[Sitting, Form], Response]:
        asked = {DeskAction.PRINT: ("study", "kind", "reason")}.get(action, ("study", "reason"))

        def act(sitting: Sitting, form: Form) -> Response:
            sitting, wrong = self._guard.entrance.seconded(sitting, action, form)
            if wrong:
                again = self._guard.answer(sitting, DeskAction.SELECT, study=form.get("study", ""))
                return self._show(sitting, replace(again, problem=wrong))
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
            problem=_said(shown.problem, around),
            done=done,
            reasons=[(str(reason), t(f"override.{reason}")) for reason in OverrideReason],
        )


def _said(problem: str, around: Surroundings) -> str:
    """A fault, or a word of the desk's own."""
    t = around.texts
    return t.get(f"fault.{problem}", t.get(f"desk.{problem}", problem)) if problem else ""


def state_of(item: ListedExam, around: Surroundings) -> str:
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
        "state": state_of(item, around),
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
