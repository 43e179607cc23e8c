"""Staff accounts: who may do what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

BADGE_PREFIX = "STAFF:"


class Role(StrEnum):
    """Nurses act for patients, the film desk prints; technicians look after machines; auditors read what happened and
    change nothing; an administrator may do all of it."""

    NURSE = "nurse"
    FILM_DESK = "film-desk"
    ADMINISTRATOR = "administrator"
    TECHNICIAN = "technician"
    AUDITOR = "auditor"


class Right(StrEnum):
    """One thing a person may do at the desk."""

    SEARCH = "search"
    PRINT = "print"
    SETTLE = "settle"
    UNLOCK = "unlock"
    HOLD = "hold"
    PRINTERS = "printers"
    KIOSKS = "kiosks"
    LOG = "log"
    FIGURES = "figures"
    ACCOUNTS = "accounts"
    SHIFT = "shift"
    INBOX = "inbox"


NURSE_RIGHTS = frozenset(
    {
        Right.SEARCH,
        Right.PRINT,
        Right.SETTLE,
        Right.UNLOCK,
        Right.HOLD,
        Right.PRINTERS,
        Right.KIOSKS,
        Right.SHIFT,
        Right.INBOX,
    }
)
RIGHTS = {
    Role.NURSE: NURSE_RIGHTS,
    Role.FILM_DESK: frozenset({Right.SEARCH, Right.PRINT, Right.SETTLE, Right.PRINTERS, Right.SHIFT}),
    Role.TECHNICIAN: frozenset({Right.SETTLE, Right.PRINTERS, Right.KIOSKS, Right.SHIFT}),
    Role.AUDITOR: frozenset({Right.LOG, Right.FIGURES}),
    Role.ADMINISTRATOR: frozenset(Right),
}


@dataclass(frozen=True)
class StaffMember:
    """An account without its secret."""

    name: str
    role: Role
    badge: str = ""
    enabled: bool = True

    def may(self, right: Right) -> bool:
        """True where the role holds the right."""
        return self.enabled and right in RIGHTS[self.role]


@dataclass(frozen=True)
class StaffSession:
    """Somebody who logged in in a browser. `visit`: the token under which it is noted what they do."""

    name: str
    visit: str
