"""Audit events: what happened to which pseudonym, and by whom. Never a name, number or answer."""

from __future__ import annotations

import logging

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.clock import Clock
from kiosk.ports.ledger import AuditRecord, Ledger

log = logging.getLogger("kiosk.audit")


ALARMING = (FaultCode.WRONG_PATIENT, FaultCode.PATIENT_COLLISION)


def outcome_of(fault: FaultCode) -> str:
    """The outcome of an event about a failure: somebody else's data is a matter for security (R3)."""
    return "alarm" if fault in ALARMING else "failed"


class Audit:
    """Writes the trail; an unwritable ledger is logged, and printing is refused elsewhere."""

    def __init__(self, ledger: Ledger, kiosk: str, clock: Clock) -> None:
        self._ledger, self._kiosk, self._clock = ledger, kiosk, clock

    def record(
        self,
        kind: str,
        outcome: str = "ok",
        *,
        visit: str = "",
        subject: str = "",
        actor: str = "",
        fault: FaultCode | None = None,
        **details: str | int | float | bool,
    ) -> None:
        """One event, now."""
        if fault:
            details["fault"] = str(fault)
        now = self._clock.now().timestamp()
        event = AuditRecord(kind, outcome, self._kiosk, visit, subject, actor, details, now)
        log.info("%s %s visit=%s subject=%s actor=%s %s", kind, outcome, visit, subject, actor, details)
        try:
            self._ledger.append(event)
        except KioskError as error:
            log.error("audit event %s not written: %s", kind, error)
