"""What pages are made of: pictures, report, frames. Only of the session's own exams; everything else is not there."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kiosk.cloud.portal.guard import ClosedError, Guard, Visit
from kiosk.cloud.portal.stages import PhoneStage, Stages
from kiosk.cloud.wire.objects import Kind

SIGNS = ((b"RIFF", "image/webp"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
_RANGE = re.compile(r"bytes=(\d{1,10})-(\d{0,10})")


class Content:
    """Routes below /exams."""

    def __init__(self, guard: Guard, stages: Stages) -> None:
        self._guard, self._stages = guard, stages

    def routes(self) -> list[Route]:
        """All of them."""
        page = self._guard.page
        return [
            Route("/exams/{exam}/pictures/{index:int}", page(self._picture)),
            Route("/exams/{exam}/reports/{index:int}", page(self._report)),
            Route("/exams/{exam}/frames/{index:int}", page(self._frame)),
        ]

    def _picture(self, visit: Visit) -> Response:
        data = self._object(visit, Kind.PICTURE)
        kind = picture_type(data)
        if kind is None:
            raise ClosedError  # whatever was published as a picture, only pictures are shown (case 76)
        self._stages.reached(visit.session, PhoneStage.PICTURE, visit.request.path_params["exam"], visit.browser)
        return Response(data, media_type=kind)

    def _report(self, visit: Visit) -> Response:
        data = self._object(visit, Kind.REPORT)
        if not data.startswith(b"%PDF-"):
            raise ClosedError
        return Response(data, media_type="application/pdf",
                        headers={"content-disposition": 'attachment; filename="report.pdf"'})  # fmt: skip

    def _frame(self, visit: Visit) -> Response:
        return ranged(visit.request, self._object(visit, Kind.FRAME), "image/jphc")

    def _object(self, visit: Visit, kind: Kind) -> bytes:
        params = visit.request.path_params
        film = visit.film(params["exam"])
        if not film.may(kind):
            raise ClosedError
        return visit.films.read(film, kind, params["index"])


def picture_type(data: bytes) -> str | None:
    """The media type of a picture; None for anything else."""
    return next((name for sign, name in SIGNS if data.startswith(sign)), None)


def ranged(request: Request, data: bytes, media_type: str) -> Response:
    """The whole, or the one range that was asked for (RFC 9110 14.2); several ranges are answered with the whole."""
    headers = {"accept-ranges": "bytes"}
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None:
        return Response(data, media_type=media_type, headers=headers)
    first = int(asked[1])
    last = min(int(asked[2]) if asked[2] else len(data) - 1, len(data) - 1)
    if first > last:
        headers["content-range"] = f"bytes */{len(data)}"
        return Response(status_code=416, headers=headers)
    headers["content-range"] = f"bytes {first}-{last}/{len(data)}"
    return Response(data[first : last + 1], 206, headers, media_type)
