"""How long each state waits for the person."""

from __future__ import annotations

from kiosk.session.facts import Policy
from kiosk.session.states import (
    Done,
    Failed,
    Idle,
    OutOfService,
    Printing,
    ShowingQr,
    Staff,
    Starting,
    State,
    working,
)

WORKING_S = 300.0  # the services' own deadlines come first: this ends what hangs where nobody foresaw it
PRINTING_S = 1800.0  # a long film, a paper jam and a nurse who comes for it


def limit_of(state: State, policy: Policy, pace: float = 1.0) -> float | None:
    """Seconds without a touch before the visit ends; None where nobody is awaited. `pace`: how much longer than usual.

    While the kiosk itself works, the person's limit rests and a hard cap stands instead (matrix case 5).
    """
    if isinstance(state, Printing):
        return PRINTING_S
    if working(state):
        return WORKING_S
    if isinstance(state, Starting | Idle | OutOfService):
        return None
    # A screen that nobody gave a limit of its own has the common one: what it shows must never stand for ever.
    named = {ShowingQr: policy.qr_s, Done: policy.done_s, Failed: policy.failed_s, Staff: policy.staff_s}
    return named.get(type(state), policy.idle_s) * pace


def warns(state: State) -> bool:
    """True where "still there?" is asked before the limit: wherever somebody is awaited (WCAG 2.2, 2.2.1)."""
    return not isinstance(state, Starting | Idle | OutOfService | Printing) and not working(state)


def warning_of(limit: float, policy: Policy, pace: float = 1.0) -> float:
    """Seconds of the limit in which "still there?" stands: 20 at least, for no limit is shorter than 30."""
    return min(policy.warn_s * pace, limit * 2 / 3)
