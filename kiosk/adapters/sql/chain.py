"""The hash chain of audit events, and the anchor that notices a cut-off tail (matrix case 108).

digest(n) = HMAC-SHA-256(key, digest(n-1) ‖ canonical JSON of event n); without a key plain SHA-256.
The anchor keeps number and digest of the last event outside the database.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from kiosk.adapters.sql.models import Event

FIELDS = ("number", "at", "kind", "outcome", "kiosk", "visit", "subject", "actor", "details")


@dataclass(frozen=True)
class Head:
    """The last event of a chain."""

    number: int = 0
    digest: str = ""


def link(key: bytes, before: str, event: Event) -> str:
    """The digest of an event whose predecessor has the digest `before`."""
    content = json.dumps([getattr(event, name) for name in FIELDS], ensure_ascii=False, separators=(",", ":"))
    data = before.encode() + b"\n" + content.encode()
    return hmac.new(key, data, hashlib.sha256).hexdigest() if key else hashlib.sha256(data).hexdigest()


class Anchor:
    """A small file with the head of the chain."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Head:
        """The head that was last written; the empty one where there is none."""
        try:
            number, _, digest = self._path.read_text(encoding="ascii").strip().partition(" ")
            return Head(int(number), digest)
        except (OSError, ValueError):
            return Head()

    def write(self, head: Head) -> None:
        """Replace the head. A failure is harmless: an older anchor is still a link of the same chain."""
        if head.number <= self.read().number:
            return
        draft = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        with contextlib.suppress(OSError):
            handle = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(f"{head.number} {head.digest}\n")
            draft.replace(self._path)

    def set_aside(self, folder: Path) -> None:
        """Move the file away, where a new chain begins."""
        with contextlib.suppress(OSError):
            self._path.replace(folder / self._path.name)
