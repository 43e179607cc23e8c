"""Printed documents as anybody can verify them: a digest on every page, known to the portal, without a word of content.

The digest covers what the document was made of and its serial, so that whoever has both can make it again, and nobody
can make one up: the portal knows only those that the hospital has signed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from kiosk.domain.exam import Exam, Report
from kiosk.domain.sheets.printing import DocumentKind


@dataclass(frozen=True)
class Paper:
    """A document that was handed out. `study`, `document`, `chain`: pseudonyms; `chain` names what it is a version of.

    `version` counts from 1 within the chain; `issued`: seconds since the epoch.
    """

    digest: str
    kind: DocumentKind
    study: str
    document: str
    chain: str
    serial: str
    version: int = 1
    issued: float = 0.0
    superseded: bool = False


def paper_digest(kind: DocumentKind, serial: str, made_of: bytes | Iterable[str]) -> str:
    """Hex SHA-256 of a document: its kind, its serial, and the SHA-256 of the report object or of a film's images."""
    source = made_of if isinstance(made_of, bytes) else "\n".join(sorted(made_of)).encode("ascii", "replace")
    lines = ("paper/1", str(kind), serial, hashlib.sha256(source).hexdigest())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def paper_code(digest: str) -> str:
    """The digest as it stands in the code on the page: 43 characters of base64url (RFC 4648 5)."""
    return base64.urlsafe_b64encode(bytes.fromhex(digest)).rstrip(b"=").decode("ascii")


def paper_version(exam: Exam, report: Report | None) -> int:
    """Which version of its own chain a report is; films have one only."""
    if report is None or not report.chain:
        return 1
    return sum(one.chain == report.chain and one.version <= report.version for one in exam.reports) or 1
