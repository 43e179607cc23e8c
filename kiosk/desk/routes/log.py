"""The log: events in words, filters, one visit from scan to paper, export, and whether the chain holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from kiosk.desk.guard import DeskGuard, Form, Sitting
from kiosk.domain.desk import DeskAction, LogShown, LogSpan, TrailShown
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.session.screens.staff_bodies import MAKERS
from kiosk.session.screens.texts import Texts

FILTERS = ("span", "kind", "outcome", "visit", "kiosk", "actor", "text")
CHOICES = {"span": set(LogSpan), "kind": {*EventKind, ""}, "outcome": {*EventOutcome, ""}}
LONGEST = 80  # characters of what is searched for
VISIT = re.compile(r"[A-Za-z0-9_-]{0,64}")


class LogRoutes:
    """Routes of the view `log`."""

    def __init__(self, guard: DeskGuard) -> None:
        self._guard = guard

    def routes(self) -> list[Route]:
        """All of them."""
        guard = self._guard
        return [
            Route("/log", guard.page(lambda sitting: self._show(sitting, dict(sitting.request.query_params)))),
            Route("/log/export", guard.act(self._export), methods=["POST"]),
            Route("/log/check", guard.act(self._check), methods=["POST"]),
        ]

    def _shown(self, sitting: Sitting, action: DeskAction, asked: dict[str, str]) -> LogShown:
        shown = self._guard.answer(sitting, action, **asked)
        assert isinstance(shown, LogShown)  # noqa: S101 - the table says so
        return shown

    def _show(self, sitting: Sitting, form: Form, chain: TrailShown | None = None) -> Response:
        asked = filters(form)
        shown = self._shown(sitting, DeskAction.LOG, asked)
        around = self._guard.pages.around(sitting.request)
        rows = MAKERS["events"](shown.events, around)
        for row, event in zip(rows, shown.events, strict=True):
            row["visit"] = event.visit
            row["at"] = event.kiosk
        if asked["visit"]:
            rows.reverse()  # a story is told from its beginning
        facts: dict[str, Any] = {"rows": rows, "asked": asked, "chain": chain.check if chain else None}
        return self._guard.show(sitting, "log", "log.html", **facts, **choices(around.texts))

    def _check(self, sitting: Sitting, form: Form) -> Response:
        shown = self._guard.answer(sitting, DeskAction.CHECK_TRAIL)
        assert isinstance(shown, TrailShown)  # noqa: S101 - the table says so
        return self._show(sitting, form, shown)

    def _export(self, sitting: Sitting, form: Form) -> Response:
        """The file goes to the browser and does not stay here."""
        file = Path(self._shown(sitting, DeskAction.EXPORT, filters(form)).exported)
        try:
            data = file.read_bytes()
        finally:
            file.unlink(missing_ok=True)
        sent = {"content-disposition": f'attachment; filename="{file.name}"'}
        return Response(data, media_type="text/csv; charset=utf-8", headers=sent)


def filters(form: Form) -> dict[str, str]:
    """What is asked for; what is no choice of ours is as if it were not asked."""
    asked = {name: form.get(name, "").strip()[:LONGEST] for name in FILTERS}
    asked = {name: value if value in CHOICES.get(name, {value}) else "" for name, value in asked.items()}
    visit = asked["visit"] if VISIT.fullmatch(asked["visit"]) else ""
    return {**asked, "span": asked["span"] or str(LogSpan.TODAY), "visit": visit}


def choices(t: Texts) -> dict[str, Any]:
    """What the filters offer."""
    return {
        "spans": [(str(span), t(f"staff.filter-{span}")) for span in LogSpan],
        "kinds": [("", t("staff.all")), *sorted(((str(k), t(f"event.{k}")) for k in EventKind), key=lambda k: k[1])],
        "outcomes": [("", t("staff.all")), *((str(one), t(f"outcome.{one}")) for one in EventOutcome)],
    }
