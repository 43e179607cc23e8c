"""Items that nobody could match: looked at, given to an exam, refused, and taken back while nothing was handed out.

Nothing that staff read here says whose an item is; so the two identifiers that settle it come from somewhere else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kiosk.domain.desk import DeskAction, InboxShown, NothingAsked
from kiosk.domain.exam import Exam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.masking import mask_name
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.domain.waiting.inbox import (
    CandidateSeen,
    Decision,
    InboxItem,
    ItemAsked,
    ItemKind,
    ItemReasonAsked,
    ItemSeen,
    ItemState,
    ItemWhy,
    MatchAsked,
    contradicts,
    differing,
    proves_exam,
    tail,
)
from kiosk.ports.archive import StudyQuery
from kiosk.ports.ledger import Ledger
from kiosk.ports.reports import UnmatchedItems
from kiosk.services.audit import Audit
from kiosk.services.desk.patients import QUERY_LONGEST, PatientFiles
from kiosk.services.desk.user import DeskUser
from kiosk.services.identity.pseudonyms import Pseudonyms

_WHY = {ItemState.NEW: ItemWhy.UNSEEN, ItemState.AMBIGUOUS: ItemWhy.SEVERAL_EXAMS}


@dataclass(frozen=True)
class InboxDesk:
    """Settles items. `items` is None where nothing is received here."""

    items: UnmatchedItems | None
    files: PatientFiles
    ledger: Ledger
    pseudonyms: Pseudonyms
    audit: Audit
    now: Callable[[], float] = time.time

    def inbox(self, _: DeskUser, asked: NothingAsked) -> InboxShown:
        """All that waits."""
        return self._shown()

    def inbox_item(self, _: DeskUser, asked: ItemAsked) -> InboxShown:
        """One item, with the exams it may belong to."""
        return self._shown(asked)

    def inbox_match(self, user: DeskUser, asked: MatchAsked) -> InboxShown:
        """The item is this exam's, which the person knows from two identifiers."""
        item = self._item(asked.item)
        exam = self.files.listed(asked.study).exam
        problem = _objection(item, exam, asked)
        again = ItemAsked(asked.item)
        if problem:
            self._note(user, item, DeskAction.INBOX_MATCH, exam, EventOutcome.REFUSED)
            return self._shown(again, problem)
        said = Decision(item.ident, user.name, asked.reason, ItemState.MATCHED, self.now())
        if not self._known().decide(said, exam):
            return self._shown(problem="inbox-gone")
        self._note(user, item, DeskAction.INBOX_MATCH, exam, reason=str(asked.reason))
        return self._shown()

    def inbox_refuse(self, user: DeskUser, asked: ItemReasonAsked) -> InboxShown:
        """Nobody is to get it."""
        item = self._item(asked.item)
        said = Decision(item.ident, user.name, asked.reason, ItemState.REFUSED, self.now())
        if not self._known().decide(said, None):
            return self._shown(problem="inbox-gone")
        self._note(user, item, DeskAction.INBOX_REFUSE, reason=str(asked.reason))
        return self._shown()

    def inbox_retry(self, user: DeskUser, asked: ItemAsked) -> InboxShown:
        """Look for its exam again, now."""
        found = self._known().retry(self._item(asked.item).ident)
        return self._shown(problem="" if found else "inbox-gone")

    def inbox_undo(self, user: DeskUser, asked: ItemAsked) -> InboxShown:
        """Take back what was said of it, unless something of it was handed out since."""
        item = self._item(asked.item)
        if self.ledger.deliveries([self._document(item)]):
            return self._shown(problem="inbox-handed-out")
        if not self._known().undo(item.ident):
            return self._shown(problem="inbox-gone")
        self._note(user, item, DeskAction.INBOX_UNDO)
        return self._shown()

    # --- what is shown ----------------------------------------------------------------------------------------------
    def _shown(self, asked: ItemAsked | None = None, problem: str = "") -> InboxShown:
        if self.items is None:
            return InboxShown((), problem="inbox-none")
        opened = self._item(asked.item) if asked else None
        decided = tuple((said, _seen(item)) for said, item in self.items.decided())
        return InboxShown(
            items=tuple(_seen(item) for item in self.items.waiting()),
            decided=decided,
            opened=_seen(opened) if opened else None,
            candidates=self._candidates(opened, asked.query) if opened and asked else (),
            problem=problem,
        )

    def _candidates(self, item: InboxItem, query: str) -> tuple[CandidateSeen, ...]:
        """By what was typed, else by what the item says; the first kind of number that finds any."""
        numbers = _typed(query) if query.strip() else _told(item)
        for asked in numbers:
            found = [exam for exam in self.files.found(asked) if exam.series]
            if found:
                return tuple(_candidate(item, exam) for exam in found)
        return ()

    # --- the rest ---------------------------------------------------------------------------------------------------
    def _known(self) -> UnmatchedItems:
        if self.items is None:
            raise KioskError(FaultCode.NOTHING_FOUND, "no inbox here")
        return self.items

    def _item(self, number: str) -> InboxItem:
        """Raises KioskError NOTHING_FOUND."""
        found = self._known().item(int(number)) if number.isascii() and number.isdigit() else None
        if found is None:
            raise KioskError(FaultCode.NOTHING_FOUND, "no such item")
        return found

    def _document(self, item: InboxItem) -> str:
        names = self.pseudonyms
        return names.film(item.study_uid) if item.kind is ItemKind.FILM else names.report(item.report())

    def _note(
        self, user: DeskUser, item: InboxItem, what: DeskAction, exam: Exam | None = None,
        outcome: EventOutcome = EventOutcome.OK, **told: Any,
    ) -> None:  # fmt: skip
        person = (exam or item).identity.patient_id
        subject = self.pseudonyms.patient(person) if person else ""
        self.audit.record(EventKind.INBOX_DECIDED, outcome, visit=user.session, subject=subject, actor=user.name,
                          what=str(what), item=item.ident, **told)  # fmt: skip


