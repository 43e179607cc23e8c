"""Kills the kiosk at named points, scheduler and printer at any moment, and counts sheets in the tray.

    python -m tests.faults.kill_harness [--runs 20] [--workers 3] [--seed 1] [--out docs/printing-crash-table.md]

Every run: a kiosk process prints three sheets on a real scheduler and printer and is killed; a new kiosk finds out what
became of them; the patient asks again. No sheet may come out twice; no sheet may be called printed that did not come
out; a sheet that did not come out must be visible: uncertain, for staff.
"""

from __future__ import annotations

import argparse
import multiprocessing
import queue
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.adapters.printing.cups_printer import CupsPrinter
from kiosk.adapters.sql import SqlLedger
from kiosk.config import PrinterSettings
from kiosk.domain.faults import FaultCode
from kiosk.domain.sheets.printing import PrinterState, PrinterStatus, SheetState
from kiosk.services.printing.print_service import PrintService
from tests.support.kill_child import KIOSK, SHEETS, Scene, first_life, open_service, print_all
from tests.support.printers import Capabilities, PrintShop
from tests.support.servers import wait_until

POINTS = (
    "started", "preflighted", "reserved", "document-made", "marked", "job-created", "half-sent", "submitted", "noted",
    "following", "first-sheet", "ended", "settled",
)  # fmt: skip
# Where the first kiosk died > where the second one does, while it finds out about the first one's job.
SECOND_DEATHS = ("reserved > freed", "submitted > adopting", "submitted > ended", "submitted > adopted")
KIOSK_AT_RANDOM = "kiosk at a random moment"
SCHEDULER = "scheduler with its backends at a random moment"
BOTH = "kiosk and scheduler at random moments"
PRINTER = "printer switched off and on at a random moment"
JAMMED = "printer switched off and on in a jam"
PRINTER_AND_KIOSK = "printer switched off and on, kiosk at a random moment"
CYCLES = (PRINTER, JAMMED, PRINTER_AND_KIOSK)
MUTE = ", printer cannot be asked"
SCENES = (
    *POINTS, *SECOND_DEATHS, KIOSK_AT_RANDOM, SCHEDULER, BOTH, *CYCLES, KIOSK_AT_RANDOM + MUTE, SCHEDULER + MUTE,
    BOTH + MUTE,
)  # fmt: skip
LONGEST_S = 1.6
OPENING = threading.Lock()  # alembic keeps its connection in a global: one thread of a process at a time
PROCESSES = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Verdict:
    """What one run came to: the most copies of any sheet, how many are for staff, and what may never happen."""

    copies: int
    uncertain: int
    wrong: str = ""


@dataclass
class Row:
    """One line of the table."""

    point: str
    verdicts: list[Verdict] = field(default_factory=list)

    def cells(self) -> list[str]:
        """Point, runs, all printed once, some for staff, twice, silently lost."""
        fine = sum(not v.uncertain and not v.wrong for v in self.verdicts)
        staff = sum(bool(v.uncertain) and not v.wrong for v in self.verdicts)
        twice = sum(v.copies > 1 for v in self.verdicts)
        lost = sum(bool(v.wrong) and v.copies <= 1 for v in self.verdicts)
        return [self.point, *map(str, (len(self.verdicts), fine, staff, twice, lost))]


