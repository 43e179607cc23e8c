"""The figures: reports of a chosen period with pictures, what is behind each figure, files, the calculator, the check.

Periods are no secret: they stand in the address, so that a page can be kept and sent to a colleague.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from kiosk.desk.figure_tables import Comparison, figure_facts, moment, table_facts
from kiosk.desk.guard import DeskGuard, Form, Sitting
from kiosk.desk.views import views_of
from kiosk.domain.desk import DeskAction
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.panels.figures import (
    Against,
    FiguresChecked,
    FigureShown,
    FiguresShown,
    FileKind,
    FileShown,
    ReportNumber,
)
from kiosk.session.screens.log_words import told
from kiosk.statistics.given import EXAMPLE, NAMES, both_of, inputs_of, text_of
from kiosk.statistics.words import words_in

MEDIA = {
    FileKind.CSV: "text/csv; charset=utf-8",
    FileKind.PDF: "application/pdf",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CARRIED = ("first", "last", "against", "given")


class FigureRoutes:
    """Routes of the view `figures`."""

    def __init__(self, guard: DeskGuard) -> None:
        self._guard = guard

    def routes(self) -> list[Route]:
        """All of them."""
        guard = self._guard
        return [
            Route("/figures", guard.page(lambda sitting: self._page(sitting, ReportNumber.WEEK))),
            Route("/figures/take", guard.act(self._take), methods=["POST"]),
            Route("/figures/check", guard.act(self._check), methods=["POST"]),
            Route("/figures/{number}", guard.page(lambda sitting: self._page(sitting, _number(sitting)))),
            Route("/figures/{number}/behind", guard.page(self._behind)),
        ]

    def _page(self, sitting: Sitting, number: ReportNumber) -> Response:
        return self._show(sitting, number, sitting.request.query_params)

    def _show(self, sitting: Sitting, number: ReportNumber, form: Mapping[str, str], **more: Any) -> Response:
        asked, wrong = asked_of(form)
        against = asked["against"] if asked["against"] in set(Against) else str(Against.NONE)
        shown = self._guard.answer(sitting, DeskAction.FIGURES, number=number, **{**asked, "against": against})
        assert isinstance(shown, FiguresShown)  # noqa: S101 - the table says so
        asked |= {"first": str(shown.period.first), "last": str(shown.period.last), "against": against}
        words = words_in(self._guard.pages.language(sitting.request).tag)
        compared = Comparison(shown.report, shown.compared)
        link = f"/figures/{number}/behind?{urlencode({name: value for name, value in asked.items() if value})}"
        facts = {
            "number": str(number),
            "title": words(shown.report.title),
            "tables": [table_facts(table, place, compared, words, link) for place, table in
                       enumerate(shown.report.tables)],
            "notes": [words(note) for note in shown.report.notes],
            "problem": wrong or shown.problem,
            "asked": asked,
            "before": shown.before,
            "today": self._guard.pages.around(sitting.request).now.date(),
            **self._inputs(number, asked["given"]),
        }  # fmt: skip
        return self._guard.show(sitting, "figures", "figures.html", **{**_choices(), "checked": None, **facts, **more})

    def _inputs(self, number: ReportNumber, given: str) -> dict[str, Any]:
        """The calculator's fields, filled with what was typed."""
        if number is not ReportNumber.R2:
            return {"inputs": (), "example": ""}
        try:
            before, after = both_of(given)
        except ValueError:
            before, after = both_of("")
        fields = [{"name": name, "before": _said(getattr(before, name)), "after": _said(getattr(after, name))}
                  for name in NAMES]  # fmt: skip
        return {"inputs": fields, "example": urlencode({"given": EXAMPLE})}

    def _behind(self, sitting: Sitting) -> Response:
        number, asked = _number(sitting), sitting.request.query_params
        params = {name: asked.get(name, "") for name in ("first", "last", "given", "table", "row", "column")}
        shown = self._guard.answer(sitting, DeskAction.FIGURE, number=number, **params)
        assert isinstance(shown, FigureShown)  # noqa: S101 - the table says so
        around = self._guard.pages.around(sitting.request)
        words = words_in(self._guard.pages.language(sitting.request).tag)
        rows = [
            {"when": moment(one.at, around), "source": words(one.source), "kiosk": one.kiosk, "visit": one.visit,
             "detail": told(one.told, around.texts) or " · ".join(words(part) for part in one.detail.split(" · "))}
            for one in shown.records
        ]  # fmt: skip
        back = urlencode({name: value for name, value in asked.items() if name in CARRIED})
        facts = {"number": str(number), "title": words(shown.report.title), "rows": rows, "count": shown.count,
                 "back": f"/figures/{number}?{back}", "period": shown.period}  # fmt: skip
        figure = figure_facts(shown, words)
        may_follow = "log" in views_of(sitting.user.who)
        return self._guard.show(sitting, "figures", "figure.html", figure=figure, may_follow=may_follow, **facts)

    def _take(self, sitting: Sitting, form: Form) -> Response:
        """The file goes to the browser; nothing stays here."""
        language = self._guard.pages.language(sitting.request).tag
        wanted = {name: form.get(name, "") for name in ("number", "kind", "first", "last", "given")}
        shown = self._guard.answer(sitting, DeskAction.TAKE_FIGURES, language=language, **wanted)
        assert isinstance(shown, FileShown)  # noqa: S101 - the table says so
        sent = {"content-disposition": f'attachment; filename="{shown.name}"'}
        return Response(shown.data, media_type=MEDIA[FileKind(wanted["kind"])], headers=sent)

    def _check(self, sitting: Sitting, form: Form) -> Response:
        wanted = {name: form.get(name, "") for name in ("number", "first", "last")}
        shown = self._guard.answer(sitting, DeskAction.CHECK_FIGURES, **wanted)
        assert isinstance(shown, FiguresChecked)  # noqa: S101 - the table says so
        return self._show(sitting, ReportNumber(wanted["number"]), form, checked=shown)


def asked_of(form: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """What a page is asked for, and what is wrong with it. The calculator's fields become one text."""
    asked = {name: form.get(name, "") for name in CARRIED}
    halves = [{name: form.get(f"{half}_{name}", "") for name in NAMES} for half in ("before", "after")]
    if not any(any(half.values()) for half in halves):
        return asked, ""
    try:
        return {**asked, "given": text_of(*map(inputs_of, halves))}, ""
    except ValueError:
        return asked, "no-number"


def _number(sitting: Sitting) -> ReportNumber:
    """Raises KioskError NOTHING_FOUND."""
    try:
        return ReportNumber(sitting.request.path_params["number"])
    except ValueError as error:
        raise KioskError(FaultCode.NOTHING_FOUND, "no such report") from error


def _said(value: object) -> str:
    return "" if value is None else str(value)


def _choices() -> dict[str, Any]:
    return {"numbers": [str(one) for one in ReportNumber], "kinds": [str(kind) for kind in FileKind],
            "against_choices": [str(one) for one in Against]}  # fmt: skip
