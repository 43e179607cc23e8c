"""The rows of the preview."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.exam import ListedExam, Readiness
from kiosk.session import effects as do
from kiosk.session import events as on
from kiosk.session.facts import Facts
from kiosk.session.rows import Step
from kiosk.session.states import Listing, Previewing

_UNSEEN = (Readiness.HELD, Readiness.OUTSIDE_WINDOW, Readiness.FILM_ONLY)


def preview(state: Listing, event: on.Preview, _: Facts) -> Step:
    """Show a final report before printing it; printed ones may be looked at again."""
    exam = state.exam(event.study_uid)
    if exam is None or not may_preview(exam):
        return state, ()
    return Previewing(state.token, state, event.study_uid), (do.MakePreview(state.token, exam),)


def may_preview(exam: ListedExam) -> bool:
    """True for a final report that is neither held nor too old."""
    return bool(exam.exam.final_reports) and exam.readiness not in _UNSEEN


def pages_ready(state: Previewing, event: on.PagesReady, _: Facts) -> Step:
    """The pictures are there; one begins to read at the conclusion."""
    if event.study_uid != state.study_uid:
        return state, ()
    return replace(state, pages=event.pages, page=event.page, top=event.top), ()


def turn_page(state: Previewing, event: on.TurnPage, _: Facts) -> Step:
    """Another page; forwards it is read from its top, backwards from its end."""
    page = min(max(event.page, 0), max(len(state.pages) - 1, 0))
    return (replace(state, page=page, top=float(page < state.page)), ()) if page != state.page else (state, ())
