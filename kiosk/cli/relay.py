"""The relay in the DMZ: run, status. It passes signed requests of known publishers on and keeps nothing.

Exit codes: 0 ended, or the portal is reached · 2 usage or bad configuration · 6 the relay or the portal is not reached.
"""

from __future__ import annotations

import argparse
import sys

from kiosk.bootstrap.relay import build_relay
from kiosk.cli.common import EXIT_OK, EXIT_SERVICE, quiet_logs, settings_of
from kiosk.domain.faults import FaultCode, KioskError

GLANCE_S = 5.0


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    what = command.add_subparsers(dest="what", required=True, metavar="WHAT")
    what.add_parser("run", help="pass requests on until interrupted")
    what.add_parser("status", help="whether relay and portal answer")


def run(args: argparse.Namespace) -> int:
    """Do it."""
    quiet_logs()
    settings = settings_of(args).relay
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


def _status(address: str) -> int:
    import requests

    try:
        answer = requests.get(address, timeout=GLANCE_S)
        print(answer.text)
        return EXIT_OK if answer.ok else EXIT_SERVICE
    except requests.RequestException as error:
        print(f"the relay does not answer: {type(error).__name__}", file=sys.stderr)
        return EXIT_SERVICE
