"""The staff's rows of the transition table."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.calls import CallState
from kiosk.domain.roles import Right
from kiosk.session import effects as do
from kiosk.session import events as on
from kiosk.session.facts import Facts
from kiosk.session.rows import Step
from kiosk.session.states import Staff

PANELS = {
    "worklist": Right.SEARCH,
    "patient": Right.SEARCH,
    "printers": Right.PRINTERS,
    "log": Right.LOG,
    "accounts": Right.ACCOUNTS,
}
ACTIONS = {
    "open": None,
    "search": Right.SEARCH,
    "select": Right.SEARCH,
    "print": Right.PRINT,
    "settle": Right.SETTLE,
    "unlock": Right.UNLOCK,
    "hold": Right.HOLD,
    "release": Right.HOLD,
    "log": Right.LOG,
    "export": Right.LOG,
    "claim-help": Right.SEARCH,
    "answer-help": Right.SEARCH,
}


def log_in(state: Staff, event: on.StaffLogin, _: Facts) -> Step:
    """Name and PIN are checked by a service, slowly and counted."""
    if state.busy or state.who:
        return state, ()
    return replace(state, busy=True, problem=""), (do.LogIn(state.token, event.name, event.pin),)


def logged_in(state: Staff, event: on.LoggedIn, _: Facts) -> Step:
    """Show the first panel the role may see."""
    if event.who is None:
        return replace(state, busy=False, problem=event.problem), (do.Sound("soft-error"),)
    opened = replace(state, who=event.who, panel="worklist", busy=True, problem="")
    return opened, (do.DeskCall(state.token, event.who, "open", {"panel": "worklist"}),)


def panel(state: Staff, event: on.StaffPanel, _: Facts) -> Step:
    """Another tab, if the role may."""
    right = PANELS.get(event.panel)
    if state.who is None or right is None or not state.who.may(right):
        return state, ()
    opened = replace(state, panel=event.panel, busy=True, problem="")
    return opened, (do.DeskCall(state.token, state.who, "open", {"panel": event.panel}),)


def act(state: Staff, event: on.StaffDo, _: Facts) -> Step:
    """Something at the desk, if the role may."""
    right = ACTIONS.get(event.action, Right.ACCOUNTS)
    if state.who is None or state.busy or (right and not state.who.may(right)):
        return state, ()
    panel = "patient" if event.action == "select" else state.panel
    call = do.DeskCall(state.token, state.who, event.action, event.params)
    return replace(state, busy=True, problem="", panel=panel), (call,)


def answered(state: Staff, event: on.DeskAnswer, _: Facts) -> Step:
    """Merge what the service found into what the panels show."""
    return replace(state, busy=False, problem=event.problem, data={**state.data, **event.data}), ()


def calls_known(state: Staff, event: on.CallsKnown, _: Facts) -> Step:
    """Who calls, whatever panel is open; a new one is heard."""
    known = {call.visit for call in state.data.get("calls", ())}
    rings = any(call.state is CallState.WAITING and call.visit not in known for call in event.calls)
    shown = replace(state, data={**state.data, "calls": event.calls})
    return shown, (do.Sound("help-call"),) if rings else ()


def desk_failed(state: Staff, event: on.WorkFailed, _: Facts) -> Step:
    """Staff stay where they are and read why."""
    return replace(state, busy=False, problem=event.fault), ()
