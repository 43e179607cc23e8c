"""A hospital's view, read with named binds, a time-out and a limit of rows; never anything but a SELECT.

The hospital's SELECT stands inside one of ours, so that the database itself limits the rows and leaves out the columns
that are not wanted (a listing carries no documents). SQLAlchemy writes that for each dialect. PostgreSQL, MariaDB and
SQLite are tested on real servers; Oracle and SQL Server by what is compiled for them.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, create_engine, event, literal_column, make_url, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql.expression import Select

from kiosk.adapters.ris.row_values import Row
from kiosk.config.ris import DatabaseSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.archive import StudyQuery

BINDS = ("accession", "patient", "national", "study", "visit")
POOL, WAIT_S = 2, 10.0
_READ_ONLY = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
}
_SELECT = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
_DENIED = ("denied", "password", "authentication", "permission", "privilege", "login failed", "ora-01017")
_LATE = ("timeout", "timed out", "time-out", "max_statement_time", "interrupted", "canceling statement")
_GONE = (
    "connect", "server has gone", "closed the connection", "terminating", "lost connection", "refused",
    "starting up", "shutting down", "server closed", "unable to open",
)  # fmt: skip


class HospitalDatabase:
    """One database of the hospital's: a small pool, each session read-only and with a time-out, where it can be."""

    def __init__(self, settings: DatabaseSettings, password: str, *, writes: bool = False) -> None:
        """Nothing is opened yet. Raises KioskError CONFIG_INVALID where the address cannot be one."""
        self._settings, self._writes = settings, writes
        try:
            url = make_url(settings.url)
            url = url.set(password=password) if password else url
            self.engine = self._engine(url)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise KioskError(FaultCode.CONFIG_INVALID, f"ris.database.url: {type(error).__name__}") from error

    def _engine(self, url: URL) -> Engine:
        driver, wait, answer = url.get_backend_name(), self._settings.connect_s, self._settings.query_s
        if driver == "sqlite":
            engine = create_engine(url, connect_args={"timeout": answer})
            return _prepared(engine, "" if self._writes else "PRAGMA query_only=ON")
        arguments: dict[str, Any] = {}
        if driver == "postgresql":
            arguments = {"connect_timeout": wait, "options": f"-c statement_timeout={answer * 1000}"}
        elif driver in ("mysql", "mariadb"):
            arguments = {"connect_timeout": wait, "read_timeout": answer + 1, "write_timeout": answer + 1}
        engine = create_engine(
            url, connect_args=arguments, pool_size=POOL, max_overflow=0, pool_timeout=WAIT_S,
            pool_pre_ping=True, pool_recycle=600,
        )  # fmt: skip
        limit = {"mariadb": f"SET SESSION max_statement_time={answer}",
                 "mysql": f"SET SESSION max_execution_time={answer * 1000}"}.get(driver, "")  # fmt: skip
        return _prepared(engine, limit, "" if self._writes else _READ_ONLY.get(driver, ""))

    def rows(self, statement: Select[Any], binds: Mapping[str, Any], limit: int) -> list[Row]:
        """The rows, by lower-case column names. Raises ARCHIVE_TRUNCATED where there are more than `limit`."""
        try:
            with self.engine.connect() as connection:
                found = connection.execute(statement.limit(limit + 1), dict(binds)).mappings().fetchmany(limit + 1)
        except SQLAlchemyError as error:
            raise foreign(error) from error
        if len(found) > limit:
            raise KioskError(FaultCode.ARCHIVE_TRUNCATED, f"the view answered with more than {limit} rows")
        return [{name.lower(): value for name, value in row.items()} for row in found]

    def columns(self, statement: Select[Any], binds: Mapping[str, Any]) -> list[str]:
        """The names of the columns that a SELECT has."""
        try:
            with self.engine.connect() as connection:
                return [name.lower() for name in list(connection.execute(statement.limit(1), dict(binds)).keys())]
        except SQLAlchemyError as error:
            raise foreign(error) from error

    def write(self, statement: str, values: Mapping[str, Any]) -> None:
        """One statement in a transaction of its own."""
        try:
            with self.engine.begin() as connection:
                connection.execute(text(statement), dict(values))
        except SQLAlchemyError as error:
            raise foreign(error) from error

    @property
    def most(self) -> int:
        """Rows at most."""
        return self._settings.rows

    def close(self) -> None:
        """Let go of the connections."""
        self.engine.dispose()


