"""Who acts at a desk, and how it is noted what they did to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kiosk.domain.reasons import OverrideReason
from kiosk.domain.roles import StaffMember
from kiosk.domain.trail import EventKind
from kiosk.ports.ledger import Ledger
from kiosk.services.audit import Audit
from kiosk.services.machine.lanes import Cancelled


@dataclass(frozen=True)
class DeskUser:
    """Who acts. `session` is the token under which it is noted; `cancelled` turns true when nobody waits any more.
    `second`: a colleague who has proved who they are and confirms what takes two."""

    who: StaffMember
    session: str
    cancelled: Cancelled
    second: StaffMember | None = None

    @property
    def name(self) -> str:
        """As it stands in the trail."""
        return self.who.name


class DeskTrail:
    """Writes down what staff did: in the trail, and with a reason among the overrides that the reports count."""

    def __init__(self, ledger: Ledger, audit: Audit) -> None:
        self._ledger = ledger
        self._audit = audit

    def override(self, user: DeskUser, subject: str, reason: OverrideReason, what: str) -> None:
        """A rule was lifted for this person (`subject`: their pseudonym), and why."""
        self._ledger.override(user.session, user.name, reason, what, subject)
        self.note(user, subject, reason=reason, what=what)

    def note(self, user: DeskUser, subject: str, **told: Any) -> None:
        """In the trail: what this person did to whom."""
        self._audit.record(EventKind.STAFF_OVERRIDE, visit=user.session, subject=subject, actor=user.name, **told)
