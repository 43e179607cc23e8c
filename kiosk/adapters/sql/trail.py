"""Audit events, hash-chained; a jump of the clock is noted in the trail itself (matrix case 61)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from kiosk.adapters.sql.chain import Anchor, ChainWalk, End, Head, Witness, link, sealed
from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import EventRow, TrailHeadRow
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.trail import (
    AuditRecord,
    EventKind,
    EventOutcome,
    TrailCheck,
    TrailFlaw,
    kind_named,
    outcome_named,
)
from kiosk.ports.ledger import AuditFilter

CLOCK_JUMP_S = 30.0  # smaller steps are a time server's daily work
PAGE = 500


class SqlTrail(Part):
    """kiosk.ports.ledger.TrailLedger."""

    key: bytes = b""
    anchor: Anchor | None = None
    _clock_seen: tuple[float, float] | None = None
    _flaws_told: tuple[TrailFlaw, ...] = ()

    def append(self, record: AuditRecord) -> int:
        """Add an event to the chain; where its end was tampered with, that is written into it too."""
        return self._append(record, self._witness())

    def renew(self, record: AuditRecord) -> int:
        """A person has looked, and takes the chain's end as it is now: written down, then anchored anew."""
        if self.anchor is not None:
            self.anchor.set_aside(self.anchor.folder)
        return self._append(record, None, forgiven=True)

    def attest(self) -> str:
        """Compare the chain's end with the anchor, and anchor it: this vouches for events of other kiosks too."""
        witness = self._witness()
        with self.store.read() as session:
            end = _end(session, witness)
        flaws = end.flaws(self.key)
        if flaws:
            raise KioskError(FaultCode.TRAIL_BROKEN, f"{', '.join(flaws)} at event {_first_bad(end)}")
        if self.anchor is not None and end.last.number:
            self.anchor.write(end.last)
        return f"{end.last.number} events"

    def _append(self, record: AuditRecord, witness: Witness | None, forgiven: bool = False) -> int:
        written: list[Head] = []
        flaws: list[TrailFlaw] = []

        def work(session: Session) -> None:
            row = _locked_head(session)
            now = self.store.time(session)
            end = _end(session, witness)
            flaws[:] = () if forgiven else end.flaws(self.key)
            records = (*self._clock_notes(record, now), *self._flaw_notes(record, end, flaws), record)
            # After a cut the numbers go on from the noted one, so that the gap stays to be seen.
            written[:] = [Head(max(end.noted.number, end.last.number), end.last.digest)]
            for each in records:
                written.append(self._add(session, written[-1], each, now))
            row.number, row.digest, row.at = written[-1].number, sealed(self.key, written[-1]), now

        self.store.settle(work)
        self._flaws_told = tuple(flaws)
        if self.anchor is not None and not flaws:  # an anchor that does not fit stays as it is: it is the evidence
            self.anchor.write(written[-1])
        return written[-1].number

    def _witness(self) -> Witness | None:
        return self.anchor.read() if self.anchor is not None else None

    def events(self, wanted: AuditFilter) -> list[AuditRecord]:
        """Events, newest first, or oldest first after a number."""
        order = EventRow.number.desc() if wanted.after is None else EventRow.number
        query = select(EventRow).where(*_rules(wanted)).order_by(order).limit(wanted.limit).offset(wanted.offset)
        with self.store.read() as session:
            return [record_of(event) for event in session.scalars(query)]

    def verify(self) -> int | None:
        """The first event that does not fit; one past the last where the tail is cut off."""
        return self.check_trail().first_bad

    def check_trail(self) -> TrailCheck:
        """Recompute the whole chain, and compare its end with the noted head and this machine's anchor."""
        witness = self._witness()
        with self.store.read() as session:
            end = _end(session, witness)
            walk = ChainWalk(self.key, frozenset({end.last.number, witness.head.number if witness else 0}))
            walk.over(_walk(session))
        last, flaws = walk.last.number, end.flaws(self.key)
        bad = last + 1 if walk.bad else _first_bad(end) if flaws else None
        seen = witness if witness and witness.genuine else Witness(Head(), 0.0)
        every = (walk.bad, *flaws) if walk.bad else flaws
        return TrailCheck(last, seen.head.number, seen.at, every, bad)

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
        told = {"seconds": round(jump, 1)}
        return (AuditRecord(EventKind.CLOCK_JUMP, EventOutcome.NOTICED, record.kiosk, details=told),)

    def _flaw_notes(self, record: AuditRecord, end: End, flaws: list[TrailFlaw]) -> tuple[AuditRecord, ...]:
        """An alarm of its own, once for as long as it stays the same."""
        if not flaws or tuple(flaws) == self._flaws_told:
            return ()
        told: dict[str, str | int | float | bool] = {"what": ", ".join(flaws), "event": _first_bad(end)}
        return (AuditRecord(EventKind.TRAIL_BROKEN, EventOutcome.ALARM, record.kiosk, details=told),)


