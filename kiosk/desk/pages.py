"""Pages: templates filled with words and facts. Every value is escaped; nothing here knows a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from kiosk.domain.faults import FaultCode
from kiosk.session.facts import Facts
from kiosk.session.screens.texts import Texts
from kiosk.session.screens.view import Surroundings
from kiosk.web.bundles import Bundles
from kiosk.web.cookies import CookieRule
from kiosk.web.languages import asked_language, language_tagged, offered
from kiosk.web.templates import Templates, icon
from kiosk.words import Language, assets

HERE = Path(__file__).parent
KEPT_S = 365 * 86_400
SECTION = "desk"  # of the words; a language without it is not offered
STATUS = {FaultCode.NOT_ALLOWED: 403, FaultCode.NOTHING_FOUND: 404}


@dataclass(frozen=True)
class Surface:
    """Where the desk stands: its words by language, the hospital's name and clock, and whether it is encrypted."""

    texts: Mapping[str, Texts]
    hospital: Callable[[str], str]
    now: Callable[[], datetime]
    secure: bool


class DeskPages:
    """The templates of this room with the static files beside them."""

    def __init__(self, place: Surface) -> None:
        self.place = place
        self.language_cookie = CookieRule("desk-language", place.secure)
        self.bundles = Bundles(HERE / "static")
        icons = assets() / "icons"
        self._templates = Templates(HERE / "templates", static=self.bundles.url, icon=lambda name: icon(icons, name))

    def language(self, request: Request) -> Language:
        """What was chosen, else what the browser asks for."""
        chosen = language_tagged(self.language_cookie.read(request), SECTION)
        return chosen or asked_language(request.headers.get("accept-language", ""), SECTION)

    def around(self, request: Request) -> Surroundings:
        """Words and time, as the rows of the kiosk's own panel want them."""
        return Surroundings(Facts(), self.place.texts[self.language(request).tag], self.place.now())

    def text(self, request: Request, template: str, **facts: Any) -> str:
        """A page, or a part of one, in the language of whoever asks."""
        language = self.language(request)
        known = {
            "t": self.place.texts[language.tag],
            "language": language,
            "languages": offered(SECTION),
            "hospital": self.place.hospital(language.tag),
            "here": request.url.path,
            "user": None,
            "tabs": (),
            "view": "",
            "token": "",
            "query": "",
        }
        return self._templates.page(template, {**known, **facts})

    def show(self, request: Request, template: str, status: int = 200, **facts: Any) -> Response:
        """A whole page."""
        return HTMLResponse(self.text(request, template, **facts), status)

    def notice(self, request: Request, fault: FaultCode, **facts: Any) -> Response:
        """The one answer to what may not be, is not there or does not work now: what happened, and what to do."""
        status = STATUS.get(fault, 503)
        answer = self.show(request, "notice.html", status, fault=str(fault), again=status == 503, **facts)
        if status == 503:
            answer.headers["retry-after"] = "5"
        return answer
