"""Batches: many patients' reports on one printer, for ward rounds and the night."""

from __future__ import annotations

from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kiosk.desk.guard import DeskGuard, Form, Sitting
from kiosk.desk.routes.jobs import job_facts, job_line, printer_rows
from kiosk.desk.routes.today import asked_of, list_facts
from kiosk.domain.desk import DeskAction
from kiosk.domain.desk_work.jobs import BatchShown, JobShown
from kiosk.domain.desk_work.today import TodayShown
from kiosk.domain.exam import Readiness

CHOSEN = "study-"
FINAL: dict[str, Any] = {"state": str(Readiness.READY), "days": 1}  # what a batch is for, until somebody asks otherwise
SHOWN = ("rows", "matched", "states", "modalities", "wards", "kinds", "spans", "asked", "more", "less", "fresh")


class BatchRoutes:
    """Routes of the view `batch`."""

    def __init__(self, guard: DeskGuard) -> None:
        self._guard = guard

    def routes(self) -> list[Route]:
        """All of them."""
        guard = self._guard
        return [
            Route("/batch", guard.page(self._page)),
            Route("/batch", guard.act(self._begin), methods=["POST"]),
            Route("/batch/{job}", guard.page(self._job)),
        ]

    def _page(self, sitting: Sitting) -> Response:
        return self._show(sitting, self._guard.answer(sitting, DeskAction.BATCH), _asked(sitting))

    def _begin(self, sitting: Sitting, form: Form) -> Response:
        order = form.get("order", "")
        studies = [name.removeprefix(CHOSEN) for name in form if name.startswith(CHOSEN)]
        asked = {"order": order, "printer": form.get("printer", ""), "studies": studies}
        shown = self._guard.answer(sitting, DeskAction.BEGIN_BATCH, **asked)
        return self._show(sitting, shown, FINAL) if shown.problem else RedirectResponse(f"/batch/{order}", 303)

    def _job(self, sitting: Sitting) -> Response:
        shown = self._guard.answer(sitting, DeskAction.JOB, job=sitting.request.path_params["job"])
        assert isinstance(shown, JobShown)  # noqa: S101 - the table says so
        job = job_facts(shown, self._guard.pages.around(sitting.request))
        return self._guard.show(sitting, "batch", "batch-job.html", job=job)

    def _show(self, sitting: Sitting, shown: Any, asked: dict[str, Any]) -> Response:
        assert isinstance(shown, BatchShown)  # noqa: S101 - the table says so
        around = self._guard.pages.around(sitting.request)
        listed = self._guard.answer(sitting, DeskAction.TODAY, **asked)
        assert isinstance(listed, TodayShown)  # noqa: S101 - the table says so
        facts = list_facts(listed, asked, around, "/batch")
        return self._guard.show(
            sitting,
            "batch",
            "batch.html",
            **{name: facts[name] for name in SHOWN},
            jobs=[job_line(job, around) for job in shown.jobs],
            printers=printer_rows(shown.printers, around),
            order=shown.order,
            problem=shown.problem,
        )


def _asked(sitting: Sitting) -> dict[str, Any]:
    """Reports that are ready and not printed, unless the address says otherwise."""
    asked = asked_of(sitting)
    return asked if "state" in sitting.request.query_params else {**asked, "state": FINAL["state"]}
