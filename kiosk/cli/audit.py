"""The audit trail: list, export as CSV, verify.

`verify` proves the hash chain. Exit codes: 0 ok · 1 the chain is broken · 2 usage.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime
from pathlib import Path

from kiosk.bootstrap import ledger_of
from kiosk.cli.common import out_json, quiet_logs, settings_of, table
from kiosk.ports.ledger import AuditFilter, AuditRecord, Ledger
from kiosk.services.log_book import csv_text, write_csv

DAY_S = 86_400.0
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
    actions.add_parser("verify", help="prove the chain").add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    """List, export or verify."""
    quiet_logs()
    ledger = ledger_of(settings_of(args))
    try:
        if args.action == "verify":
            return _verify(ledger, args.json)
        since = time.time() - args.days * DAY_S
        wanted = AuditFilter(since, None, tuple(args.kind), tuple(args.outcome), args.limit)
        events = ledger.events(wanted)
        if args.action == "export":
            _export(events, args.out)
        else:
            _list(events, args.json)
        return 0
    finally:
        ledger.close()


def _verify(ledger: Ledger, as_json: bool) -> int:
    broken = ledger.verify()
    if as_json:
        out_json({"ok": broken is None, "first_bad": broken})
    else:
        print("the chain is whole" if broken is None else f"event {broken} does not fit the chain")
    return 0 if broken is None else EXIT_BROKEN


def _export(events: list[AuditRecord], out: Path | None) -> None:
    if out:
        write_csv(events, out)
    else:
        sys.stdout.write(csv_text(events))


def _list(events: list[AuditRecord], as_json: bool) -> None:
    if as_json:
        out_json({"events": [{**vars(e), "details": dict(e.details)} for e in events]})
        return
    rows = [
        (
            e.number,
            f"{datetime.fromtimestamp(e.when):%m-%d %H:%M:%S}",
            e.kind,
            e.outcome,
            e.kiosk,
            e.actor or e.subject[:8],
        )
        for e in events
    ]
    print(table(rows, ("NO", "TIME", "KIND", "OUTCOME", "KIOSK", "WHO")))
