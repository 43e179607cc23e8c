"""Items that nobody could match: looked at beside the exams they may belong to, settled, refused, taken back.

Nothing here says whose an item is; the two identifiers that settle it are typed from the request form, and cross as a
form, never in an address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from kiosk.desk.figure_tables import moment
from kiosk.desk.guard import DeskGuard, Form, Sitting
from kiosk.domain.desk import DeskAction, InboxShown
from kiosk.domain.waiting.inbox import CandidateSeen, ItemSeen, SettleReason
from kiosk.session.screens.view import Surroundings

# By the end of the address: what it does, and which fields of the form it asks.
ACTS: Mapping[str, tuple[DeskAction, tuple[str, ...]]] = {
    "look": (DeskAction.INBOX_ITEM, ("item", "query")),
    "match": (DeskAction.INBOX_MATCH, ("item", "study", "first", "second", "reason")),
    "refuse": (DeskAction.INBOX_REFUSE, ("item", "reason")),
    "retry": (DeskAction.INBOX_RETRY, ("item",)),
    "undo": (DeskAction.INBOX_UNDO, ("item",)),
}
TONES = {"new": "", "ambiguous": "warning", "unmatched": "danger", "matched": "success", "refused": "muted"}


class InboxRoutes:
    """Routes of the view `inbox`."""

    def __init__(self, guard: DeskGuard) -> None:
        self._guard = guard

    def routes(self) -> list[Route]:
        """All of them."""
        acts = [Route(f"/inbox/{end}", self._guard.act(self._acting(end)), methods=["POST"]) for end in ACTS]
        page = Route("/inbox", self._guard.page(lambda sitting: self._show(sitting, DeskAction.INBOX, {})))
        return [page, *acts, Route("/inbox/{item}", self._guard.page(self._item))]

    def _item(self, sitting: Sitting) -> Response:
        return self._show(sitting, DeskAction.INBOX_ITEM, {"item": sitting.request.path_params["item"]})

    def _acting(self, end: str) -> Callable[[Sitting, Form], Response]:
        action, fields = ACTS[end]

        def act(sitting: Sitting, form: Form) -> Response:
            done = "" if end in ("look", "retry") else end
            return self._show(sitting, action, {name: form.get(name, "") for name in fields}, done)

        return act

    def _show(self, sitting: Sitting, action: DeskAction, params: Mapping[str, str], done: str = "") -> Response:
        shown = self._guard.answer(sitting, action, **params)
        assert isinstance(shown, InboxShown)  # noqa: S101 - the table says so
        around = self._guard.pages.around(sitting.request)
        facts: dict[str, Any] = {
            "items": [_seen(one, around) for one in shown.items],
            "decided": [
                {**_seen(item, around), "actor": said.actor, "said": moment(said.at, around)[5:16],
                 "reason": around.texts(f"inbox.reason-{said.reason}")}
                for said, item in shown.decided
            ],
            "opened": _seen(shown.opened, around) if shown.opened else None,
            "candidates": [_candidate(one, around) for one in shown.candidates],
            "reasons": [(str(one), around.texts(f"inbox.reason-{one}")) for one in SettleReason],
            "problem": shown.problem,
            "done": done and not shown.problem,
        }  # fmt: skip
        return self._guard.show(sitting, "inbox", "inbox.html", **facts)


def _seen(one: ItemSeen, around: Surroundings) -> dict[str, Any]:
    t = around.texts
    return {
        "id": one.item,
        "kind": t(f"inbox.{one.kind}"),
        "state": t(f"inbox.{one.state}"),
        "tone": TONES[one.state],
        "why": t(f"inbox.why-{one.why}"),
        "received": moment(one.received, around)[5:16],
        "accession": one.accession,
        "name": one.name,
        "patient": one.patient,
        "title": " · ".join(part for part in (one.modality, one.title) if part),
        "sender": one.sender,
    }


def _candidate(one: CandidateSeen, around: Surroundings) -> dict[str, Any]:
    t = around.texts
    return {
        "study": one.study,
        "accession": one.accession,
        "name": one.name,
        "patient": one.patient,
        "exam": " · ".join(part for part in (one.modality, one.description) if part),
        "taken": f"{one.taken:%Y-%m-%d %H:%M}" if one.taken else "–",
        "differs": [t(f"inbox.differs-{name}") for name in one.differs],
    }
