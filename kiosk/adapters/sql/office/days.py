"""The days of the figures, summed up once and again when one of their records changes.

A day is made anew from its records, never added to, so it cannot drift from them. Which days changed is asked of the
records themselves: whatever is new or was changed since the last look.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from kiosk.adapters.sql.engine.part import Part as LedgerPart
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
from kiosk.adapters.sql.office.tables import FigureDayRow, FigureMarkRow
from kiosk.adapters.sql.records import journal_of
from kiosk.domain.figures.days import RULES, DayPart, day_parts
from kiosk.domain.figures.period import Period

# A record is written under the clock's time and seen a little later; whoever looks back so far misses none.
LATE_S = 60.0
QUARTER_S = 900.0  # no zone is off by less
BATCH = 16  # days in one transaction: nobody waits for it


@dataclass(frozen=True)
class _Look:
    """What had been seen: how far, under which rules and in which zone."""

    version: int = 0
    rules: str = ""
    at: float = 0.0
    events: int = 0
    portal: int = 0


class SqlDays(LedgerPart):
    """kiosk.ports.ledger.FigureLedger."""

    def refresh_days(self, zone: tzinfo) -> int:
        """Sum up again what has changed; how many days."""
        rules = f"{RULES} {zone}"
        with self.store.read() as session:
            before, now = _seen(session, rules), self.store.time(session)
            days, after = _changed(session, before, zone), _reach(session, before, rules, now)
        if not days and (after.events, after.portal) == (before.events, before.portal) and before.version:
            return 0
        if not before.rules:  # days of another zone are other days
            with self.store.write() as session:
                session.execute(delete(FigureDayRow))
        for start in range(0, len(days), BATCH):
            self._sum_up(days[start : start + BATCH], zone, before)
        with self.store.write() as session:
            if self._mine(session, before, rules):
                session.execute(delete(FigureMarkRow))
                session.execute(insert(FigureMarkRow), {"one": 1, **vars(after)})
        return len(days)

    def _sum_up(self, days: Sequence[date], zone: tzinfo, look: _Look) -> None:
        with self.store.read() as session:
            rows = [row for day in days for row in _rows(session, day, zone)]
        with self.store.write() as session:
            if self._mine(session, look, f"{RULES} {zone}"):
                session.execute(delete(FigureDayRow).where(FigureDayRow.day.in_(map(str, days))))
                session.execute(insert(FigureDayRow), rows)

    def _mine(self, session: Session, look: _Look, rules: str) -> bool:
        """False where somebody else has looked since: theirs is newer, and the next look sees what is left."""
        self.store.lock(session, "figure days")
        return _seen(session, rules).version == look.version

    def day_parts(self, part: DayPart, first: date, last: date) -> Iterator[tuple[str, Any]]:
        """One part of each day of the period, in order."""
        row = FigureDayRow
        mine = (row.part == str(part), row.day >= str(first), row.day <= str(last))
        with self.store.read() as session:
            found = session.execute(select(row.day, row.facts).where(*mine).order_by(row.day)).all()
        return ((day, unpacked(facts)) for day, facts in found)

    def differing_days(self, zone: tzinfo, first: date, last: date) -> list[tuple[str, DayPart]]:
        """Days whose sums do not follow from their records, with the part; they are summed up anew."""
        found = []
        for day in Period.of_days(first, last, zone).days:
            with self.store.read() as session:
                kept = {row.part: row.facts for row in session.scalars(
                    select(FigureDayRow).where(FigureDayRow.day == str(day)))}  # fmt: skip
                fresh = {row["part"]: row["facts"] for row in _rows(session, day, zone)}
                look = _seen(session, f"{RULES} {zone}")
            wrong = [part for part in DayPart if not _same(kept.get(part), fresh[part], empty=not kept)]
            found += [(str(day), part) for part in wrong]
            if wrong:
                self._sum_up([day], zone, look)
        return found


def packed(value: Any) -> bytes:
    """As a day's part is kept."""
    return zlib.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode(), 6)


def unpacked(kept: bytes) -> Any:
    """What was packed."""
    return json.loads(zlib.decompress(kept))


def _same(kept: bytes | None, fresh: bytes, empty: bool) -> bool:
    """A day without records is not kept at all."""
    if kept is None:
        return empty and not any(_leaves(unpacked(fresh)))
    return bool(unpacked(kept) == unpacked(fresh))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _leaves(one)
    else:
        yield value


def _rows(session: Session, day: date, zone: tzinfo) -> list[dict[str, Any]]:
    period = Period.of_days(day, day, zone)
    parts = day_parts(journal_of(session, period.since, period.until), zone)
    return [{"day": str(day), "part": str(part), "facts": packed(value)} for part, value in parts.items()]


# --- what has changed ----------------------------------------------------------------------------------------------
def _seen(session: Session, rules: str) -> _Look:
    """Under other rules, or in another zone, nothing has been seen."""
    row = session.get(FigureMarkRow, 1, populate_existing=True)
    if row is None:
        return _Look()
    if row.rules != rules:
        return _Look(version=row.version)
    return _Look(row.version, row.rules, row.at, row.events, row.portal)


def _reach(session: Session, before: _Look, rules: str, now: float) -> _Look:
    events = session.scalar(select(func.max(EventRow.number))) or 0
    portal = session.scalar(select(func.max(PhoneEventRow.number))) or 0
    return _Look(before.version + 1, rules, now, events, portal)


def _changed(session: Session, seen: _Look, zone: tzinfo) -> list[date]:
    """Days with records that are new or changed since."""
    since = seen.at - LATE_S
    settled = select(SheetRow.serial).where(SheetRow.changed > since)
    moved = select(LinkStudyRow.digest).join(PublicationRow, PublicationRow.study == LinkStudyRow.study)
    queries = (
        _moments(EventRow.at, EventRow.number > seen.events),
        _moments(PhoneEventRow.at, PhoneEventRow.number > seen.portal),
        _moments(VisitRow.opened, or_(VisitRow.opened > since, VisitRow.closed > since)),
        _moments(PrintTaskRow.since, PrintTaskRow.since > since),
        _moments(PrintTaskRow.since, PrintTaskRow.serial.in_(settled)),
        _moments(FilmRequestRow.at, FilmRequestRow.at > since),
        _moments(OverrideRow.at, OverrideRow.at > since),
        _moments(LinkRow.since, LinkRow.since > since),
        _moments(PublicationRow.published, (PublicationRow.changed > since) & PublicationRow.published.is_not(None)),
        _moments(LinkRow.since, LinkRow.digest.in_(moved.where(PublicationRow.changed > since))),
    )
    quarters = {float(quarter) for query in queries for quarter in session.scalars(query)}
    return sorted({datetime.fromtimestamp(quarter * QUARTER_S, UTC).astimezone(zone).date() for quarter in quarters})


def _moments(at: InstrumentedAttribute[Any], which: ColumnElement[bool]) -> Select[Any]:
    """The quarters of hours of these records."""
    return select(func.floor(at / QUARTER_S)).where(which).distinct()
