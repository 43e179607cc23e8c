"""What listens for the hospital's systems, one program a hospital: run, status, inbox; imager, to rehearse with.

  run      listen for HL7 (gateway.hl7_port), take files, match; ends with SIGTERM or SIGINT
  status   how many items stand where
  inbox    items that wait, masked; --match ID ACCESSION, --refuse ID, --retry ID
  imager   a film imager that takes DICOM Print and plays faults; FOLDER/faults/NAME plays one, NAME being
           abort-get, abort-session, abort-film-box, abort-image-box, abort-action, mute-action, refuse-session,
           refuse-film-box, refuse-image-box, refuse-action, change-picture, job-failure,
           or a Printer Status Info such as "SUPPLY EMPTY"

Exit codes: 0 done · 2 usage or bad configuration · 4 no such item or exam · 6 database or port not to be had.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import threading
from pathlib import Path

from kiosk.adapters.ris.inbox_items import ItemState
from kiosk.bootstrap.gateway import GatewayParts, gateway_of
from kiosk.cli.common import EXIT_NOTHING, EXIT_OK, EXIT_SERVICE, out_json, quiet_logs, settings_of, table
from kiosk.gateway.imager import RehearsalImager
from kiosk.gateway.matching import masked
from kiosk.ports.archive import StudyQuery

WAITING = (ItemState.NEW, ItemState.UNMATCHED, ItemState.AMBIGUOUS)


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    run_ = actions.add_parser("run", help="listen, take, match")
    run_.add_argument("--port", type=int, help="HL7 port instead of gateway.hl7_port; 0: a free one, which is printed")
    actions.add_parser("status", help="how many items stand where").add_argument("--json", action="store_true")
    inbox = actions.add_parser("inbox", help="items that wait for somebody")
    inbox.add_argument("--json", action="store_true", help="one JSON object")
    chosen = inbox.add_mutually_exclusive_group()
    chosen.add_argument("--match", nargs=2, metavar=("ID", "ACCESSION"), help="the item belongs to this exam")
    chosen.add_argument("--refuse", type=int, metavar="ID", help="nobody is to get it")
    chosen.add_argument("--retry", type=int, metavar="ID", help="look for its exam again now")
    imager = actions.add_parser("imager", help="a film imager to rehearse with")
    imager.add_argument("--port", type=int, default=11112)
    imager.add_argument("--folder", type=Path, required=True, help="where films go and faults are played")
    imager.add_argument("--no-print-job", action="store_true", help="as imagers that do not say when a film is out")


def run(args: argparse.Namespace) -> int:
    """Do it."""
    quiet_logs(logging.INFO if args.action == "run" else logging.ERROR)
    if args.action == "imager":
        return _rehearse(args)
    parts = gateway_of(settings_of(args), getattr(args, "port", None))
    try:
        return {"run": _listen, "status": _status, "inbox": _inbox}[args.action](parts, args)
    finally:
        parts.close()


def _listen(parts: GatewayParts, args: argparse.Namespace) -> int:
    async def until_told() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await parts.gateway.run(stop, lambda port: print(f"HL7 on port {port}", flush=True))

    try:
        asyncio.run(until_told())
    except OSError as error:
        print(f"kiosk gateway: {error.strerror}", file=sys.stderr)
        return EXIT_SERVICE
    return EXIT_OK


def _status(parts: GatewayParts, args: argparse.Namespace) -> int:
    counts = parts.store.counts()
    if args.json:
        out_json({"items": counts})
    else:
        print(table(sorted(counts.items()), ("STATE", "ITEMS")))
    return EXIT_OK


def _inbox(parts: GatewayParts, args: argparse.Namespace) -> int:
    if args.match:
        return _match(parts, int(args.match[0]), args.match[1])
    if args.refuse is not None or args.retry is not None:
        state = ItemState.NEW if args.refuse is None else ItemState.REFUSED
        found = parts.store.again(args.retry if args.refuse is None else args.refuse, state)
        return EXIT_OK if found else EXIT_NOTHING
    items = [masked(item) for item in parts.store.listed(WAITING)]
    if args.json:
        out_json({"items": items})
    else:
        head = [name.upper() for name in items[0]] if items else ["ID"]
        print(table([tuple(item.values()) for item in items], head))
    return EXIT_OK


def _match(parts: GatewayParts, ident: int, accession: str) -> int:
    exams = parts.archive.exams(StudyQuery(accession=accession))
    if len(exams) != 1:
        print(f"{len(exams)} exams have that accession number", file=sys.stderr)
        return EXIT_NOTHING
    one = exams[0]
    found = parts.store.assign(ident, accession, one.identity.patient_id, one.study_uid)
    return EXIT_OK if found else EXIT_NOTHING


def _rehearse(args: argparse.Namespace) -> int:
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    imager = RehearsalImager(args.folder, args.port, print_job=not args.no_print_job)
    print(f"imager IMAGER on port {imager.port}, films in {args.folder / 'sheets'}", flush=True)
    over.wait()
    imager.close()
    return EXIT_OK
