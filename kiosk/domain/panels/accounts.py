"""What the view of accounts and shifts asks and shows."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.desk_work.panel import PanelShown
from kiosk.domain.roles import Role, StaffMember


@dataclass(frozen=True)
class NewAccountAsked:
    """A new account: its first PIN, and a badge where there is one."""

    name: str
    role: Role
    pin: str
    badge: str = ""


@dataclass(frozen=True)
class AccountAsked:
    """One account, by its name."""

    name: str


@dataclass(frozen=True)
class RoleAsked:
    """One account, and what it may do from now on."""

    name: str
    role: Role


@dataclass(frozen=True)
class SecretAsked:
    """One account and its new PIN or badge number; an empty badge takes the old one away."""

    name: str
    secret: str


@dataclass(frozen=True)
class NoteAsked:
    """What the next shift must know."""

    text: str


@dataclass(frozen=True)
class NoteNumberAsked:
    """One note, which somebody has read."""

    number: str


@dataclass(frozen=True)
class AccountsShown(PanelShown):
    """Who may work here, and whose account is locked after wrong PINs."""

    accounts: tuple[StaffMember, ...]
    locked: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShiftNote:
    """What one shift left for the next; seconds since the epoch."""

    number: int
    author: str
    at: float
    text: str
    readers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShiftShown(PanelShown):
    """The notes of the last day, newest first."""

    notes: tuple[ShiftNote, ...]
