"""HTTP to the archive: deadlines, byte limits, errors in the kiosk's words. Knows requests, nothing of DICOM.

Foreign errors and status codes become faults by the two tables below. Nothing of an error's body is read, no redirect
is followed, the environment (proxies, .netrc) is not looked at, certificates are always checked.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import requests
import urllib3
from pydantic import SecretStr
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from urllib3.response import BaseHTTPResponse

from kiosk.domain.faults import FaultCode, KioskError

TLS_REFUSED = "TLS refused: the certificate is not trusted (its authority goes into {section}.ca_file), or the protocol"
# The first that fits counts: the more special ones come first.
ERRORS: tuple[tuple[type[BaseException], FaultCode, str], ...] = (
    (requests.exceptions.SSLError, FaultCode.ARCHIVE_UNREACHABLE, TLS_REFUSED),
    (requests.exceptions.Timeout, FaultCode.ARCHIVE_TIMEOUT, "no answer in time"),
    (requests.exceptions.ChunkedEncodingError, FaultCode.ARCHIVE_TRUNCATED, "connection lost in the answer"),
    (requests.exceptions.ConnectionError, FaultCode.ARCHIVE_UNREACHABLE, "no connection"),
    (requests.exceptions.RequestException, FaultCode.ARCHIVE_ERROR, "request failed"),
    (urllib3.exceptions.SSLError, FaultCode.ARCHIVE_UNREACHABLE, TLS_REFUSED),
    (urllib3.exceptions.TimeoutError, FaultCode.ARCHIVE_TIMEOUT, "answer stopped arriving"),
    (urllib3.exceptions.HTTPError, FaultCode.ARCHIVE_TRUNCATED, "connection lost in the answer"),
    (http.client.HTTPException, FaultCode.ARCHIVE_TRUNCATED, "connection lost in the answer"),
    (TimeoutError, FaultCode.ARCHIVE_TIMEOUT, "answer stopped arriving"),
    (OSError, FaultCode.ARCHIVE_UNREACHABLE, "no connection"),
    (zlib.error, FaultCode.ARCHIVE_ERROR, "damaged compression"),
)
FOREIGN = tuple(kind for kind, _, _ in ERRORS)
STATUS: Mapping[int, FaultCode] = {
    401: FaultCode.ARCHIVE_DENIED,
    403: FaultCode.ARCHIVE_DENIED,
    407: FaultCode.ARCHIVE_DENIED,
    408: FaultCode.ARCHIVE_TIMEOUT,
    413: FaultCode.TOO_LARGE,
    429: FaultCode.ARCHIVE_UNREACHABLE,
}
RETRIED = (FaultCode.ARCHIVE_UNREACHABLE, FaultCode.ARCHIVE_TIMEOUT, FaultCode.ARCHIVE_TRUNCATED)
_CHUNK = 256 << 10
_QUERY_SAFE = "*,:@!$'()/;"
T = TypeVar("T")


@dataclass(frozen=True)
class Credentials:
    """Basic or bearer; shown nowhere."""

    user: str = ""
    password: SecretStr = field(default_factory=lambda: SecretStr(""))
    token: SecretStr = field(default_factory=lambda: SecretStr(""))


@dataclass(frozen=True)
class Patience:
    """Seconds: to connect, between two packets.

    An archive that hundreds of kiosks ask at once lets connections wait until the network tries again, after one,
    three and seven seconds, and first answers wait for each other.
    """

    connect_s: float = 8.0
    read_s: float = 20.0


class Deadline:
    """A moment on the monotonic clock after which waiting is over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds, never negative."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Raise ARCHIVE_TIMEOUT when it has passed."""
        if not self.left:
            raise KioskError(FaultCode.ARCHIVE_TIMEOUT, "time for the whole answer is over")


