"""Requests that another page made a browser send (CSRF): refused by where they come from, and by the form's token.

Two locks, because either alone has been opened before: Fetch Metadata or `Origin` (Fetch standard 3.2; both are set by
the browser, no page can change them), and a token in the form that only a page of the same session knows.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

FIELD = "form"


def own_page(headers: Mapping[str, str], origin: str) -> bool:
    """True where the browser says that a page of this origin sent it. A request that says nothing is not believed."""
    site, sent = headers.get("sec-fetch-site", ""), headers.get("origin", "")
    if site:
        return site == "same-origin" and sent in ("", "null", origin)
    return sent == origin


def form_token(cookie: str, purpose: str = "") -> str:
    """The token of all forms of a session; from it the cookie cannot be found."""
    return hmac.new(cookie.encode(), f"form|{purpose}".encode(), hashlib.sha256).hexdigest()


def right_token(cookie: str, given: str, purpose: str = "") -> bool:
    """Constant in time; without a session no token is right."""
    return bool(cookie) and hmac.compare_digest(form_token(cookie, purpose).encode(), given.encode())


def origin_of(address: str) -> str:
    """Scheme and host of an address, as browsers write an origin."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()
