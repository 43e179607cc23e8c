"""All kiosks of one ledger: how each is, close one, open it again.

`status` lists every kiosk that ever told of itself. `close` takes effect between two visits, within a minute; a visit
under way is not disturbed. `forget` takes a machine that is no more off the list. `release` brings a signed release
to one machine, then five, then all; `config` hands out signed settings. `update`, as root, is a machine's own look.

Exit codes: 0 done, all well · 1 `status`: one is silent, closed or has a fault · 2 usage, no such kiosk, not signed · 5
`update`: it went back by itself, or what was offered was refused · 6 the ledger or the depot cannot be read.
"""

from __future__ import annotations

import argparse
from zoneinfo import ZoneInfo

from kiosk.adapters.machine.system import SystemClock
from kiosk.bootstrap import ledger_of
from kiosk.cli.common import out_json, quiet_logs, settings_of, stamp, table
from kiosk.cli.updates import config, machine, release
from kiosk.config import Settings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.fleet import DeviceState, FleetAction
from kiosk.domain.updates.releases import UpdateRefusedError
from kiosk.domain.updates.rollouts import UpdateOutcome
from kiosk.ports.ledger import Ledger
from kiosk.services.audit import Audit
from kiosk.services.machine.fleet import FleetOffice

EXIT_UNWELL = 1
HEAD = ("KIOSK", "STATE", "SINCE", "SEEN", "LAST VISIT", "VISITS", "ALARMS", "VERSION", "RELEASE", "SETTINGS")


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("status", help="how each is").add_argument("--json", action="store_true", help="one JSON object")
    for action, words in (("close", "no more visits there"), ("open", "visits again")):
        sub = actions.add_parser(action, help=words)
        sub.add_argument("kiosk")
        sub.add_argument("--reason", required=action == "close", default="", help="why, for the log and the desk")
        sub.add_argument("--by", default="console", help="who (default: console)")
    actions.add_parser("forget", help="off the list").add_argument("kiosk")
    release.register(actions.add_parser("release", help="a signed release: one machine, then five, then all"))
    config.register(actions.add_parser("config", help="signed settings for all machines"))
    actions.add_parser("update", help="as root: this machine looks for signed settings and its release")
    actions.add_parser("turn", help="for `update`: whether this machine may take the release")
    told = actions.add_parser("note", help="for `update`: how it ended here")
    told.add_argument("number", type=int)
    told.add_argument("outcome", choices=[UpdateOutcome.TAKEN, UpdateOutcome.UNDONE, UpdateOutcome.REFUSED])
    told.add_argument("--said", default="", help="why")


def run(args: argparse.Namespace) -> int:
    """Tell, or change."""
    quiet_logs()
    try:
        return _without_ledger(args) if _needs_no_ledger(args) else _with_ledger(args)
    except UpdateRefusedError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, str(error)) from error
    except OSError as error:
        what = f"{error.filename or 'the depot'}: {error.strerror or error}"
        raise KioskError(FaultCode.CONFIG_INVALID, what) from error


def _needs_no_ledger(args: argparse.Namespace) -> bool:
    return args.action in ("config", "update") or (args.action, getattr(args, "what", "")) == ("release", "sign")


def _without_ledger(args: argparse.Namespace) -> int:
    """Signing is done where the secret key is, and root does not open the kiosk's ledger."""
    if args.action == "release":
        return release.sign_release(args)
    return config.run(args) if args.action == "config" else machine.update(args, settings_of(args))


def _with_ledger(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    ledger = ledger_of(settings)
    clock = SystemClock(settings.hospital.time_zone)
    audit = Audit(ledger, settings.kiosk.id, clock)
    try:
        if args.action == "release":
            return release.run(args, settings, ledger, audit)
        if args.action == "turn":
            return machine.turn(settings.kiosk.id, ledger)
        if args.action == "note":
            return machine.note(args, settings.kiosk.id, ledger, audit)
        if args.action == "status":
            return _status(ledger, settings, args.json)
        if args.action == "forget":
            return _forget(ledger, args.kiosk)
        office = FleetOffice(ledger, audit)
        office.tell(args.kiosk, FleetAction(args.action), args.reason, args.by)
        return 0
    finally:
        ledger.close()


def _forget(ledger: Ledger, kiosk: str) -> int:
    if not ledger.forget_device(kiosk):
        raise KioskError(FaultCode.CONFIG_INVALID, f"no machine {kiosk!r} has told of itself")
    return 0


def _status(ledger: Ledger, settings: Settings, as_json: bool) -> int:
    states = ledger.devices()
    if as_json:
        out_json({"ok": all(one.well for one in states), "kiosks": [_plain(one) for one in states]})
    else:
        zone = ZoneInfo(settings.hospital.time_zone)
        print(table([_row(one, zone) for one in states], HEAD))
        for line in _faults(states):
            print(line)
    return 0 if all(one.well for one in states) else EXIT_UNWELL


def _row(one: DeviceState, zone: ZoneInfo) -> tuple[object, ...]:
    told, visit = one.report, stamp(one.last_visit, zone) if one.last_visit else "-"
    times = stamp(one.since, zone), stamp(one.seen, zone), visit
    return told.device, one.word, *times, one.visits, one.alarms, told.version, told.release, told.settings


def _faults(states: list[DeviceState]) -> list[str]:
    """What is wrong, a line each."""
    closed = [f"{one.report.device}: closed: {one.closed}" for one in states if one.closed]
    found = [
        f"{one.report.device}: {probe}: {fault}: {said}"
        for one in states
        for probe, (fault, said) in sorted(one.report.faults.items())
        if fault != FaultCode.CLOSED_BY_STAFF
    ]
    return closed + found


def _plain(one: DeviceState) -> dict[str, object]:
    told = one.report
    return {
        "kiosk": told.device,
        "state": one.word,
        "closed": one.closed,
        "faults": {probe: {"fault": fault, "said": said} for probe, (fault, said) in told.faults.items()},
        "since": one.since,
        "seen": one.seen,
        "last_visit": one.last_visit,
        "visits": one.visits,
        "alarms": one.alarms,
        "version": told.version,
        "release": told.release,
        "settings": told.settings,
    }
