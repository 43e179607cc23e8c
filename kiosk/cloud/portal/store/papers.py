"""Documents that were issued, for whoever holds one and wants to know whether it is genuine and still holds."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import update

from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.store.models import PaperRow


@dataclass(frozen=True)
class IssuedPaper:
    """By whom, when (seconds since the epoch), which version of it, and whether a newer one replaces it.

    `kind` and `serial` stand on the paper too: whoever holds it compares them.
    """

    hospital: str
    exam: str
    version: int
    issued: float
    superseded: bool
    kind: str = ""
    serial: str = ""


class PaperShelf:
    """Each method is one transaction. Raises KioskError STORE_UNAVAILABLE or DISK_FULL; then nothing has changed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, digest: str, paper: IssuedPaper) -> bool:
        """Keep it; a newer version of the same exam replaces older ones. False where another hospital has it."""
        with self._store.write() as session:
            self._store.lock(session, f"papers {paper.exam}")
            row = session.get(PaperRow, digest)
            if row is not None and row.hospital != paper.hospital:
                return False
            same = (PaperRow.exam == paper.exam, PaperRow.hospital == paper.hospital)
            older = update(PaperRow).where(*same, PaperRow.version < paper.version)
            session.execute(older.values(superseded=True))
            session.merge(PaperRow(digest=digest, **vars(paper)))
            return True

    def of(self, digest: str) -> IssuedPaper | None:
        """What is known of it."""
        with self._store.read() as session:
            row = session.get(PaperRow, digest)
            if row is None:
                return None
            return IssuedPaper(
                row.hospital, row.exam, row.version, row.issued, row.superseded, row.kind, row.serial
            )
