"""Static files of a program: read once, named with their digest so that browsers may keep them for ever."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from kiosk.web.headers import DECODING

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".png": "image/png",
}
KEPT = "public, max-age=31536000, immutable"
_PACKED = (".css", ".js", ".svg", ".wasm")


@dataclass(frozen=True)
class StaticFile:
    """One file as it is sent."""

    data: bytes
    packed: bytes | None
    media_type: str
    digest: str


class Bundles:
    """The files of one folder; nothing outside it can be named, for names are looked up, never joined to a path."""

    def __init__(self, folder: Path) -> None:
        self._files = {path.name: _read(path) for path in sorted(folder.iterdir()) if path.suffix in TYPES}

    def url(self, name: str) -> str:
        """Its address: changes with its content. Raises KeyError for a file that is not there."""
        return f"/static/{name}?v={self._files[name].digest}"

    def has(self, name: str) -> bool:
        """True where the file is part of the package."""
        return name in self._files

    def answer(self, request: Request) -> Response:
        """The route /static/{name}."""
        file = self._files.get(request.path_params["name"])
        if file is None:
            return Response(status_code=404)
        kept = KEPT if request.query_params.get("v") == file.digest else "no-cache"
        headers = {"cache-control": kept, "vary": "accept-encoding", "etag": f'"{file.digest}"'}
        if file.media_type == TYPES[".js"]:
            headers["content-security-policy"] = DECODING  # a worker obeys the policy that its own script came with
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(file.packed, media_type=file.media_type, headers={**headers, "content-encoding": "gzip"})
        return Response(file.data, media_type=file.media_type, headers=headers)


def _read(path: Path) -> StaticFile:
    data = path.read_bytes()
    packed = gzip.compress(data, 9, mtime=0) if path.suffix in _PACKED else None
    return StaticFile(data, packed, TYPES[path.suffix], hashlib.sha256(data).hexdigest()[:16])
