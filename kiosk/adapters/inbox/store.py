"""The inbox between gateway and kiosks: one table of a database that both reach.

Nothing in it can be read without the key: numbers are keyed digests, by which items are found; all else is sealed
(Fernet, from the same key). An item is there once for each message of a sender (MSH-3, MSH-4, MSH-10).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import (
    Connection,
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

from kiosk.adapters.inbox.seal import InboxSeal
from kiosk.adapters.inbox.tables import DECISIONS, ITEMS, LISTED, META
from kiosk.adapters.ris.sql_views import foreign
from kiosk.config.ris import InboxSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.waiting.inbox import InboxItem, ItemKind, ItemState, ItemWhy
from kiosk.ports.archive import StudyQuery

MATCHED_KINDS = (ItemKind.REPORT, ItemKind.FILM)  # an order without images is usual: nobody looks for its exam
RETRY_S = (900.0, 3600.0, 86400.0)  # none found: tried again after 15 minutes, an hour, a day


class InboxStore:
    """The table. Calls are thread-safe, each is one transaction; raises KioskError like a hospital database."""

    def __init__(self, settings: InboxSettings, password: str, key: str) -> None:
        """Raises KioskError CONFIG_INVALID for a short key or an address that cannot be one."""
        self.seal = InboxSeal(key)
        self._ready, self._making = False, threading.Lock()
        try:
            url = make_url(settings.url)
            self._engine = create_engine(url.set(password=password) if password else url, pool_pre_ping=True)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise KioskError(FaultCode.CONFIG_INVALID, f"ris.inbox.url: {type(error).__name__}") from error

    @contextmanager
    def begun(self) -> Iterator[Connection]:
        """A transaction. Raises KioskError like a hospital database."""
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
                META.create_all(self._engine)
            except SQLAlchemyError:
                if not inspect(self._engine).has_table(ITEMS.name):
                    raise
            self._ready = True

    def put(self, item: InboxItem, now: float) -> bool:
        """Keep an item; False where the message was kept before. It is on the disk when this returns."""
        values = self.seal.values(item) | {"received": now, "due": now, "tried": 0}
        with self.begun() as connection:
            if _kept(connection, values["message"]):
                return False
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(ITEMS).values(values))
        except SQLAlchemyError as error:  # perhaps another connection brought the same message a moment ago
            with self.begun() as connection:
                if _kept(connection, values["message"]):
                    return False
            raise foreign(error) from error
        return True

    def of(self, kind: ItemKind, query: StudyQuery, limit: int = 200) -> list[InboxItem]:
        """Items for any of the numbers that are asked for, oldest first, without documents."""
        asked = [(ITEMS.c.accession, "accession", query.accession), (ITEMS.c.patient, "patient", query.patient_id),
                 (ITEMS.c.study, "study", query.study_uid)]  # fmt: skip
        by = [column == self.seal.digest(name, value) for column, name, value in asked if value]
        if not by:
            return []
        wanted = select(*LISTED).where(ITEMS.c.kind == kind, ITEMS.c.state != ItemState.REFUSED, or_(*by))
        with self.begun() as connection:
            rows = connection.execute(wanted.order_by(ITEMS.c.id).limit(limit + 1)).mappings().all()
        if len(rows) > limit:
            raise KioskError(FaultCode.ARCHIVE_TRUNCATED, f"more than {limit} items in the inbox")
        return [self.seal.item(row) for row in rows]

    def document(self, ident: int) -> bytes:
        """What an item says; empty where it is gone."""
        with self.begun() as connection:
            sealed = connection.execute(select(ITEMS.c.document).where(ITEMS.c.id == ident)).scalar_one_or_none()
        return self.seal.opened(sealed) if sealed else b""

    def due(self, now: float, limit: int = 100) -> list[InboxItem]:
        """Items whose exam is to be looked for in the archive now."""
        states = [ItemState.NEW, ItemState.UNMATCHED]
        wanted = select(*LISTED).where(
            ITEMS.c.kind.in_(MATCHED_KINDS), ITEMS.c.state.in_(states), ITEMS.c.due <= now
        )
        with self.begun() as connection:
            rows = connection.execute(wanted.order_by(ITEMS.c.id).limit(limit)).mappings().all()
            return [self.seal.item(row) for row in rows]

    def settle(self, item: InboxItem, state: ItemState, why: ItemWhy | None, now: float) -> None:
        """Where it stands now; what was not found is due again later, and at last no more by itself. What staff have
        said of it in the meantime stands."""
        later = RETRY_S[item.tried] if item.tried < len(RETRY_S) else 3e9
        facts = self.seal.facts(replace(item, why=why))
        values = {"state": str(state), "tried": item.tried + 1, "due": now + later, "facts": facts}
        unchanged = (ITEMS.c.id == item.ident, ITEMS.c.state == item.state)
        with self.begun() as connection:
            connection.execute(update(ITEMS).where(*unchanged).values(values))

    def assign(self, item: InboxItem, accession: str, patient_id: str, study_uid: str) -> None:
        """The exam was found; what the item says of its person stays as it is. No more where staff were faster."""
        values = self.seal.numbers(accession, patient_id, study_uid) | {"state": str(ItemState.MATCHED)}
        with self.begun() as connection:
            unchanged = (ITEMS.c.id == item.ident, ITEMS.c.state == item.state)
            connection.execute(update(ITEMS).where(*unchanged).values(values))

    def merge(self, old: str, new: str) -> int:
        """All items of one patient number are another's from now on (HL7 A40); returns how many."""
        mine = ITEMS.c.patient == self.seal.digest("patient", old)
        wanted = select(*LISTED).where(mine, ITEMS.c.kind != ItemKind.MERGE)
        with self.begun() as connection:
            found = [self.seal.item(row) for row in connection.execute(wanted).mappings().all()]
            for item in found:
                moved = replace(item, identity=replace(item.identity, patient_id=new))
                values = {"patient": self.seal.digest("patient", new), "facts": self.seal.facts(moved)}
                connection.execute(update(ITEMS).where(ITEMS.c.id == item.ident).values(values))
        return len(found)

    def counts(self) -> dict[str, int]:
        """How many items stand where."""
        with self.begun() as connection:
            found = connection.execute(select(ITEMS.c.state, func.count()).group_by(ITEMS.c.state)).all()
        return {str(state): int(count) for state, count in found}

    def purge(self, before: float) -> int:
        """Delete what is older."""
        old = select(ITEMS.c.id).where(ITEMS.c.received < before)
        with self.begun() as connection:
            connection.execute(delete(DECISIONS).where(DECISIONS.c.item.in_(old)))
            return connection.execute(delete(ITEMS).where(ITEMS.c.received < before)).rowcount

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()


def _kept(connection: Connection, message: str) -> bool:
    found = connection.execute(select(ITEMS.c.id).where(ITEMS.c.message == message))
    return found.first() is not None