def _rules(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    """Every filter that is set; they combine."""
    row = EventRow
    if wanted.after is not None:
        yield row.number > wanted.after
    if wanted.since is not None:
        yield row.at >= wanted.since
    if wanted.until is not None:
        yield row.at < wanted.until
    if wanted.kinds:
        yield row.kind.in_(wanted.kinds)
    if wanted.outcomes:
        yield row.outcome.in_(wanted.outcomes)
    exact = ((row.visit, wanted.visit), (row.kiosk, wanted.kiosk), (row.actor, wanted.actor))
    yield from (column == value for column, value in exact if value)
    if wanted.text:
        held = (row.details, row.kiosk, row.actor, row.visit, row.subject)
        yield or_(*(column.icontains(wanted.text, autoescape=True) for column in held))


def _end(session: Session, witness: Witness | None) -> End:
    """One look, in one statement: other kiosks may be writing."""
    seen = witness.head.number if witness else 0
    every, one = aliased(EventRow), aliased(EventRow)
    newest = select(func.max(every.number)).scalar_subquery()
    at_witness = select(one.digest).where(one.number == seen).scalar_subquery()
    query = select(TrailHeadRow.number, TrailHeadRow.digest, EventRow.number, EventRow.digest, at_witness)
    found = session.execute(query.outerjoin(EventRow, EventRow.number == newest).where(TrailHeadRow.one == 1)).first()
    if found is None:
        raise KioskError(FaultCode.STORE_UNAVAILABLE, "the trail has no head")
    number, digest, last, last_digest, seen_digest = found
    return End(Head(number, digest), Head(last or 0, last_digest or ""), witness, seen_digest or "")


def _first_bad(end: End) -> int:
    """The first event that is missing at the end, else the one that the anchor saw otherwise, else the next one."""
    seen = end.witness.head if end.witness and end.witness.genuine else Head()
    replaced = 0 < seen.number <= end.last.number and end.at_witness != seen.digest
    return seen.number if replaced else end.last.number + 1


def _walk(session: Session) -> Iterator[EventRow]:
    """All events in order, a page at a time: years of them need not fit into memory."""
    page = session.scalars(select(EventRow).order_by(EventRow.number).limit(PAGE)).all()
    while page:
        yield from page
        last = page[-1].number
        session.expunge_all()
        rest = select(EventRow).where(EventRow.number > last)
        page = session.scalars(rest.order_by(EventRow.number).limit(PAGE)).all()


def _locked_head(session: Session) -> TrailHeadRow:
    head = session.get(TrailHeadRow, 1, with_for_update=True)
    if head is None:
        raise KioskError(FaultCode.STORE_UNAVAILABLE, "the trail has no head")
    return head


def _event(record: AuditRecord, number: int, when: float) -> EventRow:
    return EventRow(
        number=number,
        at=float(when),
        kind=str(record.kind),
        outcome=str(record.outcome),
        kiosk=record.kiosk,
        visit=record.visit,
        subject=record.subject,
        actor=record.actor,
        details=json.dumps(dict(record.details), ensure_ascii=False, sort_keys=True),
        digest="",
    )


def record_of(event: EventRow) -> AuditRecord:
    """The row as it was appended, with its number."""
    return AuditRecord(
        kind=kind_named(event.kind),
        outcome=outcome_named(event.outcome),
        kiosk=event.kiosk,
        visit=event.visit,
        subject=event.subject,
        actor=event.actor,
        details=json.loads(event.details),
        when=event.at,
        number=event.number,
    )
