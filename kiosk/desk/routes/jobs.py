"""How jobs and printers are told of on the desk's pages, and what staff do with a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kiosk.desk.guard import DeskGuard, Form, Sitting
from kiosk.domain.desk import DeskAction
from kiosk.domain.desk_work.jobs import DeskJob, DeskJobState, DeskPrinter, JobItemState, JobKind, JobShown
from kiosk.domain.exam import ListedExam
from kiosk.session.screens.staff_bodies import MAKERS
from kiosk.session.screens.view import Surroundings

TONES = {DeskJobState.RUNNING: "", DeskJobState.PAUSED: "warning", DeskJobState.STOPPED: "muted",
         DeskJobState.DONE: "success"}  # fmt: skip
ITEM_TONES = {JobItemState.WAITING: "muted", JobItemState.RUNNING: "", JobItemState.PRINTED: "success",
              JobItemState.SKIPPED: "muted", JobItemState.FAILED: "danger",
              JobItemState.UNCERTAIN: "warning"}  # fmt: skip
ACTS = {"pause": DeskAction.PAUSE_JOB, "resume": DeskAction.RESUME_JOB, "stop": DeskAction.STOP_JOB}


class JobRoutes:
    """What can be done with any job."""

    def __init__(self, guard: DeskGuard) -> None:
        self._guard = guard

    def routes(self) -> list[Route]:
        """All of them."""
        acts = ACTS.items()
        return [
            *(Route(f"/job/{name}", self._guard.act(self._acting(act)), methods=["POST"]) for name, act in acts),
            Route("/job/{job}/live", self._guard.live(self._live)),
        ]

    def _acting(self, action: DeskAction) -> Callable[[Sitting, Form], Response]:
        def act(sitting: Sitting, form: Form) -> Response:
            shown = self._guard.answer(sitting, action, job=form.get("job", ""))
            assert isinstance(shown, JobShown)  # noqa: S101 - the table says so
            return RedirectResponse(address_of(shown.job), 303)

        return act

    def _live(self, sitting: Sitting) -> Response:
        """The part of the page that changes."""
        shown = self._guard.answer(sitting, DeskAction.JOB, job=sitting.request.path_params["job"])
        assert isinstance(shown, JobShown)  # noqa: S101 - the table says so
        facts = job_facts(shown, self._guard.pages.around(sitting.request))
        return Response(self._guard.pages.text(sitting.request, "job.html", job=facts, token=sitting.token),
                        media_type="text/html")  # fmt: skip


def address_of(job: DeskJob) -> str:
    """Where a job is shown."""
    return f"/film/job/{job.job}" if job.kind is JobKind.FILM else f"/batch/{job.job}"


def printer_rows(printers: Iterable[DeskPrinter], around: Surroundings) -> list[dict[str, Any]]:
    """Each with what is wrong with it, in words."""
    t = around.texts
    return [
        {
            "name": one.name,
            "title": t.get(f"desk.printer-{one.name}", one.name),
            "fault": t(f"fault.{one.fault}") if one.fault else "",
            "advice": t(f"advice.{one.fault}") if one.fault else "",
        }
        for one in printers
    ]


def job_line(job: DeskJob, around: Surroundings) -> dict[str, Any]:
    """A job in one line."""
    t = around.texts
    began = datetime.fromtimestamp(job.since, UTC).astimezone(around.now.tzinfo)
    return {
        "job": job.job,
        "kind": str(job.kind),
        "address": address_of(job),
        "when": f"{began:%m-%d %H:%M}",
        "actor": job.actor,
        "printer": t.get(f"desk.printer-{job.printer}", job.printer),
        "state": str(job.state),
        "state_text": t(f"desk.job-{job.state}"),
        "tone": TONES[job.state],
        "fault": t(f"fault.{job.fault}") if job.fault else "",
        "advice": t(f"advice.{job.fault}") if job.fault else "",
        "total": len(job.items),
        "ended": len(job.items) - job.left,
        "left": job.left,
        "sheets": job.sheets,
        "over": job.over,
        "counts": [
            (str(state), t(f"desk.item-{state}"), job.count(state), ITEM_TONES[state])
            for state in JobItemState
            if job.count(state)
        ],
    }


def job_facts(shown: JobShown, around: Surroundings) -> dict[str, Any]:
    """A job with its items: what needs somebody first, then what is under way and left, then what came out."""
    t, job = around.texts, shown.job
    rows = [
        {
            **_exam(listed, around),
            "place": item.place,
            "state": t(f"desk.item-{item.state}"),
            "tone": ITEM_TONES[item.state],
            "why": t.get(f"fault.{item.fault}", item.fault) if item.fault else "",
            "sheets": item.sheets,
            "rank": _rank(item.state),
        }
        for item, listed in zip(job.items, shown.exams, strict=True)
    ]
    rows.sort(key=lambda row: (row["rank"], row["place"]))
    terms = [t(f"reason.{job.terms['reason']}"), t(f"collector.{job.terms['relation']}"),
             *(t(f"paper.{one}") for one in job.terms["paper"].split(","))] if job.terms else []  # fmt: skip
    return {**job_line(job, around), "rows": rows, "terms": terms}


def _rank(state: JobItemState) -> int:
    order = (JobItemState.UNCERTAIN, JobItemState.FAILED, JobItemState.RUNNING, JobItemState.WAITING)
    return order.index(state) if state in order else len(order)


def _exam(listed: ListedExam | None, around: Surroundings) -> dict[str, Any]:
    if listed is None:
        return {"name": "–", "exam": "", "patient": "", "accession": "", "id": ""}
    (row,) = MAKERS["found"]((listed,), around)
    return {**row, "id": listed.exam.study_uid}
