"""The patient's rows of the transition table: what each event means in each state.

A row is a pure function (state, event, facts) -> Step. No clock, no I/O; a fresh token comes in with the facts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kiosk.domain.calls import PROMISE_A_PERSON
from kiosk.domain.exam import ListedExam, Readiness
from kiosk.domain.faults import FaultCode
from kiosk.domain.links import Publication
from kiosk.domain.person.identity import Question
from kiosk.domain.reasons import FilmPolicy
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.session import effects as do
from kiosk.session import events as on
from kiosk.session.facts import Facts
from kiosk.session.states import (
    Done,
    Failed,
    FilmRequest,
    Idle,
    Listing,
    Loading,
    OutOfService,
    Previewing,
    Printing,
    Scanning,
    ShowingQr,
    Staff,
    Starting,
    State,
    Verifying,
    claim_of,
    listing_of,
    token_of,
    working,
)

Step = tuple[State, tuple[do.Effect, ...]]
Row = Callable[[Any, Any, Facts], Step]
RETRY_IS_SAFE = frozenset(FaultCode) - {
    FaultCode.PRINT_UNCERTAIN,
    FaultCode.IDENTITY_LOCKED,
    FaultCode.PATIENT_COLLISION,
    FaultCode.WRONG_PATIENT,
    FaultCode.ALREADY_PRINTED,
    FaultCode.HELD,
}


# --- home: the one way out -----------------------------------------------------------------------------------------
def go_home(state: State, facts: Facts, outcome: str) -> Step:
    """Cancel, wipe, and wait for the next person."""
    token = token_of(state)
    closed = facts.health.closed
    rest: State = OutOfService(closed) if closed else Idle()
    return rest, (do.CancelWork(token), do.Wipe(token, outcome)) if token else ()


def finish(state: State, _: on.Event, facts: Facts) -> Step:
    """The person is done."""
    return go_home(state, facts, "delivered" if isinstance(state, Done) else "left")


def time_up(state: State, _: on.Event, facts: Facts) -> Step:
    """Nobody is there any more; or, while the kiosk itself works, a service that hangs."""
    if working(state):
        after, effects = _failed(state, FaultCode.ARCHIVE_TIMEOUT)
        return after, (do.CancelWork(token_of(state)), *effects)
    ended = {Done: "delivered", Failed: "failed"}.get(type(state), "abandoned")
    return go_home(state, facts, ended)


# --- before a visit ------------------------------------------------------------------------------------------------
def health_known(state: Starting | OutOfService | Idle, event: on.HealthKnown, _: Facts) -> Step:
    """Open or close the kiosk; a running visit is not disturbed."""
    closed = event.health.closed
    return (OutOfService(closed) if closed else Idle()), ()


def begin(_: Idle, event: on.Begin | on.TypeNumber, facts: Facts) -> Step:
    """A hand on the screen."""
    token = facts.next_token
    typing = isinstance(event, on.TypeNumber) or facts.health.camera is not None
    return Scanning(token, typing=typing), (do.OpenVisit(token),)


def code_from_idle(_: State, event: on.CodePresented, facts: Facts) -> Step:
    """A code held up without touching anything."""
    token = facts.next_token
    return accept_code(Scanning(token), event, (do.OpenVisit(token),))


def accept_code(state: Scanning, event: on.CodePresented, before: tuple[do.Effect, ...] = ()) -> Step:
    """Search for the exam of a plausible code; everything else is an unknown code and asks nobody."""
    if event.claim is None:
        told = do.Record(state.token, EventKind.CODE_REFUSED, EventOutcome.REFUSED, FaultCode.CODE_UNKNOWN)
        return replace(state, problem=FaultCode.CODE_UNKNOWN), (*before, told, do.Sound("soft-error"))
    looking = replace(state, looking=True, problem=None, claim=event.claim)
    return looking, (*before, do.Sound("good-read"), do.LookUp(state.token, event.claim))


# --- scanning ------------------------------------------------------------------------------------------------------
def code_while_scanning(state: Scanning, event: on.CodePresented, _: Facts) -> Step:
    """The code that was waited for; while one is looked up, others wait."""
    return (state, ()) if state.looking else accept_code(state, event)


def type_number(state: Scanning, event: on.TypeNumber, _: Facts) -> Step:
    """Keypad or camera."""
    return replace(state, typing=event.on, problem=None), ()


def hint_seen(state: Scanning, event: on.HintSeen, _: Facts) -> Step:
    """Advice for the hand."""
    return replace(state, hint=event.hint), ()


def claimed(state: Scanning, event: on.Claimed, _: Facts) -> Step:
    """Ask. Nobody learns here whether the code belongs to anybody."""
    if state.claim is None:
        return state, ()
    if event.tries_left <= 0:
        return _failed(state, FaultCode.IDENTITY_LOCKED, kind=EventKind.IDENTITY_LOCKED)
    if not event.questions:
        return _failed(state, FaultCode.IDENTITY_AT_DESK)
    asked = Verifying(state.token, state.claim, event.candidate, event.questions, event.questions[0], event.tries_left)
    return asked, _message(asked)


# --- verifying -----------------------------------------------------------------------------------------------------
def answer(state: Verifying, event: on.Answer, _: Facts) -> Step:
    """One answer at a time."""
    if state.checking:
        return state, ()
    return replace(state, checking=True, wrong=False), (
        do.Verify(state.token, state.candidate, state.question, event.text),
    )


def ask_other(state: Verifying, event: on.AskOther, _: Facts) -> Step:
    """Another of the questions that are offered."""
    if event.question not in state.questions or state.checking:
        return state, ()
    asked = replace(state, question=event.question, wrong=False)
    return asked, _message(asked)


def _message(state: Verifying) -> tuple[do.Effect, ...]:
    """A one-time code is sent as soon as it is asked for."""
    sends = state.question is Question.ONE_TIME_CODE
    return (do.SendCode(state.token, state.candidate),) if sends else ()


def verdict(state: Verifying, event: on.Verdict, _: Facts) -> Step:
    """Right: list. Wrong: once more, or the door stays shut."""
    if event.fault:
        return _failed(state, event.fault, kind=None)
    if event.right:
        return Loading(state.token, state.claim, state.candidate), (do.LoadExams(state.token, state.candidate),)
    if event.tries_left <= 0:
        return _failed(state, FaultCode.IDENTITY_LOCKED, kind=None)
    wrong, wait = not event.early, event.wait_s
    again = replace(state, checking=False, wrong=wrong, tries_left=event.tries_left, wait_s=wait)
    return again, (do.Sound("soft-error"),)


def other_code(state: State, event: on.CodePresented, facts: Facts) -> Step:
    """Another person's slip ends this visit first; the same slip, or noise, changes nothing."""
    if event.claim is None or event.claim == claim_of(state):
        return state, ()
    _, leaving = go_home(state, facts, "interrupted")
    begun, entering = code_from_idle(state, event, facts)
    return begun, (*leaving, *entering)


