"""What the gateway does with what it has received: keep it, and look in the archive whose exam a report belongs to."""

from __future__ import annotations

import time
from collections.abc import Callable

from kiosk.adapters.ris.inbox_items import InboxItem, ItemState
from kiosk.adapters.ris.inbox_store import InboxStore
from kiosk.domain.exam import Exam
from kiosk.domain.faults import KioskError
from kiosk.gateway.hl7_messages import MessagePlaces, understood
from kiosk.ports.archive import Archive, StudyQuery

DAY_S = 86400.0


class Inbox:
    """Takes messages, matches reports, forgets what is old. Safe to call from several threads."""

    def __init__(
        self, store: InboxStore, archive: Archive, places: MessagePlaces, purge_days: int,
        now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._store, self._archive, self._places = store, archive, places
        self._purge_s, self._now = purge_days * DAY_S, now

    def take(self, message: bytes) -> str:
        """Keep a message; returns a word for the log. Raises BadMessageError, KioskError."""
        received = understood(message, self._places)
        fresh = [self._store.put(item, self._now()) for item in received.items]
        if not all(fresh):
            return "known already"
        if received.merged and all(received.merged):
            return f"{self._store.merge(*received.merged)} items moved to another patient number"
        return str(received.items[0].kind)

    def keep(self, item: InboxItem) -> bool:
        """Keep an item that came another way; False where it was kept before."""
        return self._store.put(item, self._now())

    def round(self) -> int:
        """Look for the exams of what is due, and purge; returns how many were matched. Raises KioskError."""
        matched = 0
        for item in self._store.due(self._now()):
            state = self._match(item)
            matched += state is ItemState.MATCHED
            self._store.settle(item, state, self._now())
        self._store.purge(self._now() - self._purge_s)
        return matched

    def candidates(self, item: InboxItem) -> list[Exam]:
        """The exams an item may belong to. Raises KioskError."""
        asked = [StudyQuery(study_uid=item.study_uid), StudyQuery(accession=item.accession),
                 StudyQuery(patient_id=item.identity.patient_id)]  # fmt: skip
        for query in asked:
            if query == StudyQuery():
                continue
            found = [exam for exam in self._archive.exams(query) if exam.identity.same_person(item.identity)]
            if found:
                return found
        return []

    def _match(self, item: InboxItem) -> ItemState:
        """By study, or accession and patient number; never by the patient alone where there are several exams."""
        try:
            found = self.candidates(item)
        except KioskError:
            return ItemState.UNMATCHED
        if not found:
            return ItemState.UNMATCHED
        numbers = {item.study_uid, item.accession} - {""}
        named = [exam for exam in found if numbers & {exam.study_uid, exam.accession}]
        if len(named) == 1:
            one = named[0]
            self._store.assign(item.ident, one.accession, one.identity.patient_id, one.study_uid)
            return ItemState.MATCHED
        return ItemState.AMBIGUOUS


def masked(item: InboxItem) -> dict[str, object]:
    """An item as staff sees it in a list: enough to tell it from another, not who it is."""
    facts = item.identity
    return {
        "id": item.ident,
        "state": str(item.state),
        "kind": str(item.kind),
        "accession": item.accession,
        "patient": f"…{facts.patient_id[-3:]}",
        "name": facts.name[:1] + "*" * max(0, len(facts.name) - 1),
        "status": str(item.status),
        "tried": item.tried,
    }