class Body:
    """The body of an answer, read in pieces as they arrive; the limit holds for what it unpacks to."""

    def __init__(self, raw: BaseHTTPResponse, encoding: str, limit: int, deadline: Deadline) -> None:
        self._raw, self._limit, self._deadline = raw, limit, deadline
        self._inflater = _inflater(encoding)
        self._taken = 0

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; nothing at the end."""
        self._deadline.check()
        data = self._inflated(size) if self._inflater else self._wire(size)
        self._taken += len(data)
        if self._taken > self._limit:
            raise KioskError(FaultCode.TOO_LARGE, f"answer over {self._limit} bytes")
        return data

    def all(self) -> bytes:
        """The whole body."""
        return b"".join(iter(lambda: self.read(_CHUNK), b""))

    def _wire(self, size: int) -> bytes:
        with mapped():
            return bytes(self._raw.read1(size, decode_content=False))

    def _inflated(self, size: int) -> bytes:
        assert self._inflater is not None  # noqa: S101 - for the type checker
        while not self._inflater.eof:
            self._deadline.check()
            packed = self._inflater.unconsumed_tail or self._wire(size)
            with mapped():
                data: bytes = self._inflater.decompress(packed, size)
            if data:
                return data
            if not packed:
                raise KioskError(FaultCode.ARCHIVE_TRUNCATED, "compressed answer ended early")
        return b""


def _inflater(encoding: str) -> Any:
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(zlib.MAX_WBITS | 32)
    raise KioskError(FaultCode.ARCHIVE_ERROR, "answer in an encoding that was not asked for")


@contextlib.contextmanager
def mapped(section: str = "archive") -> Iterator[None]:
    """Turn the errors of the libraries into faults; `section`: of the configuration."""
    try:
        yield
    except FOREIGN as error:
        code, detail = next((code, detail) for kind, code, detail in ERRORS if isinstance(error, kind))
        raise KioskError(code, f"{detail.format(section=section)} ({type(error).__name__})") from None


@dataclass(frozen=True)
class HttpReply:
    """A good answer whose body has not been read yet."""

    content_type: str
    body: Body
    empty: bool


@dataclass(frozen=True)
class Outgoing:
    """A request below the root. `path` holds its query, percent-encoded already."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Transport:
    """Requests below one root. One session for each thread; `close` ends them all."""

    def __init__(
        self,
        root: str,
        credentials: Credentials,
        patience: Patience,
        ca_file: Path | None = None,
        section: str = "archive",
    ) -> None:
        """`section` of the configuration that names the root. Raises KioskError CONFIG_INVALID."""
        self._root, self._section = _checked_root(root, section), section
        self._credentials, self._patience = credentials, patience
        self._ca_file = _checked_authority(ca_file, section)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._sessions: list[requests.Session] = []
        self._server_time: tuple[datetime, float] | None = None
        # Its debug lines hold whole addresses, and addresses hold patient numbers.
        logging.getLogger("urllib3").setLevel(logging.WARNING)

    @contextlib.contextmanager
    def get(
        self, path: str, accept: str, limit: int, deadline: Deadline, parameters: Mapping[str, str] | None = None
    ) -> Iterator[HttpReply]:
        """One question, as with `send`."""
        asked = Outgoing(f"{path}{_query_string(parameters)}", headers={"Accept": accept})
        with self.send(asked, limit, deadline) as reply:
            yield reply

    @contextlib.contextmanager
    def send(self, asked: Outgoing, limit: int, deadline: Deadline) -> Iterator[HttpReply]:
        """One request; the connection is given back, or closed where the body was not read to its end.

        Raises KioskError ARCHIVE_*, TOO_LARGE.
        """
        deadline.check()
        left = deadline.left + 0.05  # zero would mean "do not wait at all"
        patience = (min(self._patience.connect_s, left), min(self._patience.read_s, left))
        with mapped(self._section):
            response = self._session().request(
                asked.method,
                f"{self._root}{asked.path}",
                headers=dict(asked.headers),
                data=asked.body or None,
                timeout=patience,
                stream=True,
                allow_redirects=False,
            )
        try:
            self._note_time(response.headers.get("Date", ""))
            _check_status(response.status_code, self._section)
            _check_length(response.headers.get("Content-Length", ""), limit)
            encoding = response.headers.get("Content-Encoding", "")
            body = Body(response.raw, encoding, limit, deadline)
            yield HttpReply(response.headers.get("Content-Type", ""), body, response.status_code == 204)
        finally:
            response.close()

    def json(
        self, path: str, limit: int, seconds: float, parameters: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """The objects a query answers with; asked once more when the connection failed and time is left."""
        deadline = Deadline(seconds)
        return once_more(lambda: self._json(path, limit, deadline, parameters), deadline)

    def _json(
        self, path: str, limit: int, deadline: Deadline, parameters: Mapping[str, str] | None
    ) -> list[dict[str, Any]]:
        with self.get(path, "application/dicom+json", limit, deadline, parameters) as answer:
            untrusted = b"" if answer.empty else answer.body.all()
            if not untrusted.strip():
                return []
            if "json" not in answer.content_type.lower():
                raise KioskError(FaultCode.ARCHIVE_ERROR, "answer is not DICOM JSON")
        return _objects(untrusted)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._new_session()
            self._local.session = session
            with self._lock:
                self._sessions.append(session)
        return session

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.verify = str(self._ca_file) if self._ca_file else True
        session.headers.update({"Accept-Encoding": "identity", "User-Agent": "cloud-film-kiosk"})
        token, password = self._credentials.token.get_secret_value(), self._credentials.password.get_secret_value()
        if token:
            session.headers["Authorization"] = f"Bearer {token}"
        elif self._credentials.user:
            session.auth = HTTPBasicAuth(self._credentials.user.encode(), password.encode())
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=2, max_retries=0))
        return session

    def _note_time(self, date: str) -> None:
        with contextlib.suppress(ValueError, OverflowError):
            said = parsedate_to_datetime(date)
            self._server_time = (said if said.tzinfo else said.replace(tzinfo=UTC), time.monotonic())

    def server_time(self) -> datetime | None:
        """The time of the server by its last answer, carried on to now; None before the first."""
        noted = self._server_time
        return noted[0] + timedelta(seconds=time.monotonic() - noted[1]) if noted else None

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for session in self._sessions:
                session.close()
            self._sessions.clear()


