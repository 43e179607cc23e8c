"""The rows of what is asked beside the proof: for whom somebody collects, and whether a message is wanted."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.exam import NOT_YET, ListedExam
from kiosk.domain.person.identity import Question
from kiosk.domain.trail import EventKind
from kiosk.session import effects as do
from kiosk.session import events as on
from kiosk.session.facts import Facts
from kiosk.session.rows import Step
from kiosk.session.states import AskingNotice, Listing, Loading, Relating


def tell_relation(state: Relating, event: on.TellRelation, _: Facts) -> Step:
    """Noted with the patient's pseudonym; nothing of whoever stands there but this one word."""
    noted = (("relation", str(event.relation)),)
    told = do.Record(state.token, EventKind.COLLECTED_BY, subject=state.candidate.subject, noted=noted)
    return Loading(state.token, state.claim, state.candidate), (told, do.LoadExams(state.token, state.candidate))


def awaited(listing: Listing) -> tuple[ListedExam, ...]:
    """The exams whose report is still to come."""
    return tuple(e for e in listing.exams if e.readiness in NOT_YET)


def may_notice(listing: Listing, facts: Facts) -> bool:
    """A message is offered where somebody sends it, the telephone is known, and something is still to come."""
    person = listing.candidate.facts
    reachable = person is not None and person.expected(Question.PHONE_LAST_FOUR) != ""
    return facts.policy.notices and reachable and not listing.noticed and bool(awaited(listing))


def ask_notice(state: Listing, _: on.AskNotice, facts: Facts) -> Step:
    """What will be sent is said before anything is kept."""
    return (AskingNotice(state.token, state) if may_notice(state, facts) else state), ()


def agree_notice(state: AskingNotice, _: on.AgreeNotice, __: Facts) -> Step:
    """Consent: the exams are noted, once each; the telephone is not."""
    listing = state.listing
    wanted = do.KeepNotice(state.token, listing.candidate, awaited(listing))
    return replace(listing, noticed=True), (wanted, do.Sound("good-read"))
