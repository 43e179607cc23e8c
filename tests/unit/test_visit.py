"""The visit's state machine: which pairs have rows, and the rules that hold everywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kiosk.config import ScreenSettings
from kiosk.domain.desk import request
from kiosk.domain.exam import Exam, ListedExam, Readiness, Report, ReportKind, ReportStatus, SeriesInfo
from kiosk.domain.faults import FaultCode
from kiosk.domain.health import Health
from kiosk.domain.person.codes import Claim, ClaimKind
from kiosk.domain.person.identity import IdentityFacts, Question
from kiosk.domain.reasons import FilmPolicy, FilmReason
from kiosk.domain.roles import Role, StaffMember
from kiosk.domain.visit import Candidate, Receipt, TaskResult
from kiosk.session import effects as do
from kiosk.session import events as on
from kiosk.session import states as at
from kiosk.session.facts import Facts, Policy
from kiosk.session.limits import limit_of, warning_of, warns
from kiosk.session.table import TABLE, step

MATRIX = {
    "Starting": ("HealthKnown"),
    "OutOfService": ("CallHelp HealthKnown StaffGesture"),
    "Idle": ("Begin CallHelp CodePresented HealthKnown StaffGesture TypeNumber"),
    "Helping": ("CodePresented Finish StaffGesture TimeUp TypeNumber"),
    "Scanning": ("Back CallHelp Claimed CodePresented Finish HintSeen StaffGesture TimeUp TypeNumber WorkFailed"),
    "Verifying": ("Answer AskOther Back CallHelp CodePresented Finish StaffGesture TimeUp Verdict WorkFailed"),
    "Relating": ("CallHelp CodePresented Finish StaffGesture TellRelation TimeUp WorkFailed"),
    "AskingNotice": (
        "AgreeNotice Back CallHelp CodePresented Finish PagesCounted StaffGesture TimeUp WorkFailed"
    ),
    "Loading": ("CallHelp CodePresented Finish Listed StaffGesture TimeUp WorkFailed"),
    "Listing": (
        "AskFilm AskNotice CallHelp CodePresented Finish PagesCounted Pick Preview PrintReports ShowQr StaffGesture "
        "TimeUp WorkFailed"
    ),
    "Previewing": (
        "Back CallHelp CodePresented Finish PagesCounted PagesReady PrintReports StaffGesture TimeUp TurnPage "
        "WorkFailed"
    ),
    "FilmRequest": (
        "Back CallHelp ChooseReason CodePresented Finish PagesCounted PickFilm PrintFilm ShowQr StaffGesture TimeUp "
        "WorkFailed"
    ),
    "Printing": ("CallHelp Preparing PrintProgress PrintSettled TimeUp WorkFailed"),
    "ShowingQr": ("Back CallHelp CodePresented Finish LinkMade PagesCounted StaffGesture TimeUp WorkFailed"),
    "Failed": ("CallHelp CodePresented Finish Retry ShowQr StaffGesture TimeUp"),
    "Done": ("CodePresented Finish StaffGesture TimeUp Touch"),
    "Staff": ("CallsKnown DeskAnswer Finish LoggedIn StaffDo StaffLogin StaffPanel TimeUp WorkFailed"),
}
FACTS = Facts(next_token="new")
CLAIM = Claim(ClaimKind.ACCESSION, "A1")
OTHER = Claim(ClaimKind.ACCESSION, "A2")
WANG = IdentityFacts("P1", "王秀英", "11010519491231002X", telephone="13812345678")
CANDIDATE = Candidate("s", WANG, "1.2")
REPORT = Report("1.2", "1.2.9", "1.2.9.1", ReportKind.PDF, ReportStatus.FINAL, 1)
EXAM = Exam("1.2", "A1", WANG, "CT", "CHEST", "", datetime(2026, 11, 20, tzinfo=UTC),
            (SeriesInfo("1.2.3", "CT", "", 1, 30),), (REPORT,))  # fmt: skip
READY = ListedExam(EXAM, Readiness.READY, (REPORT,))
PRINTED = ListedExam(replace(EXAM, study_uid="1.3"), Readiness.PRINTED)
LISTING = at.Listing("t", CLAIM, CANDIDATE, (READY, PRINTED), frozenset({"1.2"}))
VERIFYING = at.Verifying("t", CLAIM, CANDIDATE, (Question.ID_LAST_SIX, Question.BIRTH_DATE), Question.ID_LAST_SIX, 5)
FILM = at.FilmRequest("t", LISTING, frozenset({"1.2"}), FilmReason.SURGERY)
VISIT = [
    at.Scanning("t"), VERIFYING, at.Relating("t", CLAIM, CANDIDATE), at.Loading("t", CLAIM, CANDIDATE), LISTING,
    at.AskingNotice("t", LISTING), at.Previewing("t", LISTING, "1.2"), FILM,
    at.ShowingQr("t", LISTING), at.Failed("t", FaultCode.INTERNAL, LISTING),
]  # fmt: skip


def kinds(effects: tuple[do.Effect, ...]) -> list[type]:
    return [type(e) for e in effects]


def test_the_matrix_of_rows_is_as_designed() -> None:
    found: dict[str, set[str]] = {}
    for state, event in TABLE:
        found.setdefault(state.__name__, set()).add(event.__name__)
    assert found == {state: set(events.split()) for state, events in MATRIX.items()}


@pytest.mark.parametrize("state", [*VISIT, at.Helping("t")], ids=lambda s: type(s).__name__)
def test_every_visit_state_can_be_left_and_wipes(state: at.State) -> None:
    for event in (on.Finish(), on.TimeUp("t")):
        if isinstance(event, on.TimeUp) and at.working(state):
            state = step(state, event, FACTS).state  # a service that hangs: the person is told first
        done = step(state, event, FACTS)
        assert done.state == at.Idle()
        assert kinds(done.effects) == [do.CancelWork, do.Wipe]


@pytest.mark.parametrize(
    "state",
    [at.Scanning("t", looking=True, claim=CLAIM), replace(VERIFYING, checking=True), at.Loading("t", CLAIM, CANDIDATE)],
    ids=["looking", "checking", "loading"],
)
def test_a_service_that_hangs_is_told_and_called_off(state: at.State) -> None:
    done = step(state, on.TimeUp("t"), FACTS)
    assert isinstance(done.state, at.Failed) and done.state.fault is FaultCode.ARCHIVE_TIMEOUT
    assert kinds(done.effects) == [do.CancelWork, do.Record, do.Sound]
    assert step(done.state, on.TimeUp("t"), FACTS).state == at.Idle()


def test_case_30_a_printer_that_is_never_heard_of_again_is_a_persons_matter() -> None:
    done = step(at.Printing("t", LISTING), on.TimeUp("t"), FACTS)
    assert isinstance(done.state, at.Failed) and done.state.fault is FaultCode.PRINT_UNCERTAIN
    assert do.SummonHelp in kinds(done.effects) and done.state.resume is None


def test_an_answer_that_came_too_early_is_not_called_wrong() -> None:
    checking = replace(VERIFYING, checking=True)
    after = step(checking, on.Verdict("t", False, 3, 2.5, early=True), FACTS).state
    assert isinstance(after, at.Verifying) and not after.wrong and (after.tries_left, after.wait_s) == (3, 2.5)


def test_a_failure_is_recorded_once() -> None:
    """What a service reports it has recorded itself; what the visit finds out is recorded by the visit."""
    served = step(at.Loading("t", CLAIM, CANDIDATE), on.WorkFailed("t", FaultCode.ARCHIVE_ERROR), FACTS)
    assert do.Record not in kinds(served.effects)
    locked = step(replace(VERIFYING, checking=True), on.Verdict("t", False, 0), FACTS)
    assert do.Record not in kinds(locked.effects)
    empty = step(at.Loading("t", CLAIM, CANDIDATE), on.Listed("t", ()), FACTS)
    assert kinds(empty.effects).count(do.Record) == 1


def test_the_locked_persons_slip_does_not_begin_again_by_lying_there() -> None:
    locked = step(replace(VERIFYING, checking=True), on.Verdict("t", False, 0), FACTS).state
    assert step(locked, on.CodePresented(CLAIM), FACTS).state == locked
    assert isinstance(step(locked, on.CodePresented(OTHER), FACTS).state, at.Scanning)


def test_idle_holds_nothing() -> None:
    assert vars(at.Idle()) == {}


def test_stale_events_are_dropped() -> None:
    late = on.Listed("gone", (READY,))
    assert step(at.Loading("t", CLAIM, CANDIDATE), late, FACTS).ignored == "stale"


def test_no_row_is_ignored() -> None:
    assert step(at.Idle(), on.PrintReports(), FACTS).ignored == "no row"


def test_an_unknown_code_asks_nobody() -> None:
    done = step(at.Scanning("t"), on.CodePresented(None), FACTS)
    assert isinstance(done.state, at.Scanning) and done.state.problem is FaultCode.CODE_UNKNOWN
    assert do.LookUp not in kinds(done.effects)


@pytest.mark.parametrize("state", VISIT[1:], ids=lambda s: type(s).__name__)
def test_a_second_persons_code_ends_the_visit_first(state: at.State) -> None:
    done = step(state, on.CodePresented(OTHER), FACTS)
    assert done.state == at.Scanning("new", looking=True, claim=OTHER)
    assert kinds(done.effects)[:3] == [do.CancelWork, do.Wipe, do.OpenVisit]


@pytest.mark.parametrize("state", VISIT[1:], ids=lambda s: type(s).__name__)
def test_the_same_slip_under_the_camera_changes_nothing(state: at.State) -> None:
    assert step(state, on.CodePresented(CLAIM), FACTS).state == state
    assert step(state, on.CodePresented(None), FACTS).state == state


def test_a_code_is_not_taken_while_sheets_come_out() -> None:
    assert step(at.Printing("t", LISTING), on.CodePresented(OTHER), FACTS).ignored == "no row"


def test_wrong_answers_count_down_to_a_locked_door() -> None:
    checking = replace(VERIFYING, checking=True)
    again = step(checking, on.Verdict("t", False, 1), FACTS).state
    assert isinstance(again, at.Verifying) and again.wrong and again.tries_left == 1
    locked = step(checking, on.Verdict("t", False, 0), FACTS).state
    assert isinstance(locked, at.Failed) and locked.fault is FaultCode.IDENTITY_LOCKED and locked.resume is None


def test_case_35_one_answer_and_one_print_at_a_time() -> None:
    first = step(VERIFYING, on.Answer("31002X"), FACTS)
    assert kinds(first.effects) == [do.Verify]
    assert step(first.state, on.Answer("31002X"), FACTS).effects == ()
    printing = step(LISTING, on.PrintReports(), FACTS)
    assert kinds(printing.effects) == [do.PrintDocuments]
    assert step(printing.state, on.PrintReports(), FACTS).ignored == "no row"


def test_a_locked_patient_is_told_before_being_asked() -> None:
    looking = at.Scanning("t", looking=True, claim=CLAIM)
    done = step(looking, on.Claimed("t", CANDIDATE, VERIFYING.questions, 0), FACTS).state
    assert isinstance(done, at.Failed) and done.fault is FaultCode.IDENTITY_LOCKED


def test_only_what_can_be_printed_can_be_ticked() -> None:
    assert step(LISTING, on.Pick("1.3"), FACTS).state == LISTING
    unticked = step(LISTING, on.Pick("1.2"), FACTS).state
    assert isinstance(unticked, at.Listing) and not unticked.picked
    assert step(unticked, on.PrintReports(), FACTS).effects == ()


def test_case_24_without_a_printer_the_phone_remains() -> None:
    facts = Facts(Health(report_printer=FaultCode.PRINTER_OFFLINE), next_token="new")
    loading = at.Loading("t", CLAIM, CANDIDATE)
    listing = step(loading, on.Listed("t", (READY,)), facts).state
    assert isinstance(listing, at.Listing) and not listing.picked
    assert step(listing, on.PrintReports(), facts).effects == ()
    assert isinstance(step(listing, on.ShowQr(), facts).state, at.ShowingQr)


@pytest.mark.parametrize(
    ("policy", "health", "at_desk"),
    [
        (Policy(), Health(), False),
        (Policy(film=FilmPolicy.DESK), Health(), True),
        (Policy(film_by_modality={"CT": FilmPolicy.DESK}), Health(), True),
        (Policy(), Health(film_printer=FaultCode.MEDIA_EMPTY), True),
    ],
)
def test_film_by_policy(policy: Policy, health: Health, at_desk: bool) -> None:
    done = step(FILM, on.PrintFilm(), Facts(health, policy, "new"))
    assert isinstance(done.state, at.Failed if at_desk else at.Printing)
    assert (do.RecordFilmRequest in kinds(done.effects)) is at_desk
    assert (do.PrintDocuments in kinds(done.effects)) is not at_desk


def test_film_needs_a_reason() -> None:
    assert step(replace(FILM, reason=None), on.PrintFilm(), FACTS).effects == ()


def test_film_with_reason_takes_the_ticked_reports_along() -> None:
    order = step(FILM, on.PrintFilm(), FACTS).effects[0]
    assert isinstance(order, do.PrintDocuments)
    assert (order.reports, order.films, order.reason) == ((READY,), (READY,), FilmReason.SURGERY)


def test_progress_never_goes_back() -> None:
    state: at.State = at.Printing("t", LISTING)
    for done, total in ((0, 1), (1, 1), (1, 3), (0, 2)):
        state = step(state, on.PrintProgress("t", done, total, 1.0, "report"), FACTS).state
    assert isinstance(state, at.Printing) and (state.done, state.total) == (1, 3)


def test_an_uncertain_print_cannot_be_tried_again() -> None:
    task = TaskResult("d", "report", "q", "1", 2, 1, "S", FaultCode.PRINT_UNCERTAIN)
    done = step(at.Printing("t", LISTING), on.PrintSettled("t", Receipt((task,)), "S"), FACTS)
    assert isinstance(done.state, at.Failed) and done.state.resume is None
    assert do.SummonHelp in kinds(done.effects)
    assert step(done.state, on.Retry(), FACTS).state == at.Idle()


def test_a_slip_left_under_the_camera_does_not_chase_the_farewell_away() -> None:
    settled = on.PrintSettled("t", Receipt())
    done = step(at.Printing("t", LISTING), settled, FACTS).state
    assert isinstance(done, at.Done)
    assert step(done, on.CodePresented(CLAIM), FACTS).state == done
    assert isinstance(step(done, on.CodePresented(OTHER), FACTS).state, at.Scanning)


def test_missing_pages_can_be_fetched_with_fresh_facts() -> None:
    task = TaskResult("d", "report", "q", "1", 2, 1, "S", FaultCode.PRINT_INCOMPLETE)
    failed = step(at.Printing("t", LISTING), on.PrintSettled("t", Receipt((task,))), FACTS).state
    again = step(failed, on.Retry(), FACTS)
    assert isinstance(again.state, at.Loading) and kinds(again.effects) == [do.LoadExams]


def test_a_link_is_made_once_a_visit() -> None:
    showing = step(LISTING, on.ShowQr(), FACTS)
    assert isinstance(showing.effects[0], do.MakeLink) and showing.effects[0].link is None
    link = at.PatientLink("https://x/#t", "d", "id-last-six")
    made = step(showing.state, on.LinkMade("t", link, at.Publication.QUEUED, 0.0), FACTS).state
    back = step(made, on.Back(), FACTS).state
    assert isinstance(back, at.Listing) and back.link == link
    again = step(back, on.ShowQr(), FACTS)
    assert isinstance(again.effects[0], do.MakeLink) and again.effects[0].link == link


def test_a_closed_kiosk_does_not_disturb_a_running_visit() -> None:
    down = on.HealthKnown(Health(archive=FaultCode.ARCHIVE_UNREACHABLE))
    assert step(LISTING, down, FACTS).ignored == "no row"
    facts = Facts(down.health, next_token="new")
    assert step(LISTING, on.Finish(), facts).state == at.OutOfService((FaultCode.ARCHIVE_UNREACHABLE,))
    assert step(at.Idle(), down, facts).state == at.OutOfService((FaultCode.ARCHIVE_UNREACHABLE,))


def test_staff_rights() -> None:
    nurse = at.Staff("t", StaffMember("n", Role.NURSE), "worklist")
    assert step(nurse, on.StaffPanel("log"), FACTS).effects == ()
    assert step(nurse, on.StaffDo(request("log", {})), FACTS).effects == ()
    assert kinds(step(nurse, on.StaffDo(request("search", {"query": "A1"})), FACTS).effects) == [do.DeskCall]
    assert step(at.Staff("t"), on.StaffDo(request("search", {})), FACTS).effects == ()
    administrator = at.Staff("t", StaffMember("a", Role.ADMINISTRATOR), "worklist")
    assert kinds(step(administrator, on.StaffPanel("log"), FACTS).effects) == [do.DeskCall]


def test_the_staff_gesture_ends_a_running_visit() -> None:
    done = step(LISTING, on.StaffGesture(), FACTS)
    assert done.state == at.Staff("new")
    assert kinds(done.effects)[:2] == [do.CancelWork, do.Wipe]


AWAITED = [*(s for s in VISIT if not isinstance(s, at.Loading)), at.Done("t", Receipt()), at.Staff("t")]


@pytest.mark.parametrize("state", AWAITED, ids=lambda s: type(s).__name__)
def test_case_12c_whoever_is_awaited_is_asked_for_twenty_seconds_before_the_end(state: at.State) -> None:
    for section in (ScreenSettings(), ScreenSettings(idle_s=30, qr_s=30, done_s=30, failed_s=30, staff_s=30)):
        policy = Policy(idle_s=section.idle_s, warn_s=section.warn_s, qr_s=section.qr_s, done_s=section.done_s,
                        failed_s=section.failed_s, staff_s=section.staff_s)  # fmt: skip
        limit = limit_of(state, policy)
        assert limit is not None and warns(state)
        assert 20 <= warning_of(limit, policy) < limit
