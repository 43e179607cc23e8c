"""Counters that a restart does not forget and that several processes share: how often something was tried lately."""

from __future__ import annotations

import hashlib

from sqlalchemy import Column, Double, Integer, MetaData, String, Table, bindparam, delete, insert, select, update

from kiosk.adapters.sql.engine.store import Prepared, Store


def counter_table(metadata: MetaData, name: str) -> Table:
    """The table, in the program's own database."""
    return Table(name, metadata, Column("counter", String(64), primary_key=True), Column("taken", Integer,
                 nullable=False), Column("until", Double, nullable=False))  # fmt: skip


class Counters:
    """Fixed windows. Each method is one transaction; thread-safe. Names are kept as hashes: they hold addresses."""

    def __init__(self, store: Store, table: Table) -> None:
        self._store, self._table = store, table
        wanted = select(table.c.taken, table.c.until).where(table.c.counter == bindparam("key"))
        self._found = Prepared(store, wanted)

    def take(self, name: str, most: int, seconds: float) -> bool:
        """Count once more; False where that is more than `most` within the window. Counted *before* the try."""
        row, key = self._table, hashlib.sha256(name.encode()).hexdigest()
        with self._store.write() as session:
            self._store.lock(session, f"counter {key}")
            now = self._store.time(session)
            found = session.execute(select(row.c.taken, row.c.until).where(row.c.counter == key)).one_or_none()
            if found is None or found.until <= now:
                session.execute(delete(row).where(row.c.counter == key))
                session.execute(insert(row).values(counter=key, taken=1, until=now + seconds))
                return most >= 1
            session.execute(update(row).where(row.c.counter == key).values(taken=min(found.taken + 1, 1 << 30)))
            return bool(found.taken < most)

    def full(self, name: str, most: int) -> bool:
        """True where `most` are counted within the window that runs; nothing is counted."""
        found = self._found.first(key=hashlib.sha256(name.encode()).hexdigest())
        if found is None or found[0] < most:
            return False
        with self._store.read() as session:
            return bool(found[1] > self._store.time(session))

    def give_back(self, name: str) -> None:
        """It went well: it does not count."""
        row, key = self._table, hashlib.sha256(name.encode()).hexdigest()
        with self._store.write() as session:
            session.execute(update(row).where(row.c.counter == key, row.c.taken > 0).values(taken=row.c.taken - 1))

    def sweep(self) -> None:
        """Take away windows that are over."""
        with self._store.write() as session:
            session.execute(delete(self._table).where(self._table.c.until <= self._store.time(session)))
