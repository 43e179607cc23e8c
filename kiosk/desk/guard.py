"""Who may: every page and every act goes through here. Rights are asked for by the desk's service; here are sessions,
forged requests, and the one shape of every refusal."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kiosk.desk.pages import DeskPages
from kiosk.desk.views import views_of
from kiosk.domain.desk import DeskAction, DeskRequest, NothingAsked, PanelShown, allowed, request
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.roles import StaffMember
from kiosk.ports.ledger import Ledger
from kiosk.services.desk.staff_desk import Desk
from kiosk.services.desk.staff_door import StaffDoor
from kiosk.services.desk.user import DeskUser
from kiosk.services.machine.lanes import Cancelled
from kiosk.web.cookies import CookieRule, kept_as
from kiosk.web.forgery import FIELD, form_token, own_page, right_token
from kiosk.web.forms import FormError, form_of

log = logging.getLogger(__name__)
Form = Mapping[str, str]
Endpoint = Callable[[Request], Awaitable[Response]]
MOST = 64  # characters of a name or PIN
LIVE = "x-live"  # a script asks, who wants no log-in page


class _NobodyError(Exception):
    """No session, or it is locked."""


@dataclass(frozen=True)
class SessionLimits:
    """How long a session lasts unused, and at all; seconds."""

    idle_s: float
    longest_s: float


@dataclass(frozen=True)
class Sitting:
    """One request of somebody who is logged in."""

    request: Request
    user: DeskUser
    cookie: str

    @property
    def token(self) -> str:
        """Of the forms on the page."""
        return form_token(self.cookie)


@dataclass(frozen=True)
class Entrance:
    """How somebody comes in: the door for a browser's address, for how long, and what takes a second person."""

    by_address: Callable[[str], StaffDoor]
    limits: SessionLimits
    four_eyes: frozenset[DeskAction] = frozenset()

    def door(self, request: Request) -> StaffDoor:
        """By the address as the server (or the proxy that it trusts) knows it; never one that a client writes."""
        return self.by_address(request.client.host if request.client else "")

    def seconded(self, sitting: Sitting, action: DeskAction, form: Form) -> tuple[Sitting, str]:
        """With the colleague who confirms what takes two, where the form names one; and what is wrong with that."""
        if action not in self.four_eyes:
            return sitting, ""
        name, pin = form.get("second", "").strip()[:MOST], form.get("second_pin", "")[:MOST]
        second = self.door(sitting.request).log_in(sitting.user.session, name, pin, "")[0] if name and pin else None
        if second is None or second.name == sitting.user.name or not allowed(second, action):
            return sitting, "second-wrong"
        return replace(sitting, user=replace(sitting.user, second=second)), ""


Page = Callable[[Sitting], Response]
Act = Callable[[Sitting, Form], Response]


class DeskGuard:
    """Makes endpoints of work."""

    def __init__(self, desk: Desk, ledger: Ledger, pages: DeskPages, origin: str, entrance: Entrance) -> None:
        self._desk = desk
        self.entrance = entrance
        self.limits = entrance.limits
        self.ledger = ledger
        self.pages = pages
        self.origin = origin
        self.cookie = CookieRule("desk", pages.place.secure, "strict")

    def answer(self, sitting: Sitting, action: DeskAction, **params: Any) -> PanelShown:
        """Through the desk's door. Raises KioskError: NOT_ALLOWED, and what the action raises."""
        try:
            wanted = request(action, params)
        except (ValueError, TypeError):
            wanted = DeskRequest(action, NothingAsked())  # fits nothing that asks something: refused and noted there
        return self._desk.answer(sitting.user, wanted)

    def show(self, sitting: Sitting, view: str, template: str, **facts: Any) -> Response:
        """A page with what stands on all of them; `here`: where it is found again, which an act is not."""
        here = sitting.request.url.path if sitting.request.method == "GET" else f"/{view}"
        known = {"view": view, "here": here, **self._known(sitting)}
        return self.pages.show(sitting.request, template, **{**known, **facts})

    def _known(self, sitting: Sitting) -> dict[str, Any]:
        who = sitting.user.who
        four_eyes = [str(action) for action in self.entrance.four_eyes]
        return {"user": who, "tabs": views_of(who), "token": sitting.token, "four_eyes": four_eyes}

    def public(self, work: Callable[[Request], Response]) -> Endpoint:
        """For everybody."""

        async def answer(request: Request) -> Response:
            return await run_in_threadpool(self._kept, request, lambda: work(request))

        return answer

    def page(self, work: Page) -> Endpoint:
        """For whoever is logged in."""
        return self._inside(work, used=True)

    def live(self, work: Page) -> Endpoint:
        """The same for what a page asks by itself: that keeps no session from being locked."""
        return self._inside(work, used=False)

    def form(self, work: Callable[[Request, Form], Response]) -> Endpoint:
        """A form of ours, before there is a session."""

        async def answer(request: Request) -> Response:
            if not own_page(request.headers, self.origin):
                return self.pages.notice(request, FaultCode.NOT_ALLOWED)
            try:
                form = await form_of(request)
            except FormError:
                return self.pages.notice(request, FaultCode.NOT_ALLOWED)
            return await run_in_threadpool(self._kept, request, lambda: work(request, form))

        return answer

    def act(self, work: Act) -> Endpoint:
        """A form of ours, of a page of this very session."""

        def checked(request: Request, form: Form) -> Response:
            sitting = self._sitting(request)
            if not right_token(sitting.cookie, form.get(FIELD, "")):
                raise KioskError(FaultCode.NOT_ALLOWED, "form of another session")
            return self._told(sitting, lambda: work(sitting, form))

        return self.form(checked)

    def _inside(self, work: Page, used: bool) -> Endpoint:
        def checked(request: Request) -> Response:
            sitting = self._sitting(request, used)
            return self._told(sitting, lambda: work(sitting))

        return self.public(checked)

    def _sitting(self, request: Request, used: bool = True) -> Sitting:
        """Raises _NobodyError. An account that was switched off since is nobody's."""
        cookie = self.cookie.read(request)
        idle, longest = self.limits.idle_s, self.limits.longest_s
        session = self.ledger.session(kept_as(cookie), idle, longest, used) if cookie else None
        member = self._member(session.name) if session else None
        if session is None or member is None:
            raise _NobodyError
        return Sitting(request, DeskUser(member, session.visit, Cancelled()), cookie)

    def _member(self, name: str) -> StaffMember | None:
        return next((one for one in self.ledger.staff() if one.name == name and one.enabled), None)

    def _told(self, sitting: Sitting, work: Callable[[], Response]) -> Response:
        """What went wrong is said on a page of theirs."""
        try:
            return work()
        except KioskError as error:
            log.warning("%s", error)
            return self.pages.notice(sitting.request, error.code, **self._known(sitting))

    def _kept(self, request: Request, work: Callable[[], Response]) -> Response:
        try:
            return work()
        except _NobodyError:
            return self._to_login(request)
        except KioskError as error:
            log.warning("%s", error)
            return self.pages.notice(request, error.code)

    def _to_login(self, request: Request) -> Response:
        if request.headers.get(LIVE):
            return Response(status_code=401)
        to = request.url.path if request.method == "GET" else ""
        return RedirectResponse(f"/login?{urlencode({'to': to})}" if to not in ("", "/") else "/login", 303)
