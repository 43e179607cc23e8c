"""The kiosk log as staff read it: filtered pages, and CSV for spreadsheet programs."""

from __future__ import annotations

import csv
import io
import time
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from kiosk.domain.desk import LogAsked, LogShown, LogSpan, NothingAsked, TrailShown
from kiosk.domain.spreadsheets import BOM, harmless
from kiosk.domain.trail import AuditRecord, EventKind, TrailCheck
from kiosk.ports.ledger import AuditFilter, Ledger
from kiosk.services.audit import Audit
from kiosk.services.desk.user import DeskUser

SPANS_S = {LogSpan.TODAY: 86_400.0, LogSpan.WEEK: 7 * 86_400.0, LogSpan.MONTH: 30 * 86_400.0}
PAGE = 500
EXPORT_LIMIT = 1_000_000  # what spreadsheet programs can open (1,048,576 rows)


class LogBook:
    """Reads the trail, through the filter that is asked for."""

    def __init__(self, ledger: Ledger, exports: Path, zone: tzinfo) -> None:
        self._ledger = ledger
        self._exports = exports
        self._zone = zone

    def page(self, asked: LogAsked) -> LogShown:
        """What the log panel shows."""
        return LogShown(tuple(self._events(asked, PAGE)), asked.span, asked.kind, asked.outcome)

    def export(self, asked: LogAsked) -> tuple[Path, int]:
        """Write the filtered events to a file of their own; the file, and how many there are."""
        events = self._events(asked, EXPORT_LIMIT)
        self._exports.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._exports / f"kiosk-log-{datetime.now(self._zone):%Y%m%d-%H%M%S-%f}.csv"
        write_csv(events, path, self._zone)
        return path, len(events)

    def _events(self, asked: LogAsked, limit: int) -> list[AuditRecord]:
        since = None if asked.visit else time.time() - SPANS_S[asked.span]
        kinds = (asked.kind,) if asked.kind else ()
        outcomes = (asked.outcome,) if asked.outcome else ()
        more = {name: getattr(asked, name) for name in ("visit", "kiosk", "actor", "text")}
        wanted = AuditFilter(since=since, kinds=kinds, outcomes=outcomes, limit=limit, **more)
        return self._ledger.events(wanted)


    def check(self) -> TrailCheck:
        """The whole chain, recomputed."""
        return self._ledger.check_trail()


class LogDesk:
    """The log for staff; who takes it away is noted in it."""

    def __init__(self, book: LogBook, audit: Audit) -> None:
        self._book = book
        self._audit = audit

    def log(self, _: DeskUser, asked: LogAsked) -> LogShown:
        """The filtered events."""
        return self._book.page(asked)

    def export(self, user: DeskUser, asked: LogAsked) -> LogShown:
        """The filtered events, written to a file too."""
        path, count = self._book.export(asked)
        self._audit.record(EventKind.LOG_EXPORTED, visit=user.session, actor=user.name, events=count)
        return replace(self._book.page(asked), exported=str(path))

    def check_trail(self, _: DeskUser, __: NothingAsked) -> TrailShown:
        """Whether the log is as it was written."""
        return TrailShown(self._book.check())


COLUMNS = ("number", "time", "kind", "outcome", "kiosk", "visit", "subject", "actor", "details")


def csv_text(events: list[AuditRecord], zone: tzinfo = UTC) -> str:
    """The events as CSV for spreadsheet programs: a BOM, and no cell that would be taken for a formula.

    Times are those of the hospital's zone, with their distance from UTC.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for e in events:
        when = datetime.fromtimestamp(e.when, zone).isoformat(timespec="seconds")
        details = "; ".join(f"{k}={v}" for k, v in sorted(e.details.items()))
        row = (e.number, when, e.kind, e.outcome, e.kiosk, e.visit, e.subject, e.actor, details)
        writer.writerow([harmless(str(cell)) for cell in row])
    return BOM + out.getvalue()


def write_csv(events: list[AuditRecord], path: Path, zone: tzinfo) -> None:
    """Write the events to a file only its owner can read."""
    path.touch(mode=0o600)
    path.write_text(csv_text(events, zone), encoding="utf-8", newline="")
