"""Reports, orders and facts that the gateway has received, as the kiosk's ports want them."""

from __future__ import annotations

from dataclasses import replace

from kiosk.adapters.inbox.store import InboxStore
from kiosk.adapters.ris.report_objects import ReportHead, as_object
from kiosk.domain.exam import Exam, Report
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.orders import ExamOrder, OrderStage
from kiosk.domain.person.identity import IdentityFacts
from kiosk.domain.waiting.inbox import InboxItem, ItemKind, ItemState
from kiosk.ports.archive import Foreign, StudyQuery, Suspicious


class InboxReports:
    """Implements kiosk.ports.reports.ReportSource over the inbox."""

    def __init__(self, store: InboxStore, suspicious: Suspicious = lambda _: None) -> None:
        self._store, self._suspicious = store, suspicious

    def find(self, exam: Exam) -> tuple[Report, ...]:
        """See the port. An item that staff still has to look at is none."""
        found = [item for item in self._own(exam) if item.state is not ItemState.AMBIGUOUS]
        return tuple(item.report(number) for number, item in enumerate(found, start=1))

    def document(self, exam: Exam, report: Report) -> bytes:
        """See the port."""
        item = next((one for one in self._own(exam) if one.uid == report.instance_uid), None)
        document = self._store.document(item.ident) if item else b""
        if item is None or not document:
            raise KioskError(FaultCode.REPORT_UNREADABLE, "the inbox has no such report any more")
        if not exam.identity.same_person(item.identity):
            raise KioskError(FaultCode.WRONG_PATIENT, "the item is somebody else's")
        head = ReportHead(exam.study_uid, report.instance_uid, item.identity, exam.accession, item.title, item.written)
        return as_object(head, document)

    def probe(self) -> str:
        """How many items wait where. Raises KioskError."""
        counts = [f"{count} {state}" for state, count in sorted(self._store.counts().items())]
        return f"inbox of the gateway, {', '.join(counts) or 'empty'}"

    def _own(self, exam: Exam) -> list[InboxItem]:
        """Items of the study, which they name themselves or the gateway found; else those that bear both numbers."""
        named = self._store.of(ItemKind.REPORT, StudyQuery(study_uid=exam.study_uid))
        found = self._store.of(ItemKind.REPORT, StudyQuery(accession=exam.accession))
        own = {item.ident: item for item in (*named, *(one for one in found if _is_of(one, exam)))}
        others = [one for one in found if one.ident not in own and not _same_number(one, exam)]
        if others:
            self._suspicious(Foreign(len(others), exam.study_uid, exam.accession))
        return [own[ident] for ident in sorted(own)]


class InboxOrders:
    """Implements kiosk.ports.orders.OrderSource: orders, and reports whose exam nobody knows yet."""

    def __init__(self, store: InboxStore) -> None:
        self._store = store

    def orders(self, query: StudyQuery, limit: int = 50) -> list[ExamOrder]:
        """See the port. Of one order the newest word counts; a report without an exam is told of as unmatched."""
        newest = {(item.accession, item.identity.patient_id): item for item in self._store.of(ItemKind.ORDER, query)}
        waiting = [item for item in self._store.of(ItemKind.REPORT, query)
                   if item.state in (ItemState.AMBIGUOUS, ItemState.UNMATCHED)]  # fmt: skip
        made = {key: _order(item) for key, item in newest.items()}
        for item in waiting:
            key = item.accession, item.identity.patient_id
            made[key] = replace(made.get(key) or _order(item), unmatched=True)
        return list(made.values())[:limit]

    def probe(self) -> str:
        """Whether the inbox answers. Raises KioskError."""
        return f"inbox of the gateway, {sum(self._store.counts().values())} items"


class InboxDirectory:
    """Implements kiosk.ports.directory.Directory over what the gateway was told of persons: by ADT, else by the PID of
    reports and orders."""

    def __init__(self, store: InboxStore, suspicious: Suspicious = lambda _: None) -> None:
        self._store, self._suspicious = store, suspicious

    def facts(self, patient_id: str, hint: IdentityFacts) -> IdentityFacts:
        """See the port. The newest word counts; where it names somebody else, nothing is left that could be asked."""
        if not patient_id:
            return hint
        query = StudyQuery(patient_id=patient_id)
        told = [self._store.of(kind, query) for kind in (ItemKind.PERSON, ItemKind.REPORT, ItemKind.ORDER)]
        newest = [items[-1].identity for items in told if items]
        if not all(hint.same_person(person) for person in newest[:1]):
            self._suspicious(Foreign(1))
            return IdentityFacts(patient_id)
        return hint.completed(newest)


class InboxMerges:
    """Implements kiosk.ports.directory.Merges over the A40 messages that the gateway was told of."""

    def __init__(self, store: InboxStore) -> None:
        self._store = store

    def current(self, patient_id: str) -> str:
        """See the port. Numbers that were merged in a circle stay where the circle was closed."""
        seen = {patient_id}
        while patient_id:
            told = self._store.of(ItemKind.MERGE, StudyQuery(accession=patient_id))
            following = told[-1].identity.patient_id if told else ""
            if not following or following in seen:
                break
            seen.add(following)
            patient_id = following
        return patient_id

    def former(self, patient_id: str) -> tuple[str, ...]:
        """See the port."""
        found: dict[str, None] = {}
        waiting = [patient_id]
        while waiting:
            told = self._store.of(ItemKind.MERGE, StudyQuery(patient_id=waiting.pop()))
            fresh = [item.accession for item in told if item.accession not in (patient_id, *found)]
            found.update(dict.fromkeys(fresh))
            waiting += fresh
        return tuple(found)


def _is_of(item: InboxItem, exam: Exam) -> bool:
    if item.study_uid:
        return item.study_uid == exam.study_uid
    numbers = item.accession, item.identity.patient_id
    return all(numbers) and numbers == (exam.accession, exam.identity.patient_id)


def _same_number(item: InboxItem, exam: Exam) -> bool:
    return item.identity.patient_id == exam.identity.patient_id


def _order(item: InboxItem) -> ExamOrder:
    return ExamOrder(
        accession=item.accession,
        study_uid=item.study_uid,
        identity=item.identity,
        stage=item.stage if item.kind is ItemKind.ORDER else OrderStage.SIGNED,
        since=item.written,
        modality=item.modality,
        description=item.title,
        patient_type=item.patient_type,
    )
