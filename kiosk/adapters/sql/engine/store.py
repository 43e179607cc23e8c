"""One database: how transactions begin, are made durable and end, on SQLite and PostgreSQL.

SQLite: WAL, synchronous=FULL, BEGIN IMMEDIATE, mode 0600, a pre-allocated spare that is let go when the disk is full so
that what is running can still be settled. PostgreSQL: short transactions, server clock, deadlines on connect and query.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine, Select, create_engine, event, func, select, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kiosk.adapters.sql.engine.errors import fault_of
from kiosk.adapters.sql.engine.spare import DISK_FULL, Spare
from kiosk.domain.faults import FaultCode, KioskError

SQLITE_PRAGMAS = (
    "PRAGMA busy_timeout=5000",  # another program of this machine (doctor, stats) may be writing
    "PRAGMA journal_mode=WAL",  # who reads does not wait for who writes
    "PRAGMA synchronous=FULL",  # WAL's usual NORMAL may lose the last commits in a power cut: then a sheet prints twice
    "PRAGMA foreign_keys=ON",  # off by default, for each connection
    "PRAGMA trusted_schema=OFF",  # a file that somebody exchanged calls no functions from its views and triggers
)
# A patient waits behind every query: a server or a cable that is gone is known within seconds, not after the two hours
# of TCP's own keepalive; and a kiosk that dies in a transaction lets go of its locks.
POSTGRES_CONNECT = {
    "connect_timeout": 3,
    "application_name": "kiosk",
    "options": "-c statement_timeout=5000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=10000",
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 6000,
}


class Store:
    """Transactions on one database. `now` is the wall clock; on PostgreSQL the server's is taken instead."""

    def __init__(self, url: URL, now: Callable[[], float] = time.time) -> None:
        self.url = url
        self._now = now
        self._steady_base = now() - time.monotonic()
        self.engine, self.spare = self._open()

    @property
    def file(self) -> Path | None:
        """The database's file where it has one."""
        return file_of(self.url)

    @property
    def is_sqlite(self) -> bool:
        """True on the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    def _open(self) -> tuple[Engine, Spare | None]:
        if self.file is None:
            return create_engine(self.url, connect_args=POSTGRES_CONNECT, pool_pre_ping=True, pool_size=5), None
        return _sqlite_engine(self.url, self.file), Spare(self.file.with_name(self.file.name + ".spare"))

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent view; nothing is written."""
        with self._transaction(self.engine) as session:
            yield session

    @contextmanager
    def write(self, lasting: bool = True) -> Iterator[Session]:
        """One transaction, durable when the block is left; where it need not be `lasting`, with the next that is."""
        engine = self.engine.execution_options(kiosk_write=True, kiosk_lasting=lasting)
        with self._transaction(engine) as session:
            yield session

    def settle(self, work: Callable[[Session], object]) -> None:
        """A write that must not fail for want of space: the spare is given up for it."""
        try:
            with self.write() as session:
                work(session)
        except KioskError as error:
            if error.code is not FaultCode.DISK_FULL or self.spare is None or not self.spare.let_go():
                raise
            with self.write() as session:
                work(session)

    def require_spare(self) -> None:
        """Refuse what would need space later on; raises KioskError DISK_FULL or STORE_UNAVAILABLE."""
        if self.spare is not None:
            self.spare.keep()

    def time(self, session: Session) -> float:
        """Seconds since the epoch by the store's clock."""
        return self._now() if self.is_sqlite else self._server_time(session)

    def now(self) -> float:
        """This machine's clock."""
        return self._now()

    def steady_time(self, session: Session) -> float:
        """The same for limits: on SQLite the wall clock at start moved on by a clock that never jumps (case 61)."""
        return self._steady_base + time.monotonic() if self.is_sqlite else self._server_time(session)

    def lock(self, session: Session, *names: str) -> None:
        """Keep others out of these names until the transaction ends; on SQLite a write keeps all others out anyway."""
        if not self.is_sqlite:
            for key in sorted(_lock_key(name) for name in set(names)):
                session.execute(select(func.pg_advisory_xact_lock(key)))

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Session]:
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield session
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise fault_of(error) from error

    @staticmethod
    def _server_time(session: Session) -> float:
        return float(session.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())


class Prepared:
    """One SELECT of plain columns with named parameters, read past the toolkit: 30 µs instead of 500."""

    def __init__(self, store: Store, statement: Select[Any]) -> None:
        engine = store.engine
        compiled = statement.compile(dialect=engine.dialect)
        self._engine, self._text, self._order = engine, str(compiled), compiled.positiontup

    def first(self, **values: object) -> tuple[Any, ...] | None:
        """The first row. Raises KioskError like every transaction."""
        parameters = [values[name] for name in self._order] if self._order is not None else values
        try:
            raw = self._engine.raw_connection()
            try:
                cursor = raw.cursor()
                cursor.execute(self._text, parameters)
                found = cursor.fetchone()
                cursor.close()
            finally:
                raw.close()
        except SQLAlchemyError as error:
            raise fault_of(error) from error
        except self._engine.dialect.loaded_dbapi.Error as error:
            raise fault_of(cast(Exception, error)) from error
        return tuple(found) if found is not None else None


def file_of(url: URL) -> Path | None:
    """The database's file where it has one."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _lock_key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def _sqlite_engine(url: URL, file: Path) -> Engine:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made here so that it never exists with another mode; -wal and -shm take the mode of the database.
        os.close(os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        file.chmod(0o600)
    except OSError as error:
        code = FaultCode.DISK_FULL if error.errno in DISK_FULL else FaultCode.STORE_UNAVAILABLE
        raise KioskError(code, f"{file.name}: {error.strerror}") from error
    engine = create_engine(url, connect_args={"timeout": 5, "cached_statements": 256}, pool_size=5)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(raw: Any, _record: object) -> None:
    raw.isolation_level = None  # transactions are begun below, not by the driver's guess
    for pragma in SQLITE_PRAGMAS:
        raw.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    # At once, because SQLite lets nobody wait who has begun to read and wants to write then: that fails on the spot.
    options = connection.get_execution_options()
    write, lasting = options.get("kiosk_write", False), options.get("kiosk_lasting", True)
    if write:  # in WAL a commit with NORMAL waits for no disk: a power cut may take the last ones back, nothing else
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if lasting else 'NORMAL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