class Stage:
    """One scheduler with one printer: where runs take place one after the other."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.shop = PrintShop.open(home, 0.3, report=Capabilities())

    def run(self, point: str, chance: random.Random) -> Verdict:
        """One kiosk dies at the point; what becomes of its sheets."""
        self.shop.put_right()
        with tempfile.TemporaryDirectory(dir=self.home) as folder:
            scene = Scene(Path(folder), self.shop.server, "report", mute=point.endswith(MUTE))
            point = point.removesuffix(MUTE)
            if point == JAMMED:
                self.shop.printers["report"].raise_fault("media-jam-error", chance.randint(1, SHEETS))
            for death in self._deaths(point, chance):
                self._live(scene, death, lambda: self._interfere(point, chance))
            return self._judge(scene)

    @staticmethod
    def _deaths(point: str, chance: random.Random) -> Sequence[str]:
        if point in (KIOSK_AT_RANDOM, BOTH, PRINTER_AND_KIOSK):
            return (f"after:{chance.uniform(0.0, LONGEST_S):.3f}",)
        return ("",) if point in (SCHEDULER, *CYCLES) else point.split(" > ")

    def _interfere(self, point: str, chance: random.Random) -> None:
        """What befalls scheduler and printer while the kiosk lives."""
        if point in (SCHEDULER, BOTH):
            time.sleep(chance.uniform(0.0, LONGEST_S))
            self.shop.scheduler.kill()
            time.sleep(chance.uniform(0.0, 0.5))
            self.shop.scheduler.start()
        if point == JAMMED:
            wait_until(self._jammed, "jam", 60)
        if point in CYCLES:
            self._power_cycle(chance)

    def _power_cycle(self, chance: random.Random) -> None:
        """What jammed is cleared away while it is off."""
        printer = self.shop.printers["report"]
        time.sleep(chance.uniform(0.0, 2 * LONGEST_S))
        printer.stop()
        printer.clear_faults()
        time.sleep(chance.uniform(0.0, 1.0))
        printer.start()

    def _live(self, scene: Scene, death: str, interfere: Callable[[], None]) -> None:
        process = PROCESSES.Process(target=first_life, args=(scene, death))
        process.start()
        interfere()
        process.join(60)
        assert process.exitcode is not None, f"the kiosk that was to die at {death} still lives"
        # Reached, or a run that ended before its random moment; never an error of its own.
        assert process.exitcode in (-9, 0), f"{death}: exit code {process.exitcode}"
        assert process.exitcode == -9 or death.startswith("after:") or not death, f"{death} was never reached"

    def _judge(self, scene: Scene) -> Verdict:
        """A new kiosk starts, finds out, the patient asks again; then tray and journal are compared."""
        with OPENING:
            ledger, service = open_service(scene, lambda _: None)
        try:
            _find_out(service)
            print_all(scene, service)
            _find_out(service)
            wait_until(self._rests, "rest of the printer", 40)
            return compare(ledger.sheets_of("document", 1), self._tray(ledger))
        finally:
            ledger.close()

    def _rests(self) -> bool:
        state = self._printer_state()
        return state.status is PrinterStatus.IDLE and state.queued == 0

    def _jammed(self) -> bool:
        return any(reason.startswith("media-jam") for reason in self._printer_state().reasons)

    def _printer_state(self) -> PrinterState:
        """Asked of the printer itself, whether the kiosk can or not."""
        return CupsPrinter(PrinterSettings(kind="cups", queue="report", server=self.shop.server)).state()

    def _tray(self, ledger: SqlLedger) -> Counter[int]:
        """Copies of each sheet of this run's document that came out."""
        out: Counter[int] = Counter()
        for serial, page in self.shop.printers["report"].sheets():
            reservation = ledger.reservation(serial)
            if reservation is not None:
                out[reservation.order.first_sheet + page - 1] += 1
        return out


def _find_out(service: PrintService) -> None:
    """As the kiosk does before each visit, until the scheduler answers again."""
    for _ in range(100):
        if all(result.fault is not FaultCode.SPOOLER_DOWN for result in service.reconcile(KIOSK)):
            return
        time.sleep(0.1)


def compare(states: dict[int, SheetState], out: Counter[int]) -> Verdict:
    """What the journal says against what lies in the tray."""
    wrong = []
    for sheet in range(1, SHEETS + 1):
        state, copies = states.get(sheet, SheetState.MISSING), out[sheet]
        if copies > 1:
            wrong.append(f"sheet {sheet} came out {copies} times")
        if state is SheetState.PRINTED and copies == 0:
            wrong.append(f"sheet {sheet} is called printed")
        if state not in (SheetState.PRINTED, SheetState.UNCERTAIN):
            wrong.append(f"sheet {sheet} is {state}")
    uncertain = sum(state is SheetState.UNCERTAIN for state in states.values())
    return Verdict(max(out.values(), default=0), uncertain, "; ".join(wrong))


def run_all(plan: Sequence[str], workers: int, seed: int, said: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Run every point of the plan as often as it stands there; one row for each point."""
    PROCESSES.set_forkserver_preload(["tests.support.kill_child"])
    rows = {point: Row(point) for point in SCENES if point in plan}
    free: queue.Queue[Stage] = queue.Queue()
    lock = threading.Lock()

    def one(numbered: tuple[int, str]) -> None:
        number, point = numbered
        stage = free.get()
        try:
            verdict = stage.run(point, random.Random(seed * 100_003 + number))
        finally:
            free.put(stage)
        with lock:
            rows[point].verdicts.append(verdict)
        said(f"{point}: {verdict}")

    with ExitStack() as stack, tempfile.TemporaryDirectory() as home:
        for number in range(workers):
            stage = Stage(Path(home) / str(number))
            stack.callback(stage.shop.close)
            free.put(stage)
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(one, enumerate(plan)))
    return list(rows.values())


def markdown(rows: Sequence[Row]) -> str:
    """The result table."""
    head = ("killed at", "runs", "every sheet once", "some sheets uncertain (staff)", "a sheet twice", "silently lost")
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(row.cells()) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", help="a point; may be given several times")
    chosen = parser.parse_args()
    plan = [point for point in (chosen.only or SCENES) for _ in range(chosen.runs)]
    rows = run_all(plan, chosen.workers, chosen.seed, lambda line: print(line, flush=True))
    print(markdown(rows))
    wrong = [f"{row.point}: {v.wrong}" for row in rows for v in row.verdicts if v.wrong]
    raise SystemExit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
