"""Reports as files: ACCESSION_PATIENT.pdf in a folder. A file is taken once it has stopped growing, then deleted."""

from __future__ import annotations

import hashlib
import re
import time
from pathlib import Path

from kiosk.domain.exam import ReportStatus
from kiosk.domain.person.identity import IdentityFacts
from kiosk.domain.waiting.inbox import InboxItem, ItemKind
from kiosk.gateway.matching import Inbox

_NAME = re.compile(r"([A-Za-z0-9.-]{1,64})_([A-Za-z0-9.-]{1,64})\.pdf", re.IGNORECASE)
QUIET_S = 5.0


class DropFolder:
    """Looks into a folder. What is no such file stays where it is."""

    def __init__(self, folder: Path, inbox: Inbox, limit: int) -> None:
        self._folder, self._inbox, self._limit = folder, inbox, limit

    def round(self, quiet_s: float = QUIET_S) -> int:
        """Take what is there; returns how many. Raises KioskError where one cannot be kept: it stays."""
        taken = 0
        for file in sorted(self._folder.glob("*.pdf")) if self._folder.is_dir() else []:
            match, stat = _NAME.fullmatch(file.name), file.stat()
            if match is None or stat.st_size > self._limit or time.time() - stat.st_mtime < quiet_s:
                continue
            data = file.read_bytes()
            if b"%PDF-" in data[:1024]:
                self._inbox.keep(_item(match[1], match[2], data))
                file.unlink()
                taken += 1
        return taken


def _item(accession: str, patient_id: str, data: bytes) -> InboxItem:
    digest = hashlib.sha256(data).hexdigest()
    return InboxItem(
        message=f"file|{accession}|{patient_id}|{digest}",
        kind=ItemKind.REPORT,
        accession=accession,
        identity=IdentityFacts(patient_id),
        number=f"{accession}|{patient_id}",
        status=ReportStatus.FINAL,
        document=data,
    )
