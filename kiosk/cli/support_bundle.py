"""One file for whoever looks after the kiosk: what is wrong, what runs here, what the services wrote. Nobody is named.

Holds: the findings of `kiosk doctor`, versions and settings (secrets are references in them), figures of the ledger,
the state of the chain, and the last lines of this machine's services where systemd keeps them. Log lines of the kiosk
hold pseudonyms only; a line that holds a number of eight digits and more is left out all the same, and counted.

Exit codes: 0 written · 2 usage or bad configuration · 6 it cannot be written.
"""

from __future__ import annotations

import argparse
import io
import json
import platform
import re
import shutil
import subprocess
import tarfile
import time
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path

from kiosk.adapters.machine.durable import put
from kiosk.bootstrap import ledger_of
from kiosk.bootstrap.fleet.watch import DISTRIBUTION, release, settings_digest
from kiosk.cli.common import quiet_logs, settings_of
from kiosk.cli.doctor import look
from kiosk.config import Settings
from kiosk.domain.faults import FaultCode, KioskError

UNITS = ("kiosk", "kiosk-display", "kiosk-maintenance", "cups", "seatd")
LINES, JOURNAL_S = "5000", 20
# An accession number, a telephone number, an ID number: none of them belongs into a log, wherever it came from.
NUMBER = re.compile(r"(?<![0-9A-Za-z.:-])\d{8,}[0-9Xx]?(?![0-9A-Za-z.])")


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    command.add_argument("--out", type=Path, metavar="FILE", help="default: kiosk-support-NAME-TIME.tar.gz here")


def run(args: argparse.Namespace) -> int:
    """Write it."""
    quiet_logs()
    settings = settings_of(args)
    out = args.out or Path(f"kiosk-support-{settings.kiosk.id}-{time.strftime('%Y%m%d-%H%M%S')}.tar.gz")
    try:
        put(out, packed(pages(settings)))
    except OSError as error:
        raise KioskError(FaultCode.STORE_UNAVAILABLE, f"{out}: {error.strerror}") from error
    print(out)
    return 0


def pages(settings: Settings) -> dict[str, str]:
    """Everything, by file name."""
    found = {
        "about.json": _json(_about(settings)),
        "findings.json": _json([asdict(one) for one in look(settings)]),
        "settings.json": settings.model_dump_json(indent=1),
        "ledger.json": _json(_ledger(settings)),
        "packages.txt": "\n".join(sorted(f"{one.name}=={one.version}" for one in distributions())),
    }
    return found | {f"journal/{unit}.log": _journal(unit) for unit in UNITS}


def packed(files: dict[str, str]) -> bytes:
    """A tar.gz of them, readable by its owner only."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            data = text.encode("utf-8", "backslashreplace")
            member = tarfile.TarInfo(f"kiosk-support/{name}")
            member.size, member.mtime, member.mode = len(data), int(time.time()), 0o600
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def without_numbers(text: str) -> str:
    """The lines that hold no long number, and how many were left out."""
    lines = text.splitlines()
    kept = [line for line in lines if not NUMBER.search(line)]
    left_out = len(lines) - len(kept)
    return "\n".join([*kept, *([f"[{left_out} lines with long numbers left out]"] if left_out else [])])


def _about(settings: Settings) -> dict[str, object]:
    disk = shutil.disk_usage(settings.kiosk.state_dir if settings.kiosk.state_dir.exists() else Path("/"))
    return {
        "kiosk": settings.kiosk.id,
        "time": time.time(),
        "release": release(),
        "program": DISTRIBUTION,
        "settings": settings_digest(settings),
        "python": platform.python_version(),
        "system": platform.platform(),
        "disk_free_mib": disk.free >> 20,
        "memory": Path("/proc/meminfo").read_text("ascii").splitlines()[:3],
        "load": Path("/proc/loadavg").read_text("ascii").split()[:3],
    }


def _ledger(settings: Settings) -> dict[str, object]:
    """Counts and the chain; why not, where the ledger cannot be read."""
    try:
        ledger = ledger_of(settings)
    except KioskError as error:
        return {"fault": error.code, "said": error.detail}
    try:
        check = ledger.check_trail()
        states = [one.report.device for one in ledger.devices() if not one.well]
        return {"events": check.events, "flaws": check.flaws, "open": len(ledger.unsettled()), "unwell": states}
    except KioskError as error:
        return {"fault": error.code, "said": error.detail}
    finally:
        ledger.close()


def _journal(unit: str) -> str:
    """The unit's last lines; what journalctl said where there are none."""
    program = shutil.which("journalctl")
    if program is None:
        return "no journalctl on this machine"
    command = [program, "--unit", unit, "--lines", LINES, "--no-pager", "--output", "short-iso"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=JOURNAL_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{type(error).__name__}"
    return without_numbers((done.stdout or done.stderr).decode("utf-8", "replace"))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)