def _prepared(engine: Engine, *statements: str) -> Engine:
    """Every new connection begins with these statements."""
    if any(statements):

        @event.listens_for(engine, "connect")
        def _begin(connection: Any, _: object) -> None:
            cursor = connection.cursor()
            for statement in filter(None, statements):
                cursor.execute(statement)
            cursor.close()
            connection.commit()

    return engine


class HospitalView:
    """The hospital's SELECT as a table of ours.

    `needed`: aliases without which nothing can be done ("pdf|text": one of these); `more`: those that are read where
    they are there.
    """

    def __init__(self, database: HospitalDatabase, written: str, needed: Sequence[str], more: Sequence[str]) -> None:
        """Raises KioskError CONFIG_INVALID for what is no single SELECT or has a bind that nobody fills."""
        if not _SELECT.match(written) or ";" in written.rstrip().rstrip(";"):
            raise KioskError(FaultCode.CONFIG_INVALID, "one SELECT is needed, without semicolon")
        self._database, self._needed = database, tuple(needed)
        self._read = {*more, *(name for one in needed for name in one.split("|"))}
        statement = text(written.rstrip().rstrip(";"))
        unknown = set(statement._bindparams) - set(BINDS)
        if unknown:
            raise KioskError(FaultCode.CONFIG_INVALID, f"unknown binds {sorted(unknown)}; known: {', '.join(BINDS)}")
        self._inner, self._binds = statement, set(statement._bindparams)
        self._known: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def rows(self, query: StudyQuery, without: Sequence[str] = ()) -> list[Row]:
        """The rows for what is asked, without some columns. Raises CONFIG_INVALID where an alias is missing."""
        wanted = [name for name in sorted(self._aliases()) if name not in without]
        return self._database.rows(self._select(wanted), self._values(query), self._database.most)

    def answers(self, query: StudyQuery) -> bool:
        """True where the SELECT uses anything that is asked for."""
        return any(value is not None for value in self._values(query).values())

    def check(self) -> str:
        """Run it with a limit of one row; names the aliases that are missing. Raises KioskError."""
        with self._lock:
            self._known = frozenset()
        return f"{len(self._aliases())} columns"

    def compiled(self, dialect: Any) -> str:
        """As another dialect would be asked, for the documentation's promise of it."""
        names = [name.split("|")[0] for name in self._needed]
        return str(self._select(names).limit(2).compile(dialect=dialect))

    def _aliases(self) -> frozenset[str]:
        with self._lock:
            known = self._known
        if known:
            return known
        asked = self._select(["*"])
        found = self._read.intersection(self._database.columns(asked, dict.fromkeys(self._binds)))
        missing = [name for name in self._needed if not set(name.split("|")) & found]
        if missing:
            raise KioskError(FaultCode.CONFIG_INVALID, f"the view lacks the aliases {', '.join(missing)}")
        with self._lock:
            self._known = frozenset(found)
            return self._known

    def _select(self, names: Sequence[str]) -> Select[Any]:
        columns: Any = [literal_column(name) for name in names]
        wanted: Select[Any] = select(*columns).select_from(self._inner.columns().subquery("hospital_view"))
        return wanted

    def _values(self, query: StudyQuery) -> dict[str, str | None]:
        """What is not known is NULL, which equals nothing."""
        values = {
            "accession": query.accession,
            "patient": query.patient_id,
            "national": query.national_id,
            "study": query.study_uid,
            "visit": query.visit_number,
        }
        return {name: value or None for name, value in values.items() if name in self._binds}


def foreign(error: SQLAlchemyError) -> KioskError:
    """A library's error as a fault; nothing of the statement's values is told."""
    if isinstance(error, PoolTimeout):
        return KioskError(FaultCode.ARCHIVE_TIMEOUT, "all connections to the hospital's database are in use")
    said = str(getattr(error, "orig", "")).casefold()
    kind = type(getattr(error, "orig", error)).__name__
    for words, code in ((_LATE, FaultCode.ARCHIVE_TIMEOUT), (_DENIED, FaultCode.ARCHIVE_DENIED),
                        (_GONE, FaultCode.ARCHIVE_UNREACHABLE)):  # fmt: skip
        if any(word in said for word in words):
            return KioskError(code, f"hospital database: {kind}")
    broken = isinstance(error, InterfaceError) or (isinstance(error, DBAPIError) and error.connection_invalidated)
    code = FaultCode.ARCHIVE_UNREACHABLE if broken else FaultCode.ARCHIVE_ERROR
    return KioskError(code, f"hospital database: {kind}")
