"""Bringing a database to the newest tables, and setting a damaged SQLite file aside (matrix case 58)."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, inspect, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kiosk.adapters.sql.engine.errors import fault_of, is_corrupt
from kiosk.adapters.sql.engine.store import Store
from kiosk.adapters.sql.models import Base, SheetRow, TrailHeadRow
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.printing import SheetState

NEWEST = "0035"
MIGRATIONS = Path(__file__).parent / "migrations"
COMPANIONS = ("", "-wal", "-shm")


def migrate(store: Store) -> None:
    """Run what is missing, in one transaction; kiosks of a fleet that start together wait for the first one."""
    try:
        with store.engine.begin() as connection:
            if _revision(connection) == NEWEST:
                return
        with store.engine.execution_options(kiosk_write=True).begin() as connection:
            if not store.is_sqlite:
                connection.execute(text("SET LOCAL statement_timeout = '120s'; SET LOCAL lock_timeout = '120s'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('kiosk migrations'))"))
            if _revision(connection) != NEWEST:
                _upgrade(connection)
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise fault_of(error) from error


def _revision(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none() or ""


def _upgrade(connection: Connection) -> None:
    # Imported here: only the first start after an update pays for it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def damaged(store: Store) -> bool:
    """True where the SQLite file cannot be trusted: its pages, or its sheets' index, do not fit together."""
    if not store.is_sqlite:
        return False
    try:
        with store.engine.connect() as connection:
            return bool(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok")
    except (SQLAlchemyError, sqlite3.Error) as error:
        if is_corrupt(error):
            return True
        raise fault_of(error) from error


def set_aside(file: Path) -> Path:
    """Move the database with its companions to a folder beside it; returns the folder."""
    folder = file.parent / f"quarantine-{time.time_ns()}"
    try:
        folder.mkdir(mode=0o700)
        for companion in COMPANIONS:
            with contextlib.suppress(FileNotFoundError):
                file.with_name(file.name + companion).replace(folder / (file.name + companion))
    except OSError as error:
        raise KioskError(
            FaultCode.STORE_UNAVAILABLE, f"cannot set the damaged journal aside: {error.strerror}"
        ) from error
    return folder


def salvage(store: Store, folder: Path, name: str) -> dict[str, int]:
    """Copy what can still be read into the new database, table by table; open sheets become uncertain.

    Returns how many rows of each table were saved. Rows that break a rule of the new database are left out.
    """
    saved: dict[str, int] = {}
    raw = sqlite3.connect(folder / name)
    try:
        for table in Base.metadata.sorted_tables:
            saved[table.name] = _copy(store, table, _readable_rows(raw, table))
    finally:
        raw.close()
    with store.write() as session:
        open_states = (SheetState.RESERVED, SheetState.SUBMITTED)
        session.execute(update(SheetRow).where(SheetRow.state.in_(open_states)).values(state=SheetState.UNCERTAIN))
    return saved


def _readable_rows(raw: sqlite3.Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Of the columns that the damaged file has: it may be older than this program."""
    try:
        there = {column[1] for column in raw.execute(f'PRAGMA table_info("{table.name}")')}
        names = [column.name for column in table.columns if column.name in there]
        columns = ", ".join(f'"{name}"' for name in names)
        for row in raw.execute(f'SELECT {columns} FROM "{table.name}" NOT INDEXED'):  # noqa: S608 - our own names
            yield dict(zip(names, row, strict=True))
    except sqlite3.Error:
        return  # what lies behind the damage cannot be read


def _copy(store: Store, table: Table, rows: Iterator[dict[str, Any]]) -> int:
    if table.name in (TrailHeadRow.__tablename__, "events", "probes", "figure_days", "figure_mark"):
        return 0  # the old chain stays in quarantine, whole; the new one begins with the alarm
    saved = 0
    with store.write() as session:
        for row in rows:
            saved += _insert(session, table, row)
    return saved


def _insert(session: Session, table: Table, row: dict[str, Any]) -> int:
    try:
        with session.begin_nested():
            session.execute(insert(table), row)
        return 1
    except SQLAlchemyError:
        return 0
