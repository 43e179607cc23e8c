"""Calls for help: one a visit, told to the desk, claimed by a person, over with the visit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.faults import FaultCode


class CallState(StrEnum):
    """How far a call is."""

    WAITING = "waiting"
    COMING = "coming"
    OVER = "over"


@dataclass(frozen=True)
class HelpCall:
    """Somebody at a kiosk wants a person.

    `code`: four digits to say at the desk; empty where nobody could be told. `where`: what the kiosk showed, a key of
    the section `where` of the translations or a fault. `since`: seconds since the epoch. `claimed_by`: the staff member
    who goes there.
    """

    visit: str
    kiosk: str
    code: str
    where: str = ""
    since: float = 0.0
    claimed_by: str = ""
    over: bool = False

    @property
    def state(self) -> CallState:
        """Over, somebody is coming, or waiting."""
        if self.over:
            return CallState.OVER
        return CallState.COMING if self.claimed_by else CallState.WAITING


# The faults whose sentence for the patient (`do.<code>`) says that a person comes: whoever shows it calls one.
PROMISE_A_PERSON = frozenset(
    {
        FaultCode.TRAY_MISSING,
        FaultCode.PAGE_SCALED,
        FaultCode.PRINTER_STOPPED,
        FaultCode.MEDIA_EMPTY,
        FaultCode.MEDIA_JAM,
        FaultCode.DOOR_OPEN,
        FaultCode.SUPPLY_EMPTY,
        FaultCode.WRONG_MEDIA,
        FaultCode.PRINTER_FAULT,
        FaultCode.PRINT_UNCERTAIN,
    }
)
