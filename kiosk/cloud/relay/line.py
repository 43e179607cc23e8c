"""The relay's way to the portal: one request out for one that came in, the answer handed back piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter

CONNECT_S, READ_S, GLANCE_S = 5.0, 60.0, 3.0
PIECE = 64 << 10


class LineError(Exception):
    """The portal did not answer."""


@dataclass(frozen=True)
class Answered:
    """What the portal said; `body` is read as it comes."""

    status: int
    headers: Mapping[str, str]
    body: Iterator[bytes]


class PortalLine:
    """Blocking; called from worker threads. Raises LineError."""

    def __init__(self, portal: str, ca_file: Path | None, most_at_once: int) -> None:
        self._portal = portal.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(ca_file) if ca_file else True
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=most_at_once)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        """One request; no redirect is followed."""
        try:
            answer = self._session.request(
                method, self._portal + path, data=body, headers=dict(headers), timeout=(CONNECT_S, READ_S),
                allow_redirects=False, stream=True,
            )  # fmt: skip
        except requests.RequestException as error:
            raise LineError(type(error).__name__) from error
        told = {name.lower(): value for name, value in answer.headers.items()}
        return Answered(answer.status_code, told, _pieces(answer))

    def reached(self) -> bool:
        """Whether anything answers there."""
        try:
            self._session.get(f"{self._portal}/health", timeout=GLANCE_S, allow_redirects=False)
        except requests.RequestException:
            return False
        return True

    def close(self) -> None:
        """Let go of all connections."""
        self._session.close()


def _pieces(answer: requests.Response) -> Iterator[bytes]:
    with answer:
        yield from answer.raw.stream(PIECE, decode_content=False)
