"""What listens for the hospital's systems, one program a hospital: run, status, inbox; imager, to rehearse with.

  run      listen for HL7 (gateway.hl7_port) and films (gateway.film_port), take files, match; ends with SIGTERM or
           SIGINT
  status   how many items stand where
  inbox    items that belong to no exam yet, masked, with the reason: inbox list; inbox show ID;
           inbox settle ID STUDY --identifier A --identifier B --reason WHY; inbox refuse ID --reason WHY;
           inbox retry ID; inbox undo ID (until something of it was handed out)
  imager   a film imager that takes DICOM Print and plays faults; FOLDER/faults/NAME plays one, NAME being
           abort-get, abort-session, abort-film-box, abort-image-box, abort-action, mute-action, refuse-session,
           refuse-film-box, refuse-image-box, refuse-action, change-picture, job-failure,
           or a Printer Status Info such as "SUPPLY EMPTY"

Exit codes: 0 done · 2 usage or bad configuration · 4 no such item or exam · 5 refused · 6 database or port not to be
had.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import threading
from pathlib import Path

from kiosk.bootstrap.gateway import GatewayParts, gateway_of
from kiosk.cli import gateway_inbox
from kiosk.cli.common import EXIT_OK, EXIT_SERVICE, out_json, quiet_logs, settings_of, table
from kiosk.gateway.imager import RehearsalImager


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    run_ = actions.add_parser("run", help="listen, take, match")
    run_.add_argument("--port", type=int, help="HL7 port instead of gateway.hl7_port; 0: a free one, which is printed")
    run_.add_argument("--film-port", type=int, help="port for films instead of gateway.film_port; 0: a free one")
    actions.add_parser("status", help="how many items stand where").add_argument("--json", action="store_true")
    gateway_inbox.register(actions.add_parser("inbox", help="items that belong to no exam yet"))
    imager = actions.add_parser("imager", help="a film imager to rehearse with")
    imager.add_argument("--port", type=int, default=11112)
    imager.add_argument("--folder", type=Path, required=True, help="where films go and faults are played")
    imager.add_argument("--no-print-job", action="store_true", help="as imagers that do not say when a film is out")


def run(args: argparse.Namespace) -> int:
    """Do it."""
    quiet_logs(logging.INFO if args.action == "run" else logging.ERROR)
    if args.action == "imager":
        return _rehearse(args)
    if args.action == "inbox":
        return gateway_inbox.run(args)
    parts = gateway_of(settings_of(args), getattr(args, "port", None), getattr(args, "film_port", None))
    try:
        return {"run": _listen, "status": _status}[args.action](parts, args)
    finally:
        parts.close()


def _listen(parts: GatewayParts, args: argparse.Namespace) -> int:
    async def until_told() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await parts.gateway.run(stop, lambda what, port: print(f"{what} on port {port}", flush=True))

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


def _rehearse(args: argparse.Namespace) -> int:
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    imager = RehearsalImager(args.folder, args.port, print_job=not args.no_print_job)
    print(f"imager IMAGER on port {imager.port}, films in {args.folder / 'sheets'}", flush=True)
    over.wait()
    imager.close()
    return EXIT_OK
