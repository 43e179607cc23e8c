"""The patient link: opaque, 256 bits, kept as a hash; carried in the fragment of a URL so that no server logs it."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

TOKEN_BYTES = 32


class Publication(StrEnum):
    """How far a study is on its way to the cloud."""

    QUEUED = "queued"
    UPLOADING = "uploading"
    ONLINE = "online"
    FAILED = "failed"


@dataclass(frozen=True)
class PatientLink:
    """What the screen and the paper show; the token itself is never stored."""

    url: str
    digest: str
    question: str


def new_link(portal: str, question: str) -> PatientLink:
    """A fresh link on the portal's address (https://host/path)."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    return PatientLink(f"{portal.rstrip('/')}/#{token}", token_digest(token), question)


def token_digest(token: str) -> str:
    """What the store keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