# --- listing -------------------------------------------------------------------------------------------------------
def listed(state: Loading, event: on.Listed, facts: Facts) -> Step:
    """What is ready is already ticked."""
    if not event.exams:
        return _failed(state, FaultCode.NOTHING_FOUND)
    ready = frozenset(e.exam.study_uid for e in event.exams if e.printable and not facts.health.report_printer)
    return Listing(state.token, state.claim, state.candidate, event.exams, ready, mismatch=event.mismatch), ()


def pick(state: Listing, event: on.Pick, facts: Facts) -> Step:
    """Tick or untick what can be printed."""
    exam = state.exam(event.study_uid)
    if exam is None or not exam.printable or facts.health.report_printer:
        return state, ()
    return replace(state, picked=state.picked ^ {event.study_uid}), ()


def back_to_listing(state: Previewing | FilmRequest | ShowingQr, _: on.Event, __: Facts) -> Step:
    """One step back; a link once made is kept for this visit."""
    listing = state.listing
    if isinstance(state, ShowingQr) and state.link:
        listing = replace(listing, link=state.link)
    return listing, ()


def print_reports(state: Listing | Previewing, _: on.PrintReports, facts: Facts) -> Step:
    """Print what is ticked, and from the preview also what is shown."""
    listing = state if isinstance(state, Listing) else state.ticked
    reports = tuple(e for e in listing.exams if e.exam.study_uid in listing.picked)
    if not reports or facts.health.report_printer:
        return state, ()
    printing = Printing(state.token, listing)
    return printing, (do.PrintDocuments(state.token, listing.candidate, reports, link=listing.link),)


