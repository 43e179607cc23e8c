"""The staff's rows of the transition table. What may be done is said by `kiosk.domain.desk`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kiosk.domain.calls import CallState
from kiosk.domain.desk import DeskAction, DeskRequest, LogAsked, NothingAsked, allowed
from kiosk.session import effects as do
from kiosk.session import events as on
from kiosk.session.facts import Facts
from kiosk.session.rows import Step
from kiosk.session.states import Staff

# The panels with a tab, and what opening one does.
PANELS: Mapping[str, DeskRequest] = {
    "worklist": DeskRequest(DeskAction.CALLS, NothingAsked()),
    "printers": DeskRequest(DeskAction.PRINTERS, NothingAsked()),
    "log": DeskRequest(DeskAction.LOG, LogAsked()),
    "accounts": DeskRequest(DeskAction.ACCOUNTS, NothingAsked()),
}
LEADS_TO = {DeskAction.SELECT: "patient"}


def log_in(state: Staff, event: on.StaffLogin, _: Facts) -> Step:
    """Name and PIN are checked by a service, slowly and counted; half of them is not worth a try."""
    if state.busy or state.who:
        return state, ()
    if not event.name or not event.pin:
        return replace(state, problem="login-sub"), ()
    return replace(state, busy=True, problem=""), (do.LogIn(state.token, event.name, event.pin),)


def logged_in(state: Staff, event: on.LoggedIn, facts: Facts) -> Step:
    """Show the first panel the role may see."""
    if event.who is None:
        return replace(state, busy=False, problem=event.problem), (do.Sound("soft-error"),)
    inside = replace(state, who=event.who, busy=False, problem="")
    first = next((name for name, opens in PANELS.items() if allowed(event.who, opens.action)), "login")
    return panel(inside, on.StaffPanel(first), facts)


def panel(state: Staff, event: on.StaffPanel, _: Facts) -> Step:
    """Another tab, if the role may."""
    opens = PANELS.get(event.panel)
    if state.who is None or opens is None or not allowed(state.who, opens.action):
        return state, ()
    opened = replace(state, panel=event.panel, busy=True, problem="")
    return opened, (do.DeskCall(state.token, state.who, opens),)


def act(state: Staff, event: on.StaffDo, _: Facts) -> Step:
    """Something at the desk, if the role may."""
    if state.who is None or state.busy or not allowed(state.who, event.request.action):
        return state, ()
    shown = LEADS_TO.get(event.request.action, state.panel)
    call = do.DeskCall(state.token, state.who, event.request)
    return replace(state, busy=True, problem="", panel=shown), (call,)


def answered(state: Staff, event: on.DeskAnswer, _: Facts) -> Step:
    """Merge what the service found into what the panels show."""
    data = {**state.data, **event.shown.values()}
    return replace(state, busy=False, problem=event.shown.problem, data=data), ()


def calls_known(state: Staff, event: on.CallsKnown, _: Facts) -> Step:
    """Who calls, whatever panel is open; a new one is heard."""
    known = {call.visit for call in state.data.get("calls", ())}
    rings = any(call.state is CallState.WAITING and call.visit not in known for call in event.calls)
    shown = replace(state, data={**state.data, "calls": event.calls})
    return shown, (do.Sound("help-call"),) if rings else ()


def desk_failed(state: Staff, event: on.WorkFailed, _: Facts) -> Step:
    """Staff stay where they are and read why."""
    return replace(state, busy=False, problem=event.fault), ()
