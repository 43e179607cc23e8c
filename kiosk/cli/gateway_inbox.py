"""`kiosk gateway inbox`: the desk's own actions on the gateway's machine, by whoever may log in there."""

from __future__ import annotations

import argparse
import dataclasses
import secrets
import sys
from collections.abc import Mapping
from typing import Any

from kiosk.bootstrap.kiosk import build
from kiosk.cli.common import EXIT_NOTHING, EXIT_OK, EXIT_RULE, EXIT_SERVICE, out_json, settings_of, table
from kiosk.config import CameraSettings
from kiosk.domain.desk import InboxShown, request
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.roles import Role, StaffMember
from kiosk.domain.waiting.inbox import SettleReason
from kiosk.services.desk.staff_desk import Desk
from kiosk.services.desk.user import DeskUser
from kiosk.services.machine.lanes import Cancelled
from kiosk.session.screens.texts import load_texts

CONSOLE = StaffMember("console", Role.ADMINISTRATOR)
COLUMNS = ("item", "kind", "state", "why", "accession", "name", "patient", "title", "sender")
_ENDS = {"": EXIT_OK, "inbox-gone": EXIT_NOTHING, "inbox-none": EXIT_SERVICE}


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    command.add_argument("--json", action="store_true", help="one JSON object")
    steps = command.add_subparsers(dest="step", metavar="STEP")
    steps.add_parser("list", help="what waits, and what was decided (the default)")
    why = [str(reason) for reason in SettleReason]
    for step, words in (
        ("show", "one item, and the exams it may belong to"),
        ("settle", "the item belongs to this exam"),
        ("refuse", "nobody is to get it"),
        ("retry", "look for its exam again now"),
        ("undo", "take back what was said of it"),
    ):
        one = steps.add_parser(step, help=words)
        one.add_argument("item", metavar="ID")
        if step == "show":
            one.add_argument("query", nargs="?", default="", help="an accession or patient number to look for instead")
        if step == "settle":
            one.add_argument("accession", help="of the exam")
            one.add_argument("--identifier", action="append", required=True, help="of the patient; twice, different")
        if step in ("settle", "refuse"):
            one.add_argument("--reason", choices=why, required=True)


def run(args: argparse.Namespace) -> int:
    """Do it. Exit codes: 0 done · 4 no such item or exam · 5 refused · 6 no inbox."""
    parts = build(settings_of(args).model_copy(update={"camera": CameraSettings(source="none")}))
    try:
        return _done(parts.desk, args)
    except KioskError as fault:
        if fault.code is not FaultCode.NOTHING_FOUND:
            raise
        print(f"kiosk gateway: {fault}", file=sys.stderr)
        return EXIT_NOTHING
    finally:
        parts.close()


def _done(desk: Desk, args: argparse.Namespace) -> int:
    step = args.step or "list"
    if step == "list":
        shown = _asked(desk, "inbox", {})
    elif step == "show":
        shown = _asked(desk, "inbox-item", {"item": args.item, "query": args.query})
    elif step == "settle":
        shown = _settled(desk, args)
    else:
        told = {"item": args.item} | ({"reason": args.reason} if step == "refuse" else {})
        shown = _asked(desk, f"inbox-{step}", told)
    _print(shown, as_json=args.json)
    return _ENDS.get(shown.problem, EXIT_RULE)


def _settled(desk: Desk, args: argparse.Namespace) -> InboxShown:
    found = _asked(desk, "inbox-item", {"item": args.item, "query": args.accession}).candidates
    if len(found) != 1:
        raise KioskError(FaultCode.NOTHING_FOUND, f"{len(found)} exams have that number")
    first, second = [*map(str, args.identifier), ""][:2]
    told = {"item": args.item, "study": found[0].study, "first": first, "second": second, "reason": args.reason}
    return _asked(desk, "inbox-match", told)


def _asked(desk: Desk, action: str, params: Mapping[str, Any]) -> InboxShown:
    user = DeskUser(CONSOLE, secrets.token_hex(8), Cancelled())
    shown = desk.answer(user, request(action, params))
    assert isinstance(shown, InboxShown)  # noqa: S101 - the table says so
    return shown


def _print(shown: InboxShown, *, as_json: bool) -> None:
    if as_json:
        out_json(dataclasses.asdict(shown))
        return
    if shown.problem:
        print(load_texts("en", "")(f"staff.{shown.problem}"), file=sys.stderr)
    rows = [shown.opened] if shown.opened else list(shown.items)
    print(table([[getattr(one, name) for name in COLUMNS] for one in rows], [name.upper() for name in COLUMNS]))
    for exam in shown.candidates:
        differs = f" · differs: {', '.join(exam.differs)}" if exam.differs else ""
        print(f"  exam {exam.accession} {exam.modality} {exam.description} {exam.name} {exam.patient}{differs}")
    for said, item in shown.decided:
        print(f"  decided: item {item.item} {said.state} by {said.actor}, {said.reason}")
