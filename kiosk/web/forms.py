"""Forms that browsers send: read no further than a form of ours may be long."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

MOST_BYTES, MOST_FIELDS = 16_384, 256
TYPE = "application/x-www-form-urlencoded"


class FormError(Exception):
    """Not a form, or one that is too long."""


async def form_of(request: Request) -> Mapping[str, str]:
    """Its fields, the last of each name. Raises FormError."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != TYPE:
        raise FormError("another type")
    parts, size = list[bytes](), 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise FormError("too long")
    try:
        return dict(parse_qsl(b"".join(parts).decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise FormError("not in UTF-8, or too many fields") from error
