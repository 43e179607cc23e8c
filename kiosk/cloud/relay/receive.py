"""The receiving hospital's side: what a patient shared goes into the hospital's own archive. Outbound requests only.

A share with files is opened as any doctor's browser would, the archive "for any computer" is taken, and its DICOM
objects are stored by STOW-RS (PS3.18 10.5) as they are. Patient IDs stay those of the hospital that made the exam:
what becomes of them (IHE IRWF) is the receiving archive's business.
"""

from __future__ import annotations

import re
import secrets
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import requests

from kiosk.domain.faults import FaultCode, KioskError

CONNECT_S, READ_S = 5.0, 120.0
PIECE, BATCH_BYTES = 1 << 20, 16 << 20
MOST_BYTES, MOST_OBJECT = 16 << 30, 2 << 30  # of an archive as it comes, and of one object in it
FAILED_SEQUENCE = "00081198"
_PORTAL = re.compile(r"(https?://[^/#?\s]+)/s#([A-Za-z0-9_-]{43})")
_EXAM = re.compile(r"exam=([A-Za-z0-9_-]{1,32})|/exams/([A-Za-z0-9_-]{1,32})/archive/")
_NO_ZIP = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True)
class StoredShare:
    """How many objects the archive has taken, and how many it refused."""

    stored: int
    refused: int


class Receiver:
    """Takes one share. Raises KioskError: PORTAL_* and ARCHIVE_*; what was stored by then stays stored."""

    def __init__(self, archive: str, headers: dict[str, str] | None = None, ca_file: Path | None = None) -> None:
        """`archive`: base URL of its DICOMweb service; `headers`: for it alone, such as its authorization."""
        self._archive, self._headers, self._ca_file = archive.rstrip("/"), headers or {}, ca_file

    def take(self, untrusted_link: str, answer: str) -> StoredShare:
        """Everything that the share opens, exam by exam."""
        found = _PORTAL.fullmatch(untrusted_link.strip())
        if found is None:
            raise KioskError(FaultCode.PORTAL_REFUSED, "no link of a share")
        portal, secret = found.groups()
        stored = refused = 0
        with _session(self._ca_file) as browser:
            for exam in _opened(browser, portal, secret, answer):
                with tempfile.TemporaryFile() as file:
                    _fetched(browser, f"{portal}/exams/{exam}/archive/plain", file)
                    done = self._stored(file)
                stored, refused = stored + done.stored, refused + done.refused
        return StoredShare(stored, refused)

    def _stored(self, file: IO[bytes]) -> StoredShare:
        stored = refused = 0
        with _session(self._ca_file) as line:
            try:
                for batch in _batches(_objects(file)):
                    bad = self._sent(line, batch)
                    stored, refused = stored + len(batch) - bad, refused + bad
            except _NO_ZIP as error:
                raise KioskError(FaultCode.PORTAL_UNREACHABLE, "the archive came broken") from error
        return StoredShare(stored, refused)

    def _sent(self, line: requests.Session, batch: list[bytes]) -> int:
        """One STOW-RS request; returns how many of its objects were refused."""
        boundary = secrets.token_hex(16)
        head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        body = b"".join(part for one in batch for part in (head, one, b"\r\n")) + f"--{boundary}--\r\n".encode()
        kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
        headers = {**self._headers, "content-type": kind, "accept": "application/dicom+json"}
        try:
            answer = line.post(f"{self._archive}/studies", data=body, headers=headers, timeout=(CONNECT_S, READ_S),
                               allow_redirects=False)  # fmt: skip
        except requests.RequestException as error:
            raise KioskError(FaultCode.ARCHIVE_UNREACHABLE, type(error).__name__) from error
        if answer.status_code in (401, 403):
            raise KioskError(FaultCode.ARCHIVE_DENIED, f"STOW-RS {answer.status_code}")
        return _refused(answer, len(batch))


def _session(ca_file: Path | None) -> requests.Session:
    made = requests.Session()
    made.trust_env = False
    made.verify = str(ca_file) if ca_file else True
    return made


def _opened(browser: requests.Session, portal: str, secret: str, answer: str) -> list[str]:
    """The exams of the share, once its question is answered."""
    form = {"secret": secret, "answer": answer, "door": "/s"}
    done = _asked(browser, "POST", f"{portal}/open", data=form, headers={"origin": portal})
    if done.status_code != 200:
        raise KioskError(FaultCode.PORTAL_REFUSED, "over, opened before, or not the right answer")
    page = _asked(browser, "GET", f"{portal}/download")
    found = dict.fromkeys(one or other for one, other in _EXAM.findall(page.text)) if page.ok else {}
    if not found:
        raise KioskError(FaultCode.PORTAL_REFUSED, "the patient shared no files")
    return list(found)


def _asked(browser: requests.Session, method: str, url: str, **more: Any) -> requests.Response:
    try:
        return browser.request(method, url, timeout=(CONNECT_S, READ_S), allow_redirects=False, **more)
    except requests.RequestException as error:
        raise KioskError(FaultCode.PORTAL_UNREACHABLE, type(error).__name__) from error


def _fetched(browser: requests.Session, url: str, file: IO[bytes]) -> None:
    size = 0
    with _asked(browser, "GET", url, stream=True) as answer:
        if answer.status_code != 200:
            raise KioskError(FaultCode.PORTAL_REFUSED, "taken back meanwhile")
        try:
            for piece in answer.iter_content(PIECE):
                size += file.write(piece)
                if size > MOST_BYTES:
                    raise KioskError(FaultCode.TOO_LARGE, "archive without end")
        except requests.RequestException as error:
            raise KioskError(FaultCode.PORTAL_UNREACHABLE, type(error).__name__) from error


def _objects(file: IO[bytes]) -> Iterator[bytes]:
    """DICOM files of the archive (PS3.10 7.1), and nothing else that may lie in it."""
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if not member.filename.startswith("DICOM/") or member.file_size > MOST_OBJECT:
                continue
            data = archive.read(member)
            if data[128:132] == b"DICM":
                yield data


def _batches(objects: Iterator[bytes]) -> Iterator[list[bytes]]:
    batch, size = list[bytes](), 0
    for one in objects:
        if batch and size + len(one) > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += len(one)
    if batch:
        yield batch


def _refused(answer: requests.Response, count: int) -> int:
    """From the store's answer (PS3.18 table 10.5.3-1): 200 all, 202 some, 409 none."""
    if answer.status_code not in (200, 202, 409):
        raise KioskError(FaultCode.ARCHIVE_ERROR, f"STOW-RS {answer.status_code}")
    try:
        failed = answer.json().get(FAILED_SEQUENCE, {}).get("Value", [])
    except (ValueError, AttributeError):
        return 0 if answer.status_code == 200 else count
    return min(count, len(failed))
