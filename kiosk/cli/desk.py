"""The staff's desk: run. Without an action it says where the desk is.

`run` serves it for browsers in the hospital's network until interrupted. Several on one PostgreSQL may stand behind
nginx; each has a kiosk.id of its own (docs/desk.md).

Exit codes: 0 done · 2 usage or bad configuration · 6 the ledger cannot be opened.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kiosk.cli.common import quiet_logs, settings_of
from kiosk.config import DeskSettings
from kiosk.domain.faults import FaultCode, KioskError

if TYPE_CHECKING:
    from kiosk.bootstrap.desk_service import DeskService

LISTEN = 512


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    actions = command.add_subparsers(dest="action", metavar="ACTION")
    serve = actions.add_parser("run", help="serve until interrupted")
    serve.add_argument("--port", type=int, help="instead of the configured one; 0 takes a free one")


def run(args: argparse.Namespace) -> int:
    """Serve, or say where the desk is."""
    quiet_logs(logging.WARNING)
    settings = settings_of(args)
    if args.action != "run":
        print(f"The desk is in the browser: {settings.desk.origin}\nIt is served by: kiosk desk run")
        return 0
    from kiosk.bootstrap.desk_service import build_desk

    port = settings.desk.port if args.port is None else args.port
    with contextlib.closing(_listening(settings.desk, port)) as ear:
        settings = settings.model_copy(update={"desk": _at(settings.desk, port, ear.getsockname()[1])})
        return _serve(build_desk(settings), settings.desk, ear)


def _serve(service: DeskService, desk: DeskSettings, ear: socket.socket) -> int:
    import uvicorn

    try:
        service.start()
        for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn ends first, then what it stood on is closed
            signal.signal(number, lambda *_: sys.exit(0))
        print(f"The desk: {desk.origin}", flush=True)
        uvicorn.Server(uvicorn.Config(service.app, **_options(desk))).run(sockets=[ear])
    finally:
        service.close()
    return 0


def _listening(desk: DeskSettings, port: int) -> socket.socket:
    """Raises KioskError CONFIG_INVALID where somebody else listens there."""
    family = socket.AF_INET6 if ":" in desk.host else socket.AF_INET
    try:
        return socket.create_server((desk.host, port), family=family, backlog=LISTEN)
    except OSError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"desk: {desk.host}:{port}: {error.strerror}") from error


def _at(desk: DeskSettings, wanted: int, port: int) -> DeskSettings:
    """On a free port of this machine the address that browsers know has that port; behind nginx it stays."""
    parts = urlsplit(desk.origin)
    if wanted or parts.scheme != "http":
        return desk
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return desk.model_copy(update={"origin": f"http://{host}:{port}", "port": port})


def _options(desk: DeskSettings) -> dict[str, Any]:
    """No access log: who looked when at whom stands in the trail, under pseudonyms."""
    tls = {"ssl_certfile": desk.certificate, "ssl_keyfile": desk.certificate_key} if desk.certificate else {}
    return {
        "access_log": False,
        "server_header": False,
        "proxy_headers": True,
        "forwarded_allow_ips": desk.proxies,
        "lifespan": "off",
        "log_level": "warning",
        "timeout_keep_alive": 30,
        "h11_max_incomplete_event_size": 32_768,
        **tls,
    }
