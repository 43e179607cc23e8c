"""A small IPP client for asking a printer itself (RFC 8010 encoding over HTTP POST).

libcups can only ask a printer through calls without time limit, and pycups drops collections and loses a kilobyte with
each question (25 MB in a thousand visits); three questions need no more than this. Sockets carry a deadline; nothing is
ever sent that would change the printer.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kiosk.domain.sheets.printing import JobStatus

GET_JOBS = 0x000A
GET_PRINTER_ATTRIBUTES = 0x000B
OPERATION, JOB, END = 0x01, 0x02, 0x03
INTEGER, BOOLEAN, ENUM = 0x21, 0x22, 0x23
BEGIN_COLLECTION, END_COLLECTION, MEMBER = 0x34, 0x37, 0x4A
KEYWORD, URI, CHARSET, LANGUAGE, NAME = 0x44, 0x45, 0x47, 0x48, 0x42
ANSWER_LIMIT = 4 << 20
JOB_STATES = {
    3: JobStatus.PENDING,
    4: JobStatus.HELD,
    5: JobStatus.PROCESSING,
    6: JobStatus.STOPPED,
    7: JobStatus.CANCELED,
    8: JobStatus.ABORTED,
    9: JobStatus.COMPLETED,
}
OTHER_NAMES = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
SCHEMES = {"ipp": 631, "ipps": 631, "http": 80, "https": 443}


# 401, 403, 405 as IPP says them: not-authenticated, forbidden, operation-not-supported.
HTTP_REFUSALS = {401: 0x0402, 403: 0x0401, 405: 0x0501}


class IppError(Exception):
    """The answer was not one: cut off, too long, no IPP; or an error, whose IPP status it then carries."""

    def __init__(self, said: str, status: int = 0) -> None:
        super().__init__(said)
        self.status = status


@dataclass
class Group:
    """The attributes of one printer or job. Values are lists; collections are dicts of lists."""

    tag: int
    attributes: dict[str, list[Any]] = field(default_factory=dict)


def request(operation: int, uri: str, more: Sequence[tuple[int, str, Sequence[str]]] = ()) -> bytes:
    """An encoded request on a printer; `more` are operation attributes (tag, name, values)."""
    attributes: list[tuple[int, str, Sequence[str]]] = [
        (CHARSET, "attributes-charset", ("utf-8",)),
        (LANGUAGE, "attributes-natural-language", ("en",)),
        (URI, "printer-uri", (uri,)),
        (NAME, "requesting-user-name", ("kiosk",)),
        *more,
    ]
    body = b"".join(_encode(tag, name, values) for tag, name, values in attributes)
    return struct.pack(">BBHIB", 2, 0, operation, 1, OPERATION) + body + bytes([END])


def ask(uri: str, body: bytes, seconds: float, local: str = "", trusted: Path | None = None) -> list[Group]:
    """Post to the printer and decode what it says; raises OSError when nobody answers, IppError for bad answers.

    `local` is the path of a Unix socket to use instead of the address in the URI; `trusted` certificates (PEM) are
    accepted beside the system's. A certificate that cannot be verified is an ssl.SSLCertVerificationError.
    """
    parts = urlsplit(uri)
    host = parts.hostname or ""
    link = _Local(local, seconds) if local else _remote(parts.scheme, host, parts.port, seconds, trusted)
    try:
        link.request("POST", parts.path or "/ipp/print", body, {"Content-Type": "application/ipp"})
        answer = link.getresponse()
        untrusted_data = answer.read(ANSWER_LIMIT + 1)
    except http.client.HTTPException as error:
        raise IppError(type(error).__name__) from error
    finally:
        link.close()
    if answer.status != 200 or len(untrusted_data) > ANSWER_LIMIT:
        refused = HTTP_REFUSALS.get(answer.status, 0)
        raise IppError(f"HTTP status {answer.status}, {len(untrusted_data)} bytes", refused)
    return decode(untrusted_data)


def local_connection(path: str, seconds: float) -> http.client.HTTPConnection:
    """HTTP over a Unix socket."""
    return _Local(path, seconds)


class _Local(http.client.HTTPConnection):
    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _Pinned(http.client.HTTPSConnection):
    """HTTP over TLS to a printer whose certificate is known, be it self-signed and in another name.

    Printers sign for whatever name they were born with. Where it is not the one asked for, nothing but the very
    certificate of the file will do; one that an authority of the file signed must bear the right name.
    """

    def __init__(self, host: str, port: int, seconds: float, trusted: Path) -> None:
        self._text = trusted.read_text(encoding="ascii", errors="replace")
        super().__init__(host, port, timeout=seconds, context=self._trusting(named=True))

    def connect(self) -> None:
        try:
            super().connect()
        except ssl.SSLCertVerificationError as error:
            if error.verify_code not in OTHER_NAMES:
                raise
            self._connect_pinned(error)

    def _connect_pinned(self, mismatch: ssl.SSLCertVerificationError) -> None:
        bare = socket.create_connection((self.host, self.port), self.timeout)
        self.sock = self._trusting(named=False).wrap_socket(bare)
        shown = self.sock.getpeercert(binary_form=True)
        if shown not in [ssl.PEM_cert_to_DER_cert(one) for one in PEM.findall(self._text)]:
            self.close()
            raise mismatch

    def _trusting(self, named: bool) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.load_verify_locations(cadata=self._text)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.check_hostname = named
        return context


def _remote(
    scheme: str, host: str, port: int | None, seconds: float, trusted: Path | None
) -> http.client.HTTPConnection:
    port = port or SCHEMES.get(scheme, 631)
    if scheme not in ("ipps", "https"):
        return http.client.HTTPConnection(host, port, timeout=seconds)
    if trusted is not None:
        return _Pinned(host, port, seconds, trusted)
    return http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())


def decode(untrusted_data: bytes) -> list[Group]:
    """Groups of a response; raises IppError."""
    try:
        status = struct.unpack_from(">H", untrusted_data, 2)[0]
        if status > 0x00FF:
            raise IppError(f"IPP status 0x{status:04x}", status)
        return list(_groups(_Reader(untrusted_data)))
    except (struct.error, IndexError, ValueError, RecursionError) as error:
        raise IppError("malformed answer") from error


def _encode(tag: int, name: str, values: Sequence[str]) -> bytes:
    parts = []
    for index, value in enumerate(values):
        key, data = (name.encode() if index == 0 else b""), value.encode()
        parts.append(struct.pack(f">BH{len(key)}sH{len(data)}s", tag, len(key), key, len(data), data))
    return b"".join(parts)


class _Reader:
    """Reads tags and attributes one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 8

    def tag(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def text(self) -> bytes:
        length = struct.unpack_from(">H", self._data, self._at)[0]
        start = self._at + 2
        if start + length > len(self._data):
            raise IndexError("cut off")
        self._at = start + length
        return self._data[start : self._at]

    def attribute(self) -> tuple[str, bytes]:
        return self.text().decode(), self.text()


def _groups(reader: _Reader) -> Iterator[Group]:
    group: Group | None = None
    name = ""
    while (tag := reader.tag()) != END:
        if tag < 0x10:
            if group is not None:
                yield group
            group = Group(tag)
            continue
        told, data = reader.attribute()
        name = told or name
        value = _collection(reader) if tag == BEGIN_COLLECTION else _value(tag, data)
        if group is not None:
            group.attributes.setdefault(name, []).append(value)
    if group is not None:
        yield group


def _collection(reader: _Reader) -> dict[str, list[Any]]:
    members: dict[str, list[Any]] = {}
    member = ""
    while (tag := reader.tag()) != END_COLLECTION:
        _, data = reader.attribute()
        if tag == MEMBER:
            member = data.decode()
            continue
        value = _collection(reader) if tag == BEGIN_COLLECTION else _value(tag, data)
        members.setdefault(member, []).append(value)
    reader.attribute()
    return members


def _value(tag: int, data: bytes) -> Any:
    if tag in (INTEGER, ENUM):
        return struct.unpack(">i", data)[0]
    if tag == BOOLEAN:
        return data == b"\x01"
    return data.decode("utf-8", "replace") if 0x40 <= tag <= 0x4F else data


def first(attributes: Mapping[str, list[Any]], name: str) -> Any:
    """The first value of an attribute, None where it is missing."""
    return next(iter(attributes.get(name, ())), None)
