"""The only joint between the visit and the services: effect -> work on a lane -> event with the visit's token.

Services know neither effects nor events; each group below turns the effects of one concern into calls of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from kiosk.domain.calls import HelpCall
from kiosk.domain.exam import ListedExam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.serials import new_serial
from kiosk.domain.trail import EventKind
from kiosk.domain.visit import Advance, Candidate, HandOut
from kiosk.ports.ledger import Ledger
from kiosk.ports.rendering import PreviewPage
from kiosk.services.audit import Audit, outcome_of
from kiosk.services.desk.calls import Calls
from kiosk.services.desk.staff_desk import Desk
from kiosk.services.desk.staff_door import StaffDoor
from kiosk.services.desk.user import DeskUser
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.verification import Verification
from kiosk.services.identity.vouchers import Vouchers
from kiosk.services.links import ONGOING, Links
from kiosk.services.machine.lanes import Cancelled, Lanes
from kiosk.services.machine.rooms import Rooms
from kiosk.services.printing.delivery import Delivery
from kiosk.services.printing.documents import Documents
from kiosk.services.printing.notes import Notes
from kiosk.session import effects as do
from kiosk.session import events as on

log = logging.getLogger(__name__)
PREVIEW_PX = 1600
MOST_COUNTED = 4  # reports whose pages are counted before they are printed: what a list shows at once
GLANCE_S = 0.2  # how soon a lane is free again once a visit is over
PUBLICATION_GLANCES = 10  # so many glances between two questions to the ledger, which others write to
Post = Callable[[on.Event], None]
Play = Callable[[str], None]
Work = Callable[[Any, Cancelled], None]
Works = Mapping[type, tuple[str, Work]]


class EffectGroup:
    """The effects of one concern."""

    def works(self) -> Works:
        """For each effect its lane and its work."""
        return {}

    def cancel(self, token: str) -> None:
        """Nobody waits for this visit's answers any more; returns at once."""


class Runner:
    """Carries effects out."""

    def __init__(
        self, lanes: Lanes, audit: Audit, visits: VisitWorks, groups: Sequence[EffectGroup], post: Post, play: Play
    ) -> None:
        self._lanes = lanes
        self._audit = audit
        self._visits = visits
        self._groups = (visits, *groups)
        self._post = post
        self._play = play
        self._works = {effect: row for group in self._groups for effect, row in group.works().items()}

    def run(self, effect: do.Effect) -> None:
        """Start an effect; returns at once."""
        if isinstance(effect, do.Sound):
            self._play(effect.name)
        elif isinstance(effect, do.CancelWork):
            self._lanes.cancel(effect.token)
            for group in self._groups:
                group.cancel(effect.token)
        elif isinstance(effect, do.Wipe):
            self._visits.wipe(effect)
        else:
            lane, work = self._works[type(effect)]
            token = effect.token
            self._lanes.start(lane, token, lambda cancelled: self._guarded(work, effect, token, cancelled))

    def _guarded(self, work: Work, effect: do.Effect, token: str, cancelled: Cancelled) -> None:
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
            return  # its visit is over: the fault is nobody's any more
        self._post(on.WorkFailed(token, fault, new_serial()[:4]))
        self._audit.record(EventKind.SERVICE_FAILED, outcome_of(fault), visit=token, fault=fault)


class VisitWorks(EffectGroup):
    """A visit's begin and end. `forget_frames` makes the camera's reader drop what it has seen."""

    def __init__(
        self,
        lanes: Lanes,
        ledger: Ledger,
        audit: Audit,
        rooms: Rooms,
        verification: Verification,
        documents: Documents,
        kiosk: str,
        forget_frames: Callable[[], None],
    ) -> None:
        self._lanes = lanes
        self._ledger = ledger
        self._audit = audit
        self._rooms = rooms
        self._verification = verification
        self._documents = documents
        self._kiosk = kiosk
        self._forget_frames = forget_frames

    def works(self) -> Works:
        """See EffectGroup."""
        return {do.OpenVisit: ("store", self._open), do.Record: ("store", self._record)}

    def _open(self, effect: do.OpenVisit, _: Cancelled) -> None:
        self._ledger.open_visit(effect.token, self._kiosk)
        self._audit.record(EventKind.VISIT_OPENED, visit=effect.token)

    def _record(self, effect: do.Record, _: Cancelled) -> None:
        self._audit.record(effect.kind, effect.outcome, visit=effect.token, subject=effect.subject, fault=effect.fault,
                           **dict(effect.noted))  # fmt: skip

    def wipe(self, effect: do.Wipe) -> None:
        """At once, and again when the last work of the visit has ended."""
        self._verification.forget(effect.token)
        self._rooms.wipe(effect.token)
        self._lanes.start("store", effect.token, lambda _: self._close(effect))
        self._lanes.afterwards(effect.token, lambda: self._wipe_remains(effect.token))

    def _wipe_remains(self, visit: str) -> None:
        """Nothing works for the visit any more: what it put into folders, workers and the camera's reader goes."""
        self._rooms.wipe(visit)
        self._documents.wipe()
        self._forget_frames()

    def _close(self, effect: do.Wipe) -> None:
        try:
            self._ledger.close_visit(effect.token, effect.outcome)
        except KioskError as error:
            log.error("visit not closed: %s", error)
        self._audit.record(EventKind.VISIT_CLOSED, visit=effect.token, ended=effect.outcome)


