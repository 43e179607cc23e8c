"""What staff say of items: settled with what it was before, so that it can be taken back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, insert, or_, select, update

from kiosk.adapters.inbox.store import InboxStore
from kiosk.adapters.inbox.tables import DECISIONS, ITEMS, LISTED
from kiosk.domain.exam import Exam
from kiosk.domain.waiting.inbox import WAITING, Decision, InboxItem, ItemKind, ItemState, SettleReason

_NUMBERS = ("accession", "patient", "study", "facts", "state")


class InboxDecisions:
    """Implements kiosk.ports.reports.UnmatchedItems."""

    def __init__(self, store: InboxStore, now: Callable[[], float] = time.time) -> None:
        self._store, self._seal, self._now = store, store.seal, now

    def waiting(self, limit: int = 100) -> list[InboxItem]:
        """See the port. Orders wait only where nothing can ever find their exam."""
        documents = and_(ITEMS.c.kind.in_((ItemKind.REPORT, ItemKind.FILM)), ITEMS.c.state.in_(WAITING))
        orders = and_(ITEMS.c.kind == ItemKind.ORDER, ITEMS.c.state == ItemState.UNMATCHED)
        wanted = select(*LISTED).where(or_(documents, orders)).order_by(ITEMS.c.id.desc()).limit(limit)
        with self._store.begun() as connection:
            return [self._seal.item(row) for row in connection.execute(wanted).mappings().all()]

    def item(self, ident: int) -> InboxItem | None:
        """See the port."""
        with self._store.begun() as connection:
            row = _row(connection, ident)
        return self._seal.item(row) if row else None

    def decide(self, decision: Decision, exam: Exam | None) -> bool:
        """See the port: one transaction, and of two desks the first one's word stands."""
        with self._store.begun() as connection:
            row = _row(connection, decision.item)
            if row is None or row["state"] not in WAITING:
                return False
            unchanged = (ITEMS.c.id == decision.item, ITEMS.c.state == row["state"])
            values = self._settled(self._seal.item(row), exam) | {"state": str(decision.state)}
            if connection.execute(update(ITEMS).where(*unchanged).values(values)).rowcount != 1:
                return False
            before = {f"before_{name}": row[name] for name in _NUMBERS}
            told = self._seal.words({"actor": decision.actor, "reason": str(decision.reason)})
            kept = {"item": decision.item, "state": str(decision.state), "at": decision.at, "told": told}
            connection.execute(insert(DECISIONS).values(kept | before))
        return True

    def _settled(self, item: InboxItem, exam: Exam | None) -> dict[str, Any]:
        """With the exam's numbers and person where it belongs to one."""
        if exam is None:
            return {}
        moved = replace(item, accession=exam.accession, study_uid=exam.study_uid, identity=exam.identity, why=None)
        numbers = self._seal.numbers(exam.accession, exam.identity.patient_id, exam.study_uid)
        return numbers | {"facts": self._seal.facts(moved)}

    def decided(self, limit: int = 50) -> list[tuple[Decision, InboxItem]]:
        """See the port."""
        of_items = [column for column in LISTED if column.name not in ("id", "state")]
        wanted = (
            select(DECISIONS.c.item, DECISIONS.c.state.label("said"), DECISIONS.c.at, DECISIONS.c.told,
                   ITEMS.c.id, ITEMS.c.state, *of_items)
            .join(ITEMS, ITEMS.c.id == DECISIONS.c.item)
            .where(DECISIONS.c.undone.is_(None))
            .order_by(DECISIONS.c.id.desc())
            .limit(limit)
        )  # fmt: skip
        with self._store.begun() as connection:
            rows = connection.execute(wanted).mappings().all()
        return [(self._decision(row), self._seal.item(row)) for row in rows]

    def _decision(self, row: RowMapping) -> Decision:
        told = self._seal.told(row["told"])
        reason = SettleReason(told["reason"])
        return Decision(row["item"], told["actor"], reason, ItemState(row["said"]), row["at"])

    def undo(self, ident: int) -> bool:
        """See the port."""
        last = select(DECISIONS).where(DECISIONS.c.item == ident, DECISIONS.c.undone.is_(None))
        with self._store.begun() as connection:
            row = connection.execute(last.order_by(DECISIONS.c.id.desc())).mappings().first()
            if row is None:
                return False
            before = {name: row[f"before_{name}"] for name in _NUMBERS}
            as_said = (ITEMS.c.id == ident, ITEMS.c.state == row["state"])
            if connection.execute(update(ITEMS).where(*as_said).values(before)).rowcount != 1:
                return False
            undone = update(DECISIONS).where(DECISIONS.c.id == row["id"]).values(undone=self._now())
            connection.execute(undone)
        return True

    def retry(self, ident: int) -> bool:
        """See the port."""
        values = {"state": str(ItemState.NEW), "due": 0.0, "tried": 0}
        waiting = (ITEMS.c.id == ident, ITEMS.c.state.in_(WAITING))
        with self._store.begun() as connection:
            return connection.execute(update(ITEMS).where(*waiting).values(values)).rowcount == 1


def _row(connection: Connection, ident: int) -> RowMapping | None:
    return connection.execute(select(*LISTED).where(ITEMS.c.id == ident)).mappings().first()
