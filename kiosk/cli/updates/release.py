"""`kiosk fleet release`: sign a release, start it, stop it, see how far it is."""

from __future__ import annotations

import argparse
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.adapters.machine.durable import put
from kiosk.adapters.updates.depot import MANIFEST
from kiosk.adapters.updates.minisign import sign
from kiosk.adapters.updates.packing import packed
from kiosk.bootstrap.fleet.updates import depot_of
from kiosk.cli.common import out_json, stamp, table
from kiosk.config import Settings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.fleet import DeviceState
from kiosk.domain.trail import EventKind
from kiosk.domain.updates.releases import manifest_of
from kiosk.domain.updates.rollouts import Rollout, UpdateNote, in_order, turn_of
from kiosk.ports.ledger import Ledger
from kiosk.services.audit import Audit

HOUR_S = 3600.0
HEAD = ("KIOSK", "RUNS", "UPDATE", "SINCE", "SAID")


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    actions = command.add_subparsers(dest="what", required=True, metavar="ACTION")
    signing = actions.add_parser("sign", help="lay a packed release into the depot, signed")
    signing.add_argument("archive", type=Path, help="RELEASE.tar.zst of installer/image/build.sh")
    signing.add_argument("--number", type=int, required=True, help="greater than of any release before")
    signing.add_argument("--secret-key", type=Path, required=True, help="of minisign -G")
    signing.add_argument("--out", type=Path, required=True, help="the depot's folder")
    signing.add_argument("--packages", type=Path, help="list of Debian packages, for the SBOM")
    start = actions.add_parser("start", help="give the depot's release to one machine, then five, then all")
    start.add_argument("--first", nargs="*", default=[], metavar="KIOSK", help="machines that go first")
    start.add_argument("--soak", type=float, default=24.0, metavar="HOURS", help="between two stages (default: 24)")
    stop = actions.add_parser("stop", help="no more machines take it")
    stop.add_argument("--reason", required=True, help="why")
    go_on = actions.add_parser("go-on", help="after a stop, or after a machine that went back was looked at")
    for one in (start, stop, go_on):
        one.add_argument("--by", default="console", help="who (default: console)")
    status = actions.add_parser("status", help="how far it is")
    status.add_argument("--json", action="store_true", help="one JSON object")


def sign_release(args: argparse.Namespace) -> int:
    """Needs no ledger and no settings: releases are signed where the key is. The manifest comes last, so that a depot
    never names what is not there."""
    manifest = packed(args.archive, args.number, args.out, args.packages)
    draft = args.out / f".{MANIFEST}"
    put(draft, manifest.text().encode())
    signature = sign(draft, args.secret_key, f"cloud-film-kiosk release {manifest.number} {manifest.release}")
    signature.replace(args.out / signature.name.removeprefix("."))
    draft.replace(args.out / MANIFEST)
    print(f"release {manifest.number}: {manifest.release}, version {manifest.version}, in {args.out}")
    return 0


def run(args: argparse.Namespace, settings: Settings, ledger: Ledger, audit: Audit) -> int:
    """Change it, or tell."""
    if args.what == "status":
        return _status(ledger, settings, args.json)
    if args.what == "start":
        _start(args, settings, ledger)
    else:
        ledger.stop_rollout(args.reason if args.what == "stop" else "")
    rollout = ledger.rollout()
    number = rollout.number if rollout else 0
    audit.record(EventKind.ROLLOUT_ORDERED, actor=args.by, number=number, action=args.what)
    return 0


def _start(args: argparse.Namespace, settings: Settings, ledger: Ledger) -> None:
    if not args.config:
        raise KioskError(FaultCode.CONFIG_INVALID, "a hospital's own kiosk.toml is wanted: --config")
    manifest = manifest_of(depot_of(settings, args.config).manifest())
    unknown = sorted(set(args.first) - {one.report.device for one in ledger.devices()})
    if unknown:
        raise KioskError(FaultCode.CONFIG_INVALID, f"no machine has told of itself as {', '.join(unknown)}")
    first, soak_s = tuple(args.first), args.soak * HOUR_S
    ledger.begin_rollout(Rollout(manifest.number, manifest.release, manifest.version, first, soak_s, actor=args.by))


def _status(ledger: Ledger, settings: Settings, as_json: bool) -> int:
    rollout = ledger.rollout()
    if rollout is None:
        raise KioskError(FaultCode.CONFIG_INVALID, "no release was started")
    devices, notes = ledger.devices(), ledger.update_notes(rollout.number)
    states = [_state(one, rollout, devices, notes) for one in in_order(rollout, devices)]
    if as_json:
        out_json({"number": rollout.number, "release": rollout.release, "version": rollout.version,
                  "stopped": rollout.stopped, "kiosks": states})  # fmt: skip
        return 0
    zone = ZoneInfo(settings.hospital.time_zone)
    print(f"release {rollout.number}: {rollout.release}, version {rollout.version}, started by {rollout.actor}")
    print(table([_row(one, zone) for one in states], HEAD))
    return 0


def _state(
    one: DeviceState, rollout: Rollout, devices: list[DeviceState], notes: list[UpdateNote]
) -> dict[str, object]:
    told = next((note for note in notes if note.device == one.report.device), None)
    word, said, at = (str(told.outcome), told.said, told.at) if told else ("", "", 0.0)
    if not told:
        why = turn_of(one.report.device, rollout, devices, notes).why
        word, said = ("silent", "takes its place when it is back") if one.silent else ("waits" if why else "due", why)
    return {"kiosk": one.report.device, "runs": one.report.release, "update": word, "said": said, "at": at}


def _row(one: dict[str, object], zone: ZoneInfo) -> tuple[object, ...]:
    at = one["at"]
    since = stamp(at, zone) if isinstance(at, float) and at else "-"
    return one["kiosk"], one["runs"], one["update"], since, one["said"]
