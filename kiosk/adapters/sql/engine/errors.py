"""Database exceptions as fault codes, by one table.

SQLite extended codes: https://www.sqlite.org/rescode.html; PostgreSQL classes: SQLSTATE, appendix A of its manual.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

from kiosk.domain.faults import FaultCode, KioskError

SQLITE_CODES = {
    "SQLITE_FULL": FaultCode.DISK_FULL,
    "SQLITE_IOERR": FaultCode.STORE_UNAVAILABLE,
    "SQLITE_READONLY": FaultCode.STORE_UNAVAILABLE,
    "SQLITE_CANTOPEN": FaultCode.STORE_UNAVAILABLE,
    "SQLITE_BUSY": FaultCode.STORE_UNAVAILABLE,
    "SQLITE_CORRUPT": FaultCode.STORE_UNAVAILABLE,
    "SQLITE_NOTADB": FaultCode.STORE_UNAVAILABLE,
}
SQLSTATES = {"53100": FaultCode.DISK_FULL}
UNREACHED = {"OperationalError": "no connection", "ConnectionTimeout": "no answer in time"}  # psycopg, without SQLSTATE
CORRUPT = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT")


def word_of(error: BaseException) -> str:
    """The database's own short code for what went wrong: never a message, which could quote stored values."""
    original = getattr(error, "orig", None) or error
    sqlstate = getattr(original, "sqlstate", None)
    name = type(original).__name__
    return getattr(original, "sqlite_errorname", None) or sqlstate or UNREACHED.get(name, name)


def is_corrupt(error: BaseException) -> bool:
    """True where the SQLite file itself is damaged."""
    original = getattr(error, "orig", None) or error
    if not isinstance(original, sqlite3.DatabaseError):
        return False
    return word_of(error).startswith(CORRUPT) or "malformed" in str(original)


def fault_of(error: Exception) -> KioskError:
    """The kiosk's own error for a database exception."""
    word = word_of(error)
    code = SQLSTATES.get(word) or next((c for name, c in SQLITE_CODES.items() if word.startswith(name)), None)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return KioskError(code or FaultCode.STORE_UNAVAILABLE, f"{word}, connection lost" if lost else word)
