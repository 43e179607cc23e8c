"""Staff accounts in the browser: make, change, close, unlock. An administrator is always left."""

from __future__ import annotations

import re

from kiosk.domain.desk import NothingAsked
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.panels.accounts import AccountAsked, AccountsShown, NewAccountAsked, RoleAsked, SecretAsked
from kiosk.domain.roles import BADGE_PREFIX, Role, StaffMember
from kiosk.domain.trail import EventKind
from kiosk.ports.ledger import Ledger
from kiosk.services.audit import Audit
from kiosk.services.desk.accounts import hashed
from kiosk.services.desk.staff_door import STAFF_LIMITS, subject_of
from kiosk.services.desk.user import DeskUser

NAME = re.compile(r"\w[\w .·'-]{0,39}")
BADGE = re.compile(r"[!-~]{4,64}")


def badge_of(number: str) -> str:
    """What is kept of a badge's number as a reader types it; nothing for nothing."""
    number = number.strip()
    return number if not number or number.startswith(BADGE_PREFIX) else BADGE_PREFIX + number


class AccountDesk:
    """Shows and changes who may work here. Every change is noted in the trail, without any secret."""

    def __init__(self, ledger: Ledger, audit: Audit) -> None:
        self._ledger = ledger
        self._audit = audit

    def accounts(self, _: DeskUser, __: NothingAsked) -> AccountsShown:
        """Who may work here."""
        return self._shown()

    def add_account(self, user: DeskUser, asked: NewAccountAsked) -> AccountsShown:
        """A new one."""
        name, badge = asked.name.strip(), badge_of(asked.badge)
        if not NAME.fullmatch(name) or any(one.name == name for one in self._ledger.staff()):
            return self._shown("name-taken")
        if self._badge_wrong(badge, name):
            return self._shown("badge-wrong")
        secret = _secret(asked.pin)
        if not secret:
            return self._shown("pin-guessed")
        self._ledger.add_staff(StaffMember(name, asked.role, badge), secret)
        return self._noted(user, name, "add")

    def change_role(self, user: DeskUser, asked: RoleAsked) -> AccountsShown:
        """What it may do from now on; sessions that are open obey at once."""
        if asked.role is not Role.ADMINISTRATOR and self._needed(user, asked.name):
            return self._shown("needed")
        self._known(asked.name)
        self._ledger.set_staff(asked.name, role=asked.role)
        return self._noted(user, asked.name, "role")

    def reset_pin(self, user: DeskUser, asked: SecretAsked) -> AccountsShown:
        """Another PIN; whoever was locked out may try again."""
        self._known(asked.name)
        secret = _secret(asked.secret)
        if not secret:
            return self._shown("pin-guessed")
        self._ledger.set_staff(asked.name, secret_hash=secret)
        self._ledger.unlock(subject_of(asked.name), user.name)
        return self._noted(user, asked.name, "pin")

    def set_badge(self, user: DeskUser, asked: SecretAsked) -> AccountsShown:
        """Another badge, or none."""
        self._known(asked.name)
        badge = badge_of(asked.secret)
        if self._badge_wrong(badge, asked.name):
            return self._shown("badge-wrong")
        self._ledger.set_staff(asked.name, badge=badge)
        return self._noted(user, asked.name, "badge")

    def close_account(self, user: DeskUser, asked: AccountAsked) -> AccountsShown:
        """No more log-in; open sessions end at once."""
        if self._needed(user, asked.name):
            return self._shown("needed")
        self._known(asked.name)
        self._ledger.set_staff(asked.name, enabled=False)
        return self._noted(user, asked.name, "disable")

    def open_account(self, user: DeskUser, asked: AccountAsked) -> AccountsShown:
        """Log-in again."""
        self._known(asked.name)
        self._ledger.set_staff(asked.name, enabled=True)
        return self._noted(user, asked.name, "enable")

    def unlock_account(self, user: DeskUser, asked: AccountAsked) -> AccountsShown:
        """Wrong PINs so far do not count any more."""
        self._known(asked.name)
        self._ledger.unlock(subject_of(asked.name), user.name)
        return self._noted(user, asked.name, "unlock")

    def _known(self, name: str) -> StaffMember:
        """Raises KioskError NOTHING_FOUND."""
        found = next((one for one in self._ledger.staff() if one.name == name), None)
        if found is None:
            raise KioskError(FaultCode.NOTHING_FOUND, "no such account")
        return found

    def _needed(self, user: DeskUser, name: str) -> bool:
        """True for one's own account, and for the last administrator's: nobody could take it back."""
        others = [one for one in self._ledger.staff() if one.name != name and one.enabled]
        return name == user.name or not any(one.role is Role.ADMINISTRATOR for one in others)

    def _badge_wrong(self, badge: str, name: str) -> bool:
        taken = any(one.badge == badge and one.name != name for one in self._ledger.staff())
        return bool(badge) and (taken or not BADGE.fullmatch(badge.removeprefix(BADGE_PREFIX)))

    def _noted(self, user: DeskUser, name: str, what: str) -> AccountsShown:
        self._audit.record(EventKind.STAFF_ACCOUNT, visit=user.session, actor=user.name, name=name, what=what)
        return self._shown()

    def _shown(self, problem: str = "") -> AccountsShown:
        accounts = tuple(self._ledger.staff())
        locked = tuple(one.name for one in accounts if self._locked(one.name))
        return AccountsShown(accounts, locked, problem=problem)

    def _locked(self, name: str) -> bool:
        return self._ledger.tries("", subject_of(name), "", STAFF_LIMITS).subject >= STAFF_LIMITS.per_subject


def _secret(pin: str) -> str:
    """The hash to keep; empty for a PIN that everybody would guess."""
    try:
        return hashed(pin)
    except KioskError:
        return ""
