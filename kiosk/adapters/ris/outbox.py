"""Receipts that wait, sealed: a small SQLite file of the kiosk's own, each row under the hospital's key.

They hold patient and accession numbers, which the ledger never does; so they are encrypted (Fernet) with a key derived
from that of the pseudonyms, and gone as soon as they are told.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import threading
from dataclasses import asdict
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.receipts import PrintReceipt

_TABLE = "CREATE TABLE IF NOT EXISTS receipts (number INTEGER PRIMARY KEY, serial TEXT UNIQUE, sealed BLOB)"
_FULL = sqlite3.SQLITE_FULL


class SealedOutbox:
    """Implements kiosk.ports.receipts.ReceiptOutbox."""

    def __init__(self, file: Path, key: bytes) -> None:
        self._file, self._lock = file, threading.Lock()
        digest = hashlib.blake2b(b"receipts", key=key[:64], digest_size=32).digest()
        self._seal = Fernet(base64.urlsafe_b64encode(digest))

    def put(self, receipt: PrintReceipt) -> None:
        """See the port."""
        sealed = self._seal.encrypt(json.dumps(asdict(receipt)).encode())
        self._run("INSERT OR IGNORE INTO receipts (serial, sealed) VALUES (?, ?)", (receipt.serial, sealed))

    def waiting(self, limit: int = 50) -> list[PrintReceipt]:
        """See the port. What cannot be opened was written under another key and is left alone."""
        rows = self._run("SELECT sealed FROM receipts ORDER BY number LIMIT ?", (limit,))
        try:
            return [PrintReceipt(**json.loads(self._seal.decrypt(sealed))) for (sealed,) in rows]
        except InvalidToken as error:
            raise KioskError(FaultCode.STORE_UNAVAILABLE, f"{self._file}: sealed under another key") from error

    def done(self, serial: str) -> None:
        """See the port."""
        self._run("DELETE FROM receipts WHERE serial = ?", (serial,))

    def _run(self, statement: str, values: tuple[object, ...]) -> list[tuple[bytes]]:
        try:
            with self._lock:
                connection = sqlite3.connect(self._file, timeout=5)
                try:
                    connection.execute("PRAGMA synchronous=FULL")
                    connection.execute("PRAGMA secure_delete=ON")
                    connection.execute(_TABLE)
                    with connection:
                        return connection.execute(statement, values).fetchall()
                finally:
                    connection.close()
        except sqlite3.Error as error:
            full = getattr(error, "sqlite_errorcode", 0) == _FULL
            code = FaultCode.DISK_FULL if full else FaultCode.STORE_UNAVAILABLE
            raise KioskError(code, f"{self._file}: {type(error).__name__}") from error
