"""Look at everything the kiosk needs: what is wrong, and what to do.

Exit codes: 0 all well · 1 something is wrong · 2 bad configuration.
"""

from __future__ import annotations

import argparse

from kiosk.bootstrap import build
from kiosk.cli.common import out_json, quiet_logs, settings_of
from kiosk.ports.probe import Finding
from kiosk.session.texts import Texts, load_texts
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
    application = build(settings)
    try:
        if application.eye:
            application.eye.open()
        findings = application.doctor()
    finally:
        application.close()
    texts = load_texts(args.language, settings.hospital.desk_in(args.language))
    if args.json:
        out_json({"ok": all(f.ok for f in findings), "findings": [_plain(f, texts) for f in findings]})
    else:
        for finding in findings:
            print(_line(finding, texts))
    return 0 if all(f.ok for f in findings) else EXIT_WRONG


def _advice(finding: Finding, texts: Texts) -> str:
    return finding.advice or (texts(f"advice.{finding.fault}") if finding.fault else "")


def _plain(finding: Finding, texts: Texts) -> dict[str, object]:
    return {
        "probe": finding.probe,
        "ok": finding.ok,
        "said": finding.said,
        "fault": finding.fault,
        "advice": _advice(finding, texts),
    }


def _line(finding: Finding, texts: Texts) -> str:
    mark = "ok   " if finding.ok else "WRONG"
    first = f"{mark}  {finding.probe:<15} {finding.said}"
    if finding.ok or not finding.fault:
        return first
    indent = " " * 7
    return f"{first}\n{indent}{texts(f'fault.{finding.fault}')}.\n{indent}→ {_advice(finding, texts)}"
