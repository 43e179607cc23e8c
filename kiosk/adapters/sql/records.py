"""What the statistics read: everything of a period, as plain records, in one consistent view."""

from __future__ import annotations

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import (
    EventRow,
    FilmRequestRow,
    LinkRow,
    LinkStudyRow,
    OverrideRow,
    PhoneEventRow,
    PrintTaskRow,
    PublicationRow,
    SheetRow,
    VisitRow,
)
from kiosk.adapters.sql.trail import record_of
from kiosk.domain.links import PhoneEvent, Publication
from kiosk.domain.records import (
    FilmWish,
    Journal,
    LinkRecord,
    OverrideRecord,
    TaskRecord,
    VisitRecord,
)
from kiosk.domain.sheets.printing import SheetState
from kiosk.domain.trail import COUNTED, AuditRecord, EventCount, kind_named, outcome_named


class SqlRecords(Part):
    """kiosk.ports.ledger.RecordLedger."""

    def journal(self, since: float, until: float) -> Journal:
        """All records that began in the period."""
        with self.store.read() as session:
            return Journal(
                _visits(session, since, until),
                _tasks(session, since, until),
                _wishes(session, since, until),
                _overrides(session, since, until),
                _links(session, since, until),
                _events(session, since, until),
                _tally(session, since, until),
                _phone(session, since, until),
                _stored(session, since, until),
            )


def _visits(session: Session, since: float, until: float) -> tuple[VisitRecord, ...]:
    query = select(VisitRow).where(VisitRow.opened >= since, VisitRow.opened < until).order_by(VisitRow.opened)
    return tuple(VisitRecord(v.visit, v.kiosk, v.opened, v.closed, v.outcome) for v in session.scalars(query))


def _tasks(session: Session, since: float, until: float) -> tuple[TaskRecord, ...]:
    ended = (
        func.coalesce(func.sum(case((SheetRow.state == state, 1), else_=0)), 0)
        for state in (SheetState.PRINTED, SheetState.MISSING, SheetState.UNCERTAIN)
    )
    query = (
        select(PrintTaskRow, *ended)
        .join(SheetRow, SheetRow.serial == PrintTaskRow.serial, isouter=True)
        .where(PrintTaskRow.since >= since, PrintTaskRow.since < until)
        .group_by(PrintTaskRow.number)
        .order_by(PrintTaskRow.number)
    )
    return tuple(_task(task, *counts) for task, *counts in session.execute(query))


def _task(task: PrintTaskRow, printed: int, missing: int, uncertain: int) -> TaskRecord:
    who = (task.serial, task.visit, task.kiosk, task.subject, task.document, task.kind, task.copy)
    return TaskRecord(*who, task.reason, task.modality, task.since, task.why, task.sheets, printed, missing, uncertain)


def _wishes(session: Session, since: float, until: float) -> tuple[FilmWish, ...]:
    query = (
        select(FilmRequestRow)
        .where(FilmRequestRow.at >= since, FilmRequestRow.at < until)
        .order_by(FilmRequestRow.number)
    )
    return tuple(
        FilmWish(w.visit, w.subject, w.study, w.modality, w.reason, w.how, w.at) for w in session.scalars(query)
    )


def _overrides(session: Session, since: float, until: float) -> tuple[OverrideRecord, ...]:
    query = select(OverrideRow).where(OverrideRow.at >= since, OverrideRow.at < until).order_by(OverrideRow.number)
    return tuple(OverrideRecord(o.visit, o.actor, o.reason, o.what, o.at) for o in session.scalars(query))


def _links(session: Session, since: float, until: float) -> tuple[LinkRecord, ...]:
    online = case((PublicationRow.state == Publication.ONLINE, 1), else_=0)
    query = (
        select(
            LinkRow.visit,
            LinkRow.subject,
            LinkRow.since,
            LinkRow.expires,
            func.count(LinkStudyRow.study),
            LinkRow.digest,
            func.coalesce(func.min(online), 0),
            func.max(PublicationRow.final),
        )
        .join(LinkStudyRow, LinkStudyRow.digest == LinkRow.digest, isouter=True)
        .join(PublicationRow, PublicationRow.study == LinkStudyRow.study, isouter=True)
        .where(LinkRow.since >= since, LinkRow.since < until)
        .group_by(LinkRow.digest)
        .order_by(LinkRow.since)
    )
    return tuple(
        LinkRecord(visit, subject, made, expires, studies, locator, bool(whole), ready)
        for visit, subject, made, expires, studies, locator, whole, ready in session.execute(query)
    )


def _stored(session: Session, since: float, until: float) -> int | None:
    online, row = PublicationRow.state == Publication.ONLINE, PublicationRow
    if session.scalar(select(func.count()).where(online)) == 0:
        return None
    of_period = (online, row.published >= since, row.published < until)
    return int(session.scalar(select(func.coalesce(func.sum(row.size), 0)).where(*of_period)) or 0)


def _phone(session: Session, since: float, until: float) -> tuple[PhoneEvent, ...]:
    row = PhoneEventRow
    query = select(row).where(row.at >= since, row.at < until).order_by(row.number)
    return tuple(
        PhoneEvent(one.number, one.kind, one.locator, one.exam, one.at, one.detail) for one in session.scalars(query)
    )


def _events(session: Session, since: float, until: float) -> tuple[AuditRecord, ...]:
    """Only the kinds that a report counts: a trail of years is long."""
    mine = (EventRow.at >= since, EventRow.at < until, EventRow.kind.in_([str(kind) for kind in COUNTED]))
    query = select(EventRow).where(*mine).order_by(EventRow.number)
    return tuple(record_of(event) for event in session.scalars(query))


def _tally(session: Session, since: float, until: float) -> tuple[EventCount, ...]:
    """Of all kinds, also of those that this version of the program does not know."""
    by, period = (EventRow.kind, EventRow.outcome), (EventRow.at >= since, EventRow.at < until)
    query = select(*by, func.count()).where(*period).group_by(*by).order_by(*by)
    return tuple(EventCount(kind_named(kind), outcome_named(end), n) for kind, end, n in session.execute(query))
