"""The portal as a service, publishing side and verification page, and the keys of one hospital and of another."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import requests
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy.engine import make_url
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Message_

from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.arrivals import Arrivals, ArrivalShelves, Identity, Sender
from kiosk.cloud.portal.films import Films
from kiosk.cloud.portal.gate import Gate
from kiosk.cloud.portal.guard import Guard
from kiosk.cloud.portal.pages import Pages
from kiosk.cloud.portal.routes.publishing import Publishing
from kiosk.cloud.portal.routes.verification import PaperPages
from kiosk.cloud.portal.store.disk import DiskObjects
from kiosk.cloud.portal.store.exams import ExamShelf
from kiosk.cloud.portal.store.links import LinkShelf
from kiosk.cloud.portal.store.models import COUNTERS, PortalBase
from kiosk.cloud.portal.store.papers import PaperShelf
from kiosk.cloud.portal.wrapping import RawKey
from kiosk.cloud.wire.keys import KeyBox
from kiosk.cloud.wire.signing import Message, sign
from kiosk.web.counters import Counters
from tests.support.servers import free_port, wait_until


class Noted:
    """Notes method, path and status of every request."""

    def __init__(self, app: ASGIApp, came: list[tuple[str, str, int]]) -> None:
        self._app, self._came = app, came

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message_) -> None:
            if message["type"] == "http.response.start":
                self._came.append((scope["method"], scope["path"], message["status"]))
            await send(message)

        await self._app(scope, receive, told)


@dataclass
class Portal:
    """The service on a free port, and the keys of one hospital and of a stranger."""

    folder: Path
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.origin = f"http://127.0.0.1:{self.port}"
        self.store = Store(make_url(f"sqlite:///{self.folder / 'portal.db'}"))
        PortalBase.metadata.create_all(self.store.engine)
        self.identity = Identity(KeyBox.new(), Ed25519PrivateKey.generate())
        self.objects = DiskObjects(self.folder / "objects")
        self.gate = Gate(LinkShelf(self.store), RawKey(b"k" * 32))
        other = Sender("h2", {"other": Ed25519PrivateKey.generate().public_key()})
        self.other = other
        self.admit("publisher-1", self.key.public_key())

    def admit(self, key_id: str, key: Ed25519PublicKey) -> None:
        """Whose publisher may bring, from now on; before the service is started."""
        self.arrivals = Arrivals(
            hospitals=[Sender("h1", {key_id: key}), self.other],
            identity=self.identity,
            gate=self.gate,
            shelves=ArrivalShelves.of(self.store),
            objects=self.objects,
        )
        self._serve()

    def _serve(self) -> None:
        self.came: list[tuple[str, str, int]] = getattr(self, "came", [])
        guard = Guard(self.gate, Films(ExamShelf(self.store), self.objects), Pages(False), self.origin)
        papers = PaperPages(guard, PaperShelf(self.store), Counters(self.store, COUNTERS), {"h1": "Hospital 1"})
        app = Starlette(routes=[*Publishing(self.arrivals, self.origin).routes(), *papers.routes()],
                        middleware=[Middleware(Noted, came=self.came)])  # fmt: skip
        self.server = uvicorn.Server(uvicorn.Config(app, port=self.port, log_level="error", lifespan="off"))
        self._thread = threading.Thread(target=self.server.run, name="portal")

    def __enter__(self) -> Portal:
        self.up()
        return self

    def up(self) -> None:
        """Serve, on the same port after `down`."""
        if self._thread.ident:
            self._serve()
        self._thread.start()
        wait_until(lambda: self.server.started, "the portal")

    def down(self) -> None:
        """Answer nobody."""
        self.server.should_exit = True
        self._thread.join()

    def __exit__(self, *_: object) -> None:
        self.down()
        self.store.close()

    def sent_twice(self) -> int:
        """Segments that were taken more than once."""
        taken = Counter(path for method, path, status in self.came if method == "PUT" and status == 204)
        return sum(count - 1 for path, count in taken.items() if path.startswith("/v1/segments/"))

    def signed(self, method: str, path: str, body: bytes, when: datetime | None = None) -> dict[str, str]:
        message = Message(method, self.origin + path)
        sign(message, body, "publisher-1", self.key, when or datetime.now(UTC))
        return message.headers

    def ask(self, method: str, path: str, body: bytes = b"") -> requests.Response:
        headers = self.signed(method, path, body)
        return requests.request(method, self.origin + path, data=body, headers=headers, timeout=30)
