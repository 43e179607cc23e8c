"""`kiosk fleet config`: settings that all machines of a hospital have, signed and handed out from one place."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from kiosk.adapters.updates.depot import WANTED as OFFERED
from kiosk.adapters.updates.minisign import sign
from kiosk.bootstrap.fleet.watch import settings_digest
from kiosk.cli.common import out_json
from kiosk.config import WANTED, load
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.updates.releases import wanted_of


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    actions = command.add_subparsers(dest="what", required=True, metavar="ACTION")
    signing = actions.add_parser("sign", help="lay settings into the depot, signed")
    signing.add_argument("file", type=Path, help="number = N, [settings.…] for all, [kiosks.NAME.…] for one")
    signing.add_argument("--secret-key", type=Path, required=True, help="of minisign -G")
    signing.add_argument("--out", type=Path, required=True, help="the depot's folder")
    actions.add_parser("show", help="what this machine has of them")


def run(args: argparse.Namespace) -> int:
    """Sign, or show."""
    return _sign(args) if args.what == "sign" else _show(args)


def _sign(args: argparse.Namespace) -> int:
    wanted = wanted_of(args.file.read_bytes())
    args.out.mkdir(parents=True, exist_ok=True)
    draft = args.out / f".{OFFERED}"
    shutil.copyfile(args.file, draft)
    signature = sign(draft, args.secret_key, f"cloud-film-kiosk settings {wanted.number}")
    signature.replace(args.out / signature.name.removeprefix("."))
    draft.replace(args.out / OFFERED)
    print(f"settings {wanted.number} for all machines, with {len(wanted.own)} that differ, in {args.out}")
    return 0


def _show(args: argparse.Namespace) -> int:
    if not args.config:
        raise KioskError(FaultCode.CONFIG_INVALID, "a machine's own kiosk.toml is wanted: --config")
    beside = args.config.with_name(WANTED)
    number = wanted_of(beside.read_bytes()).number if beside.exists() else 0
    out_json({"number": number, "settings": settings_digest(load(args.config))})
    return 0
