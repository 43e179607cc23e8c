"""The inbox between gateway and kiosks: one table of a database that both reach.

Nothing in it can be read without the key: numbers are keyed digests, by which items are found; all else is sealed
(Fernet, from the same key). An item is there once for each message of a sender (MSH-3, MSH-4, MSH-10).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
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

from kiosk.adapters.ris.sql_views import foreign
from kiosk.config.ris import InboxSettings
from kiosk.domain.exam import ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.orders import OrderStage
from kiosk.domain.person.identity import IdentityFacts
from kiosk.ports.archive import StudyQuery

KEY_BYTES = 32
RETRY_S = (900.0, 3600.0, 86400.0)  # none found: tried again after 15 minutes, an hour, a day


class ItemKind(StrEnum):
    """What an item tells of."""

    REPORT = "report"
    ORDER = "order"
    PERSON = "person"


class ItemState(StrEnum):
    """Where an item stands."""

    NEW = "new"
    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"
    REFUSED = "refused"


@dataclass(frozen=True)
class InboxItem:
    """One thing that was received. `document`: a PDF, a text or a DICOM object; loaded where it was asked for."""

    message: str
    kind: ItemKind
    accession: str = ""
    study_uid: str = ""
    identity: IdentityFacts = field(default_factory=lambda: IdentityFacts(""))
    number: str = ""
    status: ReportStatus = ReportStatus.PRELIMINARY
    stage: OrderStage | None = None
    written: datetime | None = None
    title: str = ""
    modality: str = ""
    document: bytes = b""
    state: ItemState = ItemState.NEW
    received: float = 0.0
    tried: int = 0
    ident: int = 0


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
        if len(key.encode()) < KEY_BYTES:
            raise KioskError(FaultCode.CONFIG_INVALID, f"ris.inbox.key: {KEY_BYTES} bytes are needed")
        self._key = hashlib.blake2b(key.encode()[:64], digest_size=32, person=b"inbox").digest()
        self._seal = Fernet(base64.urlsafe_b64encode(self._key))
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
        values = self._values(item) | {"received": now, "due": now, "tried": 0}
        with self._begun() as connection:
            if self._kept(connection, values["message"]):
                return False
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_ITEMS).values(values))
        except SQLAlchemyError as error:  # perhaps another connection brought the same message a moment ago
            with self._begun() as connection:
                if self._kept(connection, values["message"]):
                    return False
            raise foreign(error) from error
        return True

    def _kept(self, connection: Connection, message: str) -> bool:
        found = connection.execute(select(_ITEMS.c.id).where(_ITEMS.c.message == message))
        return found.first() is not None

    def of(self, kind: ItemKind, query: StudyQuery, limit: int = 200) -> list[InboxItem]:
        """Items for any of the numbers that are asked for, oldest first, without documents."""
        asked = [(_ITEMS.c.accession, "accession", query.accession), (_ITEMS.c.patient, "patient", query.patient_id),
                 (_ITEMS.c.study, "study", query.study_uid)]  # fmt: skip
        by = [column == self._digest(name, value) for column, name, value in asked if value]
        if not by:
            return []
        wanted = select(*_LISTED).where(_ITEMS.c.kind == kind, _ITEMS.c.state != ItemState.REFUSED, or_(*by))
        with self._begun() as connection:
            rows = connection.execute(wanted.order_by(_ITEMS.c.id).limit(limit + 1)).mappings().all()
        if len(rows) > limit:
            raise KioskError(FaultCode.ARCHIVE_TRUNCATED, f"more than {limit} items in the inbox")
        return [self._item(row) for row in rows]

    def document(self, ident: int) -> bytes:
        """What an item says; empty where it is gone."""
        with self._begun() as connection:
            sealed = connection.execute(select(_ITEMS.c.document).where(_ITEMS.c.id == ident)).scalar_one_or_none()
        return self._opened(sealed) if sealed else b""

    def listed(self, states: Sequence[ItemState], limit: int = 100) -> list[InboxItem]:
        """Items in these states, newest first."""
        wanted = select(*_LISTED).where(_ITEMS.c.state.in_(list(states))).order_by(_ITEMS.c.id.desc()).limit(limit)
        with self._begun() as connection:
            return [self._item(row) for row in connection.execute(wanted).mappings().all()]

    def due(self, now: float, limit: int = 100) -> list[InboxItem]:
        """Reports that are to be looked for in the archive now."""
        states = [ItemState.NEW, ItemState.UNMATCHED]
        wanted = select(*_LISTED).where(
            _ITEMS.c.kind == ItemKind.REPORT, _ITEMS.c.state.in_(states), _ITEMS.c.due <= now
        )
        with self._begun() as connection:
            rows = connection.execute(wanted.order_by(_ITEMS.c.id).limit(limit)).mappings().all()
            return [self._item(row) for row in rows]

    def settle(self, item: InboxItem, state: ItemState, now: float) -> None:
        """Where it stands now; what was not found is due again later, and at last no more by itself."""
        later = RETRY_S[item.tried] if item.tried < len(RETRY_S) else 3e9
        values = {"state": str(state), "tried": item.tried + 1, "due": now + later}
        with self._begun() as connection:
            connection.execute(update(_ITEMS).where(_ITEMS.c.id == item.ident).values(values))

    def assign(self, ident: int, accession: str, patient_id: str, study_uid: str) -> bool:
        """Staff says which exam an item belongs to; what the item says of its person stays as it is."""
        values = {"accession": self._digest("accession", accession), "patient": self._digest("patient", patient_id),
                  "study": self._digest("study", study_uid), "state": str(ItemState.MATCHED)}  # fmt: skip
        with self._begun() as connection:
            return connection.execute(update(_ITEMS).where(_ITEMS.c.id == ident).values(values)).rowcount == 1

    def again(self, ident: int, state: ItemState) -> bool:
        """Put an item into a state by hand: refused, or new to be looked for at once."""
        values = {"state": str(state), "due": 0.0, "tried": 0}
        with self._begun() as connection:
            return connection.execute(update(_ITEMS).where(_ITEMS.c.id == ident).values(values)).rowcount == 1

    def merge(self, old: str, new: str) -> int:
        """All items of one patient number are another's from now on (HL7 A40); returns how many."""
        wanted = select(*_LISTED).where(_ITEMS.c.patient == self._digest("patient", old))
        with self._begun() as connection:
            found = [self._item(row) for row in connection.execute(wanted).mappings().all()]
            for item in found:
                moved = replace(item, identity=replace(item.identity, patient_id=new))
                values = {"patient": self._digest("patient", new), "facts": self._facts(moved)}
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

    # --- seal -------------------------------------------------------------------------------------------------------
    def _digest(self, name: str, value: str) -> str:
        """A number as it stands in the table; an empty one equals nothing that is asked for."""
        return hmac.new(self._key, f"{name}\x1f{value}".encode(), hashlib.sha256).hexdigest() if value else ""

    def _values(self, item: InboxItem) -> dict[str, Any]:
        return {
            "message": self._digest("message", item.message),
            "kind": str(item.kind),
            "state": str(item.state),
            "accession": self._digest("accession", item.accession),
            "patient": self._digest("patient", item.identity.patient_id),
            "study": self._digest("study", item.study_uid),
            "facts": self._facts(item),
            "document": self._seal.encrypt(item.document),
        }

    def _facts(self, item: InboxItem) -> bytes:
        told = asdict(replace(item, document=b""))
        del told["document"]
        return self._seal.encrypt(json.dumps(told, default=_plain).encode())

    def _opened(self, sealed: bytes) -> bytes:
        try:
            return self._seal.decrypt(bytes(sealed))
        except InvalidToken as error:
            raise KioskError(FaultCode.ARCHIVE_DENIED, "the inbox is sealed under another key") from error

    def _item(self, row: Any) -> InboxItem:
        told = json.loads(self._opened(row["facts"]))
        person, born = told["identity"], told["identity"]["birth_date"]
        identity = IdentityFacts(**{**person, "birth_date": date.fromisoformat(born) if born else None})
        told |= {
            "identity": identity,
            "kind": ItemKind(told["kind"]),
            "status": ReportStatus(told["status"]),
            "stage": OrderStage(told["stage"]) if told["stage"] else None,
            "written": datetime.fromisoformat(told["written"]) if told["written"] else None,
            "state": ItemState(row["state"]),
            "received": row["received"],
            "tried": row["tried"],
            "ident": row["id"],
        }
        return InboxItem(**told)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
