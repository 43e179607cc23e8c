"""Staff's way in: name and PIN, or a badge; counted, and shut for five minutes after five wrong ones."""

from __future__ import annotations

from kiosk.domain.person.tries import TryLimits
from kiosk.domain.roles import StaffMember
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.ports.ledger import Ledger
from kiosk.services.audit import Audit
from kiosk.services.desk.accounts import NOBODYS, matches
from kiosk.services.identity.pseudonyms import Pseudonyms

STAFF_LIMITS = TryLimits(per_visit=1000, per_subject=5, subject_hours=5 / 60, per_kiosk=20, kiosk_hours=5 / 60)


def subject_of(actor: str) -> str:
    """Under which wrong PINs of an account are counted."""
    return f"staff {actor}"[:64]


class StaffDoor:
    """Lets staff in, for one kiosk or staff station. Runs on an io lane."""

    def __init__(self, ledger: Ledger, pseudonyms: Pseudonyms, audit: Audit, kiosk: str) -> None:
        self._ledger = ledger
        self._pseudonyms = pseudonyms
        self._audit = audit
        self._kiosk = kiosk

    def log_in(self, visit: str, name: str, pin: str, badge: str) -> tuple[StaffMember | None, str]:
        """The account behind name and PIN, or behind a badge; None and why not."""
        members = {m.name: m for m in self._ledger.staff() if m.enabled}
        member = members.get(name)
        if badge:
            member = next((m for m in members.values() if m.badge == badge), None)
        # What nobody bears as a name may be anything, an ID number too: only its pseudonym is kept.
        actor = member.name if member else self._pseudonyms.stranger(badge or name)
        subject, kiosk = subject_of(actor), f"staff {self._kiosk}"
        if self._ledger.begin_try(f"staff {visit}", subject, kiosk, STAFF_LIMITS) is None:
            self._audit.record(EventKind.STAFF_LOGIN, EventOutcome.REFUSED, visit=visit, actor=actor, locked=True)
            return None, "locked"
        secret = self._ledger.staff_secret(member.name) if member else ""
        right = matches(secret or NOBODYS, pin)  # as slow for a name that nobody bears
        if member is None or not (badge or (secret and right)):
            self._audit.record(EventKind.STAFF_LOGIN, EventOutcome.REFUSED, visit=visit, actor=actor)
            return None, "wrong"
        self._ledger.forgive(visit, subject)
        self._audit.record(EventKind.STAFF_LOGIN, visit=visit, actor=member.name)
        return member, ""
