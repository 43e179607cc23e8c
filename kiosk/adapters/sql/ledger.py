"""The ledger put together from its parts."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import URL, make_url, select, text
from sqlalchemy.exc import ArgumentError

from kiosk.adapters.sql.calls import SqlCalls
from kiosk.adapters.sql.chain import Anchor
from kiosk.adapters.sql.desk import SqlDesk
from kiosk.adapters.sql.links import SqlLinks
from kiosk.adapters.sql.models import ProbeMark
from kiosk.adapters.sql.opening import damaged, migrate, salvage, set_aside
from kiosk.adapters.sql.records import SqlRecords
from kiosk.adapters.sql.sheets import SqlSheets
from kiosk.adapters.sql.store import Store
from kiosk.adapters.sql.supplies import SqlSupplies
from kiosk.adapters.sql.trail import SqlTrail
from kiosk.adapters.sql.tries import SqlTries
from kiosk.adapters.sql.visits import SqlVisits
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.ledger import AuditRecord

QUARANTINED = "store-quarantined"


class SqlLedger(SqlTries, SqlSheets, SqlSupplies, SqlDesk, SqlCalls, SqlLinks, SqlTrail, SqlVisits, SqlRecords):
    """kiosk.ports.ledger.Ledger on one database.

    `url` is a SQLAlchemy address (`sqlite:////var/lib/kiosk/ledger.sqlite`, `postgresql+psycopg://user@host/name`).
    `key` seals the audit chain. `anchor` is the file that keeps the chain's head outside the database; beside the
    SQLite file where it is not given. Opening creates or migrates the tables; a damaged SQLite file is set aside,
    what can be read of it is taken over and the trail begins with the event `store-quarantined`.
    """

    def __init__(
        self,
        url: str,
        *,
        password: str = "",
        key: bytes = b"",
        anchor: Path | None = None,
        kiosk: str = "",
        now: Callable[[], float] = time.time,
    ) -> None:
        self.store = Store(_address(url, password), now)
        self.key = key
        self.anchor = _anchor(self.store.file, anchor)
        self._kiosk = kiosk
        self._open()

    def probe(self) -> str:
        """Write and read back; a file that became damaged meanwhile is set aside."""
        mark = secrets.token_hex(8)
        host = socket.gethostname()[:200]
        if damaged(self.store):
            self._open()
        with self.store.write() as session:
            session.merge(ProbeMark(host=host, mark=mark))
        with self.store.read() as session:
            if session.scalar(select(ProbeMark.mark).where(ProbeMark.host == host)) != mark:
                raise KioskError(FaultCode.STORE_UNAVAILABLE, "what was written was not read back")
            version = "sqlite_version()" if self.store.is_sqlite else "current_setting('server_version')"
            said = f"{self.store.url.get_backend_name()} {session.scalar(text(f'SELECT {version}'))}"
        self.store.require_spare()
        return said

    def close(self) -> None:
        """Let go of files and connections."""
        self.store.close()

    def _open(self) -> None:
        file = self.store.file
        if file is None or not damaged(self.store):
            migrate(self.store)
            return
        self.store.close()
        folder = set_aside(file)
        if self.anchor is not None:
            self.anchor.set_aside(folder)
        self.store = self.store.reopened()
        migrate(self.store)
        saved = salvage(self.store, folder, file.name)
        told = {f"saved_{name}": count for name, count in saved.items() if count}
        self.append(AuditRecord(QUARANTINED, "alarm", self._kiosk, details={"folder": folder.name, **told}))


def _address(url: str, password: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, "ledger.url is no database address") from error
    return address.set(password=password) if password else address


def _anchor(database: Path | None, wanted: Path | None) -> Anchor | None:
    path = wanted or (database and database.with_name(f"{database.name}.anchor"))
    return Anchor(path) if path else None
