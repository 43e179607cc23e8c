"""Audit events: what happened to which pseudonym, and by whom. Never a name, number or answer."""

from __future__ import annotations

import logging
import threading

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.trail import AuditRecord, EventKind, EventOutcome
from kiosk.ports.archive import Foreign
from kiosk.ports.audit import AuditSink
from kiosk.ports.clock import Clock

log = logging.getLogger("kiosk.audit")


# Staff need these to find what an alarm is about; they stay in the trail and are not written to the log.
ONLY_IN_THE_TRAIL = ("accession", "study")
SAME_ALARM_S = 3600.0
ALARMING = (FaultCode.WRONG_PATIENT, FaultCode.PATIENT_COLLISION)


def outcome_of(fault: FaultCode) -> EventOutcome:
    """The outcome of an event about a failure: somebody else's data is a matter for security (R3)."""
    return EventOutcome.ALARM if fault in ALARMING else EventOutcome.FAILED


class Audit:
    """Writes the trail; an unwritable sink is logged, and printing is refused elsewhere."""

    def __init__(self, sink: AuditSink, kiosk: str, clock: Clock) -> None:
        self._sink = sink
        self._kiosk = kiosk
        self._clock = clock
        self._alarmed: dict[int, float] = {}
        self._lock = threading.Lock()

    def record(
        self,
        kind: EventKind,
        outcome: EventOutcome = EventOutcome.OK,
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
        shown = {name: value for name, value in details.items() if name not in ONLY_IN_THE_TRAIL}
        log.info("%s %s visit=%s subject=%s actor=%s %s", kind, outcome, visit, subject, actor, shown)
        try:
            self._sink.append(event)
        except KioskError as error:
            log.error("audit event %s not written: %s", kind, error)

    def foreign(self, found: Foreign, visit: str = "", subject: str = "") -> None:
        """Somebody else's records were dropped. A study is named once an hour, not with every query of a visit."""
        if not found.dropped or self._told_lately(found):
            return
        self.record(EventKind.FOREIGN_OBJECT, EventOutcome.ALARM, visit=visit, subject=subject, dropped=found.dropped,
                    accession=found.accession, study=found.study_uid)  # fmt: skip

    def _told_lately(self, found: Foreign) -> bool:
        if not found.study_uid:
            return False
        now, name = self._clock.monotonic(), hash((found.study_uid, found.accession))
        with self._lock:
            self._alarmed = {one: at for one, at in self._alarmed.items() if now - at < SAME_ALARM_S}
            return self._alarmed.setdefault(name, now) != now
