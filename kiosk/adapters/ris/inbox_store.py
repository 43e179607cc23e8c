"""The inbox between gateway and kiosks: one table of a database that both reach.

Nothing in it can be read without the key: numbers are keyed digests, by which items are found; all else is sealed
(Fernet, from the same key). An item is there once for each message of a sender (MSH-3, MSH-4, MSH-10).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import (
    Column,
    Connection,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    func,
    insert,
    inspect,
    make_url,
    or_,
    select,
    update,
)
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from kiosk.adapters.ris.inbox_items import InboxItem, InboxSeal, ItemKind, ItemState
from kiosk.adapters.ris.sql_views import foreign
from kiosk.config.ris import InboxSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.archive import StudyQuery

RETRY_S = (900.0, 3600.0, 86400.0)  # none found: tried again after 15 minutes, an hour, a day


_META = MetaData()
_ITEMS = Table(
    "inbox_items", _META,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("message", String(64), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("accession", String(64), nullable=False),
    Column("patient", String(64), nullable=False),
    Column("study", String(64), nullable=False),
    Column("received", Float, nullable=False),
    Column("due", Float, nullable=False),
    Column("tried", Integer, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    Column("document", LargeBinary(128 << 20), nullable=False),
    Index("inbox_accession", "accession"), Index("inbox_patient", "patient"), Index("inbox_due", "state", "due"),
)  # fmt: skip
_LISTED = [column for column in _ITEMS.c if column.name != "document"]


class InboxStore:
    """The table. Calls are thread-safe, each is one transaction; raises KioskError like a hospital database."""

    def __init__(self, settings: InboxSettings, password: str, key: str) -> None:
        """Raises KioskError CONFIG_INVALID for a short key or an address that cannot be one."""
        self._seal = InboxSeal(key)
        self._ready, self._making = False, threading.Lock()
        try:
            url = make_url(settings.url)
            self._engine = create_engine(url.set(password=password) if password else url, pool_pre_ping=True)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise KioskError(FaultCode.CONFIG_INVALID, f"ris.inbox.url: {type(error).__name__}") from error

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        try:
            self._prepare()
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise foreign(error) from error

    def _prepare(self) -> None:
        """Make the table once; of programs that do so at the same moment one succeeds, and that is enough."""
        with self._making:
            if self._ready:
                return
            try:
                _META.create_all(self._engine)
            except SQLAlchemyError:
                if not inspect(self._engine).has_table(_ITEMS.name):
                    raise
            self._ready = True

    def put(self, item: InboxItem, now: float) -> bool:
        """Keep an item; False where the message was kept before. It is on the disk when this returns."""
        values = self._seal.values(item) | {"received": now, "due": now, "tried": 0}
        with self._begun() as connection:
            if _kept(connection, values["message"]):
                return False
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_ITEMS).values(values))
        except SQLAlchemyError as error:  # perhaps another connection brought the same message a moment ago
            with self._begun() as connection:
                if _kept(connection, values["message"]):
                    return False
            raise foreign(error) from error
        return True

    def of(self, kind: ItemKind, query: StudyQuery, limit: int = 200) -> list[InboxItem]:
        """Items for any of the numbers that are asked for, oldest first, without documents."""
        asked = [(_ITEMS.c.accession, "accession", query.accession), (_ITEMS.c.patient, "patient", query.patient_id),
                 (_ITEMS.c.study, "study", query.study_uid)]  # fmt: skip
        by = [column == self._seal.digest(name, value) for column, name, value in asked if value]
        if not by:
            return []
        wanted = select(*_LISTED).where(_ITEMS.c.kind == kind, _ITEMS.c.state != ItemState.REFUSED, or_(*by))
        with self._begun() as connection:
            rows = connection.execute(wanted.order_by(_ITEMS.c.id).limit(limit + 1)).mappings().all()
        if len(rows) > limit:
            raise KioskError(FaultCode.ARCHIVE_TRUNCATED, f"more than {limit} items in the inbox")
        return [self._seal.item(row) for row in rows]

    def document(self, ident: int) -> bytes:
        """What an item says; empty where it is gone."""
        with self._begun() as connection:
            sealed = connection.execute(select(_ITEMS.c.document).where(_ITEMS.c.id == ident)).scalar_one_or_none()
        return self._seal.opened(sealed) if sealed else b""

    def listed(self, states: Sequence[ItemState], limit: int = 100) -> list[InboxItem]:
        """Items in these states, newest first."""
        wanted = select(*_LISTED).where(_ITEMS.c.state.in_(list(states))).order_by(_ITEMS.c.id.desc()).limit(limit)
        with self._begun() as connection:
            return [self._seal.item(row) for row in connection.execute(wanted).mappings().all()]

    def due(self, now: float, limit: int = 100) -> list[InboxItem]:
        """Reports that are to be looked for in the archive now."""
        states = [ItemState.NEW, ItemState.UNMATCHED]
        wanted = select(*_LISTED).where(
            _ITEMS.c.kind == ItemKind.REPORT, _ITEMS.c.state.in_(states), _ITEMS.c.due <= now
        )
        with self._begun() as connection:
            rows = connection.execute(wanted.order_by(_ITEMS.c.id).limit(limit)).mappings().all()
            return [self._seal.item(row) for row in rows]

    def settle(self, item: InboxItem, state: ItemState, now: float) -> None:
        """Where it stands now; what was not found is due again later, and at last no more by itself."""
        later = RETRY_S[item.tried] if item.tried < len(RETRY_S) else 3e9
        values = {"state": str(state), "tried": item.tried + 1, "due": now + later}
        with self._begun() as connection:
            connection.execute(update(_ITEMS).where(_ITEMS.c.id == item.ident).values(values))

    def assign(self, ident: int, accession: str, patient_id: str, study_uid: str) -> bool:
        """Staff says which exam an item belongs to; what the item says of its person stays as it is."""
        numbers = {"accession": accession, "patient": patient_id, "study": study_uid}
        values = {name: self._seal.digest(name, value) for name, value in numbers.items()}
        values["state"] = str(ItemState.MATCHED)
        with self._begun() as connection:
            return connection.execute(update(_ITEMS).where(_ITEMS.c.id == ident).values(values)).rowcount == 1

    def again(self, ident: int, state: ItemState) -> bool:
        """Put an item into a state by hand: refused, or new to be looked for at once."""
        values = {"state": str(state), "due": 0.0, "tried": 0}
        with self._begun() as connection:
            return connection.execute(update(_ITEMS).where(_ITEMS.c.id == ident).values(values)).rowcount == 1

    def merge(self, old: str, new: str) -> int:
        """All items of one patient number are another's from now on (HL7 A40); returns how many."""
        wanted = select(*_LISTED).where(_ITEMS.c.patient == self._seal.digest("patient", old))
        with self._begun() as connection:
            found = [self._seal.item(row) for row in connection.execute(wanted).mappings().all()]
            for item in found:
                moved = replace(item, identity=replace(item.identity, patient_id=new))
                values = {"patient": self._seal.digest("patient", new), "facts": self._seal.facts(moved)}
                connection.execute(update(_ITEMS).where(_ITEMS.c.id == item.ident).values(values))
        return len(found)

    def counts(self) -> dict[str, int]:
        """How many items stand where."""
        with self._begun() as connection:
            found = connection.execute(select(_ITEMS.c.state, func.count()).group_by(_ITEMS.c.state)).all()
        return {str(state): int(count) for state, count in found}

    def purge(self, before: float) -> int:
        """Delete what is older."""
        with self._begun() as connection:
            return connection.execute(delete(_ITEMS).where(_ITEMS.c.received < before)).rowcount

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()


def _kept(connection: Connection, message: str) -> bool:
    found = connection.execute(select(_ITEMS.c.id).where(_ITEMS.c.message == message))
    return found.first() is not None