def _objection(item: InboxItem, exam: Exam, asked: MatchAsked) -> str:
    if not proves_exam(exam, asked.first, asked.second):
        return "inbox-identifiers"
    return "inbox-contradicts" if contradicts(item.identity, exam.identity) else ""


def _typed(query: str) -> list[StudyQuery]:
    wanted = query.strip()[:QUERY_LONGEST]
    return [StudyQuery(accession=wanted), StudyQuery(patient_id=wanted), StudyQuery(visit_number=wanted)]


def _told(item: InboxItem) -> list[StudyQuery]:
    asked = [StudyQuery(study_uid=item.study_uid), StudyQuery(accession=item.accession),
             StudyQuery(patient_id=item.identity.patient_id), StudyQuery(name_prefix=item.identity.name)]  # fmt: skip
    return [query for query in asked if query != StudyQuery()]


def _seen(item: InboxItem) -> ItemSeen:
    facts = item.identity
    return ItemSeen(
        item=item.ident,
        kind=item.kind,
        state=item.state,
        why=item.why or _WHY.get(item.state, ItemWhy.NO_EXAM),
        received=item.received,
        accession=tail(item.accession),
        name=mask_name(facts.name) if facts.name else "",
        patient=tail(facts.patient_id),
        modality=item.modality,
        title=item.title,
        sender=item.sender,
    )


def _candidate(item: InboxItem, exam: Exam) -> CandidateSeen:
    facts = exam.identity
    return CandidateSeen(
        study=exam.study_uid,
        accession=tail(exam.accession),
        name=mask_name(facts.name),
        patient=tail(facts.patient_id),
        modality=exam.modality,
        description=exam.description,
        taken=exam.taken,
        differs=differing(item.identity, facts),
    )