# --- film ----------------------------------------------------------------------------------------------------------
def ask_film(state: Listing, _: on.AskFilm, facts: Facts) -> Step:
    """Film is asked for; the scanned exam, or the only one, is already chosen."""
    if not may_ask_film(state, facts):
        return state, ()
    able = [e for e in state.exams if may_film(e, facts)]
    wanted = [e for e in able if e.exam.study_uid == state.candidate.exam_uid] or able[:1]
    return FilmRequest(state.token, state, frozenset(e.exam.study_uid for e in wanted)), ()


def may_ask_film(state: Listing, facts: Facts) -> bool:
    """True where there is something to film, or something filmed of which the desk can print another."""
    return any(may_film(e, facts) or e.film_printed for e in state.exams)


def may_film(exam: ListedExam, facts: Facts) -> bool:
    """Film needs images, a policy that allows it, and no hold; once printed, the desk prints it again."""
    allowed = facts.policy.film_policy(exam.exam.modality) is not FilmPolicy.NEVER
    withheld = exam.readiness in (Readiness.HELD, Readiness.OUTSIDE_WINDOW) or not exam.film_allowed
    blocked = withheld or exam.film_printed
    return exam.exam.images > 0 and allowed and not blocked


def pick_film(state: FilmRequest, event: on.PickFilm, facts: Facts) -> Step:
    """Which exams on film."""
    exam = state.listing.exam(event.study_uid)
    if exam is None or not may_film(exam, facts):
        return state, ()
    return replace(state, wanted=state.wanted ^ {event.study_uid}), ()


def choose_reason(state: FilmRequest, event: on.ChooseReason, _: Facts) -> Step:
    """What for."""
    return replace(state, reason=event.reason), ()


def film_at_desk(state: FilmRequest, facts: Facts) -> bool:
    """True where policy or the film printer sends the patient to the desk."""
    policies = [facts.policy.film_policy(e.exam.modality) for e in _films(state)]
    return FilmPolicy.DESK in policies or facts.health.film_printer is not None


def print_film(state: FilmRequest, _: on.PrintFilm, facts: Facts) -> Step:
    """By policy: printed here with the ticked reports, or handed over to the desk."""
    films = _films(state)
    if state.reason is None or not films:
        return state, ()
    listing = state.listing
    if film_at_desk(state, facts):
        desk = do.RecordFilmRequest(state.token, listing.candidate, films, state.reason, "desk")
        return _failed(state, FaultCode.FILM_AT_DESK, (desk, do.SummonHelp(state.token, "film")), kind=None)
    reports = () if facts.health.report_printer else _picked(listing)
    order = do.PrintDocuments(state.token, listing.candidate, reports, films, state.reason, listing.link)
    return Printing(state.token, listing), (order,)


def _films(state: FilmRequest) -> tuple[ListedExam, ...]:
    return tuple(e for e in state.listing.exams if e.exam.study_uid in state.wanted)


def _picked(listing: Listing) -> tuple[ListedExam, ...]:
    return tuple(e for e in listing.exams if e.exam.study_uid in listing.picked)


# --- printing ------------------------------------------------------------------------------------------------------
def preparing(state: Printing, event: on.Preparing, _: Facts) -> Step:
    """Film is being composed."""
    return replace(state, preparing=(event.ready, event.total)), ()


def print_progress(state: Printing, event: on.PrintProgress, _: Facts) -> Step:
    """Sheets come out; the count never goes back."""
    ahead = replace(
        state,
        done=max(state.done, event.done),
        total=max(state.total, event.total),
        eta_s=event.eta_s,
        waiting=event.waiting,
        kind=event.kind,
        preparing=None,
    )
    return ahead, ()


