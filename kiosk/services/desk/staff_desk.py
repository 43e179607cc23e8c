"""The staff's desk: log in, find, print with a reason, settle, unlock, hold, read the log.

What the panels show is returned as values; the view model makes words of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.config import Settings
from kiosk.domain.exam import Exam, ListedExam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.reasons import FilmReason, OverrideReason
from kiosk.domain.sheets.printing import DocumentKind, PrinterState
from kiosk.domain.sheets.supplies import Supply
from kiosk.domain.trail import EventKind
from kiosk.ports.archive import Archive, StudyQuery
from kiosk.ports.ledger import Ledger
from kiosk.services.audit import Audit
from kiosk.services.desk.calls import Calls
from kiosk.services.desk.log_book import LogBook
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.machine.lanes import Cancelled, Lanes
from kiosk.services.machine.rooms import Rooms
from kiosk.services.printing.delivery import Delivery, Override
from kiosk.services.printing.print_service import PrintService
from kiosk.session.effects import DeskCall, PrintDocuments
from kiosk.session.states import Candidate

Answer = tuple[Mapping[str, Any], str]
PRINTER_S = 5.0


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
        settings: Settings,
    ) -> None:
        self._calls = calls
        self._archive, self._lookup, self._delivery, self._printers = archive, lookup, delivery, printers
        self._ledger, self._pseudonyms, self._audit = ledger, pseudonyms, audit
        self._lanes, self._rooms, self._settings = lanes, rooms, settings
        self._book = LogBook(ledger, settings.kiosk.state_dir / "exports", ZoneInfo(settings.hospital.time_zone))
        self._actions: dict[str, Callable[[DeskCall, Cancelled], Answer]] = {
            "open": self._open,
            "search": self._search,
            "select": self._select,
            "print": self._print,
            "settle": self._settle,
            "unlock": self._unlock,
            "hold": self._hold,
            "release": self._hold,
            "log": self._log,
            "export": self._export,
            "claim-help": self._claim_help,
            "answer-help": self._answer_help,
        }

    # --- what ---------------------------------------------------------------------------------------------------
    def answer(self, call: DeskCall, cancelled: Cancelled) -> Answer:
        """Carry one action out."""
        return self._actions[call.action](call, cancelled)

    def _open(self, call: DeskCall, _: Cancelled) -> Answer:
        panel = call.params.get("panel")
        if panel == "printers":
            return self._printer_panel(), ""
        if panel == "log":
            return self._log(call, _)
        if panel == "accounts":
            return {"accounts": tuple(self._ledger.staff())}, ""
        return {"calls": self._calls.open()}, ""

    def _claim_help(self, call: DeskCall, _: Cancelled) -> Answer:
        return {"calls": self._calls.claim(str(call.params["code"]), call.who.name, call.token)}, ""

    def _answer_help(self, call: DeskCall, _: Cancelled) -> Answer:
        return {"calls": self._calls.end(str(call.params["code"]), call.who.name, call.token)}, ""

    # --- patients -----------------------------------------------------------------------------------------------
    def _search(self, call: DeskCall, _: Cancelled) -> Answer:
        """By accession, patient number or the beginning of a name; whichever finds first."""
        query = str(call.params.get("query", "")).strip()[:64]
        if not any(map(str.isalnum, query)):
            return {"query": query, "found": ()}, "search-none"
        for field in ("accession", "patient_id", "visit_number", "name_prefix"):
            found = self._found(StudyQuery(**{field: query}))
            if found:
                break
        self._audit.record(EventKind.STAFF_SEARCH, visit=call.token, actor=call.who.name, found=len(found))
        listed = self._lookup.with_readiness(found)
        return {"query": query, "found": listed}, "" if listed else "search-none"

    def _found(self, query: StudyQuery) -> list[Exam]:
        """Nothing where the archive cannot be asked for such a number; it may be another kind of number."""
        try:
            return self._archive.exams(query, 50)
        except KioskError as error:
            if error.code is not FaultCode.CODE_UNSEARCHABLE:
                raise
            return []

    def _select(self, call: DeskCall, _: Cancelled) -> Answer:
        return self._patient(str(call.params["study"])), ""

    def _patient(self, study_uid: str) -> Mapping[str, Any]:
        exam = self._exam(study_uid).exam
        exams = self._archive.exams(StudyQuery(patient_id=exam.identity.patient_id), 50)
        subject = self._pseudonyms.patient(exam.identity.patient_id)
        limits = self._settings.identity.limits
        locked = self._ledger.tries("", subject, "", limits).subject >= limits.per_subject
        mine = [e for e in exams if e.identity.same_person(exam.identity)]
        return {"patient": exam.identity, "locked": locked, "exams": self._lookup.with_readiness(mine)}

    def _exam(self, study_uid: str) -> ListedExam:
        found = self._archive.exams(StudyQuery(study_uid=study_uid), 1)
        if not found:
            raise KioskError(FaultCode.NOTHING_FOUND)
        return self._lookup.with_readiness(found)[0]

    def _print(self, call: DeskCall, cancelled: Cancelled) -> Answer:
        """Print for a patient, again if need be, with a reason that goes into the trail."""
        listed, reason = self._exam(str(call.params["study"])), OverrideReason(call.params["reason"])
        film = call.params.get("kind") == "film"
        facts = listed.exam.identity
        candidate = Candidate(self._pseudonyms.patient(facts.patient_id), facts, listed.exam.study_uid)
        self._override(call, candidate.subject, reason, "print-film" if film else "print-report")
        films, why = ((listed,), FilmReason.OTHER) if film else ((), None)
        order = PrintDocuments(call.token, candidate, () if film else (listed,), films, why)
        by = Override(call.who.name, reason)
        receipt = self._delivery.deliver(order, self._rooms.of(call.token), lambda _: None, cancelled, by)
        problem = str(receipt.fault) if receipt.fault else "" if receipt.tasks else FaultCode.NOTHING_READY
        return {**self._patient(listed.exam.study_uid), "receipt": receipt}, problem

    def _override(self, call: DeskCall, subject: str, reason: OverrideReason, what: str) -> None:
        self._ledger.override(call.token, call.who.name, reason, what, subject)
        self._audit.record(EventKind.STAFF_OVERRIDE, visit=call.token, subject=subject, actor=call.who.name,
                           reason=str(reason), what=what)  # fmt: skip

    def _unlock(self, call: DeskCall, _: Cancelled) -> Answer:
        exam = self._exam(str(call.params["study"])).exam
        subject = self._pseudonyms.patient(exam.identity.patient_id)
        self._ledger.unlock(subject, call.who.name)
        self._override(call, subject, OverrideReason(call.params.get("reason", "no-id-card")), "unlock")
        return self._patient(exam.study_uid), ""

    def _hold(self, call: DeskCall, _: Cancelled) -> Answer:
        exam = self._exam(str(call.params["study"])).exam
        study, reason = self._pseudonyms.study(exam.study_uid), str(call.params.get("reason", "other"))
        if call.action == "hold":
            self._ledger.hold(study, reason, call.who.name)
        else:
            self._ledger.release(study, call.who.name)
        subject = self._pseudonyms.patient(exam.identity.patient_id)
        self._override(call, subject, OverrideReason(reason), call.action)
        return self._patient(exam.study_uid), ""

    # --- printers -----------------------------------------------------------------------------------------------
    def _printer_panel(self) -> Mapping[str, Any]:
        rows = tuple((kind, service.queue, *self._state(service)) for kind, service in self._printers.items())
        return {"printers": rows, "open": tuple(self._ledger.unsettled())}

    def _state(self, service: PrintService) -> tuple[PrinterState | None, FaultCode | None, Sequence[Supply]]:
        try:
            state = self._lanes.call("printer", service.state, PRINTER_S)
            return state, None, self._lanes.call("printer", service.supplies, PRINTER_S)
        except KioskError as error:
            return None, error.code, ()

    def _settle(self, call: DeskCall, _: Cancelled) -> Answer:
        """Staff has looked into the tray: these sheets are there, the others are not."""
        serial = str(call.params["serial"])
        reservation = self._ledger.reservation(serial)
        if reservation is None:
            raise KioskError(FaultCode.NOTHING_FOUND, serial)
        order, chosen = reservation.order, call.params.get("printed", "all")
        every = range(order.first_sheet, order.first_sheet + order.sheets)
        printed = every if chosen == "all" else () if chosen == "none" else [int(n) for n in chosen]
        settled = self._printers[order.kind].settle_by_staff(serial, printed, call.who.name)
        self._audit.record(EventKind.STAFF_OVERRIDE, visit=call.token, subject=reservation.order.subject,
                           actor=call.who.name, what="settle", serial=serial, printed=settled.printed)  # fmt: skip
        return self._printer_panel(), ""

    # --- log ----------------------------------------------------------------------------------------------------
    def _log(self, call: DeskCall, _: Cancelled) -> Answer:
        return self._book.page(call.params), ""

    def _export(self, call: DeskCall, _: Cancelled) -> Answer:
        path, count = self._book.export(call.params)
        self._audit.record(EventKind.LOG_EXPORTED, visit=call.token, actor=call.who.name, events=count)
        return {**self._book.page(call.params), "exported": str(path)}, ""
