"""Pictures of what patients see while a printer is in trouble: python -m tests.support.printer_pictures --out DIR.

The real view models and screens, in both orientations and languages, for each thing that can stop the paper.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

from kiosk.domain.faults import FaultCode
from kiosk.domain.health import Health
from kiosk.domain.sheets.printing import DocumentKind
from kiosk.domain.visit import Receipt, TaskResult
from kiosk.session import states as at
from kiosk.session.facts import Facts, Policy

FAULTS = (
    FaultCode.MEDIA_EMPTY,
    FaultCode.MEDIA_JAM,
    FaultCode.DOOR_OPEN,
    FaultCode.SUPPLY_EMPTY,
    FaultCode.PRINTER_STOPPED,
    FaultCode.PRINTER_OFFLINE,
    FaultCode.PAGE_SCALED,
    FaultCode.PRINTER_BUSY,
)


def shoot(out: Path) -> int:
    """All of them; returns how many."""
    from ui.pictures.gallery import Look, Stage
    from ui.pictures.samples import CALL, LISTING, TOKEN
    from ui.window import application

    application()

    out.mkdir(parents=True, exist_ok=True)
    stage, count = Stage("light"), 0
    for fault in (*FAULTS, FaultCode.PRINT_UNCERTAIN):
        task = TaskResult("d", DocumentKind.REPORT, "report", "1", 3, 1, "K1-0042", fault)
        failed = at.Failed(TOKEN, fault, LISTING, Receipt((task,)))
        if fault is FaultCode.PRINT_UNCERTAIN:
            failed = replace(failed, resume=None, reference="K1-0042")
        stage.states |= {
            "printing": at.Printing(TOKEN, LISTING, total=3, done=1, waiting=fault),
            "trouble": failed,
            "list": LISTING,
        }
        for orientation, language in (("portrait", "zh"), ("landscape", "en"), ("portrait", "en"), ("landscape", "zh")):
            for name in ("printing", "trouble", "list"):
                look = Look(orientation, "light", language, False)
                stage.show(name, look)
                stage.engine.call = CALL if fault is FaultCode.PRINT_UNCERTAIN else None
                stage.engine.facts = Facts(Health(report_printer=fault if name == "list" else None), Policy())
                stage.bridge.refresh()
                stage._settle()
                stage.window.grabWindow().save(str(out / f"{fault}-{name}-{orientation}-{language}.png"))
                count += 1
    stage.close()
    return count


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_QUICK_BACKEND", "software")
    print(shoot(parser.parse_args().out), "pictures")


if __name__ == "__main__":
    main()
