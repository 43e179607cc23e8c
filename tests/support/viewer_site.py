"""A small site around the viewer: its page, exams, frames by range, with the portal's headers; and what goes wrong."""

from __future__ import annotations

import asyncio
import gzip
import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import kiosk.cloud.portal
from kiosk.words import sections
from tests.support.servers import free_port, wait_until
from tests.support.viewer_exam import ViewerExam

STATIC = Path(kiosk.cloud.portal.__file__).parent / "static"
TYPES = {".js": "text/javascript", ".wasm": "application/wasm", ".css": "text/css"}
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob:; worker-src 'self'"
)
PAGE = """<!doctype html><html lang="{html}" class="room"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<link rel="stylesheet" href="/static/viewer.css">
<link rel="preload" href="{json}" as="fetch" crossorigin>
<body><main id="film" data-json="{json}" data-codec="/static/codec.js" data-wasm="/static/codec.wasm"
 data-large="/static/large.js"></main><script src="/static/viewer.js" defer></script></body></html>"""


@dataclass
class Line:
    """A slow line in front of the site: all answers share its bytes a second, and each waits for its latency."""

    kilobits: int
    latency_s: float
    free: float = 0.0  # when the line has sent all it was given

    def around(self, app: ASGIApp) -> ASGIApp:
        """The same site behind this line."""

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            await asyncio.sleep(self.latency_s)

            async def sent(message: Message) -> None:
                for part in _parts(message):
                    await self._pass(len(part.get("body", b"")))
                    await send(part)

            await app(scope, receive, sent)

        return slow

    async def _pass(self, size: int) -> None:
        now = time.monotonic()
        self.free = max(self.free, now) + size * 8 / (self.kilobits * 1000)
        await asyncio.sleep(self.free - now)


def _parts(message: Message, size: int = 4096) -> list[Message]:
    body = message.get("body", b"")
    if len(body) <= size:
        return [message]
    cuts = range(0, len(body), size)
    return [
        {**message, "body": body[at : at + size], "more_body": at != cuts[-1] or message.get("more_body", False)}
        for at in cuts
    ]


@lru_cache(maxsize=16)
def _packed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), 9)


@dataclass
class ViewerSite:
    """On a free port until closed; `fail` holds the statuses of the next answers to frames, `missing` static files that
    are not found, `asked` what was asked of frames (number, Range header)."""

    exams: dict[str, ViewerExam]
    language: str = "en"
    fail: list[int] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    asked: list[tuple[int, str]] = field(default_factory=list)
    ranges: bool = True
    line: Line | None = None
    more: dict[str, bytes] = field(default_factory=dict)  # further static files
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        routes = [
            Route("/viewer/{exam}", self._page),
            Route("/peer/{exam}", self._peer),
            Route("/static/{name}", self._static),
            Route("/exams/{exam}/viewer.json", self._json),
            Route("/exams/{exam}/frames/{index:int}", self._frame),
            Route("/exams/{exam}/pictures/{index:int}", self._picture),
        ]
        app: ASGIApp = Starlette(routes=routes)
        if self.line is not None:
            app = self.line.around(app)
        config = uvicorn.Config(app, port=self.port, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        wait_until(lambda: self._server.started, "the site")

    def __enter__(self) -> ViewerSite:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()

    def url(self, exam: str, series: int = 0) -> str:
        """The viewer's page."""
        return f"http://127.0.0.1:{self.port}/viewer/{exam}?series={series}"

    async def _page(self, request: Request) -> Response:
        words = sections(self.language)
        json = f"/exams/{request.path_params['exam']}/viewer.json"
        page = PAGE.format(html=words["language"]["html"], title="viewer", json=json)
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})

    async def _peer(self, request: Request) -> Response:
        """Another viewer's page over the same frames; its style attributes are allowed."""
        page = PAGE.format(html="en", title="peer", json=f"/exams/{request.path_params['exam']}/viewer.json")
        policy = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
        return HTMLResponse(page.replace("viewer.js", "peer.js"), headers={"Content-Security-Policy": policy})

    async def _static(self, request: Request) -> Response:
        if request.path_params["name"] in self.more:
            headers = {"Content-Encoding": "gzip", "Content-Security-Policy": POLICY}
            packed = gzip.compress(self.more[request.path_params["name"]], 9)
            return Response(packed, media_type=TYPES[".js"], headers=headers)
        path = STATIC / request.path_params["name"]
        if path.name in self.missing or not path.is_file():
            return Response(status_code=404)
        headers = {"Content-Encoding": "gzip", "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
        return Response(_packed(path), media_type=TYPES[path.suffix], headers=headers)

    def _exam(self, request: Request) -> ViewerExam:
        return self.exams[request.path_params["exam"]]

    async def _json(self, request: Request) -> Response:
        plain = JSONResponse(self._exam(request).json(dict(sections(self.language)["viewer"])))
        headers = {"Content-Encoding": "gzip", "Cache-Control": "no-store"}
        return Response(gzip.compress(bytes(plain.body)), media_type="application/json", headers=headers)

    async def _picture(self, request: Request) -> Response:
        return self._bytes(self._exam(request).pictures[request.path_params["index"]], "image/jpeg")

    async def _frame(self, request: Request) -> Response:
        index, wanted = request.path_params["index"], request.headers.get("range", "")
        self.asked.append((index, wanted))
        if self.fail and (status := self.fail.pop(0)):
            return Response(status_code=status)
        data = self._exam(request).frames[index]
        if not wanted or not self.ranges:
            return self._bytes(data, "application/octet-stream")
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last or len(data)), len(data) - 1)
        if start >= len(data):
            return Response(status_code=416)
        said: dict[str, Any] = {"Content-Range": f"bytes {start}-{end}/{len(data)}"}
        return self._bytes(data[start : end + 1], "application/octet-stream", 206, said)

    def _bytes(self, data: bytes, kind: str, status: int = 200, headers: dict[str, Any] | None = None) -> Response:
        return Response(data, status, {**(headers or {}), "Cache-Control": "no-store"}, kind)
