"""The staff's desk: run. Without an action it says where the desk is.

`run` serves it for browsers in the hospital's network until interrupted. Several on one PostgreSQL may stand behind
nginx; each has a kiosk.id of its own (docs/desk.md).

Exit codes: 0 done · 2 usage or bad configuration · 6 the ledger cannot be opened.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from typing import Any

from kiosk.cli.common import quiet_logs, settings_of
from kiosk.config import DeskSettings

LISTEN = 512


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    actions = command.add_subparsers(dest="action", metavar="ACTION")
    serve = actions.add_parser("run", help="serve until interrupted")
    serve.add_argument("--port", type=int, help="instead of the configured one")


def run(args: argparse.Namespace) -> int:
    """Serve, or say where the desk is."""
    quiet_logs(logging.WARNING)
    settings = settings_of(args)
    if args.action != "run":
        print(f"The desk is in the browser: {settings.desk.origin}\nIt is served by: kiosk desk run")
        return 0
    import uvicorn

    from kiosk.bootstrap.desk_service import build_desk

    service = build_desk(settings)
    try:
        service.start()
        for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn ends first, then what it stood on is closed
            signal.signal(number, lambda *_: sys.exit(0))
        print(f"The desk: {settings.desk.origin}", flush=True)
        port = settings.desk.port if args.port is None else args.port
        uvicorn.Server(uvicorn.Config(service.app, port=port, **_options(settings.desk))).run()
    finally:
        service.close()
    return 0


def _options(desk: DeskSettings) -> dict[str, Any]:
    """No access log: who looked when at whom stands in the trail, under pseudonyms."""
    tls = {"ssl_certfile": desk.certificate, "ssl_keyfile": desk.certificate_key} if desk.certificate else {}
    return {
        "host": desk.host,
        "access_log": False,
        "server_header": False,
        "proxy_headers": True,
        "forwarded_allow_ips": desk.proxies,
        "lifespan": "off",
        "log_level": "warning",
        "backlog": LISTEN,
        "timeout_keep_alive": 30,
        "h11_max_incomplete_event_size": 32_768,
        **tls,
    }
