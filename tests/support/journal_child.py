"""Runs in a child with the I/O fault shim: one visit's worth of journal work under every fault, and sessions to cut.

python -m tests.support.journal_child faults FOLDER      every Nth call × every error, once and lasting
python -m tests.support.journal_child sessions FOLDER N  N sessions with a trace of all writes
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.adapters.sql import SqlLedger
from kiosk.domain.faults import KioskError
from kiosk.domain.person.tries import TryLimits
from kiosk.domain.sheets.printing import DocumentKind, Order, SheetState
from kiosk.domain.trail import AuditRecord
from kiosk.ports.ledger import AuditFilter
from tests.support.io_faults import Shim

ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT, errno.EINTR)
LASTING = (errno.ENOSPC, errno.EIO)  # a lasting EINTR would be no fault but a hang: such calls are made again
NAME = "ledger.sqlite"
PRINTED = SheetState.PRINTED


def order(document: str) -> Order:
    return Order(document, "subject", DocumentKind.REPORT, copy=1, sheets=3)


def visit(ledger: SqlLedger, document: str) -> list[str]:
    """One visit's work; returns the names of the steps that the ledger said were done."""
    done: list[str] = []

    def step(name: str, work: Callable[[], object]) -> object:
        try:
            answer = work()
        except KioskError as error:
            done.append(f"!{error.code}")
            return None
        done.append(name)
        return answer

    step("try", lambda: ledger.begin_try("v", document, "k", TryLimits(per_kiosk=10**6)))
    serial = getattr(step("reserve", lambda: ledger.reserve("v", "k", order(document))), "serial", None)
    if serial is not None:
        step("mark", lambda: ledger.submitted(serial, "report", ""))
        step("settle", lambda: ledger.settle(serial, [PRINTED] * 3))
    step("audit", lambda: ledger.append(AuditRecord("print", subject=document)))
    return done


def check(ledger: SqlLedger, document: str, done: list[str]) -> str:
    """Compare the reopened ledger with what was acknowledged; returns what is wrong."""
    states = set(ledger.sheets_of(document, 1).values())
    tries = ledger.tries("x", document, "x", TryLimits()).subject
    if len(states) > 1:
        return f"mixed sheets {states}"
    if "settle" in done and states != {PRINTED}:
        return f"settled but {states}"
    if "reserve" in done and not states:
        return "reservation lost"
    if "try" in done and tries != 1:
        return f"attempt lost: {tries}"
    if ledger.verify() is not None:
        return "chain broken"
    if "audit" in done and all(event.subject != document for event in ledger.events(_all())):
        return "event lost"
    if ledger.sheets_of("before", 1) != {1: PRINTED, 2: PRINTED, 3: PRINTED}:
        return "an older row was lost"
    return ""


def _all() -> AuditFilter:
    return AuditFilter()


def _copy(source: str, target: str) -> None:
    """The spare is only there: eight empty mebibytes need not be copied each time."""
    os.link(source, target) if source.endswith(".spare") else shutil.copyfile(source, target)


def faults(folder: Path) -> None:
    """Every Nth call × every error, once; and from the Nth call on for those that last in real life."""
    template = folder / "template"
    ledger = SqlLedger(f"sqlite:///{template}/{NAME}")
    visit(ledger, "before")
    ledger.close()
    plans = [(error, False) for error in ERRORS] + [(error, True) for error in LASTING]
    tallies = [Tally() for _ in plans]
    for (error, sticky), tally in zip(plans, tallies, strict=True):
        nth = 1
        while one_fault(folder, nth, error, sticky, tally):
            nth += 1
    total = {"runs": sum(t.runs for t in tallies), "refused": sum(t.refused for t in tallies)}
    print(json.dumps({**total, "wrong": [line for tally in tallies for line in tally.wrong]}))


@dataclass
class Tally:
    """What came of the runs."""

    runs: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)


def one_fault(folder: Path, nth: int, error: int, sticky: bool, tally: Tally) -> bool:
    """One visit with one fault, and a look at what is left of it; False when there were fewer calls than that."""
    shim, home = Shim(), folder / "run"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(folder / "template", home, copy_function=_copy)
    shim.arm(str(home / NAME), nth, error, sticky)
    try:
        ledger = SqlLedger(f"sqlite:///{home}/{NAME}")
        done = visit(ledger, "now")
        ledger.close()
    except KioskError as fault:
        done = [f"!{fault.code}"]
    calls = shim.disarm()
    reopened = SqlLedger(f"sqlite:///{home}/{NAME}")
    said = check(reopened, "now", done)
    if not said and nth % 5 == 0:  # and it works again
        visit(reopened, "after")
        said = check(reopened, "after", ["try", "reserve", "settle", "audit"])
    reopened.close()
    tally.runs += 1
    tally.refused += any(name.startswith("!") for name in done)
    if said:
        tally.wrong.append(f"{errno.errorcode[error]} at {nth}{' on' if sticky else ''}: {said} after {done}")
    return calls >= nth


def sessions(folder: Path, number: int) -> None:
    shim = Shim()
    ledger = SqlLedger(f"sqlite:///{folder}/{NAME}")
    ledger.close()
    shutil.copytree(folder, folder.with_name("start"))
    shim.arm(str(folder / NAME))
    shim.trace(folder.with_name("trace"))
    ledger = SqlLedger(f"sqlite:///{folder}/{NAME}")
    for session in range(number):
        document = f"document{session}"
        reservation = ledger.reserve("v", "k", order(document))
        shim.mark(session * 10 + 1)
        assert reservation is not None
        ledger.submitted(reservation.serial, "report", "")
        shim.mark(session * 10 + 2)
        ledger.settle(reservation.serial, [PRINTED] * 3)
        shim.mark(session * 10 + 3)
        ledger.append(AuditRecord("print", subject=document))
        shim.mark(session * 10 + 4)
        if session % 7 == 6:  # checkpoints happen in between, too
            ledger.close()
            ledger = SqlLedger(f"sqlite:///{folder}/{NAME}")
    shim.trace(None)
    shim.disarm()
    ledger.close()
    print("done")


def full(folder: Path) -> None:
    """The disk fills up while a job runs: it is settled at the cost of the spare, and nothing new is taken."""
    shim, told = Shim(), {}
    ledger = SqlLedger(f"sqlite:///{folder}/{NAME}")
    running = ledger.reserve("v", "k", order("running"))
    assert running is not None
    shim.arm(str(folder / NAME), 1, errno.ENOSPC)
    ledger.settle(running.serial, [PRINTED] * 3)
    told["settled"] = [state.value for state in ledger.reservation(running.serial).states]  # type: ignore[union-attr]
    told["spare_left"] = (folder / f"{NAME}.spare").exists()
    shim.arm(str(folder / NAME), 1, errno.ENOSPC, sticky=True)
    try:
        ledger.reserve("v", "k", order("next"))
    except KioskError as error:
        told["next"] = error.code
    told["display"] = ledger.deliveries(["running"])[0].state
    shim.disarm()
    told["after"] = ledger.reserve("v", "k", order("next")) is not None
    told["spare_again"] = (folder / f"{NAME}.spare").stat().st_size
    ledger.close()
    print(json.dumps(told))


def main(mode: str, folder: Path, number: str = "0") -> None:
    if mode == "sessions":
        sessions(folder, int(number))
    else:
        {"faults": faults, "full": full}[mode](folder)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
