"""/v/{code}: whether a printed document is genuine and still holds, without a word of what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kiosk.cloud.portal.guard import Guard
from kiosk.cloud.portal.store.papers import IssuedPaper, PaperShelf
from kiosk.cloud.wire.faults import WireError
from kiosk.cloud.wire.keys import bytes_of
from kiosk.web.counters import Counters

MOST, MINUTE_S = 60, 60.0
_DIGEST = re.compile(r"[0-9a-f]{64}")
DIGEST_BYTES = 32


class PaperPages:
    """One route; asked by anybody who holds the paper."""

    def __init__(
        self, guard: Guard, papers: PaperShelf, counters: Counters, titles: Mapping[str, str]
    ) -> None:
        self._guard, self._papers, self._counters, self._titles = guard, papers, counters, titles

    def routes(self) -> list[Route]:
        """The one."""
        return [Route("/v/{code}", self._guard.public(self._page))]

    def _page(self, request: Request) -> Response:
        code = request.path_params["code"]
        if not self._counters.take(f"papers|{request.client.host if request.client else ''}", MOST, MINUTE_S):
            return self._guard.pages.resting(request)
        digest = _digest_of(code)
        paper = self._papers.of(digest) if digest else None
        state = "unknown" if paper is None else "superseded" if paper.superseded else "genuine"
        issued = datetime.fromtimestamp(paper.issued, UTC).isoformat() if paper is not None else ""
        return self._guard.pages.show(request, "paper.html", 404 if paper is None else 200, state=state, paper=paper,
                                      issued=issued, hospital=self._title(paper))  # fmt: skip

    def _title(self, paper: IssuedPaper | None) -> str:
        return self._titles.get(paper.hospital) or paper.hospital if paper is not None else ""


def _digest_of(untrusted: str) -> str:
    """As the printed code says it, or spelt out; empty for anything else."""
    if _DIGEST.fullmatch(untrusted):
        return untrusted
    try:
        return bytes_of(untrusted, DIGEST_BYTES).hex()
    except WireError:
        return ""