class IdentityWorks(EffectGroup):
    """Who a code belongs to, and the proof."""

    def __init__(
        self, lookup: Lookup, vouchers: Vouchers, verification: Verification, audit: Audit, post: Post
    ) -> None:
        self._lookup = lookup
        self._vouchers = vouchers
        self._verification = verification
        self._audit = audit
        self._post = post

    def works(self) -> Works:
        """See EffectGroup."""
        return {
            do.LookUp: ("io", self._look_up),
            do.Verify: ("io", self._verify),
            do.SendCode: ("io", self._send_code),
        }

    def _look_up(self, effect: do.LookUp, cancelled: Cancelled) -> None:
        def claimed() -> on.Claimed:
            candidate = self._lookup.candidate(self._vouchers.resolved(effect.claim))
            left = self._verification.tries_left(effect.token, candidate.subject)
            self._audit.record(EventKind.IDENTITY_ASKED, visit=effect.token, subject=candidate.subject,
                               by=effect.claim.kind, source=effect.claim.source)  # fmt: skip
            return on.Claimed(effect.token, candidate, self._lookup.questions(candidate), left)

        self._post(self._verification.evenly(cancelled, claimed, self._lookup.longest_s))

    def _verify(self, effect: do.Verify, cancelled: Cancelled) -> None:
        found = self._verification.verify(effect.token, effect.candidate, effect.question, effect.answer, cancelled)
        self._post(on.Verdict(effect.token, found.right, found.tries_left, found.wait_s, found.fault, found.early))

    def _send_code(self, effect: do.SendCode, _: Cancelled) -> None:
        self._verification.send_code(effect.token, effect.candidate)


class DocumentWorks(EffectGroup):
    """The list, the preview, and what is printed."""

    def __init__(
        self,
        lanes: Lanes,
        lookup: Lookup,
        documents: Documents,
        delivery: Delivery,
        notes: Notes,
        rooms: Rooms,
        audit: Audit,
        post: Post,
    ) -> None:
        self._lanes = lanes
        self._lookup = lookup
        self._documents = documents
        self._delivery = delivery
        self._notes = notes
        self._rooms = rooms
        self._audit = audit
        self._post = post

    def works(self) -> Works:
        """See EffectGroup."""
        return {
            do.LoadExams: ("io", self._load_exams),
            do.MakePreview: ("io", self._preview),
            do.PrintDocuments: ("io", self._print),
            do.RecordFilmRequest: ("store", self._film_request),
            do.KeepNotice: ("store", self._keep_notice),
        }

    def _load_exams(self, effect: do.LoadExams, _: Cancelled) -> None:
        found, mismatch = self._lookup.exams(effect.candidate, effect.token)
        exams = tuple(replace(e, film_sheets=self._documents.film_sheets(e.exam)) for e in found)
        ready = sum(e.printable for e in exams)
        self._audit.record(EventKind.EXAMS_LISTED, visit=effect.token, subject=effect.candidate.subject,
                           exams=len(exams), ready=ready)  # fmt: skip
        self._post(on.Listed(effect.token, exams, mismatch))
        self._lanes.start("io", effect.token, lambda cancelled: self._foresee(exams, effect.candidate, cancelled))
        self._lanes.start("io", effect.token, lambda cancelled: self._count(exams, effect.token, cancelled))

    def _count(self, exams: Sequence[ListedExam], token: str, cancelled: Cancelled) -> None:
        """While the list is read: how many pages the reports have. What fails here is told when it is printed."""
        for listed in [one for one in exams if one.printable][:MOST_COUNTED]:
            with suppress(KioskError):
                counts = [self._documents.pages(listed.exam, due, self._rooms.of(token)) for due in listed.due]
                self._post(on.PagesCounted(token, listed.exam.study_uid, sum(counts)))
            if cancelled():
                return

    def _foresee(self, exams: Sequence[ListedExam], candidate: Candidate, cancelled: Cancelled) -> None:
        """The scanned exam first: its film is what the screen offers."""
        listed = sorted(exams, key=lambda one: one.exam.study_uid != candidate.exam_uid)
        with suppress(KioskError):  # nobody waits for it, and it is asked again
            self._documents.foresee([one.exam for one in listed], cancelled)

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
        self._post(on.PagesReady(effect.token, exam.study_uid, files, page, top))

    def _print(self, effect: do.PrintDocuments, cancelled: Cancelled) -> None:
        token = effect.token

        def preparing(ready: int, total: int) -> None:
            self._post(on.Preparing(token, ready, total))

        def progress(now: Advance) -> None:
            self._post(on.PrintProgress(token, now.done, now.total, now.eta_s, now.kind, now.waiting))

        order = HandOut(token, effect.candidate, effect.reports, effect.films, effect.reason, effect.link)
        room = self._rooms.of(token)
        receipt = self._delivery.deliver(order, room, cancelled, on_preparing=preparing, on_progress=progress)
        uncertain = (t.serial for t in receipt.tasks if t.fault is FaultCode.PRINT_UNCERTAIN)
        self._post(on.PrintSettled(token, receipt, next(uncertain, "")))

    def _film_request(self, effect: do.RecordFilmRequest, _: Cancelled) -> None:
        order = HandOut(effect.token, effect.candidate, films=effect.films, reason=effect.reason)
        self._notes.film_elsewhere(order, effect.how)

    def _keep_notice(self, effect: do.KeepNotice, _: Cancelled) -> None:
        self._notes.notice_wanted(effect.token, effect.candidate.subject, [e.exam for e in effect.exams])


