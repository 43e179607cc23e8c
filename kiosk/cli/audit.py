"""The audit trail: list, export as CSV, verify, forward to the hospital's audit repository.

`verify` recomputes the hash chain and compares its end with what this machine last saw of it. `verify --renew` takes
the chain's end as it is now, after a restore that you know of; that is written into the trail.

`forward` sends events as they come (PS3.15 A.5 over syslog with TLS, FHIR AuditEvent) until it is ended;
`--once` what there is now.

Exit codes: 0 ok · 1 the chain is broken · 2 usage · 6 the ledger cannot be read, or the repository not be reached.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.bootstrap import ledger_of
from kiosk.bootstrap.audit_out import WayOut, ways_out
from kiosk.cli.common import out_json, quiet_logs, settings_of, stamp, table
from kiosk.config import Settings
from kiosk.domain.faults import KioskError
from kiosk.domain.trail import AuditRecord, EventKind, TrailCheck, TrailFlaw
from kiosk.ports.ledger import AuditFilter, Ledger
from kiosk.services.desk.log_book import csv_text, write_csv

log = logging.getLogger(__name__)
DAY_S = 86_400.0
FORWARD_EVERY_S = 5.0
EXIT_BROKEN = 1


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action, words in (("list", "newest events"), ("export", "events as CSV")):
        sub = actions.add_parser(action, help=words)
        sub.add_argument("--days", type=float, default=1.0, help="how far back (default 1)")
        sub.add_argument("--kind", action="append", default=[], help="only this kind; may be repeated")
        sub.add_argument("--outcome", action="append", default=[], help="only this outcome; may be repeated")
        sub.add_argument("--limit", type=int, default=1_000_000 if action == "export" else 100, metavar="N",
                         help="at most so many (default %(default)s)")  # fmt: skip
        if action == "export":
            sub.add_argument("--out", type=Path, help="file (default: standard output)")
        else:
            sub.add_argument("--json", action="store_true", help="one JSON object")
    forward = actions.add_parser("forward", help="send events to audit.host and audit.fhir.url")
    forward.add_argument("--once", action="store_true", help="what there is now, and end")
    verify = actions.add_parser("verify", help="prove the chain")
    verify.add_argument("--json", action="store_true", help="one JSON object")
    verify.add_argument("--renew", action="store_true", help="afterwards vouch for the chain's end as it is")


def run(args: argparse.Namespace) -> int:
    """List, export or verify."""
    quiet_logs()
    settings = settings_of(args)
    ledger, zone = ledger_of(settings), ZoneInfo(settings.hospital.time_zone)
    try:
        if args.action == "forward":
            return _forward(ledger, settings, args.once)
        if args.action == "verify":
            return _verify(ledger, args, settings)
        since = time.time() - args.days * DAY_S
        wanted = AuditFilter(since, None, tuple(args.kind), tuple(args.outcome), args.limit)
        events = ledger.events(wanted)
        if args.action == "export":
            _export(events, args.out, zone)
        else:
            _list(events, args.json, zone)
        return 0
    finally:
        ledger.close()


def _forward(ledger: Ledger, settings: Settings, once: bool) -> int:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    ways = ways_out(settings, ledger)
    try:
        while True:
            faults = [fault for way in ways if (fault := _round(way, once)) is not None]
            if once and faults:
                raise faults[0]
            if once or stop.wait(FORWARD_EVERY_S):
                return 0
    finally:
        for way in ways:
            way.close()


def _round(way: WayOut, once: bool) -> KioskError | None:
    """One repository that is away delays nobody but itself."""
    try:
        sent = way.forwarding.round()
    except KioskError as fault:
        if not once:
            log.error("not forwarded: %s", fault)
        return fault
    if once:
        print(f"{sent} events forwarded ({way.name})")
    return None


SAID = {
    TrailFlaw.CHANGED: "event {n} is not what was written, or the pseudonym key is not the one it was written under",
    TrailFlaw.MISSING: "event {n} is gone",
    TrailFlaw.CUT: "the newest events are gone: this machine saw event {seen}, the chain now ends at {end}",
    TrailFlaw.REPLACED: "event {seen} is another one than this machine saw: the end of the chain was replaced, as "
    "when a table is restored from an older copy and goes on from there",
    TrailFlaw.HEAD: "the database's note of its last event was not written by a kiosk",
    TrailFlaw.ANCHOR: "this machine's own note (trail.anchor) was not written by this kiosk",
}


def _verify(ledger: Ledger, args: argparse.Namespace, settings: Settings) -> int:
    found = ledger.check_trail()
    flaws = list(found.flaws)
    if args.json:
        told = {"events": found.events, "anchored": found.anchored, "anchored_at": found.anchored_at}
        out_json({"ok": not flaws, "first_bad": found.first_bad, "flaws": flaws, **told})
    else:
        print("\n".join(_said(found, ZoneInfo(settings.hospital.time_zone))))
    if args.renew:
        why: dict[str, str | int | float | bool] = {"what": ", ".join(flaws), "events": found.events}
        ledger.renew(AuditRecord(EventKind.TRAIL_RENEWED, kiosk=settings.kiosk.id, actor="console", details=why))
    return EXIT_BROKEN if flaws else 0


def _said(found: TrailCheck, zone: ZoneInfo) -> Iterator[str]:
    """In words: what is wrong, or how far the chain is proved, and by whom."""
    for flaw in found.flaws:
        yield SAID[flaw].format(n=found.first_bad, seen=found.anchored, end=found.events)
    if found.flaws:
        yield f"the chain is broken at event {found.first_bad}; what stands before it is as it was written"
    else:
        yield f"the chain is whole: {found.events} events"
    if found.anchored:
        yield f"anchored on this machine up to event {found.anchored}, seen {stamp(found.anchored_at, zone)}"
    else:
        yield "not anchored on this machine: what was cut off its end before now could not be noticed here"


def _export(events: list[AuditRecord], out: Path | None, zone: ZoneInfo) -> None:
    if out:
        write_csv(events, out, zone)
    else:
        sys.stdout.write(csv_text(events, zone))


def _list(events: list[AuditRecord], as_json: bool, zone: ZoneInfo) -> None:
    if as_json:
        out_json({"events": [{**vars(e), "details": dict(e.details)} for e in events]})
        return
    rows = [
        (
            e.number,
            stamp(e.when, zone),
            e.kind,
            e.outcome,
            e.kiosk,
            e.actor or e.subject[:8],
        )
        for e in events
    ]
    print(table(rows, ("NO", "TIME", "KIND", "OUTCOME", "KIOSK", "WHO")))
