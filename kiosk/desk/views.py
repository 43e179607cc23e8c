"""The desk's views: which there are, what opening one does, and for whom."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.domain.desk import DeskAction, allowed
from kiosk.domain.roles import StaffMember

# By the name that stands in `data-view` and in the address; in the order of the tabs.
VIEWS: Mapping[str, DeskAction] = {
    "today": DeskAction.TODAY,
    "calls": DeskAction.CALLS,
    "film": DeskAction.FILM,
    "batch": DeskAction.BATCH,
    "inbox": DeskAction.INBOX,
    "devices": DeskAction.DEVICES,
    "figures": DeskAction.FIGURES,
    "log": DeskAction.LOG,
    "shift": DeskAction.SHIFT,
    "accounts": DeskAction.ACCOUNTS,
}


def views_of(who: StaffMember) -> tuple[str, ...]:
    """What this person may open."""
    return tuple(view for view, action in VIEWS.items() if allowed(who, action))
