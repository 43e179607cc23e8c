"""The worklist: today's exams and what each waits for; what is typed finds people by number, name or telephone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from kiosk.desk.guard import DeskGuard, Form, Sitting
from kiosk.desk.routes.calls import CallRoutes
from kiosk.desk.routes.patients import state_of
from kiosk.domain.desk import DeskAction
from kiosk.domain.desk_work.today import PAGE, PatientType, TodayShown, WorkRow
from kiosk.domain.exam import ListedExam, Readiness
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.session.screens.staff_bodies import MAKERS
from kiosk.session.screens.view import Surroundings

FILTERS = ("state", "modality", "ward", "patient")
DAYS = (1, 2, 3, 7, 0)
HOUR_MIN, DAY_MIN = 60, 1440


class TodayRoutes:
    """Routes of the view `today`."""

    def __init__(self, guard: DeskGuard, calls: CallRoutes) -> None:
        self._guard = guard
        self._calls = calls

    def routes(self) -> list[Route]:
        """What is typed is sent as a form: a name or number in an address would stand in histories and logs."""
        guard = self._guard
        return [
            Route("/today", guard.page(self._page)),
            Route("/today", guard.act(self._search), methods=["POST"]),
            Route("/today/live", guard.live(self._live)),
        ]

    def _page(self, sitting: Sitting) -> Response:
        asked = asked_of(sitting)
        shown = self._answer(sitting, asked)
        return self._guard.show(sitting, "today", "today.html", **self._listed(sitting, shown, asked))

    def _live(self, sitting: Sitting) -> Response:
        """Nothing where the page shows it already."""
        asked = asked_of(sitting)
        shown = self._answer(sitting, asked)
        if shown.mark == sitting.request.query_params.get("mark"):
            return Response(status_code=204)
        facts = self._listed(sitting, shown, asked)
        return HTMLResponse(self._guard.pages.text(sitting.request, "worklist.html", token=sitting.token, **facts))

    def _search(self, sitting: Sitting, form: Form) -> Response:
        """A call's code, else somebody on the list, else whoever the archive knows."""
        query = form.get("query", "").strip()
        if any(call.code == query for call in self._calls.open(sitting)):
            return RedirectResponse(f"/calls?code={query}", 303)
        shown = self._everywhere(sitting, query)
        people = {row.listed.exam.identity.patient_id for row in shown.rows}
        if len(shown.rows) == 1 or (len(people) == 1 and _exact(query, shown.rows[0])):
            return RedirectResponse(f"/patient/{shown.rows[0].listed.exam.study_uid}", 303)
        listed = self._listed(sitting, shown, {"days": 0})
        facts = {**listed, "query": query, "problem": shown.problem}
        return self._guard.show(sitting, "today", "today.html", **facts)

    def _everywhere(self, sitting: Sitting, query: str) -> TodayShown:
        """Who is on the list by any part of name or number, and whoever the archive knows by the whole number or the
        beginning of the name: a list that is being read, or ends some days ago, must not stand for all patients."""
        if not any(map(str.isalnum, query)):
            return TodayShown((), 0, {}, (), (), "", 0.0, problem="search-none")
        shown = self._answer(sitting, {"days": 0, "query": query})
        known = {row.listed.exam.study_uid for row in shown.rows}
        try:
            found: Any = self._guard.answer(sitting, DeskAction.SEARCH, query=query)
        except KioskError as error:
            if not shown.rows or error.code is FaultCode.NOT_ALLOWED:
                raise
            return replace(shown, counts={}, fault=error.code)
        more = tuple(WorkRow(one, _taken(one)) for one in found.found if one.exam.study_uid not in known)
        problem = "" if shown.rows or more else "search-none"
        return replace(shown, rows=shown.rows + more, matched=shown.matched + len(more), counts={}, problem=problem)

    def _listed(self, sitting: Sitting, shown: TodayShown, asked: Mapping[str, Any]) -> dict[str, Any]:
        return list_facts(shown, asked, self._guard.pages.around(sitting.request), "/today")

    def _answer(self, sitting: Sitting, asked: dict[str, Any]) -> TodayShown:
        shown = self._guard.answer(sitting, DeskAction.TODAY, **asked)
        assert isinstance(shown, TodayShown)  # noqa: S101 - the table says so
        return shown


