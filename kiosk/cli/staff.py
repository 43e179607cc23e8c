"""Staff accounts: add, list, disable, pin.

A PIN is asked for on the terminal, or read from standard input when that is not one; never from the command line.

Exit codes: 0 done · 2 usage, name taken or unknown, PIN too easy · 6 the ledger cannot be written.
"""

from __future__ import annotations

import argparse
import getpass
import sys

from kiosk.bootstrap import ledger_of
from kiosk.cli.common import out_json, quiet_logs, settings_of, table
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.roles import BADGE_PREFIX, Role, StaffMember
from kiosk.domain.trail import AuditRecord, EventKind
from kiosk.ports.ledger import Ledger
from kiosk.services.desk.accounts import hashed


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="a new account")
    add.add_argument("name")
    add.add_argument("--role", choices=[str(r) for r in Role], default=str(Role.NURSE))
    add.add_argument("--badge", default="", help="payload of a badge that logs in without a PIN")
    listed = actions.add_parser("list", help="all accounts")
    listed.add_argument("--json", action="store_true", help="one JSON object")
    for action, words in (("disable", "no more log-in"), ("enable", "log-in again"), ("pin", "another PIN")):
        actions.add_parser(action, help=words).add_argument("name")


def run(args: argparse.Namespace) -> int:
    """Change or list accounts."""
    quiet_logs()
    settings = settings_of(args)
    ledger = ledger_of(settings)
    try:
        if args.action == "list":
            return _list(ledger, args.json)
        _change(ledger, args)
        details = {"name": args.name, "what": args.action}
        ledger.append(AuditRecord(EventKind.STAFF_ACCOUNT, kiosk=settings.kiosk.id, actor="console", details=details))
        return 0
    finally:
        ledger.close()


def _list(ledger: Ledger, as_json: bool) -> int:
    rows = [(m.name, m.role, "enabled" if m.enabled else "disabled") for m in ledger.staff()]
    if as_json:
        out_json({"accounts": [dict(zip(("name", "role", "state"), row, strict=True)) for row in rows]})
    else:
        print(table(rows, ("NAME", "ROLE", "STATE")))
    return 0


def _change(ledger: Ledger, args: argparse.Namespace) -> None:
    if args.action == "add":
        if args.badge and not args.badge.startswith(BADGE_PREFIX):
            raise KioskError(FaultCode.CONFIG_INVALID, f"a badge's payload starts with {BADGE_PREFIX}")
        ledger.add_staff(StaffMember(args.name, Role(args.role), args.badge), hashed(_pin()))
    elif args.action == "pin":
        ledger.set_staff(args.name, secret_hash=hashed(_pin()))
    else:
        ledger.set_staff(args.name, enabled=args.action == "enable")


def _pin() -> str:
    return getpass.getpass("PIN: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
