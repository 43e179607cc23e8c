"""The relay in the DMZ: run, status, receive. It passes signed requests of known publishers on and keeps nothing.

`receive` is for the other hospital: what a patient has shared, with files, goes into its own archive by STOW-RS. The
answer to the share's question is asked for where it is not given, so that it stands in no list of processes.

Exit codes: 0 ended, the portal is reached, or all is stored · 2 usage or bad configuration · 4 some refused ·
6 the relay, the portal or the archive is not reached.
"""

from __future__ import annotations

import argparse
import sys
from getpass import getpass

from kiosk.bootstrap.cloud.relay import build_relay
from kiosk.cli.common import EXIT_NOTHING, EXIT_OK, EXIT_SERVICE, out_json, quiet_logs, settings_of
from kiosk.cloud.relay.receive import Receiver
from kiosk.config import RelaySettings, secret
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import Question, normalise_answer

GLANCE_S = 5.0


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    what = command.add_subparsers(dest="what", required=True, metavar="WHAT")
    what.add_parser("run", help="pass requests on until interrupted")
    what.add_parser("status", help="whether relay and portal answer")
    receive = what.add_parser("receive", help="store what a patient shared in this hospital's archive")
    receive.add_argument("link", metavar="LINK", help="of the share: https://…/s#…")
    receive.add_argument("--to", required=True, metavar="URL", help="DICOMweb service of the archive")
    receive.add_argument("--answer", metavar="TEXT", help="to the share's question; else it is asked for")
    receive.add_argument("--authorization", metavar="REF", default="", help="for it: env:NAME or file:PATH")
    receive.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace) -> int:
    """Do it."""
    quiet_logs()
    settings = settings_of(args).relay
    if args.what == "receive":
        return _receive(args, settings)
    if args.what == "status":
        return _status(f"http://{settings.host}:{settings.port}/health")
    if not settings.publishers:
        raise KioskError(FaultCode.CONFIG_INVALID, "relay.publishers: no card, so nobody may pass")
    import uvicorn  # only now: the status needs none of it

    program = build_relay(settings)
    try:
        uvicorn.run(program.app, host=settings.host, port=settings.port, log_level="warning", access_log=False,
                    server_header=False)  # fmt: skip
    finally:
        program.line.close()
    return EXIT_OK


def _receive(args: argparse.Namespace, settings: RelaySettings) -> int:
    given = secret(args.authorization).get_secret_value()
    answer = args.answer if args.answer is not None else getpass("answer: ")
    receiver = Receiver(args.to, {"authorization": given} if given else {}, settings.ca_file)
    done = receiver.take(args.link, normalise_answer(Question.ID_LAST_SIX, answer))
    if args.json:
        out_json(vars(done))
    else:
        print(f"stored {done.stored}, refused {done.refused}")
    return EXIT_OK if not done.refused else EXIT_NOTHING


def _status(address: str) -> int:
    import requests

    try:
        answer = requests.get(address, timeout=GLANCE_S)
        print(answer.text)
        return EXIT_OK if answer.ok else EXIT_SERVICE
    except requests.RequestException as error:
        print(f"the relay does not answer: {type(error).__name__}", file=sys.stderr)
        return EXIT_SERVICE
