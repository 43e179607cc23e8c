"""What the view of items that nobody could match shows; what it asks is in `kiosk.domain.waiting.inbox`."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.desk_work.panel import PanelShown
from kiosk.domain.waiting.inbox import CandidateSeen, Decision, ItemSeen


@dataclass(frozen=True)
class InboxShown(PanelShown):
    """Items that belong to no exam yet, newest first, and what was said of others and can still be taken back.

    `opened`: the item that was asked for, with the exams it may belong to. Problems: inbox-none, inbox-gone,
    inbox-identifiers, inbox-contradicts, inbox-handed-out.
    """

    items: tuple[ItemSeen, ...]
    decided: tuple[tuple[Decision, ItemSeen], ...] = ()
    opened: ItemSeen | None = None
    candidates: tuple[CandidateSeen, ...] = ()
