"""Headers of every answer (R6): nothing kept, nothing framed, nothing foreign loaded, nothing guessed.

`Referrer-Policy: same-origin` rather than `no-referrer`: other sites are told nothing either way, but with the latter
browsers send `Origin: null` with our own forms, and older ones have nothing else to tell a forged request by.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# For pages that decode pictures in the browser: WebAssembly, a worker of our own, pictures that a script made.
DECODING = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'").replace(
    "img-src 'self'", "img-src 'self' blob:") + "; worker-src 'self'"  # fmt: skip
# For a page that carries its first picture in itself.
CARRYING = POLICY.replace("img-src 'self'", "img-src 'self' data:")
ALWAYS = {
    "cache-control": "no-store",
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
}
ENCRYPTED = {"strict-transport-security": "max-age=31536000; includeSubDomains"}


class SafeHeaders:
    """ASGI middleware: adds what an answer does not say itself."""

    def __init__(self, app: ASGIApp, more: Mapping[str, str] | None = None) -> None:
        self._app = app
        headers = {**ALWAYS, **(more or {})}
        self._headers = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name for name, _ in message["headers"]}
                more = [pair for pair in self._headers if pair[0] not in said]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        await self._app(scope, receive, answer)
