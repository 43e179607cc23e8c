"""Session cookies: random, kept by their hash, bound to this host (RFC 6265bis `__Host-`)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response


@dataclass(frozen=True)
class CookieRule:
    """How one cookie is written.

    `secure` is False only where the program itself is reached by plain HTTP on loopback (demo, tests): browsers keep a
    `__Host-` cookie only over TLS, so there it has no prefix.
    """

    name: str
    secure: bool
    same_site: Literal["lax", "strict"] = "lax"

    @property
    def full_name(self) -> str:
        """As the browser knows it."""
        return f"__Host-{self.name}" if self.secure else self.name

    def read(self, request: Request) -> str:
        """Its value, or nothing."""
        return request.cookies.get(self.full_name, "")

    def give(self, response: Response, value: str, seconds: float) -> None:
        """Set it for so long."""
        response.set_cookie(self.full_name, value, max_age=max(0, int(seconds)), path="/", secure=self.secure,
                            httponly=True, samesite=self.same_site)  # fmt: skip

    def take(self, response: Response) -> None:
        """Have the browser forget it."""
        response.delete_cookie(self.full_name, path="/", secure=self.secure, httponly=True, samesite=self.same_site)


def new_cookie() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def kept_as(cookie: str) -> str:
    """What a store keeps of a cookie: hex SHA-256."""
    return hashlib.sha256(cookie.encode()).hexdigest()