class LinkWorks(EffectGroup):
    """The patient link and how far publication is."""

    def __init__(self, lookup: Lookup, links: Links, post: Post) -> None:
        self._lookup = lookup
        self._links = links
        self._post = post
        self._watch = Cancelled()

    def works(self) -> Works:
        """See EffectGroup."""
        return {do.MakeLink: ("io", self._make_link)}

    def cancel(self, token: str) -> None:
        """See EffectGroup; there is one visit at a time."""
        self._watch.set()

    def _make_link(self, effect: do.MakeLink, cancelled: Cancelled) -> None:
        """Show the link at once, then tell how publication proceeds while the QR is on screen.

        One watch at a time: asking for the QR again and again must not take all threads of the lane.
        """
        self._watch.set()
        self._watch = left = Cancelled()
        answers = self._lookup.link_answers(effect.candidate)
        link = effect.link or self._links.make(effect.token, effect.candidate.subject, effect.exams, answers, "screen")
        told = None
        while not cancelled() and not left():
            state, done = self._links.publication(effect.exams)
            if (state, done) != told:
                self._post(on.LinkMade(effect.token, link, state, done))
                told = (state, done)
            if state not in ONGOING or any(cancelled() or left.wait(GLANCE_S) for _ in range(PUBLICATION_GLANCES)):
                return


class PeopleWorks(EffectGroup):
    """Calls for help, and what staff do at this machine."""

    def __init__(self, calls: Calls, door: StaffDoor, desk: Desk, post: Post) -> None:
        self._calls = calls
        self._door = door
        self._desk = desk
        self._post = post

    def works(self) -> Works:
        """See EffectGroup."""
        return {
            do.SummonHelp: ("store", self._help),
            do.WatchCalls: ("store", self._watch_calls),
            do.LogIn: ("io", self._log_in),
            do.DeskCall: ("io", self._desk_call),
        }

    def cancel(self, token: str) -> None:
        """See EffectGroup."""
        self._calls.leave(token)

    def _help(self, effect: do.SummonHelp, _: Cancelled) -> None:
        token = effect.token
        call = self._calls.summon(token, effect.where)
        self._post(on.HelpKnown(token, call))
        self._calls.watch_own(token, lambda known: self._tell_unless(call, known))

    def _tell_unless(self, told: HelpCall, known: HelpCall) -> None:
        if known != told:
            self._post(on.HelpKnown(known.visit, known))

    def _watch_calls(self, effect: do.WatchCalls, cancelled: Cancelled) -> None:
        if not cancelled():
            self._calls.watch_all(effect.token, lambda calls: self._post(on.CallsKnown(effect.token, calls)))

    def _log_in(self, effect: do.LogIn, _: Cancelled) -> None:
        who, problem = self._door.log_in(effect.token, effect.name, effect.pin, effect.badge)
        self._post(on.LoggedIn(effect.token, who, problem))

    def _desk_call(self, effect: do.DeskCall, cancelled: Cancelled) -> None:
        shown = self._desk.answer(DeskUser(effect.who, effect.token, cancelled), effect.request)
        self._post(on.DeskAnswer(effect.token, shown))
