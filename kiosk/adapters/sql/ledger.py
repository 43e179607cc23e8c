"""The ledger put together from its parts."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import URL, make_url, select, text
from sqlalchemy.exc import ArgumentError

from kiosk.adapters.sql.calls import SqlCalls
from kiosk.adapters.sql.chain import Anchor
from kiosk.adapters.sql.cloud.link_queue import SqlLinkQueue
from kiosk.adapters.sql.cloud.links import SqlLinks
from kiosk.adapters.sql.cloud.phone import SqlPhone
from kiosk.adapters.sql.cloud.publications import SqlPublications
from kiosk.adapters.sql.desk import SqlDesk
from kiosk.adapters.sql.desk_jobs.queue import SqlDeskJobs
from kiosk.adapters.sql.engine.in_use import InUse
from kiosk.adapters.sql.engine.store import Store, file_of
from kiosk.adapters.sql.fleet import SqlFleet
from kiosk.adapters.sql.models import ProbeMarkRow
from kiosk.adapters.sql.office.days import SqlDays
from kiosk.adapters.sql.office.shifts import SqlShifts
from kiosk.adapters.sql.opening import damaged, migrate, salvage, set_aside
from kiosk.adapters.sql.records import SqlRecords
from kiosk.adapters.sql.sessions import SqlStaffSessions
from kiosk.adapters.sql.sheets import SqlSheets
from kiosk.adapters.sql.supplies import SqlSupplies
from kiosk.adapters.sql.trail import SqlTrail
from kiosk.adapters.sql.tries import SqlTries
from kiosk.adapters.sql.visits import SqlVisits
from kiosk.adapters.sql.waiting.turnarounds import SqlTurnarounds
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.trail import AuditRecord, EventKind, EventOutcome

DRIVERS = {"postgresql": "postgresql+psycopg://user@host/name", "sqlite": "sqlite:////folder/file"}


class SqlLedger(
    SqlTries,
    SqlSheets,
    SqlSupplies,
    SqlDesk,
    SqlCalls,
    SqlLinks,
    SqlLinkQueue,
    SqlPhone,
    SqlPublications,
    SqlTrail,
    SqlVisits,
    SqlRecords,
    SqlDays,
    SqlFleet,
    SqlStaffSessions,
    SqlShifts,
    SqlDeskJobs,
    SqlTurnarounds,
):
    """kiosk.ports.ledger.Ledger on one database.

    `url` is a SQLAlchemy address (`sqlite:////var/lib/kiosk/ledger.sqlite`, `postgresql+psycopg://user@host/name`).
    `key` seals the audit chain. `anchor` is the file that keeps the chain's head outside the database; beside the
    SQLite file where it is not given. Opening creates or migrates the tables; a damaged SQLite file is set aside,
    what can be read of it is taken over and the trail begins with the event `store-quarantined`. While another program
    has the file open it stays where it is: what that one goes on writing would be lost.

    With `later` it is opened when it is first needed, and tried again each time until that works: a kiosk that starts
    before its database does waits for it.
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
        later: bool = False,
    ) -> None:
        self._url, self._now = _address(url, password), now
        self.key = key
        file = file_of(self._url)
        self.anchor = _anchor(file, anchor, key)
        self._in_use = InUse(file.with_name(f"{file.name}.lock")) if file else None
        self._kiosk = kiosk
        self._opening = threading.RLock()
        self._opened: Store | None = None
        if not later:
            self._open()

    @property
    def store(self) -> Store:  # type: ignore[override] # opened on demand
        """The database, opened."""
        with self._opening:
            if self._opened is None:
                self._open()
            assert self._opened is not None  # noqa: S101 - for the type checker
            return self._opened

    def probe(self) -> str:
        """Write and read back; a file that became damaged meanwhile is set aside."""
        mark = secrets.token_hex(8)
        host = socket.gethostname()[:200]
        if damaged(self.store):
            self.close()
        with self.store.write() as session:
            session.merge(ProbeMarkRow(host=host, mark=mark))
        with self.store.read() as session:
            if session.scalar(select(ProbeMarkRow.mark).where(ProbeMarkRow.host == host)) != mark:
                raise KioskError(FaultCode.STORE_UNAVAILABLE, "what was written was not read back")
            version = "sqlite_version()" if self.store.is_sqlite else "current_setting('server_version')"
            said = f"{self.store.url.get_backend_name()} {session.scalar(text(f'SELECT {version}'))}"
        self.store.require_spare()
        return said

    def server_time(self) -> float | None:
        """The clock of the database's machine."""
        if self.store.is_sqlite:
            return None
        with self.store.read() as session:
            return self.store.time(session)

    def close(self) -> None:
        """Let go of files and connections."""
        with self._opening:
            if self._opened is not None:
                self._opened.close()
                self._opened = None
            if self._in_use is not None:
                self._in_use.give_back()

    def _open(self) -> None:
        if self._in_use is not None:
            self._in_use.share()
        store = Store(self._url, self._now)
        try:
            if not damaged(store):
                migrate(store)
                self._opened = store
                return
        finally:
            if self._opened is not store:
                store.close()
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Set the damaged file aside, and take over what can be read of it."""
        assert self._in_use is not None  # noqa: S101 - only a file can be damaged
        file = file_of(self._url)
        assert file is not None  # noqa: S101
        with self._in_use.alone():
            folder = set_aside(file)
            # With its chain: beside a new one that begins at 1 the old anchor would cry for ever.
            if self.anchor is not None:
                self.anchor.set_aside(folder)
            store = Store(self._url, self._now)
            migrate(store)
            saved = salvage(store, folder, file.name)
        self._opened = store
        told = {f"saved_{name}": count for name, count in saved.items() if count}
        alarm = (EventKind.STORE_QUARANTINED, EventOutcome.ALARM, self._kiosk)
        self.append(AuditRecord(*alarm, details={"folder": folder.name, **told}))


def _address(url: str, password: str) -> URL:
    """Checked as far as that goes without connecting. Raises KioskError CONFIG_INVALID."""
    try:
        address = make_url(url)
        if address.get_backend_name() not in DRIVERS:
            raise ArgumentError
        address.get_dialect().import_dbapi()
    except (ArgumentError, ImportError, ValueError) as error:
        wanted = " or ".join(DRIVERS.values())
        raise KioskError(FaultCode.CONFIG_INVALID, f"ledger.url is no database address: {wanted}") from error
    return address.set(password=password) if password else address


def _anchor(database: Path | None, wanted: Path | None, key: bytes) -> Anchor | None:
    path = wanted or (database and database.with_name(f"{database.name}.anchor"))
    return Anchor(path, key) if path else None
