"""Carries effects out: one table from effect to lane and work. Answers are posted as events with the visit's token."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from kiosk.config import Settings
from kiosk.domain.calls import HelpCall
from kiosk.domain.exam import ListedExam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.reasons import FilmPolicy
from kiosk.domain.trail import EventKind
from kiosk.ports.ledger import Ledger
from kiosk.ports.rendering import PreviewPage
from kiosk.services.audit import Audit, outcome_of
from kiosk.services.desk.calls import Calls
from kiosk.services.desk.staff_desk import Desk
from kiosk.services.desk.staff_door import StaffDoor
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import Pseudonyms, new_serial
from kiosk.services.identity.verification import Verification
from kiosk.services.links import ONGOING, Links
from kiosk.services.machine.lanes import Cancelled, Lanes
from kiosk.services.machine.rooms import Rooms
from kiosk.services.post import Post
from kiosk.services.printing.delivery import Delivery
from kiosk.services.printing.documents import Documents
from kiosk.session import effects as do
from kiosk.session import events as on
from kiosk.session.states import Candidate

log = logging.getLogger(__name__)
PREVIEW_PX = 1600
GLANCE_S, PUBLICATION_GLANCES = 0.2, 10
Work = Callable[[Any, Cancelled], None]


class Runner:
    """The services behind the engine."""

    def __init__(
        self,
        lanes: Lanes,
        lookup: Lookup,
        verification: Verification,
        documents: Documents,
        delivery: Delivery,
        links: Links,
        desk: Desk,
        calls: Calls,
        door: StaffDoor,
        audit: Audit,
        ledger: Ledger,
        rooms: Rooms,
        pseudonyms: Pseudonyms,
        settings: Settings,
    ) -> None:
        self._lanes, self._lookup, self._verification = lanes, lookup, verification
        self._documents, self._delivery, self._links = documents, delivery, links
        self._desk, self._calls, self._door = desk, calls, door
        self._audit, self._ledger, self._rooms = audit, ledger, rooms
        self._pseudonyms, self._settings = pseudonyms, settings
        self._watch = Cancelled()
        self.post: Post = lambda event: None
        self.play: Callable[[str], None] = lambda name: None
        self.forget_frames: Callable[[], None] = lambda: None
        self._works: dict[type, tuple[str, Work]] = {
            do.OpenVisit: ("store", self._open_visit),
            do.LookUp: ("io", self._look_up),
            do.Verify: ("io", self._verify),
            do.SendCode: ("io", self._send_code),
            do.LoadExams: ("io", self._load_exams),
            do.MakePreview: ("io", self._preview),
            do.PrintDocuments: ("io", self._print),
            do.RecordFilmRequest: ("store", self._film_request),
            do.MakeLink: ("io", self._make_link),
            do.SummonHelp: ("store", self._help),
            do.WatchCalls: ("store", self._watch_calls),
            do.Record: ("store", self._record),
            do.LogIn: ("io", self._log_in),
            do.DeskCall: ("io", self._desk_call),
        }

    def run(self, effect: do.Effect) -> None:
        """Start an effect; returns at once."""
        if isinstance(effect, do.Sound):
            self.play(effect.name)
        elif isinstance(effect, do.CancelWork):
            self._lanes.cancel(effect.token)
            self._calls.leave(effect.token)
            self._watch.set()
        elif isinstance(effect, do.Wipe):
            self._wipe(effect)
        else:
            lane, work = self._works[type(effect)]
            self._lanes.start(lane, effect.token, lambda cancelled: self._guarded(work, effect, cancelled))

    def _guarded(self, work: Work, effect: do.Effect, cancelled: Cancelled) -> None:
        token = effect.token if not isinstance(effect, do.Sound) else ""
        try:
            work(effect, cancelled)
        except KioskError as error:
            log.warning("%s failed: %s", type(effect).__name__, error)
            self._fail(token, error.code, cancelled)
        except BaseException:  # a decoder's panic or SystemExit too: the patient must not wait for an answer forever
            log.exception("%s broke", type(effect).__name__)
            self._fail(token, FaultCode.INTERNAL, cancelled)

    def _fail(self, token: str, fault: FaultCode, cancelled: Cancelled) -> None:
        if cancelled():
            return
        self.post(on.WorkFailed(token, fault, new_serial()[:4]))
        self._audit.record(EventKind.SERVICE_FAILED, outcome_of(fault), visit=token, fault=fault)

    # --- begin and end ------------------------------------------------------------------------------------------
    def _open_visit(self, effect: do.OpenVisit, _: Cancelled) -> None:
        self._ledger.open_visit(effect.token, self._settings.kiosk.id)
        self._audit.record(EventKind.VISIT_OPENED, visit=effect.token)

    def _wipe(self, effect: do.Wipe) -> None:
        """At once, and again when the last work of the visit has ended."""
        self._verification.forget(effect.token)
        self._rooms.wipe(effect.token)
        self._lanes.start("store", effect.token, lambda _: self._close_visit(effect))
        self._lanes.afterwards(effect.token, lambda: self._wipe_remains(effect.token))

    def _wipe_remains(self, visit: str) -> None:
        """Nothing works for the visit any more: what it put into folders, workers and the camera's reader goes."""
        self._rooms.wipe(visit)
        self._documents.wipe()
        self.forget_frames()

    def _close_visit(self, effect: do.Wipe) -> None:
        try:
            self._ledger.close_visit(effect.token, effect.outcome)
        except KioskError as error:
            log.error("visit not closed: %s", error)
        self._audit.record(EventKind.VISIT_CLOSED, visit=effect.token, ended=effect.outcome)

    def _record(self, effect: do.Record, _: Cancelled) -> None:
        self._audit.record(effect.kind, effect.outcome, visit=effect.token, subject=effect.subject, fault=effect.fault)

    # --- identity -----------------------------------------------------------------------------------------------
    def _look_up(self, effect: do.LookUp, cancelled: Cancelled) -> None:
        def claimed() -> on.Claimed:
            candidate = self._lookup.candidate(effect.claim)
            left = self._verification.tries_left(effect.token, candidate.subject)
            self._audit.record(EventKind.IDENTITY_ASKED, visit=effect.token, subject=candidate.subject,
                               by=effect.claim.kind, source=effect.claim.source)  # fmt: skip
            return on.Claimed(effect.token, candidate, self._lookup.questions(candidate), left)

        self.post(self._verification.evenly(cancelled, claimed, self._lookup.longest_s))

    def _verify(self, effect: do.Verify, cancelled: Cancelled) -> None:
        found = self._verification.verify(effect.token, effect.candidate, effect.question, effect.answer, cancelled)
        self.post(on.Verdict(effect.token, found.right, found.tries_left, found.wait_s, found.fault, found.early))

    def _send_code(self, effect: do.SendCode, _: Cancelled) -> None:
        self._verification.send_code(effect.token, effect.candidate)

    # --- documents ----------------------------------------------------------------------------------------------
    def _load_exams(self, effect: do.LoadExams, _: Cancelled) -> None:
        exams, mismatch = self._lookup.exams(effect.candidate, effect.token)
        ready = sum(e.printable for e in exams)
        self._audit.record(EventKind.EXAMS_LISTED, visit=effect.token, subject=effect.candidate.subject,
                           exams=len(exams), ready=ready)  # fmt: skip
        self.post(on.Listed(effect.token, exams, mismatch))
        self._lanes.start("io", effect.token, lambda cancelled: self._foresee(exams, effect.candidate, cancelled))

    def _foresee(self, exams: Sequence[ListedExam], candidate: Candidate, cancelled: Cancelled) -> None:
        """The scanned exam first: its film is what the screen offers."""
        listed = sorted(exams, key=lambda one: one.exam.study_uid != candidate.exam_uid)
        filmable = [one.exam for one in listed if self._settings.film.policy is not FilmPolicy.NEVER]
        with suppress(KioskError):  # nobody waits for it, and it is asked again
            self._documents.foresee(filmable, cancelled)

    def _preview(self, effect: do.MakePreview, cancelled: Cancelled) -> None:
        exam, room = effect.exam.exam, self._rooms.of(effect.token)
        pages: list[PreviewPage] = []
        for report in exam.final_reports:
            made = self._documents.report(exam, report, new_serial(), "", room)
            pages += self._documents.pictures(exam, made.path, room, PREVIEW_PX)
            if cancelled():
                return
        self._audit.record(EventKind.REPORT_PREVIEWED, visit=effect.token, pages=len(pages))
        conclusions = ((number, page.conclusion) for number, page in enumerate(pages) if page.conclusion is not None)
        page, top = next(conclusions, (0, 0.0))
        files = tuple(page.path.as_uri() for page in pages)
        self.post(on.PagesReady(effect.token, exam.study_uid, files, page, top))

    def _print(self, effect: do.PrintDocuments, cancelled: Cancelled) -> None:
        receipt = self._delivery.deliver(effect, self._rooms.of(effect.token), self.post, cancelled)
        uncertain = (t.serial for t in receipt.tasks if t.fault is FaultCode.PRINT_UNCERTAIN)
        self.post(on.PrintSettled(effect.token, receipt, next(uncertain, "")))

    def _film_request(self, effect: do.RecordFilmRequest, _: Cancelled) -> None:
        for listed in effect.films:
            study, subject = self._pseudonyms.study(listed.exam.study_uid), effect.candidate.subject
            self._ledger.request_film(effect.token, subject, study, listed.exam.modality, effect.reason, effect.how)
            self._audit.record(
                EventKind.FILM_REQUESTED, visit=effect.token, subject=subject, reason=str(effect.reason), how=effect.how
            )

    # --- cloud --------------------------------------------------------------------------------------------------
    def _make_link(self, effect: do.MakeLink, cancelled: Cancelled) -> None:
        """Show the link at once, then tell how publication proceeds while the QR is on screen.

        One watch at a time: asking for the QR again and again must not take all threads of the lane.
        """
        self._watch.set()
        self._watch = left = Cancelled()
        question = self._lookup.link_question(effect.candidate)
        link = effect.link or self._links.make(
            effect.token, effect.candidate.subject, effect.exams, question, "screen"
        )
        told = None
        while not cancelled() and not left():
            state, done = self._links.publication(effect.exams)
            if (state, done) != told:
                self.post(on.LinkMade(effect.token, link, state, done))
                told = (state, done)
            if state not in ONGOING or any(cancelled() or left.wait(GLANCE_S) for _ in range(PUBLICATION_GLANCES)):
                return

    # --- people -------------------------------------------------------------------------------------------------
    def _help(self, effect: do.SummonHelp, _: Cancelled) -> None:
        token = effect.token
        call = self._calls.summon(token, effect.where)
        self.post(on.HelpKnown(token, call))
        self._calls.watch_own(token, lambda known: self._tell_unless(call, known))

    def _tell_unless(self, told: HelpCall, known: HelpCall) -> None:
        if known != told:
            self.post(on.HelpKnown(known.visit, known))

    def _watch_calls(self, effect: do.WatchCalls, cancelled: Cancelled) -> None:
        if not cancelled():
            self._calls.watch_all(effect.token, lambda calls: self.post(on.CallsKnown(effect.token, calls)))

    def _log_in(self, effect: do.LogIn, _: Cancelled) -> None:
        who, problem = self._door.log_in(effect.token, effect.name, effect.pin, effect.badge)
        self.post(on.LoggedIn(effect.token, who, problem))

    def _desk_call(self, effect: do.DeskCall, cancelled: Cancelled) -> None:
        data, problem = self._desk.answer(effect, cancelled)
        self.post(on.DeskAnswer(effect.token, data, problem))
