"""The cloud film service for phones: run, init, purge, status.

`init` makes keys, tables and folders where they are missing and prints what hospitals are given (JSON). `run` serves
one process; several on one PostgreSQL and bucket stand behind nginx (docs/cloud-portal.md). `purge` takes away what is
over, also what arrived before --before, and leaves a signed proof in STATE_DIR/proofs; `run` does it every 5 minutes.

Exit codes: 0 done · 2 usage or bad configuration · 6 database or object store cannot be reached.
"""

from __future__ import annotations

import argparse
import json
import logging
import threading
from datetime import datetime
from pathlib import Path

from kiosk.cli.common import out_json, quiet_logs, settings_of, table
from kiosk.config import PortalSettings

PURGE_S = 300.0
LISTEN = 1024
log = logging.getLogger(__name__)


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    run_it = actions.add_parser("run", help="serve until interrupted")
    run_it.add_argument("--port", type=int, help="instead of the configured one")
    actions.add_parser("init", help="make keys and tables; print the public halves")
    purge = actions.add_parser("purge", help="take away what is over; leave a signed proof")
    purge.add_argument("--before", type=datetime.fromisoformat, metavar="DATE", help="also exams that arrived before")
    purge.add_argument("--json", action="store_true", help="one JSON object")
    status = actions.add_parser("status", help="what is kept and waiting")
    status.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace) -> int:
    """One of the four."""
    quiet_logs(logging.WARNING)
    settings = settings_of(args).portal
    if args.action == "init":
        from kiosk.bootstrap.portal import portal_store
        from kiosk.bootstrap.portal_keys import make_portal_keys

        keys = make_portal_keys(settings)
        portal_store(settings).close()
        out_json(keys.public(settings.origin))
        return 0
    if args.action == "run":
        return _serve(settings, settings.port if args.port is None else args.port)
    return _purge(args, settings) if args.action == "purge" else _status(args, settings)


def _serve(settings: PortalSettings, port: int) -> int:
    import uvicorn

    from kiosk.bootstrap.portal import build_portal
    from kiosk.bootstrap.portal_keys import portal_keys

    portal, stop = build_portal(settings, portal_keys(settings)), threading.Event()
    # No access log: addresses hold exams' random names, and who looked when is nobody's business.
    config = uvicorn.Config(portal.app, host=settings.host, port=port, access_log=False, server_header=False,
                            date_header=True, proxy_headers=True, forwarded_allow_ips=settings.proxies, lifespan="off",
                            log_level="warning", backlog=LISTEN, timeout_keep_alive=30,
                            h11_max_incomplete_event_size=32_768)  # fmt: skip

    def purge() -> None:
        while not stop.wait(PURGE_S):
            portal.purge_or_warn()

    keeper = threading.Thread(target=purge, name="portal-purge", daemon=True)
    keeper.start()
    try:
        uvicorn.Server(config).run()
    finally:
        stop.set()
        keeper.join()
        portal.close()
    return 0


def _purge(args: argparse.Namespace, settings: PortalSettings) -> int:
    from kiosk.bootstrap.portal import build_portal
    from kiosk.bootstrap.portal_keys import portal_keys

    keys = portal_keys(settings)
    portal = build_portal(settings, keys)
    try:
        done = portal.retention.purge(args.before.timestamp() if args.before else 0.0)
        proof = _kept(settings.state_dir, f"purge-{done.at:.0f}.json",
                      done.signed(keys.identity.signer, portal.retention.names()))  # fmt: skip
    finally:
        portal.close()
    told = {"links": done.links, "sessions": done.sessions, "exams": len(done.exams), "objects": done.objects,
            "bytes": done.bytes, "proof": str(proof)}  # fmt: skip
    if args.json:
        out_json(told)
    else:
        print(table(list(told.items()), ("GONE", "COUNT")))
    return 0


def _kept(folder: Path, name: str, proof: str) -> Path:
    from kiosk.adapters.machine import durable

    durable.make_folder(folder / "proofs")
    durable.put(folder / "proofs" / name, proof.encode("ascii"))
    return folder / "proofs" / name


def _status(args: argparse.Namespace, settings: PortalSettings) -> int:
    from kiosk.bootstrap.portal import portal_objects, portal_store
    from kiosk.cloud.portal.store.figures import figures

    store = portal_store(settings)
    try:
        told: dict[str, object] = {**figures(store), "objects": portal_objects(settings).probe()}
    finally:
        store.close()
    if args.json:
        print(json.dumps(told))
    else:
        print(table(list(told.items()), ("WHAT", "NOW")))
    return 0
