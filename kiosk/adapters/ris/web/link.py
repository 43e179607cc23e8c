"""A server of the hospital's over HTTP: one whole answer within its time and size."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.adapters.archive.dicomweb_http import Credentials, Deadline, Outgoing, Patience, Transport, once_more
from kiosk.config.base import secret
from kiosk.config.web import WebSettings

MIB = 1 << 20


@dataclass(frozen=True)
class WebAnswer:
    """A good answer, whole."""

    content_type: str
    body: bytes


class WebLink:
    """Asks. Raises KioskError like the archive."""

    def __init__(self, wanted: WebSettings, section: str) -> None:
        """`section`: where its url stands. Raises KioskError CONFIG_INVALID; connects to nothing yet."""
        credentials = Credentials(wanted.user, secret(wanted.password), secret(wanted.token))
        patience = Patience(wanted.connect_s, wanted.query_s)
        self._transport = Transport(wanted.url, credentials, patience, wanted.ca_file, section)
        self._seconds, self._limit, self.most = wanted.query_s, wanted.answer_mib * MIB, wanted.rows

    def ask(self, asked: Outgoing) -> WebAnswer:
        """A question: asked once more where the connection failed and time is left."""
        deadline = Deadline(self._seconds)
        return once_more(lambda: self._whole(asked, deadline), deadline)

    def tell(self, told: Outgoing) -> WebAnswer:
        """Something that changes the server: never sent twice by itself."""
        return self._whole(told, Deadline(self._seconds))

    def _whole(self, asked: Outgoing, deadline: Deadline) -> WebAnswer:
        with self._transport.send(asked, self._limit, deadline) as reply:
            return WebAnswer(reply.content_type, b"" if reply.empty else reply.body.all())

    def close(self) -> None:
        """Let go of the connections."""
        self._transport.close()
