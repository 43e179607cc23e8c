"""The staff's desk: find, print with a reason, settle, unlock, hold, read the log.

Each action of `kiosk.domain.desk` is the method of its name here. What the panels show is returned as values; who shows
them makes words of them. Knows no visit: the panel at a kiosk and a desk in a browser use the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kiosk.domain.desk import (
    AccountsShown,
    CallAsked,
    CallsShown,
    DeskAction,
    DeskRequest,
    FoundShown,
    LogAsked,
    LogShown,
    NothingAsked,
    PanelShown,
    PatientShown,
    PrintAsked,
    PrinterSeen,
    PrintersShown,
    PrintToCheck,
    ReasonAsked,
    SearchAsked,
    SerialAsked,
    SheetsAsked,
    StudyAsked,
    allowed,
)
from kiosk.domain.exam import Exam, ListedExam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.tries import TryLimits
from kiosk.domain.reasons import FilmReason, OverrideReason
from kiosk.domain.roles import StaffMember
from kiosk.domain.sheets.printing import FINAL, DocumentKind, Reservation
from kiosk.domain.trail import EventKind
from kiosk.domain.visit import Candidate, HandOut, Override
from kiosk.ports.archive import Archive, StudyQuery
from kiosk.ports.ledger import Ledger
from kiosk.services.audit import Audit
from kiosk.services.desk.calls import Calls
from kiosk.services.desk.log_book import LogBook
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.machine.lanes import Cancelled, Lanes
from kiosk.services.machine.rooms import Rooms
from kiosk.services.printing.delivery import Delivery
from kiosk.services.printing.print_service import PrintService

log = logging.getLogger(__name__)
PRINTER_S = 5.0
FOUND_MOST = 50
QUERY_LONGEST = 64
UNDO_S = 12 * 3600.0  # a shift; whoever finds out later prints again with a reason


@dataclass(frozen=True)
class DeskUser:
    """Who acts. `session` is the token under which it is noted; `cancelled` turns true when nobody waits any more."""

    who: StaffMember
    session: str
    cancelled: Cancelled

    @property
    def name(self) -> str:
        """As it stands in the trail."""
        return self.who.name


class Desk:
    """What staff can do, for one kiosk or staff station. Runs on io lanes."""

    def __init__(
        self,
        archive: Archive,
        lookup: Lookup,
        delivery: Delivery,
        printers: Mapping[DocumentKind, PrintService],
        ledger: Ledger,
        pseudonyms: Pseudonyms,
        audit: Audit,
        lanes: Lanes,
        rooms: Rooms,
        calls: Calls,
        book: LogBook,
        limits: TryLimits,
    ) -> None:
        self._calls, self._book, self._limits = calls, book, limits
        self._archive, self._lookup, self._delivery, self._printers = archive, lookup, delivery, printers
        self._ledger, self._pseudonyms, self._audit = ledger, pseudonyms, audit
        self._lanes, self._rooms = lanes, rooms

    def answer(self, user: DeskUser, request: DeskRequest) -> PanelShown:
        """Carry one action out. Raises KioskError: NOT_ALLOWED, and what the action raises."""
        if not allowed(user.who, request.action) or not request.fits:
            log.warning("%s refused to %s", request.action, user.name)
            raise KioskError(FaultCode.NOT_ALLOWED, str(request.action))
        method: Callable[[DeskUser, Any], PanelShown] = getattr(self, request.action.name.lower())
        return method(user, request.asked)

    # --- people who call ----------------------------------------------------------------------------------------
    def calls(self, _: DeskUser, __: NothingAsked) -> CallsShown:
        """Who calls for help."""
        return CallsShown(self._calls.open())

    def claim_help(self, user: DeskUser, asked: CallAsked) -> CallsShown:
        """This person goes there."""
        return CallsShown(self._calls.claim(asked.code, user.name, user.session))

    def answer_help(self, user: DeskUser, asked: CallAsked) -> CallsShown:
        """This person has been there."""
        return CallsShown(self._calls.end(asked.code, user.name, user.session))

    # --- patients -----------------------------------------------------------------------------------------------
    def search(self, user: DeskUser, asked: SearchAsked) -> FoundShown:
        """By accession, patient number or the beginning of a name; whichever finds first."""
        query = asked.query.strip()[:QUERY_LONGEST]
        if not any(map(str.isalnum, query)):
            return FoundShown(query, (), problem="search-none")
        for field in ("accession", "patient_id", "visit_number", "name_prefix"):
            found = self._found(StudyQuery(**{field: query}))
            if found:
                break
        self._audit.record(EventKind.STAFF_SEARCH, visit=user.session, actor=user.name, found=len(found))
        listed = self._lookup.with_readiness(found)
        return FoundShown(query, listed, problem="" if listed else "search-none")

    def select(self, _: DeskUser, asked: StudyAsked) -> PatientShown:
        """All exams of the person of this one."""
        return self._patient(asked.study)

    def print(self, user: DeskUser, asked: PrintAsked) -> PatientShown:
        """Print for a patient, again if need be, with a reason that goes into the trail."""
        listed, film = self._exam(asked.study), asked.kind is DocumentKind.FILM
        facts = listed.exam.identity
        candidate = Candidate(self._pseudonyms.patient(facts.patient_id), facts, listed.exam.study_uid)
        self._override(user, candidate.subject, asked.reason, f"print-{asked.kind}")
        films, why = ((listed,), FilmReason.OTHER) if film else ((), None)
        order = HandOut(user.session, candidate, () if film else (listed,), films, why)
        by = Override(user.name, asked.reason)
        receipt = self._delivery.deliver(order, self._rooms.of(user.session), user.cancelled, by=by)
        problem = receipt.fault or ("" if receipt.tasks else FaultCode.NOTHING_READY)
        return replace(self._patient(asked.study), receipt=receipt, problem=problem)

    def unlock(self, user: DeskUser, asked: ReasonAsked) -> PatientShown:
        """The person may answer questions again."""
        subject = self._subject(asked.study)
        self._ledger.unlock(subject, user.name)
        self._override(user, subject, asked.reason, DeskAction.UNLOCK)
        return self._patient(asked.study)

    def hold(self, user: DeskUser, asked: ReasonAsked) -> PatientShown:
        """Withhold an exam from self-service."""
        subject = self._subject(asked.study)
        self._ledger.hold(self._pseudonyms.study(asked.study), asked.reason, user.name)
        self._override(user, subject, asked.reason, DeskAction.HOLD)
        return self._patient(asked.study)

    def release(self, user: DeskUser, asked: ReasonAsked) -> PatientShown:
        """Take a hold back."""
        subject = self._subject(asked.study)
        self._ledger.release(self._pseudonyms.study(asked.study), user.name)
        self._override(user, subject, asked.reason, DeskAction.RELEASE)
        return self._patient(asked.study)

    def _found(self, query: StudyQuery) -> list[Exam]:
        """Nothing where the archive cannot be asked for such a number; it may be another kind of number."""
        try:
            return self._archive.exams(query, FOUND_MOST)
        except KioskError as error:
            if error.code is not FaultCode.CODE_UNSEARCHABLE:
                raise
            return []

    def _patient(self, study_uid: str) -> PatientShown:
        exam = self._exam(study_uid).exam
        exams = self._archive.exams(StudyQuery(patient_id=exam.identity.patient_id), FOUND_MOST)
        subject = self._pseudonyms.patient(exam.identity.patient_id)
        limits = self._limits
        locked = self._ledger.tries("", subject, "", limits).subject >= limits.per_subject
        mine = [e for e in exams if e.identity.same_person(exam.identity)]
        return PatientShown(exam.identity, locked, self._lookup.with_readiness(mine))

    def _exam(self, study_uid: str) -> ListedExam:
        found = self._archive.exams(StudyQuery(study_uid=study_uid), 1)
        if not found:
            raise KioskError(FaultCode.NOTHING_FOUND)
        return self._lookup.with_readiness(found)[0]

    def _subject(self, study_uid: str) -> str:
        """The pseudonym of the exam's person. Raises KioskError NOTHING_FOUND."""
        return self._pseudonyms.patient(self._exam(study_uid).exam.identity.patient_id)

    def _override(self, user: DeskUser, subject: str, reason: OverrideReason, what: str) -> None:
        self._ledger.override(user.session, user.name, reason, what, subject)
        self._note(user, subject, reason=reason, what=what)

    def _note(self, user: DeskUser, subject: str, **told: Any) -> None:
        """In the trail: what this person did to whom."""
        self._audit.record(EventKind.STAFF_OVERRIDE, visit=user.session, subject=subject, actor=user.name, **told)

    # --- printers -----------------------------------------------------------------------------------------------
    def printers(self, _: DeskUser, __: NothingAsked) -> PrintersShown:
        """What the printers say, and the prints that a person must look at."""
        rows = tuple(self._printer(kind, service) for kind, service in self._printers.items())
        to_check = tuple(self._to_check(reservation) for reservation in self._ledger.unsettled())
        return PrintersShown(rows, to_check, tuple(self._ledger.settlements(UNDO_S)))

    def settle(self, user: DeskUser, asked: SheetsAsked) -> PrintersShown:
        """Staff has looked into the tray: these sheets are there, the others are not."""
        reservation = self._ledger.reservation(asked.serial)
        if reservation is None:
            raise KioskError(FaultCode.NOTHING_FOUND, asked.serial)
        if all(state in FINAL for state in reservation.states):
            return replace(self.printers(user, NothingAsked()), problem="settled-already")
        settled = self._printers[reservation.order.kind].settle_by_staff(asked.serial, asked.printed, user.name)
        self._note(user, settled.order.subject, what=DeskAction.SETTLE, serial=asked.serial, printed=settled.printed)
        return self.printers(user, NothingAsked())

    def unsettle(self, user: DeskUser, asked: SerialAsked) -> PrintersShown:
        """Somebody said the wrong thing: the sheets are in question again, unless they were printed again since."""
        reservation = self._ledger.reservation(asked.serial)
        if reservation is None or not self._ledger.unsettle(asked.serial):
            return replace(self.printers(user, NothingAsked()), problem="undo-too-late")
        self._note(user, reservation.order.subject, what=DeskAction.UNSETTLE, serial=asked.serial)
        return self.printers(user, NothingAsked())

    def _to_check(self, reservation: Reservation) -> PrintToCheck:
        """A reprint of the rest holds the last sheets only; the paper says of how many."""
        order = reservation.order
        return PrintToCheck(reservation, max(self._ledger.sheets_of(order.document, order.copy)))

    def _printer(self, kind: DocumentKind, service: PrintService) -> PrinterSeen:
        try:
            state = self._lanes.call("printer", service.state, PRINTER_S)
            supplies = self._lanes.call("printer", service.supplies, PRINTER_S)
        except KioskError as error:
            return PrinterSeen(kind, service.queue, fault=error.code)
        return PrinterSeen(kind, service.queue, state, supplies=tuple(supplies))

    # --- administration -----------------------------------------------------------------------------------------
    def log(self, _: DeskUser, asked: LogAsked) -> LogShown:
        """The filtered events."""
        return self._book.page(asked)

    def export(self, user: DeskUser, asked: LogAsked) -> LogShown:
        """The filtered events, written to a file too."""
        path, count = self._book.export(asked)
        self._audit.record(EventKind.LOG_EXPORTED, visit=user.session, actor=user.name, events=count)
        return replace(self._book.page(asked), exported=str(path))

    def accounts(self, _: DeskUser, __: NothingAsked) -> AccountsShown:
        """Who may work here."""
        return AccountsShown(tuple(self._ledger.staff()))
