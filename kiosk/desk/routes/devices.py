"""All machines of the hospital: how each is and since when; close one, open it again, with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from kiosk.desk.guard import DeskGuard, Form, Sitting
from kiosk.domain.desk import DeskAction, DevicesShown
from kiosk.domain.faults import FaultCode
from kiosk.domain.fleet import DeviceState
from kiosk.session.screens.view import Surroundings

TONES = {"well": "success", "closed": "warning", "silent": "danger", "faults": "danger"}


class DeviceRoutes:
    """Routes of the view `devices`."""

    def __init__(self, guard: DeskGuard) -> None:
        self._guard = guard

    def routes(self) -> list[Route]:
        """All of them."""
        guard = self._guard
        return [
            Route("/devices", guard.page(lambda sitting: self._show(sitting, DeskAction.DEVICES))),
            Route("/devices/close", guard.act(self._acting(DeskAction.CLOSE_KIOSK)), methods=["POST"]),
            Route("/devices/open", guard.act(self._acting(DeskAction.OPEN_KIOSK)), methods=["POST"]),
        ]

    def _acting(self, action: DeskAction) -> Callable[[Sitting, Form], Response]:
        def act(sitting: Sitting, form: Form) -> Response:
            return self._show(sitting, action, device=form.get("device", ""), why=form.get("why", ""))

        return act

    def _show(self, sitting: Sitting, action: DeskAction, **params: str) -> Response:
        shown = self._guard.answer(sitting, action, **params)
        assert isinstance(shown, DevicesShown)  # noqa: S101 - the table says so
        around = self._guard.pages.around(sitting.request)
        rows = [_row(one, around) for one in shown.devices]
        return self._guard.show(sitting, "devices", "devices.html", rows=rows, problem=shown.problem)


def _row(one: DeviceState, around: Surroundings) -> dict[str, Any]:
    t, state = around.texts, one.word
    faults = [
        {"what": t.get(f"fault.{fault}", fault), "next": t.get(f"advice.{fault}", ""), "said": said}
        for fault, said in one.report.faults.values()
        if fault != FaultCode.CLOSED_BY_STAFF
    ]
    return {
        "device": one.report.device,
        "state": t(f"desk.state-{state}"),
        "tone": TONES[state],
        "closed": one.closed,
        "faults": faults,
        "since": _clock(one.seen if one.silent else one.since, around),
        "visit": _clock(one.last_visit, around) if one.last_visit else "–",
        "visits": one.visits,
        "alarms": one.alarms,
        "version": one.report.version,
    }


def _clock(when: float, around: Surroundings) -> str:
    return f"{datetime.fromtimestamp(when, UTC).astimezone(around.now.tzinfo):%m-%d %H:%M}"
