"""Synthetic states for pictures and tests: every screen, with people who do not exist."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from kiosk.domain.calls import HelpCall
from kiosk.domain.desk import PrinterSeen, PrintToCheck
from kiosk.domain.exam import Exam, HandedOut, ListedExam, Readiness, Report, ReportKind, ReportStatus, SeriesInfo
from kiosk.domain.faults import FaultCode
from kiosk.domain.links import PatientLink, Publication
from kiosk.domain.person.codes import Claim, ClaimKind
from kiosk.domain.person.identity import IdentityFacts, Question
from kiosk.domain.reasons import FilmReason
from kiosk.domain.roles import Role, StaffMember
from kiosk.domain.sheets.printing import (
    DocumentKind,
    Order,
    PrinterState,
    PrinterStatus,
    Reservation,
    Settlement,
    SheetState,
)
from kiosk.domain.sheets.supplies import Supply
from kiosk.domain.trail import AuditRecord, EventKind, EventOutcome
from kiosk.domain.visit import Candidate, Receipt, TaskResult
from kiosk.session import states as at

NOW = datetime(2026, 11, 24, 10, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
TOKEN = "sample"  # noqa: S105 - not a secret
CLAIM = Claim(ClaimKind.ACCESSION, "CT2026110042")
FACTS = IdentityFacts("P0001", "张三丰", "11010519491231002X", date(1949, 12, 31), "13800005678")
CANDIDATE = Candidate("subject", FACTS, "1.2.1")
QUESTIONS = (Question.ID_LAST_SIX, Question.BIRTH_DATE, Question.PHONE_LAST_FOUR)
LINK = PatientLink("https://film.example.org/l#pJ7Qm2Zt0kXw4nRb8sYc1dVf6gHa3eLu9oTi5rKxWz", "digest", "id-last-six")
FIRST_STUDY, SECOND_STUDY = "1.2.1", "1.2.2"


def exam(number: int, modality: str, body: str, days: int, images: int, final: bool, hour: int = 9) -> Exam:
    """One exam, so many days ago."""
    uid = f"1.2.{number}"
    taken = (NOW - timedelta(days=days)).replace(hour=hour, minute=30)
    series = (SeriesInfo(f"{uid}.1", modality, "", 1, images, body),) if images else ()
    report = Report(uid, f"{uid}.9", f"{uid}.9.1", ReportKind.PDF, ReportStatus.FINAL, 1)
    return Exam(
        uid, f"{modality}20261100{number:02}", FACTS, modality, body, "", taken, series, (report,) if final else ()
    )


def listed(item: Exam, readiness: Readiness) -> ListedExam:
    """The exam as the list has it."""
    due = item.final_reports if readiness in (Readiness.READY, Readiness.AMENDED) else ()
    printed = HandedOut("doc", "printed", datetime(2026, 9, 4, 2, 0, tzinfo=UTC), "kiosk-2", 1, 1)
    out = (printed,) if readiness is Readiness.PRINTED else ()
    return ListedExam(item, readiness, due, out, pages=len(due), film_sheets=-(-item.images // 30))


EXAMS = (
    listed(exam(1, "CT", "CHEST", 4, 120, True), Readiness.READY),
    listed(exam(2, "MR", "LSPINE", 4, 66, True, 15), Readiness.READY),
    listed(exam(3, "DX", "KNEE", 0, 2, False), Readiness.WAITING),
    listed(exam(4, "DX", "CHEST", 82, 2, True), Readiness.PRINTED),
)
MANY = (
    *EXAMS,
    listed(exam(5, "US", "ABDOMEN", 1, 12, True), Readiness.HELD),
    listed(exam(6, "MR", "BRAIN", 2, 90, True), Readiness.AMENDED),
    listed(exam(7, "MG", "BREAST", 400, 4, True), Readiness.OUTSIDE_WINDOW),
    listed(exam(8, "CT", "ABDOMEN", 0, 0, False), Readiness.REGISTERED),
    listed(exam(9, "DX", "HAND", 1, 2, True), Readiness.UNCERTAIN),
    listed(exam(10, "MR", "CSPINE", 0, 40, False), Readiness.PRELIMINARY),
    listed(exam(11, "CT", "NECK", 0, 80, True), Readiness.PRINTING),
)
READY = frozenset({FIRST_STUDY, SECOND_STUDY})
LISTING = at.Listing(TOKEN, CLAIM, CANDIDATE, EXAMS, READY)
VERIFYING = at.Verifying(TOKEN, CLAIM, CANDIDATE, QUESTIONS, Question.ID_LAST_SIX, 5)
NURSE, ADMIN = StaffMember("li.mei", Role.NURSE), StaffMember("wang.wei", Role.ADMINISTRATOR)


def receipt(pages: int, printed: int, films: int = 0) -> Receipt:
    """What was printed."""
    report = TaskResult("doc", "report", "report", "1", pages, printed, "7K3M-20")
    film = TaskResult("film", "film", "film", "2", films, films, "7K3M-21")
    return Receipt((report, film) if films else (report,))


def _event(
    number: int, kind: EventKind, outcome: EventOutcome, actor: str = "", subject: str = "", **details: str | int
) -> AuditRecord:
    when = NOW.timestamp() - number * 97
    return AuditRecord(kind, outcome, "kiosk-1", TOKEN, subject, actor, details, when, 4211 - number)


LOGGED: list[tuple[EventKind, EventOutcome, str, str, dict[str, str | int]]] = [
    (EventKind.STAFF_LOGIN, EventOutcome.OK, "wang.wei", "", {}),
    (
        EventKind.DOCUMENT_UNCERTAIN,
        EventOutcome.UNCERTAIN,
        "",
        "c81f0e77",
        {"fault": "print-uncertain", "serial": "7K3M-18"},
    ),
    (
        EventKind.DOCUMENT_PRINTED,
        EventOutcome.OK,
        "",
        "a4e2b91c",
        {"what": "report", "sheets": 2, "pages": 2, "copy": 1, "modality": "CT", "serial": "7K3M-17"},
    ),
    (EventKind.IDENTITY_RIGHT, EventOutcome.OK, "", "a4e2b91c", {}),
    (EventKind.IDENTITY_WRONG, EventOutcome.REFUSED, "", "a4e2b91c", {"left": 4, "question": "id-last-six"}),
    (EventKind.VISIT_OPENED, EventOutcome.OK, "", "", {}),
    (
        EventKind.DOCUMENT_MISSING,
        EventOutcome.FAILED,
        "",
        "a4e2b91c",
        {"fault": "media-empty", "what": "report", "sheets": 0, "pages": 2},
    ),
    (
        EventKind.FOREIGN_OBJECT,
        EventOutcome.ALARM,
        "",
        "90dd12af",
        {"dropped": 1, "accession": "CT2026110042", "study": "1.2.156.112605.2026.4211"},
    ),
    (EventKind.STAFF_OVERRIDE, EventOutcome.OK, "li.mei", "5b7c0de2", {"reason": "lost", "what": "print-report"}),
    (EventKind.FILM_REQUESTED, EventOutcome.OK, "", "5b7c0de2", {"reason": "surgery", "how": "desk"}),
    (EventKind.LINK_MADE, EventOutcome.OK, "", "5b7c0de2", {"studies": 2, "modalities": "CT,DX"}),
    (EventKind.VISIT_FAILED, EventOutcome.FAILED, "", "11f3a6d0", {"fault": "archive-timeout"}),
    (EventKind.VISIT_CLOSED, EventOutcome.OK, "", "", {"ended": "delivered"}),
]
EVENTS = tuple(
    _event(n, kind, outcome, actor, subject, **details)
    for n, (kind, outcome, actor, subject, details) in enumerate(LOGGED * 3)
)
CALLS = (
    HelpCall("visit-1", "kiosk-1", "4821", "printing", NOW.timestamp() - 194),
    HelpCall("visit-2", "kiosk-2", "7360", "verifying", NOW.timestamp() - 41, "li.mei"),
)
CALL = HelpCall(TOKEN, "kiosk-1", "4821")
COMING = replace(CALL, claimed_by="li.mei")
UNREACHED = replace(CALL, code="")
PRINTERS = (
    PrinterSeen(
        DocumentKind.REPORT,
        "lobby-a4",
        PrinterState(PrinterStatus.PROCESSING, queued=1),
        supplies=(Supply("Black", 62, NOW.timestamp() + 23 * 86_400), Supply("Drum", 12)),
    ),
    PrinterSeen(DocumentKind.FILM, "film-14x17", fault=FaultCode.PRINTER_OFFLINE),
)
def _print(serial: str, order: Order, *states: SheetState) -> Reservation:
    return Reservation(serial, order, TOKEN, "kiosk-1", states, since=NOW.timestamp() - 900)


JAMMED = Order("doc", "5b7c0de29a11", DocumentKind.REPORT, 1, 3, modality="CT")
FILMED = Order("film", "a4e2b91c77f0", DocumentKind.FILM, 1, 2, 4, "surgery", "MR")
SEEN = Order("other", "c81f0e775d20", DocumentKind.REPORT, 1, 3, modality="DX")
OPEN = (
    PrintToCheck(_print("7K3M18QZ2A", JAMMED, SheetState.PRINTED, SheetState.UNCERTAIN, SheetState.UNCERTAIN), 3),
    PrintToCheck(_print("2XNF6V0RTC", FILMED, SheetState.UNCERTAIN, SheetState.MISSING), 5),
)
SETTLED = (
    Settlement(_print("5DHW94J1PB", SEEN, SheetState.PRINTED, SheetState.PRINTED, SheetState.MISSING), (2, 3),
               "li.mei", NOW.timestamp() - 240),
)  # fmt: skip


def desk(panel: str, who: StaffMember = ADMIN, problem: str = "", **data: object) -> at.Staff:
    """The staff screen at one panel."""
    return at.Staff(TOKEN, who, panel, data, problem=problem)


def states(pages: tuple[str, ...] = ()) -> dict[str, at.State]:
    """Every screen by name; `pages`: file URLs of report pages for the preview."""
    film = at.FilmRequest(TOKEN, LISTING, frozenset({FIRST_STUDY}))
    failed = at.Failed(TOKEN, FaultCode.MEDIA_JAM, LISTING, receipt(3, 1), "7K3M")
    return {
        "closed": at.OutOfService((FaultCode.ARCHIVE_UNREACHABLE,)),
        "starting": at.Starting(),
        "attract": at.Idle(),
        "scan": at.Scanning(TOKEN),
        "scan-hint": at.Scanning(TOKEN, hint="nearer"),
        "scan-good": at.Scanning(TOKEN, looking=True, claim=CLAIM),
        "scan-typing": at.Scanning(TOKEN, typing=True),
        "scan-unknown": at.Scanning(TOKEN, typing=True, problem=FaultCode.CODE_UNKNOWN),
        "confirm": VERIFYING,
        "confirm-wrong": replace(VERIFYING, wrong=True, tries_left=4),
        "confirm-birth": replace(VERIFYING, question=Question.BIRTH_DATE),
        "confirm-phone": replace(VERIFYING, question=Question.PHONE_LAST_FOUR, checking=True),
        "collecting": at.Relating(TOKEN, CLAIM, CANDIDATE),
        "list-loading": at.Loading(TOKEN, CLAIM, CANDIDATE),
        "list": LISTING,
        "list-long": replace(LISTING, exams=MANY),
        "list-none": replace(LISTING, exams=MANY[2:5], picked=frozenset()),
        "notice": at.AskingNotice(TOKEN, LISTING),
        "preview": at.Previewing(TOKEN, LISTING, FIRST_STUDY, pages),
        "preview-loading": at.Previewing(TOKEN, LISTING, FIRST_STUDY),
        "film": film,
        "film-reason": replace(film, reason=FilmReason.OTHER_HOSPITAL),
        "printing": at.Printing(TOKEN, LISTING, total=3, done=1, eta_s=8),
        "printing-waiting": at.Printing(TOKEN, LISTING, total=5, done=2, waiting=FaultCode.MEDIA_EMPTY),
        "printing-film": at.Printing(TOKEN, LISTING, total=2, done=1, eta_s=20, kind="film"),
        "printing-preparing": at.Printing(TOKEN, LISTING, preparing=(3, 7)),
        "qr": at.ShowingQr(TOKEN, LISTING, LINK, Publication.ONLINE, 1.0),
        "qr-uploading": at.ShowingQr(TOKEN, LISTING, LINK, Publication.UPLOADING, 0.63),
        "done": at.Done(TOKEN, receipt(3, 3)),
        "done-film": at.Done(TOKEN, receipt(3, 3, 2)),
        "trouble": failed,
        "trouble-desk": at.Failed(TOKEN, FaultCode.IDENTITY_AT_DESK),
        "trouble-elsewhere": at.Failed(TOKEN, FaultCode.PRINTING_ELSEWHERE, LISTING),
        "helping": at.Helping(TOKEN),
        "trouble-locked": at.Failed(TOKEN, FaultCode.IDENTITY_LOCKED),
        "trouble-archive": at.Failed(TOKEN, FaultCode.ARCHIVE_TIMEOUT, LISTING),
        "staff-login": at.Staff(TOKEN, problem="wrong"),
        "staff-ringing": desk("printers", printers=PRINTERS, open=(), calls=CALLS),
        "staff-worklist": desk("worklist", NURSE, query="P0001", found=EXAMS, calls=CALLS),
        "staff-patient": desk("patient", NURSE, patient=FACTS, exams=EXAMS[:3], locked=True),
        "staff-receipt": desk("patient", NURSE, patient=FACTS, exams=EXAMS[:3], receipt=receipt(3, 2)),
        "staff-printers": desk("printers", printers=PRINTERS[1:], open=OPEN, settled=SETTLED),
        "staff-log": desk("log", events=EVENTS, span="today", kind="", outcome_filter="", exported=""),
        "staff-accounts": desk("accounts", accounts=(ADMIN, NURSE, replace(NURSE, name="zhao", enabled=False))),
    }