def list_facts(shown: TodayShown, asked: Mapping[str, Any], around: Surroundings, path: str) -> dict[str, Any]:
    """A page of the list with its filters, for whatever view shows it at `path`."""
    t, first = around.texts, asked.get("first", 0)
    states = [(str(one), t.get(f"desk.is-{one}", t(f"state.{one}"))) for one in Readiness]
    counted = [(id, text, shown.counts[id], _with(path, asked, state=id)) for id, text in states
               if shown.counts.get(id)]  # fmt: skip
    return {
        "rows": [row_of(row, around) for row in shown.rows],
        "matched": shown.matched,
        "total": sum(shown.counts.values()),
        "counters": counted,
        "whole": _with(path, asked, state=""),
        "states": states,
        "modalities": shown.modalities,
        "wards": shown.wards,
        "kinds": [(str(one), t(f"desk.{one}")) for one in PatientType],
        "spans": [(str(days), t(f"desk.days-{days}")) for days in DAYS],
        "asked": {**dict.fromkeys(FILTERS, ""), **{name: str(value) for name, value in asked.items()}},
        "live": f"{path}/live?{urlencode(asked)}",
        "mark": shown.mark,
        "fault": t(f"fault.{shown.fault}") if shown.fault else "",
        "more": _with(path, asked, first=first + PAGE) if shown.matched > first + PAGE else "",
        "less": _with(path, asked, first=max(0, first - PAGE)) if first else "",
        "fresh": bool(shown.refreshed),
        "problem": "",
        "query": "",
    }


def asked_of(sitting: Sitting) -> dict[str, Any]:
    """The filters of an address; what is no number is none."""
    params = sitting.request.query_params
    asked: dict[str, Any] = {name: params.get(name, "")[:64] for name in FILTERS}
    days, first = params.get("days", "1"), params.get("first", "0")
    asked["days"] = int(days) if days in map(str, DAYS) else 1
    asked["first"] = int(first) if first.isdecimal() and len(first) < 7 else 0
    return asked


def row_of(row: WorkRow, around: Surroundings) -> dict[str, Any]:
    """One exam in the worklist: its state, why, and for how long."""
    (found,) = MAKERS["found"]((row.listed,), around)
    exam = row.listed.exam
    why = around.texts.get(f"desk.why-{row.why}", "") if row.why else ""
    return {
        **found,
        "state": state_of(row.listed, around),
        "why": why,
        "modality": exam.modality,
        "ward": exam.ward,
        "waits": _waits(row, around),
        "images": exam.images,
        "printable": row.listed.printable,
    }


def _exact(query: str, row: WorkRow) -> bool:
    """True where a whole number was typed, not a part of one or a name."""
    exam = row.listed.exam
    return query.upper() in (exam.accession.upper(), exam.identity.patient_id.upper(), exam.referring_visit.upper())


def _taken(listed: ListedExam) -> float:
    return listed.exam.taken.timestamp() if listed.exam.taken else 0.0


def _waits(row: WorkRow, around: Surroundings) -> str:
    """How long an exam has been where it is; a printed one waits for nothing."""
    if not row.since or row.listed.readiness is Readiness.PRINTED:
        return ""
    minutes = max(0, int(around.now.timestamp() - row.since) // 60)
    t = around.texts
    if minutes < HOUR_MIN:
        return t("desk.for-minutes", count=minutes)
    if minutes < DAY_MIN:
        return t("desk.for-hours", count=minutes // HOUR_MIN)
    return t("desk.for-days", count=minutes // DAY_MIN)


def _with(path: str, asked: Mapping[str, Any], **other: Any) -> str:
    """The address of the same list with another filter; it begins with its first row."""
    kept = {name: value for name, value in {**asked, "first": 0, **other}.items() if value != "" and name != "query"}
    return f"{path}?{urlencode(kept)}"
