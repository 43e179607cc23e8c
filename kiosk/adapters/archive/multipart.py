"""Reading multipart/related (RFC 2387, RFC 2046 5.1) as it arrives, one part at a time and never more.

A part is handed on only when the boundary behind it has been seen: a cut, whether of the connection or by a length that
does not hold, is never mistaken for an object.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from kiosk.domain.faults import FaultCode, KioskError

_CHUNK, _HEADER_CHUNK = 1 << 20, 2048  # little is read ahead of a body, so that its bytes are copied only once
_HEADER_LIMIT = 16 << 10
_BOUNDARY = re.compile(r"""boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))""", re.IGNORECASE)
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,15})[ \t]*\r?$")

Read = Callable[[int], bytes]


class MultipartReader:
    """Iterates over the bodies of the parts. `read(n)` returns up to n bytes, nothing at the end.

    Raises KioskError ARCHIVE_ERROR (not multipart), ARCHIVE_TRUNCATED, TOO_LARGE (a part over `part_limit` bytes).
    """

    def __init__(self, read: Read, content_type: str, part_limit: int) -> None:
        found = _BOUNDARY.search(content_type)
        if found is None or not content_type.lower().startswith("multipart/"):
            raise KioskError(FaultCode.ARCHIVE_ERROR, "answer is not multipart")
        self._delimiter = b"\r\n--" + (found[1] or found[2]).encode("latin-1")
        self._read, self._limit = read, part_limit
        self._buffer = bytearray(b"\r\n")

    def __iter__(self) -> Iterator[bytes]:
        self._take_until(self._delimiter, _HEADER_LIMIT)
        while not self._at_end():
            headers = self._take_until(b"\r\n\r\n", _HEADER_LIMIT)
            length = _LENGTH.search(b"\r\n" + headers)
            if length:
                yield self._body(int(length[1]))
            else:
                yield self._take_until(self._delimiter, self._limit)

    def _at_end(self) -> bool:
        """Behind a delimiter: another part (line break) or the end (two hyphens)."""
        self._fill(2)
        if self._buffer[:2] == b"--":
            return True
        self._take_until(b"\r\n", _HEADER_LIMIT)
        self._buffer[:0] = b"\r\n"  # a part without headers begins with an empty line
        return False

    def _body(self, length: int) -> bytes:
        if length > self._limit:
            raise KioskError(FaultCode.TOO_LARGE, f"object of {length} bytes, allowed are {self._limit}")
        chunks = [bytes(self._buffer[:length])]
        del self._buffer[:length]
        missing = length - len(chunks[0])
        while missing:
            chunk = self._more(min(missing, _CHUNK))
            chunks.append(chunk)
            missing -= len(chunk)
        self._fill(len(self._delimiter))
        if not self._buffer.startswith(self._delimiter):
            raise KioskError(FaultCode.ARCHIVE_TRUNCATED, "no boundary behind an object")
        del self._buffer[: len(self._delimiter)]
        return b"".join(chunks)

    def _take_until(self, mark: bytes, limit: int) -> bytes:
        """All up to the mark, which is taken away too."""
        searched = 0
        size = _HEADER_CHUNK if limit <= _HEADER_LIMIT else _CHUNK // 4
        while (place := self._buffer.find(mark, searched)) < 0:
            searched = max(0, len(self._buffer) - len(mark))
            if len(self._buffer) > limit + len(mark):
                raise KioskError(FaultCode.TOO_LARGE, f"no boundary within {limit} bytes")
            self._buffer += self._more(size)
        taken = bytes(self._buffer[:place])
        del self._buffer[: place + len(mark)]
        return taken

    def _fill(self, size: int) -> None:
        while len(self._buffer) < size:
            self._buffer += self._more(_HEADER_CHUNK)

    def _more(self, size: int) -> bytes:
        chunk = self._read(size)
        if not chunk:
            raise KioskError(FaultCode.ARCHIVE_TRUNCATED, "answer ended before its last boundary")
        return chunk
