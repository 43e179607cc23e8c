"""Look at everything the kiosk needs: what is wrong, and what to do.

Exit codes: 0 all well · 1 something is wrong · 2 bad configuration.
"""

from __future__ import annotations

import argparse

from kiosk.adapters.machine.probes import AskingProbe, disk_ask, fonts_ask
from kiosk.bootstrap import build, instance_lock
from kiosk.cli.common import out_json, quiet_logs, settings_of
from kiosk.config import Settings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.probe import Finding
from kiosk.session.screens.texts import Texts, load_texts
from kiosk.words import SOURCE, tags

EXIT_WRONG = 1


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    command.add_argument("--json", action="store_true", help="one JSON object")
    command.add_argument("--language", choices=tags(), default=SOURCE, help="language of the advice")


def run(args: argparse.Namespace) -> int:
    """Probe."""
    quiet_logs()
    settings = settings_of(args)
    findings = look(settings)
    texts = load_texts(args.language, settings.hospital.desk_in(args.language))
    if args.json:
        out_json({"ok": all(f.ok for f in findings), "findings": [_plain(f, texts) for f in findings]})
    else:
        for finding in findings:
            print(_line(finding, texts))
    return 0 if all(f.ok for f in findings) else EXIT_WRONG


def look(settings: Settings) -> list[Finding]:
    """Every probe. What cannot even be started without its keys and folders is still told, with the disk's state."""
    try:
        application = build(settings)
    except KioskError as error:
        if error.code is FaultCode.CONFIG_INVALID:
            raise
        rest = AskingProbe("disk", disk_ask(settings.kiosk.state_dir)), AskingProbe("fonts", fonts_ask)
        return [Finding("start", False, error.detail, error.code), *(probe.check() for probe in rest)]
    try:
        if application.eye and not instance_lock(settings).taken():  # a kiosk that runs has the camera
            application.eye.open()
        return application.doctor()
    finally:
        application.close()


def _advice(finding: Finding, texts: Texts) -> str:
    usual = texts(f"advice.{finding.fault}") if finding.fault and not finding.ok else ""
    return finding.advice or usual


def _plain(finding: Finding, texts: Texts) -> dict[str, object]:
    return {
        "probe": finding.probe,
        "ok": finding.ok,
        "said": finding.said,
        "fault": None if finding.ok else finding.fault,
        "advice": _advice(finding, texts),
    }


def _line(finding: Finding, texts: Texts) -> str:
    mark = "ok   " if finding.ok else "WRONG"
    first = f"{mark}  {finding.probe:<15} {finding.said}"
    if finding.ok or not finding.fault:
        return first
    indent = " " * 7
    return f"{first}\n{indent}{texts(f'fault.{finding.fault}')}.\n{indent}→ {_advice(finding, texts)}"
