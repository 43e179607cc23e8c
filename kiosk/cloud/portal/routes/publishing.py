"""/v1: what the publisher asks, through the relay. Every request is signed; a refusal names its kind, nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kiosk.cloud.portal.arrivals import Arrivals
from kiosk.cloud.wire.envelope import MOST_OBJECT
from kiosk.cloud.wire.faults import WireError, WireFault
from kiosk.cloud.wire.signing import Message
from kiosk.domain.faults import FaultCode, KioskError

MOST_ASKED = 10_000
STATUS = {
    WireFault.SIGNATURE_INVALID: 401,
    WireFault.SIGNATURE_OLD: 401,
    WireFault.REPLAYED: 409,
    WireFault.ENVELOPE_INVALID: 422,
    WireFault.SEAL_BROKEN: 422,
    WireFault.LINK_INVALID: 422,
}
STORE_STATUS = {FaultCode.DISK_FULL: 507}
_DIGEST = re.compile(r"[0-9a-f]{64}")
Work = Callable[[str, Request, bytes], Response]


class Publishing:
    """The routes, over one `Arrivals`."""

    def __init__(self, arrivals: Arrivals, origin: str) -> None:
        self._arrivals, self._origin = arrivals, origin.rstrip("/")

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/v1/segments/missing", self._signed(self._missing), methods=["POST"]),
            Route("/v1/segments/{digest}", self._signed(self._segment), methods=["PUT"]),
            Route("/v1/links", self._signed(self._link), methods=["PUT"]),
            Route("/v1/links/{locator}", self._signed(self._revoke), methods=["DELETE"]),
            Route("/v1/progress", self._signed(self._progress), methods=["PUT"]),
            Route("/v1/papers", self._signed(self._paper), methods=["PUT"]),
            Route("/v1/exams", self._signed(self._version), methods=["PUT"]),
            Route("/v1/exams/{exam}", self._signed(self._withdraw), methods=["DELETE"]),
        ]

    def _signed(self, work: Work) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                body = await _bounded(request)
                return await run_in_threadpool(self._answer, work, request, body)
            except ClientDisconnect:  # it was cut off; nobody reads the answer
                return Response(status_code=400)
            except WireError as error:
                return JSONResponse({"fault": error.fault}, STATUS[error.fault])
            except KioskError as error:
                return JSONResponse({"fault": error.code}, STORE_STATUS.get(error.code, 503))

        return answer

    def hospital(self, request: Request, body: bytes) -> str:
        """Who signed it, and once only. Raises WireError.

        The signature is over the address the world knows, not over the one behind nginx.
        """
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        message = Message(request.method, self._origin + path, dict(request.headers))
        return self._arrivals.hospital(message, body)

    def _answer(self, work: Work, request: Request, body: bytes) -> Response:
        return work(self.hospital(request, body), request, body)

    def _missing(self, hospital: str, request: Request, body: bytes) -> Response:
        return JSONResponse({"missing": self._arrivals.missing(_digests(body))})

    def _segment(self, hospital: str, request: Request, body: bytes) -> Response:
        self._arrivals.segment(request.path_params["digest"], body)
        return Response(status_code=204)

    def _link(self, hospital: str, request: Request, body: bytes) -> Response:
        return Response(status_code=201 if self._arrivals.link(hospital, body) else 200)

    def _revoke(self, hospital: str, request: Request, body: bytes) -> Response:
        return _known(self._arrivals.revoke(hospital, request.path_params["locator"]))

    def _progress(self, hospital: str, request: Request, body: bytes) -> Response:
        return _known(self._arrivals.progress(hospital, body))

    def _paper(self, hospital: str, request: Request, body: bytes) -> Response:
        return _known(self._arrivals.paper(hospital, body))

    def _version(self, hospital: str, request: Request, body: bytes) -> Response:
        return Response(self._arrivals.version(hospital, body), media_type="application/json")

    def _withdraw(self, hospital: str, request: Request, body: bytes) -> Response:
        return JSONResponse({"deleted": self._arrivals.withdraw(hospital, request.path_params["exam"])})


def _known(is_own: bool) -> Response:
    """204, or 404 for what is not this hospital's."""
    return Response(status_code=204 if is_own else 404)


async def _bounded(request: Request) -> bytes:
    """The body, read no further than an object may be long."""
    parts, size = list[bytes](), 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > MOST_OBJECT:
            raise WireError(WireFault.ENVELOPE_INVALID, "body too long")
    return b"".join(parts)


def _digests(untrusted: bytes) -> list[str]:
    try:
        digests = json.loads(untrusted)["digests"]
        if len(digests) <= MOST_ASKED and all(_DIGEST.fullmatch(one) for one in digests):
            return list(digests)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WireError(WireFault.ENVELOPE_INVALID, "digests") from error
    raise WireError(WireFault.ENVELOPE_INVALID, "digests")
