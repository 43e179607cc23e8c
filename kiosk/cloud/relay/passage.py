"""Requests of known publishers to the portal's publishing addresses, and nothing else, with what they carry unread.

The relay checks signature, age and route itself, so that nothing unsigned leaves the hospital through it; whether a
request came before, only the portal can say, since the relay remembers nothing. A body is checked against its signed
digest before the first byte of it is passed on, so it is held in memory while it lasts: bounded, and never on a disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import anyio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from kiosk.cloud.relay.line import LineError, PortalLine
from kiosk.cloud.wire.envelope import MOST_OBJECT
from kiosk.cloud.wire.faults import WireError, WireFault
from kiosk.cloud.wire.signing import Message, verify

PASSED = {
    "POST": re.compile(r"/v1/(segments/missing|events)"),
    "PUT": re.compile(r"/v1/(segments/[0-9a-f]{64}|links|exams|progress|papers)"),
    "DELETE": re.compile(r"/v1/(links/[0-9a-f]{64}|exams/[A-Za-z0-9_-]{22})"),
}
SENT_ON = ("content-digest", "signature", "signature-input", "content-type")
GIVEN_BACK = ("content-type", "content-length", "date")
MOST_SMALL = 4 << 20
_SEGMENT = re.compile(r"/v1/segments/[0-9a-f]{64}")


def _now() -> datetime:
    return datetime.now(UTC)


class Passage:
    """The relay as an ASGI application. `origin`: the portal's address as publishers sign it."""

    def __init__(
        self,
        line: PortalLine,
        origin: str,
        keys: Mapping[str, Ed25519PublicKey],
        most_at_once: int,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._line, self._origin, self._keys, self._now = line, origin.rstrip("/"), keys, now
        self._places = anyio.Semaphore(most_at_once)
        self.passed = self.refused = 0

    def application(self) -> Starlette:
        """All of it."""
        methods = ["GET", *PASSED]
        passage = Route("/{rest:path}", self._answer, methods=methods)
        return Starlette(routes=[Route("/health", self._health), passage])

    async def _health(self, request: Request) -> Response:
        reached = await run_in_threadpool(self._line.reached)
        told = {"portal": "reached" if reached else "not reached", "passed": self.passed, "refused": self.refused}
        return JSONResponse(told, 200 if reached else 503)

    async def _answer(self, request: Request) -> Response:
        if not _is_passed(request):
            self.refused += 1
            return JSONResponse({"fault": "not-allowed"}, 404)
        async with self._places:
            try:
                body = await self._checked(request)
                headers = _kept(request)
                answered = await run_in_threadpool(self._line.ask, request.method, request.url.path, body, headers)
            except WireError as error:
                self.refused += 1
                return JSONResponse({"fault": error.fault}, 401)
            except LineError:
                return JSONResponse({"fault": "portal-unreachable"}, 502)
        self.passed += 1
        told = {name: value for name, value in answered.headers.items() if name in GIVEN_BACK}
        return StreamingResponse(answered.body, answered.status, told)

    async def _checked(self, request: Request) -> bytes:
        """The body, whole and as signed. Raises WireError."""
        most = MOST_OBJECT if _SEGMENT.fullmatch(request.url.path) else MOST_SMALL
        parts, size = list[bytes](), 0
        async for part in request.stream():
            parts.append(part)
            size += len(part)
            if size > most:
                raise WireError(WireFault.SIGNATURE_INVALID, "body too long")
        body = b"".join(parts)
        message = Message(request.method, self._origin + request.url.path, dict(request.headers))
        await run_in_threadpool(verify, message, body, self._keys, self._now())
        return body


def _kept(request: Request) -> dict[str, str]:
    return {name: request.headers[name] for name in SENT_ON if name in request.headers}


def _is_passed(request: Request) -> bool:
    """A publishing address without a query, called as it is written: nothing is decoded or made plain here."""
    pattern = PASSED.get(request.method)
    raw = request.scope.get("raw_path", b"").partition(b"?")[0]
    path = request.url.path
    return bool(pattern and pattern.fullmatch(path)) and raw == path.encode() and not request.url.query
