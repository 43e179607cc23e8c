"""What the gateway does with what it has received: keep it, and look in the archive whose exam a report belongs to."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from kiosk.adapters.archive.dimse.worklist import Scheduled
from kiosk.adapters.inbox.store import InboxStore
from kiosk.domain.exam import Exam
from kiosk.domain.faults import KioskError
from kiosk.domain.waiting.inbox import InboxItem, ItemKind, ItemState, ItemWhy
from kiosk.gateway.hl7_messages import MessagePlaces, understood
from kiosk.ports.archive import Archive, StudyQuery

log = logging.getLogger(__name__)
DAY_S = 86400.0
WorklistOf = Callable[[str, float], Sequence[Scheduled]]


class Inbox:
    """Takes messages, matches reports, forgets what is old. Safe to call from several threads."""

    def __init__(
        self, store: InboxStore, archive: Archive, places: MessagePlaces, purge_days: int,
        now: Callable[[], float] = time.time, scheduled: WorklistOf | None = None,
    ) -> None:  # fmt: skip
        """`scheduled`: what was to be made on a modality before a moment; None where there is no worklist."""
        self._scheduled = scheduled
        self._store, self._archive, self._places = store, archive, places
        self._purge_s, self._now = purge_days * DAY_S, now

    def take(self, message: bytes) -> str:
        """Keep a message; returns a word for the log. Raises BadMessageError, KioskError."""
        received = understood(message, self._places)
        fresh = [self._store.put(item, self._now()) for item in received.items]
        if received.merged and all(received.merged):  # also a repeated one: the first time it may have broken off here
            return f"{self._store.merge(*received.merged)} items moved to another patient number"
        if not all(fresh):
            return "known already"
        return str(received.items[0].kind)

    def keep(self, item: InboxItem) -> bool:
        """Keep an item that came another way; False where it was kept before."""
        return self._store.put(item, self._now())

    def round(self) -> int:
        """Look for the exams of what is due, and purge; returns how many were matched. Raises KioskError."""
        matched = 0
        for item in self._store.due(self._now()):
            why = self._match(item)
            if why is None:
                matched += 1
            else:
                state = ItemState.AMBIGUOUS if why is ItemWhy.SEVERAL_EXAMS else ItemState.UNMATCHED
                self._store.settle(item, state, why, self._now())
        self._store.purge(self._now() - self._purge_s)
        return matched

    def candidates(self, item: InboxItem) -> list[Exam]:
        """The exams an item may belong to. Raises KioskError."""
        for query in numbers_of(item):
            found = [exam for exam in self._archive.exams(query) if _fits(item, exam)]
            if found:
                return found
        return []

    def _named(self, item: InboxItem) -> InboxItem:
        """A film that names nothing is of the one exam that was scheduled for its modality just then."""
        if item.kind is not ItemKind.FILM or numbers_of(item) or self._scheduled is None:
            return item
        found = self._scheduled(item.sender, item.received)
        if len(found) != 1:
            return item
        one = found[0]
        return replace(item, accession=one.accession, study_uid=one.study_uid, identity=one.identity)

    def _match(self, item: InboxItem) -> ItemWhy | None:
        """By study, or accession and patient number; never by the patient alone where there are several exams."""
        try:
            item = self._named(item)
            found = self.candidates(item)
        except KioskError as fault:
            log.warning("an item's exam could not be looked for: %s", fault)
            return ItemWhy.ARCHIVE_SILENT
        if not found:
            return ItemWhy.NO_EXAM if numbers_of(item) else ItemWhy.NO_NUMBER
        numbers = {item.study_uid, item.accession} - {""}
        named = [exam for exam in found if numbers & {exam.study_uid, exam.accession}]
        if len(named) != 1:
            return ItemWhy.SEVERAL_EXAMS
        one = named[0]
        self._store.assign(item, one.accession, one.identity.patient_id, one.study_uid)
        return None


def _fits(item: InboxItem, exam: Exam) -> bool:
    """The same person; a film may name the exam alone."""
    nobody = item.kind is ItemKind.FILM and not item.identity.patient_id
    return nobody or exam.identity.same_person(item.identity)


def numbers_of(item: InboxItem) -> list[StudyQuery]:
    """What the exam of an item can be asked for by, the surest number first."""
    asked = [StudyQuery(study_uid=item.study_uid), StudyQuery(accession=item.accession),
             StudyQuery(patient_id=item.identity.patient_id)]  # fmt: skip
    return [query for query in asked if query != StudyQuery()]
