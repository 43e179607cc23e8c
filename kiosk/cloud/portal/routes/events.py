"""/v1/events: the hospital asks what happened and waits for it (long poll); nothing ever connects into a hospital.

/measure: what a phone could not do, told by the phone, kept without saying whose it was.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kiosk.cloud.portal.guard import Form, Guard, Visit
from kiosk.cloud.portal.stages import PhoneStage, Stages
from kiosk.cloud.portal.store.events import EventShelf, PortalEvent
from kiosk.cloud.wire.faults import WireError, WireFault
from kiosk.web.browsers import browser_of

MOST_WAIT_S, LOOK_S = 25.0, 0.5
_SLUG = re.compile(r"[a-z0-9-]{1,40}")


class Events:
    """Routes of the hospital's listener, and of what phones measure."""

    def __init__(
        self, shelf: EventShelf, stages: Stages, guard: Guard, hospital: Callable[[Request, bytes], str]
    ) -> None:
        self._shelf, self._stages, self._guard, self._hospital = shelf, stages, guard, hospital

    def routes(self) -> list[Route]:
        """Both."""
        return [
            Route("/v1/events", self._events, methods=["POST"]),
            Route("/measure", self._guard.form(self._measured), methods=["POST"]),
        ]

    async def _events(self, request: Request) -> Response:
        body = await request.body()
        try:
            hospital = await run_in_threadpool(self._hospital, request, body)
            after, wait = _asked(body)
        except WireError as error:
            return JSONResponse({"fault": error.fault}, 401 if error.fault is not WireFault.ENVELOPE_INVALID else 422)
        end = time.monotonic() + wait
        while True:
            found = await run_in_threadpool(self._shelf.after, hospital, after)
            if found or time.monotonic() >= end or await request.is_disconnected():
                events = [asdict(one) for one in found]
                return JSONResponse({"events": events, "next": found[-1].id if found else after})
            await asyncio.sleep(LOOK_S)

    def _measured(self, request: Request, form: Form) -> Response:
        visit = self._guard.visit(request)
        stage, outcome = form.get("stage", ""), form.get("outcome", "")
        if outcome == "ready" and stage == PhoneStage.VIEWER.word:
            self._stages.reached(visit.session, PhoneStage.VIEWER, form.get("exam", "")[:32])
        elif _SLUG.fullmatch(stage) and _SLUG.fullmatch(outcome):
            self._failed(visit, stage, outcome)
        return Response(status_code=204)

    def _failed(self, visit: Visit, stage: str, outcome: str) -> None:
        browser = browser_of(visit.request.headers.get("user-agent", ""))
        self._shelf.note(PortalEvent.FAILED, visit.session.locator, detail=f"{stage}|{outcome}|{browser}")


def _asked(untrusted: bytes) -> tuple[int, float]:
    try:
        tree = json.loads(untrusted)
        after, wait = int(tree["after"]), float(tree.get("wait_s", 0))
        if 0 <= after < 1 << 62 and 0 <= wait < 1e6:
            return after, min(wait, MOST_WAIT_S)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise WireError(WireFault.ENVELOPE_INVALID, "events") from error
    raise WireError(WireFault.ENVELOPE_INVALID, "events")
