"""One whole visit without screens, against the configured hospital; prints every step.

The same engine, services and adapters as behind the screens. Exit codes: 0 delivered · 3 identity refused, locked or
a matter for the desk · 4 nothing ready, nothing found or no code that can be searched for · 5 refused by rule (already
printed or just being printed elsewhere, held, outside window) · 6 a service failed (archive, printer, camera) ·
7 uncertain, staff must look · 8 partly delivered: one thing was handed out, another was not (`refused` in the JSON
says why).
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from kiosk.bootstrap import build
from kiosk.cli.common import out_json, quiet_logs, settings_of
from kiosk.cli.visitor import Visitor, Wish
from kiosk.domain.reasons import FilmReason


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument("--code", metavar="TEXT", help="what the slip's code holds")
    source.add_argument("--scan", type=Path, metavar="IMAGE", help="a picture of the slip")
    command.add_argument("--answer", required=True, metavar="A", help="the answer to the identity question")
    command.add_argument("--reports", action="store_true", help="print every report that is ready")
    command.add_argument("--film", metavar="REASON", choices=[str(r) for r in FilmReason],
                         help=f"print film, for one of: {', '.join(FilmReason)}")  # fmt: skip
    command.add_argument("--qr", action="store_true", help="show the cloud QR")
    command.add_argument("--json", action="store_true", help="one JSON object at the end")


def run(args: argparse.Namespace) -> int:
    """Visit."""
    quiet_logs()
    settings = settings_of(args)
    wish = Wish(args.answer, args.reports, args.film, args.qr)
    visitor = Visitor(partial(build, settings), wish, told=not args.json)
    try:
        code = visitor.visit(args.code, args.scan)
        if args.json:
            out_json(visitor.record.summary())
        else:
            record = visitor.record
            print(f"outcome: {record.outcome}" + (f" ({record.fault})" if record.partly else ""))
        return code
    finally:
        visitor.close()