def print_settled(state: Printing, event: on.PrintSettled, _: Facts) -> Step:
    """All there, or what is missing is said."""
    fault = event.receipt.fault
    if fault is None:
        return Done(state.token, event.receipt, claim_of(state)), (do.Sound("paper-ready"),)
    resume, claim = _resume(state, fault), state.listing.claim
    failed = Failed(state.token, fault, resume, event.receipt, event.reference, claim=claim)
    return failed, (do.Sound("soft-error"), *_promised(state, fault))


def print_hangs(state: Printing, _: on.TimeUp, __: Facts) -> Step:
    """Nothing is heard of the printer for longer than any job takes: a person has to look."""
    after, effects = _failed(state, FaultCode.PRINT_UNCERTAIN)
    return after, (do.CancelWork(state.token), *effects)


# --- QR ------------------------------------------------------------------------------------------------------------
def show_qr(state: Listing | FilmRequest | Failed, _: on.ShowQr, __: Facts) -> Step:
    """On the phone instead; asked from the film screen it is recorded as such."""
    listing = listing_of(state)
    if listing is None:
        return state, ()
    noted: tuple[do.Effect, ...] = ()
    if isinstance(state, FilmRequest) and state.reason and _films(state):
        noted = (do.RecordFilmRequest(state.token, listing.candidate, _films(state), state.reason, "cloud"),)
    shown = tuple(e for e in listing.exams if may_show(e))
    if not shown:
        return state, ()
    showing = ShowingQr(state.token, listing, listing.link)
    return showing, (*noted, do.MakeLink(state.token, listing.candidate, shown, listing.link))


def may_show(exam: ListedExam) -> bool:
    """What may go to the phone: everything that is neither held nor still to be taken, with its report."""
    return exam.readiness not in (Readiness.HELD, Readiness.REGISTERED, Readiness.FILM_ONLY)


def link_made(state: ShowingQr, event: on.LinkMade, _: Facts) -> Step:
    """Show it; the upload never runs backwards."""
    done = 1.0 if event.publication is Publication.ONLINE else max(state.done, event.done)
    return replace(state, link=event.link, publication=event.publication, done=done), ()


# --- trouble -------------------------------------------------------------------------------------------------------
def _failed(
    state: State, fault: FaultCode, more: tuple[do.Effect, ...] = (), kind: EventKind | None = EventKind.VISIT_FAILED
) -> Step:
    """One audit event a failure: `kind` is None where the service that found it has recorded it already."""
    token = token_of(state)
    outcome = EventOutcome.REFUSED if kind is EventKind.IDENTITY_LOCKED else EventOutcome.FAILED
    told = (do.Record(token, kind, outcome, fault),) if kind else ()
    failed = Failed(token, fault, _resume(state, fault), claim=claim_of(state))
    return failed, (*told, *more, *_promised(state, fault), do.Sound("soft-error"))


def _promised(state: State, fault: FaultCode) -> tuple[do.Effect, ...]:
    """What is said to the patient happens: where a person is promised, one is called."""
    return (do.SummonHelp(token_of(state), fault),) if fault in PROMISE_A_PERSON else ()


def _resume(state: State, fault: FaultCode) -> Listing | None:
    return listing_of(state) if fault in RETRY_IS_SAFE else None


def work_failed(state: State, event: on.WorkFailed, _: Facts) -> Step:
    """A service could not; the patient is told what to do next."""
    after, effects = _failed(state, event.fault, kind=None)
    assert isinstance(after, Failed)  # noqa: S101 - for the type checker
    return replace(after, reference=event.reference), effects


def retry(state: Failed, _: on.Retry, facts: Facts) -> Step:
    """Back to the list with fresh facts, or to scanning."""
    if state.resume is None:
        return go_home(state, facts, "failed")
    listing = state.resume
    loading = Loading(state.token, listing.claim, listing.candidate)
    return loading, (do.LoadExams(state.token, listing.candidate),)


def to_staff(state: State, event: on.StaffGesture, facts: Facts) -> Step:
    """Staff takes over; a running visit ends first."""
    _, leaving = go_home(state, facts, "interrupted")
    token = facts.next_token
    badge = (do.LogIn(token, badge=event.badge),) if event.badge else ()
    return Staff(token), (*leaving, do.OpenVisit(token), do.WatchCalls(token), *badge)
