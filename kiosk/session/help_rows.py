"""The rows of a call for help."""

from __future__ import annotations

from kiosk.session import effects as do
from kiosk.session import events as on
from kiosk.session.facts import Facts
from kiosk.session.rows import Step, accept_code
from kiosk.session.states import Helping, Idle, OutOfService, Scanning, State, token_of


def call_help(state: State, _: on.CallHelp, __: Facts) -> Step:
    """Tell the desk; the visit goes on."""
    return state, (do.SummonHelp(token_of(state), type(state).__name__.lower()),)


def call_help_first(state: Idle | OutOfService, _: on.CallHelp, facts: Facts) -> Step:
    """A person is wanted before anything else: a visit of its own, so that the call ends when they go."""
    token = facts.next_token
    return Helping(token), (do.OpenVisit(token), do.SummonHelp(token, type(state).__name__.lower()))


def go_on(state: Helping, event: on.CodePresented | on.TypeNumber, facts: Facts) -> Step:
    """They begin while they wait: the same visit, and their call stands; on a closed kiosk nothing can be begun."""
    if facts.health.closed:
        return state, ()
    scanning = Scanning(state.token, typing=isinstance(event, on.TypeNumber))
    return accept_code(scanning, event) if isinstance(event, on.CodePresented) else (scanning, ())
