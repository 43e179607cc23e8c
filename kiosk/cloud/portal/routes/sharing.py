"""Showing a film to somebody: share, typed code, receipts, family, taking back, stopping everything."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from kiosk.cloud.portal.films import Film
from kiosk.cloud.portal.guard import ClosedError, Form, Guard, Visit
from kiosk.cloud.portal.look import PortalWords
from kiosk.cloud.portal.routes.film import inside
from kiosk.cloud.portal.shares import MadeShare, Purpose, Scope, Shares, ShareWish
from kiosk.cloud.portal.store.links import FAMILY
from kiosk.cloud.portal.store.shares import GivenShare
from kiosk.web.counters import Counters

MOST_CODES, CODES_S = 5, 300.0
MOST_CODES_ALL, HOUR_S = 600, 3600.0
OFFERED = (Purpose.DOCTOR, Purpose.SECOND_OPINION, Purpose.INSURANCE, Purpose.OTHER)


@dataclass(frozen=True)
class ShareLine:
    """One line of “who can open my film”."""

    locator: str
    state: str
    title: str
    receipt: str
    note: str
    alive: bool
    renewable: bool


class Sharing:
    """Routes of the patient, and of whoever has a typed code."""

    def __init__(self, guard: Guard, shares: Shares, counters: Counters) -> None:
        self._guard, self._shares, self._counters = guard, shares, counters

    def routes(self) -> list[Route]:
        """All of them."""
        guard = self._guard
        return [
            Route("/share", guard.page(self._page), methods=["GET"]),
            Route("/share", guard.act(self._make), methods=["POST"]),
            Route("/share/state", guard.page(self._state)),
            Route("/share/end", guard.act(self._end), methods=["POST"]),
            Route("/share/renew", guard.act(self._renew), methods=["POST"]),
            Route("/share/stop", guard.act(self._stop), methods=["POST"]),
            Route("/access", guard.page(self._access)),
            Route("/family", guard.act(self._family), methods=["POST"]),
            Route("/c", guard.public(self._code_page), methods=["GET"]),
            Route("/c", guard.form(self._code), methods=["POST"]),
        ]

    # --- giving -----------------------------------------------------------------------------------------------------
    def _page(self, visit: Visit) -> Response:
        film = _own(visit)
        several = len(visit.session.exams) > 1
        return inside(self._guard, visit, film, "share.html", purposes=OFFERED, several=several)

    def _make(self, visit: Visit, form: Form) -> Response:
        film = _own(visit, form.get("exam", ""))
        scope = Scope.HISTORY if form.get("scope") == Scope.HISTORY else Scope.EXAM
        purpose = next((one for one in OFFERED if one == form.get("purpose")), Purpose.DOCTOR)
        chosen = visit.session.exams if scope is Scope.HISTORY else (visit.session.exam(film.exam),)
        exams = tuple(one for one in chosen if one is not None)
        last_six = form.get("question") != "one-time-code"
        return self._given(visit, film, ShareWish(exams, scope, form.get("download") == "yes", last_six, purpose))

    def _given(self, visit: Visit, film: Film, wish: ShareWish) -> Response:
        made = self._shares.make(visit.session, wish)
        if made is None:
            raise ClosedError
        return self._shown(visit, film, made, family=wish.purpose is Purpose.FAMILY)

    def _shown(self, visit: Visit, film: Film, made: MadeShare, family: bool) -> Response:
        link = f"{self._guard.origin}/s#{made.secret.text}"
        (line,) = (one for one, _ in self._shares.given(visit.session) if one.locator == made.secret.locator)
        code = f"{made.code[:4]} {made.code[4:]}" if made.code else ""
        short = f"{self._guard.origin.partition('://')[2]}/c"
        return inside(self._guard, visit, film, "shared.html", here="/access", query="", qr=_qr(link), link=link,
                      code=code, short=short, one_time=made.one_time, left=int(line.left), family=family,
                      locator=made.secret.locator)  # fmt: skip

    def _renew(self, visit: Visit, form: Form) -> Response:
        """The same again with five fresh minutes; the old one is taken back."""
        found = [one for one, _ in self._shares.given(visit.session) if one.locator == form.get("share", "")]
        film = _own(visit)
        if not found or found[0].kind == FAMILY:
            raise ClosedError
        old = found[0]
        scope, _, files = old.scope.partition("+")
        exams = tuple(one for one in visit.session.exams if one.exam in old.exams) or visit.session.exams
        self._shares.revoke(visit.session, [old.locator])
        last_six = form.get("question") != "one-time-code"
        wish = ShareWish(exams, Scope(scope), bool(files), last_six, Purpose(old.purpose))
        return self._given(visit, film, wish)

    def _family(self, visit: Visit, form: Form) -> Response:
        film = _own(visit)
        note = "".join(c for c in form.get("name", "") if c.isprintable()).strip()
        wish = ShareWish(visit.session.exams, Scope.HISTORY, True, False, Purpose.FAMILY, note)
        return self._given(visit, film, wish)

    # --- seeing and taking back -------------------------------------------------------------------------------------
    def _access(self, visit: Visit) -> Response:
        film, t = _own(visit), visit.look.words()
        zone = _zone(film)
        lines = [_line(one, note, t, zone) for one, note in self._shares.given(visit.session)]
        devices = [(one.browser, _when(one.began, zone), one.digest == visit.session.digest)
                   for one in self._shares.devices(visit.session)]  # fmt: skip
        return inside(self._guard, visit, film, "access.html", lines=lines, devices=devices)

    def _state(self, visit: Visit) -> Response:
        """Of one share, for the page that shows it: the giver looks at the receipt as it comes."""
        film, t = _own(visit), visit.look.words()
        for one, note in self._shares.given(visit.session):
            if one.locator == visit.request.query_params.get("share"):
                line = _line(one, note, t, _zone(film))
                return JSONResponse({"state": line.state, "receipt": line.receipt, "left": int(one.left)})
        raise ClosedError

    def _end(self, visit: Visit, form: Form) -> Response:
        _own(visit)
        self._shares.revoke(visit.session, [form.get("share", "")])
        return RedirectResponse("/access", 303)

    def _stop(self, visit: Visit, form: Form) -> Response:
        _own(visit)
        self._shares.stop_everything(visit.session)
        return RedirectResponse("/access", 303)

    # --- the typed code ---------------------------------------------------------------------------------------------
    def _code_page(self, request: Request) -> Response:
        return self._guard.pages.show(request, "code.html", wrong="")

    def _code(self, request: Request, form: Form) -> Response:
        """Counted before it is looked up: five wrong ones of one address in five minutes."""
        own = f"codes|{request.client.host if request.client else ''}"
        allowed = self._counters.take(own, MOST_CODES, CODES_S)
        if not allowed or not self._counters.take("codes|all", MOST_CODES_ALL, HOUR_S):
            return self._guard.pages.show(request, "code.html", 429, wrong="code-locked")
        secret = self._shares.by_code(form.get("code", ""))
        if secret is None:
            return self._guard.pages.show(request, "code.html", 403, wrong="code-wrong")
        self._counters.give_back(own)
        self._counters.give_back("codes|all")
        return self._guard.pages.show(request, "door.html", wrong="", secret=secret.text, here="/s")


def _own(visit: Visit, exam: str = "") -> Film:
    """A film of the patient's own session: whoever was let in gives nothing on. Raises ClosedError."""
    if not visit.session.owner:
        raise ClosedError
    return visit.film(exam or visit.request.query_params.get("exam", ""))


