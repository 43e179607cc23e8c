"""The document that a row points to: in the row, at an address, or at a path; within bounds and configured places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import requests

from kiosk.adapters.ris.row_values import Row, text
from kiosk.domain.faults import FaultCode, KioskError

PDF_COLUMNS = ("pdf", "pdf_url", "pdf_path", "text")
_PIECE, _LONGEST_ADDRESS = 1 << 16, 2048


class RowDocuments:
    """Fetches. `prefixes`: addresses below which documents may lie; `roots`: beginnings of paths and their folders."""

    def __init__(self, prefixes: Sequence[str], roots: Mapping[str, Path], limit: int, seconds: float) -> None:
        self._prefixes, self._roots, self._limit, self._seconds = tuple(prefixes), dict(roots), limit, seconds

    def of(self, row: Row) -> bytes:
        """The document; only `text` may be words. Raises KioskError REPORT_UNREADABLE, TOO_LARGE, ARCHIVE_*."""
        blob = row.get("pdf")
        if isinstance(blob, bytes | bytearray | memoryview) and len(blob):
            return self.paper(bytes(blob))
        if address := text(row, "pdf_url", _LONGEST_ADDRESS):
            return self.paper(self._fetched(address))
        if path := text(row, "pdf_path", _LONGEST_ADDRESS):
            return self.paper(self._read(path))
        if words := row.get("text"):
            raw = bytes(words) if isinstance(words, bytes | bytearray | memoryview) else str(words).encode()
            return self._bounded(raw)
        raise KioskError(FaultCode.REPORT_UNREADABLE, "the row holds no document")

    def paper(self, data: bytes) -> bytes:
        """A PDF or a DICOM object and nothing else: an error page would be printed as the report's words."""
        if b"%PDF-" not in data[:1024] and data[128:132] != b"DICM":
            raise KioskError(FaultCode.REPORT_UNREADABLE, "the document is no PDF")
        return self._bounded(data)

    def _bounded(self, data: bytes) -> bytes:
        if len(data) > self._limit:
            raise KioskError(FaultCode.TOO_LARGE, f"report over {self._limit} bytes")
        return data

    def _fetched(self, address: str) -> bytes:
        if not any(_below(address, prefix) for prefix in self._prefixes):
            raise KioskError(FaultCode.REPORT_UNREADABLE, "pdf_url is below none of url_prefixes")
        try:
            with requests.get(address, timeout=self._seconds, stream=True, allow_redirects=False) as answer:
                if answer.status_code != 200:
                    raise KioskError(FaultCode.REPORT_UNREADABLE, f"pdf_url: HTTP {answer.status_code}")
                return self._pieces(answer)
        except requests.Timeout as error:
            raise KioskError(FaultCode.ARCHIVE_TIMEOUT, "pdf_url") from error
        except requests.RequestException as error:
            raise KioskError(FaultCode.ARCHIVE_UNREACHABLE, f"pdf_url: {type(error).__name__}") from error

    def _pieces(self, answer: requests.Response) -> bytes:
        data = bytearray()
        for piece in answer.iter_content(_PIECE):
            data += piece
            if len(data) > self._limit:
                raise KioskError(FaultCode.TOO_LARGE, f"report over {self._limit} bytes")
        return bytes(data)

    def _read(self, path: str) -> bytes:
        """The longest beginning that fits says the folder; links and dots do not lead out of it."""
        plain = path.replace("\\", "/")
        for prefix in sorted(self._roots, key=len, reverse=True):
            begin = prefix.replace("\\", "/").rstrip("/") + "/"
            if not plain.casefold().startswith(begin.casefold()):
                continue
            root = self._roots[prefix].resolve()
            file = (root / plain[len(begin) :]).resolve()
            if file.is_relative_to(root):
                return self._file(file)
        raise KioskError(FaultCode.REPORT_UNREADABLE, "pdf_path is below none of path_roots")

    def _file(self, file: Path) -> bytes:
        try:
            with file.open("rb") as opened:
                return self._bounded(opened.read(self._limit + 1))
        except OSError as error:
            raise KioskError(FaultCode.REPORT_UNREADABLE, f"pdf_path: {error.strerror}") from error


def _below(address: str, prefix: str) -> bool:
    """The same server, and a path below the prefix's, without a way up."""
    try:
        there, root = urlsplit(address), urlsplit(prefix)
        same = (there.scheme, there.hostname, there.port) == (root.scheme, root.hostname, root.port)
    except ValueError:
        return False
    plain = there.path.casefold().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/").replace("\\", "/")
    if there.username or there.password or ".." in plain.split("/"):
        return False
    return same and there.scheme in ("http", "https") and there.path.startswith(root.path.rstrip("/") + "/")
