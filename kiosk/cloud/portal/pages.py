"""Pages: templates filled with words and facts. Every value is escaped; nothing here knows a rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from kiosk.cloud.portal.look import Appearance, look_of, offered
from kiosk.web.bundles import Bundles
from kiosk.web.templates import Templates, icon
from kiosk.words import assets

HERE = Path(__file__).parent


class Pages:
    """The templates of this room with the static files beside them."""

    def __init__(self, secure: bool) -> None:
        self.secure = secure
        self.bundles = Bundles(HERE / "static")
        icons = assets() / "icons"
        self._templates = Templates(HERE / "templates", static=self.bundles.url, icon=lambda name: icon(icons, name))

    def show(self, request: Request, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
        """A page in the look of whoever asks; `here` is where it is found again."""
        look: Appearance = facts.pop("look", None) or look_of(request)
        known = {"t": look.words(), "look": look, "languages": offered(), "here": request.url.path, "token": "",
                 "query": request.url.query}  # fmt: skip
        return HTMLResponse(self._templates.page(template, {**known, **facts}), status)

    def closed(self, request: Request) -> Response:
        """The one answer to everything that is not there, not yours, over or taken back."""
        return self.show(request, "closed.html", 404, reason="closed")

    def resting(self, request: Request) -> Response:
        """The store does not answer now."""
        answer = self.show(request, "closed.html", 503, reason="resting")
        answer.headers["retry-after"] = "10"
        return answer
