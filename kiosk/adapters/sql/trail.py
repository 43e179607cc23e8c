"""Audit events, hash-chained; a jump of the clock is noted in the trail itself (matrix case 61)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.adapters.sql.chain import Anchor, Head, link
from kiosk.adapters.sql.models import Event, TrailHead
from kiosk.adapters.sql.part import Part
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.ledger import AuditFilter, AuditRecord

CLOCK_JUMP_S = 30.0
CLOCK_JUMP = "clock-jump"
PAGE = 500


class SqlTrail(Part):
    """kiosk.ports.ledger.Trail."""

    key: bytes = b""
    anchor: Anchor | None = None
    _clock_seen: tuple[float, float] | None = None

    def append(self, record: AuditRecord) -> int:
        """Add an event to the chain."""
        written: list[Head] = []

        def work(session: Session) -> None:
            head = _locked_head(session)
            now = self.store.time(session)
            records = (*self._clock_notes(record, now), record)
            written[:] = [head_of(head)]
            for each in records:
                written.append(self._add(session, written[-1], each, now))
            head.number, head.digest, head.at = written[-1].number, written[-1].digest, now

        self.store.settle(work)
        if self.anchor is not None:
            self.anchor.write(written[-1])
        return written[-1].number

    def events(self, wanted: AuditFilter) -> list[AuditRecord]:
        """Events, newest first."""
        query = select(Event).order_by(Event.number.desc()).limit(wanted.limit).offset(wanted.offset)
        if wanted.since is not None:
            query = query.where(Event.at >= wanted.since)
        if wanted.until is not None:
            query = query.where(Event.at < wanted.until)
        if wanted.kinds:
            query = query.where(Event.kind.in_(wanted.kinds))
        if wanted.outcomes:
            query = query.where(Event.outcome.in_(wanted.outcomes))
        with self.store.read() as session:
            return [_record(event) for event in session.scalars(query)]

    def verify(self) -> int | None:
        """The first event that does not fit; one past the last where the tail is cut off."""
        with self.store.read() as session:
            last = session.get(TrailHead, 1)
            return first_bad(self.key, _walk(session), self._anchors(head_of(last) if last else Head()))

    def _anchors(self, head: Head) -> list[Head]:
        anchored = self.anchor.read() if self.anchor is not None else Head()
        return [each for each in (head, anchored) if each.number]

    def _add(self, session: Session, head: Head, record: AuditRecord, now: float) -> Head:
        event = _event(record, head.number + 1, record.when or now)
        event.digest = link(self.key, head.digest, event)
        session.add(event)
        return Head(event.number, event.digest)

    def _clock_notes(self, record: AuditRecord, now: float) -> tuple[AuditRecord, ...]:
        """An event of its own where the store's clock and the steady clock disagree about the time since the last."""
        seen, self._clock_seen = self._clock_seen, (now, time.monotonic())
        if seen is None:
            return ()
        jump = (now - seen[0]) - (self._clock_seen[1] - seen[1])
        if abs(jump) < CLOCK_JUMP_S:
            return ()
        return (AuditRecord(CLOCK_JUMP, "noticed", record.kiosk, details={"seconds": round(jump, 1)}),)


def _walk(session: Session) -> Iterator[Event]:
    """All events in order, a page at a time: years of them need not fit into memory."""
    page = session.scalars(select(Event).order_by(Event.number).limit(PAGE)).all()
    while page:
        yield from page
        last = page[-1].number
        session.expunge_all()
        page = session.scalars(select(Event).where(Event.number > last).order_by(Event.number).limit(PAGE)).all()


def first_bad(key: bytes, events: Iterable[Event], anchors: Iterable[Head]) -> int | None:
    """Walk the chain; `anchors` are heads that must be found in it, or beyond its end something was cut off."""
    wanted = {anchor.number: anchor.digest for anchor in anchors}
    head = Head()
    for event in events:
        number = head.number + 1
        digest = link(key, head.digest, event)
        if event.number != number or event.digest != digest or wanted.pop(number, digest) != digest:
            return number
        head = Head(number, digest)
    return head.number + 1 if wanted else None


def head_of(row: TrailHead) -> Head:
    """As a value."""
    return Head(row.number, row.digest)


def _locked_head(session: Session) -> TrailHead:
    head = session.get(TrailHead, 1, with_for_update=True)
    if head is None:
        raise KioskError(FaultCode.STORE_UNAVAILABLE, "the trail has no head")
    return head


def _event(record: AuditRecord, number: int, when: float) -> Event:
    return Event(
        number=number,
        at=float(when),
        kind=record.kind,
        outcome=record.outcome,
        kiosk=record.kiosk,
        visit=record.visit,
        subject=record.subject,
        actor=record.actor,
        details=json.dumps(dict(record.details), ensure_ascii=False, sort_keys=True),
        digest="",
    )


def _record(event: Event) -> AuditRecord:
    return AuditRecord(
        kind=event.kind,
        outcome=event.outcome,
        kiosk=event.kiosk,
        visit=event.visit,
        subject=event.subject,
        actor=event.actor,
        details=json.loads(event.details),
        when=event.at,
        number=event.number,
    )
