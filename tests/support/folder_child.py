"""Runs in a child with the I/O fault shim: a folder printer prints under every fault, and once with a trace.

python -m tests.support.folder_child faults FOLDER      every Nth call × every error; prints what was wrong
python -m tests.support.folder_child trace FOLDER FILE  one document with a trace; a mark when it was called printed
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from kiosk.adapters.printing.folder_printer import FolderPrinter
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.media import pwg_media
from kiosk.domain.sheets.printing import JobStatus, Ticket
from tests.support.io_faults import Shim
from tests.support.journal_child import ERRORS

COMPLETED = JobStatus.COMPLETED
DOCUMENT = b"%PDF-" + bytes(range(256)) * 300
TICKET = Ticket("SERIAL", pwg_media("iso_a4_210x297mm"), 2)


def printed(folder: Path, document: Path) -> str:
    """Print and follow: completed, or the code of the fault."""
    printer = FolderPrinter(folder)
    try:
        return str(printer.job(printer.submit(document, TICKET)).status)
    except KioskError as error:
        return str(error.code)


def faults(home: Path) -> dict[str, object]:
    """Let every call fail in turn: a document is called printed only where it lies there whole."""
    shim, document = Shim(), home / "document"
    document.write_bytes(DOCUMENT)
    wrong, runs = [], 0
    for error in ERRORS:
        for nth in range(1, 100):
            tray, runs = home / f"tray-{error}-{nth}", runs + 1
            shim.arm(tray.name, nth, error)
            said = printed(tray, document)
            reached = shim.disarm() >= nth
            out, job = tray / "SERIAL.pdf", tray / "jobs" / "SERIAL"
            whole = out.is_file() and out.read_bytes() == DOCUMENT
            if said not in (COMPLETED, FaultCode.PRINT_REFUSED) or (said == COMPLETED and not whole):
                wrong.append(f"{error} at {nth}: {said}")
            if said == FaultCode.PRINT_REFUSED and out.exists() and not job.exists():
                wrong.append(f"{error} at {nth}: refused, and printed")
            if list(tray.glob("**/.SERIAL*")):
                wrong.append(f"{error} at {nth}: a draft was left")
            if not reached:
                break
    return {"wrong": wrong, "runs": runs}


def trace(home: Path, file: Path) -> dict[str, object]:
    """One document; mark 1 when it is called printed."""
    shim, document = Shim(), home / "document"
    document.write_bytes(DOCUMENT)
    shim.arm("tray")
    shim.trace(file)
    said = printed(home / "tray", document)
    shim.mark(1)
    shim.trace(None)
    return {"said": said}


if __name__ == "__main__":
    mode, home, *more = sys.argv[1:]
    print(json.dumps(faults(Path(home)) if mode == "faults" else trace(Path(home), Path(more[0]))))
