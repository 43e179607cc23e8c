"""The transition table: which event means something in which state. A pair without a row is ignored and counted."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.session import asking_rows, help_rows, preview_rows, rows
from kiosk.session import desk_rows as desk
from kiosk.session import effects as do
from kiosk.session import events as on
from kiosk.session.facts import Facts
from kiosk.session.states import (
    AskingNotice,
    Done,
    Failed,
    FilmRequest,
    Helping,
    Idle,
    Listing,
    Loading,
    OutOfService,
    Previewing,
    Printing,
    Relating,
    Scanning,
    ShowingQr,
    Staff,
    Starting,
    State,
    Verifying,
    token_of,
)

VISIT = (Scanning, Verifying, Relating, Loading, Listing, Previewing, FilmRequest, AskingNotice, ShowingQr, Failed)
LISTED = (Listing, Previewing, FilmRequest, ShowingQr, AskingNotice)
TABLE: dict[tuple[type, type], rows.Row] = {
    (Starting, on.HealthKnown): rows.health_known,
    (OutOfService, on.HealthKnown): rows.health_known,
    (Idle, on.HealthKnown): rows.health_known,
    (Idle, on.Begin): rows.begin,
    (Idle, on.TypeNumber): rows.begin,
    (Idle, on.CodePresented): rows.code_from_idle,
    (Idle, on.CallHelp): help_rows.call_help_first,
    (OutOfService, on.CallHelp): help_rows.call_help_first,
    (Helping, on.CodePresented): help_rows.go_on,
    (Helping, on.TypeNumber): help_rows.go_on,
    (Helping, on.Finish): rows.finish,
    (Helping, on.TimeUp): rows.time_up,
    (Helping, on.StaffGesture): rows.to_staff,
    (Scanning, on.CodePresented): rows.code_while_scanning,
    (Scanning, on.TypeNumber): rows.type_number,
    (Scanning, on.HintSeen): rows.hint_seen,
    (Scanning, on.Claimed): rows.claimed,
    (Scanning, on.Back): rows.finish,
    (Verifying, on.Answer): rows.answer,
    (Verifying, on.AskOther): rows.ask_other,
    (Verifying, on.Verdict): rows.verdict,
    (Verifying, on.Back): rows.finish,
    (Relating, on.TellRelation): asking_rows.tell_relation,
    (Listing, on.AskNotice): asking_rows.ask_notice,
    (AskingNotice, on.AgreeNotice): asking_rows.agree_notice,
    (AskingNotice, on.Back): rows.back_to_listing,
    (Loading, on.Listed): rows.listed,
    (Listing, on.Pick): rows.pick,
    (Listing, on.Preview): preview_rows.preview,
    (Listing, on.PrintReports): rows.print_reports,
    (Listing, on.AskFilm): rows.ask_film,
    (Listing, on.ShowQr): rows.show_qr,
    (Previewing, on.PagesReady): preview_rows.pages_ready,
    (Previewing, on.TurnPage): preview_rows.turn_page,
    (Previewing, on.PrintReports): rows.print_reports,
    (Previewing, on.Back): rows.back_to_listing,
    (FilmRequest, on.PickFilm): rows.pick_film,
    (FilmRequest, on.ChooseReason): rows.choose_reason,
    (FilmRequest, on.PrintFilm): rows.print_film,
    (FilmRequest, on.ShowQr): rows.show_qr,
    (FilmRequest, on.Back): rows.back_to_listing,
    (Printing, on.Preparing): rows.preparing,
    (Printing, on.PrintProgress): rows.print_progress,
    (Printing, on.PrintSettled): rows.print_settled,
    (Printing, on.WorkFailed): rows.work_failed,
    (Printing, on.TimeUp): rows.print_hangs,
    (Printing, on.CallHelp): help_rows.call_help,
    (ShowingQr, on.LinkMade): rows.link_made,
    (ShowingQr, on.Back): rows.back_to_listing,
    (Failed, on.Retry): rows.retry,
    (Failed, on.ShowQr): rows.show_qr,
    (Done, on.Finish): rows.finish,
    (Done, on.Touch): rows.finish,
    (Done, on.TimeUp): rows.time_up,
    (Done, on.CodePresented): rows.other_code,
    (Staff, on.StaffLogin): desk.log_in,
    (Staff, on.LoggedIn): desk.logged_in,
    (Staff, on.StaffPanel): desk.panel,
    (Staff, on.StaffDo): desk.act,
    (Staff, on.DeskAnswer): desk.answered,
    (Staff, on.CallsKnown): desk.calls_known,
    (Staff, on.WorkFailed): desk.desk_failed,
    (Staff, on.Finish): rows.finish,
    (Staff, on.TimeUp): rows.time_up,
    **{(s, on.PagesCounted): preview_rows.pages_counted for s in LISTED},
    **{(state, on.Finish): rows.finish for state in VISIT},
    **{(state, on.TimeUp): rows.time_up for state in VISIT},
    **{(state, on.WorkFailed): rows.work_failed for state in VISIT if state is not Failed},
    **{(state, on.CallHelp): help_rows.call_help for state in VISIT},
    **{(state, on.CodePresented): rows.other_code for state in VISIT if state is not Scanning},
    **{(state, on.StaffGesture): rows.to_staff for state in (*VISIT, Idle, OutOfService, Done)},
}


@dataclass(frozen=True)
class Transition:
    """What a step led to; `ignored` says why nothing happened (stale, or no row)."""

    state: State
    effects: tuple[do.Effect, ...] = ()
    ignored: str = ""


def step(state: State, event: on.Event, facts: Facts) -> Transition:
    """One step of the visit. Pure."""
    token = getattr(event, "token", None)
    if token is not None and token != token_of(state):
        return Transition(state, ignored="stale")
    row = TABLE.get((type(state), type(event)))
    if row is None:
        return Transition(state, ignored="no row")
    after, effects = row(state, event, facts)
    return Transition(after, effects)