def _zone(film: Film) -> tzinfo:
    """The hospital's clock: receipts tell times as the patient reads them."""
    try:
        return datetime.fromisoformat(film.manifest.exam.performed).tzinfo or UTC
    except ValueError:
        return UTC


def _when(seconds: float, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(seconds, zone):%m-%d %H:%M}"


def _line(one: GivenShare, note: str, t: PortalWords, zone: tzinfo) -> ShareLine:
    scope, _, files = one.scope.partition("+")
    what = t(f"scope-{scope}") + (t("with-files") if files else "")
    title = note or t(f"purpose-{one.purpose}")
    state = _state_of(one)
    opened = t("opened-at", when=_when(one.opened, zone), browser=one.browser) if one.opened else t(f"share-{state}")
    alive = state in ("waiting", "open", "family")
    return ShareLine(one.locator, state, f"{title} · {what}", opened, note, alive, one.kind != FAMILY)


def _state_of(one: GivenShare) -> str:
    if one.revoked:
        return "revoked"
    if one.kind == FAMILY:
        return "family"
    if one.opened:
        return "open" if one.sees else "over"
    return "waiting" if one.left else "expired"


def _qr(link: str) -> Markup:
    """As SVG within the page: it needs no script and no other request."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=2,
                                                  svgclass="qr", lineclass="modules")  # fmt: skip
    return Markup(out.getvalue().decode())  # noqa: S704 - made here, of base64url