class Encoded(str):
    """A value that is percent-encoded already."""


def sent_plainly(text: str) -> bool:
    """True where the text stands in an address as it is."""
    return quote(text, safe=_QUERY_SAFE) == text


def _quoted(value: str) -> str:
    return value if isinstance(value, Encoded) else quote(value, safe=_QUERY_SAFE)


def _query_string(parameters: Mapping[str, str] | None) -> str:
    """Only what must be is percent-encoded (RFC 3986 3.4): Orthanc 1.10 does not decode what it is sent."""
    if not parameters:
        return ""
    return "?" + "&".join(f"{name}={_quoted(value)}" for name, value in parameters.items())


def once_more(call: Callable[[], T], deadline: Deadline) -> T:
    """Idempotent calls may be repeated once, when it was the connection that failed."""
    try:
        return call()
    except KioskError as fault:
        if fault.code not in RETRIED or not deadline.left:
            raise
    return call()


def _checked_root(root: str, section: str) -> str:
    try:
        parts = urlsplit(root)
        parts.port  # noqa: B018 - a port that is no number is found only by asking
    except ValueError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{section}.url: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{section}.url: http(s)://host/path, without user or query")
    return root.rstrip("/")


def _checked_authority(ca_file: Path | None, section: str) -> Path | None:
    """A missing or broken file would look like a broken network."""
    if ca_file:
        try:
            ssl.create_default_context(cafile=str(ca_file))
        except (OSError, ValueError) as error:
            raise KioskError(FaultCode.CONFIG_INVALID, f"{section}.ca_file: {ca_file} is no PEM certificate") from error
    return ca_file


def _check_status(status: int, section: str) -> None:
    if status in (200, 201, 204):
        return
    if 300 <= status < 400:
        raise KioskError(FaultCode.ARCHIVE_ERROR, f"redirect refused (HTTP {status})")
    code = FaultCode.ARCHIVE_UNREACHABLE if status >= 500 else FaultCode.ARCHIVE_ERROR
    hint = f", is the path of {section}.url right?" if status in (404, 405) else ""
    raise KioskError(STATUS.get(status, code), f"HTTP {status}{hint}")


def _check_length(said: str, limit: int) -> None:
    """An answer that says it is too long is not even begun."""
    if said.isdecimal() and int(said[:20]) > limit:
        raise KioskError(FaultCode.TOO_LARGE, f"answer of {said[:20]} bytes, allowed are {limit}")


def _objects(untrusted: bytes) -> list[dict[str, Any]]:
    try:
        tree = json.loads(untrusted)
    except (ValueError, RecursionError) as error:
        raise KioskError(FaultCode.ARCHIVE_ERROR, "answer is not JSON") from error
    if not isinstance(tree, list):
        raise KioskError(FaultCode.ARCHIVE_ERROR, "answer is not a list")
    return [item for item in tree if isinstance(item, dict)]
