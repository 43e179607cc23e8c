"""The journal under full disks, I/O errors, power cuts, damage, wrong clocks and a second kiosk."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from kiosk.adapters.machine.instance_lock import InstanceLock
from kiosk.adapters.sql import SqlLedger
from kiosk.adapters.sql.engine.spare import SPARE_BYTES
from kiosk.adapters.sql.opening import salvage, set_aside
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.tries import TryLimits
from kiosk.domain.sheets.printing import DocumentKind, Order, SheetState
from kiosk.domain.trail import AuditRecord
from kiosk.ports.ledger import AuditFilter
from tests.support.io_faults import ROOT, Step, build, read_trace, run_child

NAME = "ledger.sqlite"
P, U = SheetState.PRINTED, SheetState.UNCERTAIN
SESSIONS, CUTS = 20, 100


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of syncs need no real disk."""
    where = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="journal-", dir=where) as folder:
        yield Path(folder)


def order(document: str, copy: int = 1) -> Order:
    return Order(document, "subject", DocumentKind.REPORT, copy=copy, sheets=3)


def open_in(folder: Path, now: Callable[[], float] = time.time) -> SqlLedger:
    return SqlLedger(f"sqlite:///{folder}/{NAME}", key=b"key", kiosk="kiosk-1", now=now)


def test_case_52_a_full_disk_still_settles_what_runs_and_takes_nothing_new(shim: Path, memory: Path) -> None:
    told = json.loads(run_child(shim, "tests.support.journal_child", "full", str(memory)))
    assert told == {
        "settled": ["printed"] * 3,
        "spare_left": False,
        "next": "disk-full",
        "display": "printed",
        "after": True,
        "spare_again": SPARE_BYTES,
    }


def test_cases_52_53_54_every_nth_failing_call_leaves_the_old_or_the_new_state(shim: Path, memory: Path) -> None:
    told = json.loads(run_child(shim, "tests.support.journal_child", "faults", str(memory)))
    assert told["wrong"] == [] and told["runs"] > 200 and told["refused"] > 100


def test_case_53_a_journal_that_cannot_be_opened_is_a_fault_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(KioskError) as error:
        open_in(tmp_path)
    assert error.value.code is FaultCode.STORE_UNAVAILABLE


def test_files_are_for_the_kiosk_alone_and_commits_are_synced(tmp_path: Path) -> None:
    ledger = open_in(tmp_path / "state")
    assert ledger.reserve("v", "k", order("d"))
    modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "state").iterdir()}
    assert set(modes.values()) == {0o600} and (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    with ledger.store.engine.connect() as connection:
        wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
        assert {k: connection.exec_driver_sql(f"PRAGMA {k}").scalar() for k in wanted} == wanted
    ledger.close()


class Disk:
    """What a disk holds after some steps of a trace: synced writes surely, the others as chance will have it."""

    def __init__(self, start: Path) -> None:
        self.synced = {file.name: bytearray(file.read_bytes()) for file in start.iterdir() if file.suffix == ".sqlite"}
        self.pending: dict[str, list[Step]] = {}

    def run(self, step: Step) -> None:
        name = Path(step.path).name
        if step.kind in "WTU":
            self.pending.setdefault(name, []).append(step)
        elif step.kind == "S":
            self._apply(self.synced, name, self.pending.pop(name, []))

    def after_power_cut(self, chance: random.Random) -> dict[str, bytearray]:
        files = {name: bytearray(data) for name, data in self.synced.items()}
        for name, steps in self.pending.items():
            self._apply(files, name, [self._torn(step, chance) for step in steps if chance.random() < 0.5])
        return files

    @staticmethod
    def _torn(step: Step, chance: random.Random) -> Step:
        """A write of which only some whole sectors arrived."""
        sectors = len(step.data) // 512
        if step.kind != "W" or sectors < 2 or chance.random() < 0.5:
            return step
        return Step("W", step.path, step.offset, step.data[: 512 * chance.randrange(1, sectors)])

    @staticmethod
    def _apply(files: dict[str, bytearray], name: str, steps: list[Step]) -> None:
        for step in steps:
            if step.kind == "U":
                files.pop(name, None)
                continue
            content = files.setdefault(name, bytearray())
            end = step.offset + len(step.data)
            if step.kind == "T":
                del content[step.offset :]
            if len(content) < end:
                content.extend(bytes(end - len(content)))
            content[step.offset : end] = step.data


def test_case_56_a_power_cut_at_any_moment_loses_nothing_that_was_acknowledged(shim: Path, memory: Path) -> None:
    run_child(shim, "tests.support.journal_child", "sessions", str(memory / "run"), str(SESSIONS))
    trace = read_trace(memory / "trace")
    assert sum(step.kind == "S" for step in trace) > SESSIONS
    chance = random.Random(20260301)
    for number in range(CUTS):
        cut = chance.randrange(len(trace))
        disk = Disk(memory / "start")
        for step in trace[:cut]:
            disk.run(step)
        home = memory / "cut"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        for name, data in disk.after_power_cut(chance).items():
            (home / name).write_bytes(data)
        ledger = SqlLedger(f"sqlite:///{home}/{NAME}")
        assert not list(home.glob("quarantine-*")), f"cut {number} at step {cut}"
        for mark in (step.offset for step in trace[:cut] if step.kind == "M"):
            session, what = divmod(mark, 10)
            states = set(ledger.sheets_of(f"document{session}", 1).values())
            assert len(states) == 1 and (what < 3 or states == {P}), f"cut {number} at step {cut}: {session} {states}"
        ledger.close()


def fill(folder: Path) -> str:
    """A ledger with a printed, an uncertain and an open document, closed cleanly; returns the open one's serial."""
    ledger = open_in(folder)
    for number in range(40):
        done = ledger.reserve("v", "kiosk-1", order(f"printed{number}"))
        assert done is not None
        ledger.settle(done.serial, [P] * 3)
    doubtful = ledger.reserve("v", "kiosk-1", order("uncertain"))
    opened = ledger.reserve("v", "kiosk-1", order("open"))
    assert doubtful is not None and opened is not None
    ledger.settle(doubtful.serial, [P, U, U])
    ledger.submitted(opened.serial, "report", "1/x")
    ledger.append(AuditRecord("print"))
    ledger.close()
    return opened.serial


def damage_header(file: Path) -> None:
    file.write_bytes(b"\x00" * 64 + file.read_bytes()[64:])


def damage_page(file: Path) -> None:
    """Break a page of an index: the rows themselves stay readable."""
    raw = sqlite3.connect(file)
    page = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'uq_sheets_held'").fetchone()[0]
    size = raw.execute("PRAGMA page_size").fetchone()[0]
    raw.close()
    data = bytearray(file.read_bytes())
    data[(page - 1) * size : (page - 1) * size + 200] = b"\xa5" * 200
    file.write_bytes(data)


def damage_end(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-8192])


@pytest.mark.parametrize("damage", [damage_header, damage_page, damage_end], ids=["header", "page", "truncated"])
def test_case_58_a_damaged_file_is_set_aside_with_an_alarm(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    fill(tmp_path)
    damage(tmp_path / NAME)
    ledger = open_in(tmp_path)
    (aside,) = tmp_path.glob("quarantine-*")
    assert (aside / NAME).exists() and ledger.verify() is None
    (alarm,) = ledger.events(AuditFilter())
    assert (alarm.kind, alarm.outcome, alarm.kiosk) == ("store-quarantined", "alarm", "kiosk-1")
    assert ledger.reserve("v", "kiosk-1", order("fresh")) is not None
    ledger.close()


HOLDER = """
import sys
from tests.faults.test_printing_journal import Path, open_in
ledger = open_in(Path(sys.argv[1]))
print("in", flush=True)
sys.stdin.readline()
ledger.close()
"""


@pytest.mark.parametrize("killed", [False, True])
def test_case_58_a_damaged_file_is_not_set_aside_under_another_programs_feet(tmp_path: Path, killed: bool) -> None:
    """The other one would go on writing into quarantine; once it has ended, however it ended, the file is set aside."""
    fill(tmp_path)
    line, pipe = [sys.executable, "-c", HOLDER, str(tmp_path)], subprocess.PIPE
    other = subprocess.Popen(line, cwd=ROOT, text=True, stdin=pipe, stdout=pipe)
    assert other.stdout and other.stdout.readline() == "in\n"
    damage_header(tmp_path / NAME)
    for _ in range(2):
        with pytest.raises(KioskError) as error:
            open_in(tmp_path)
        assert error.value.code is FaultCode.STORE_UNAVAILABLE and "another program" in error.value.detail
    assert not list(tmp_path.glob("quarantine-*"))
    if killed:
        other.kill()
    other.communicate(None if killed else "\n", timeout=60)
    ledger = open_in(tmp_path)
    assert len(list(tmp_path.glob("quarantine-*"))) == 1
    assert ledger.events(AuditFilter())[0].kind == "store-quarantined"
    ledger.close()


def test_case_58_what_can_be_read_is_taken_over_and_open_becomes_uncertain(tmp_path: Path) -> None:
    serial = fill(tmp_path)
    damage_page(tmp_path / NAME)
    ledger = open_in(tmp_path)
    assert ledger.reservation(serial).states == (U,) * 3  # type: ignore[union-attr]
    assert ledger.sheets_of("uncertain", 1) == {1: P, 2: U, 3: U}
    assert all(ledger.reserve("v", "k", order(name)) is None for name in ("open", "uncertain", "printed7"))
    ledger.close()


def test_case_58_what_an_older_release_wrote_is_taken_over_too(tmp_path: Path) -> None:
    serial = fill(tmp_path)
    with sqlite3.connect(tmp_path / NAME) as old:
        old.execute("ALTER TABLE sheets DROP COLUMN was")
    folder = set_aside(tmp_path / NAME)
    ledger = open_in(tmp_path)
    assert salvage(ledger.store, folder, NAME)["sheets"] > 0
    assert ledger.reservation(serial).states == (U,) * 3  # type: ignore[union-attr]
    assert ledger.settlements(60) == []
    ledger.close()


def test_case_58_a_cut_write_ahead_log_and_a_left_over_index_are_no_damage(tmp_path: Path) -> None:
    ledger = open_in(tmp_path)
    first = ledger.reserve("v", "k", order("first"))
    copy = tmp_path / "copy"
    copy.mkdir()
    ledger.reserve("v", "k", order("second"))
    for name in (NAME, f"{NAME}-wal", f"{NAME}-shm"):
        shutil.copyfile(tmp_path / name, copy / name)
    ledger.close()
    log = copy / f"{NAME}-wal"
    log.write_bytes(log.read_bytes()[:-2000])
    again = open_in(copy)
    assert not list(copy.glob("quarantine-*")) and first is not None
    assert again.reservation(first.serial) is not None
    assert again.reserve("v", "k", order("first")) is None
    again.close()


def test_case_58_damage_while_running_is_found_by_the_probe(tmp_path: Path) -> None:
    fill(tmp_path)
    ledger = open_in(tmp_path)
    ledger.store.close()
    damage_header(tmp_path / NAME)
    with pytest.raises(KioskError) as error:
        ledger.reserve("v", "k", order("x"))
    assert error.value.code is FaultCode.STORE_UNAVAILABLE
    assert ledger.probe().startswith("sqlite") and ledger.events(AuditFilter())[0].kind == "store-quarantined"
    assert ledger.reserve("v", "k", order("x")) is not None
    ledger.close()


@pytest.mark.parametrize("jump", [-3600.0, 86400.0, -1.7e9, 3.0e8], ids=["-1h", "+1day", "1970", "2038"])
def test_case_61_a_clock_that_jumps_opens_no_door_and_is_noted(tmp_path: Path, jump: float) -> None:
    shift = [0.0]
    ledger = open_in(tmp_path, lambda: time.time() + shift[0])
    limits = TryLimits()
    ledger.append(AuditRecord("start"))
    for _ in range(5):
        assert ledger.begin_try("v", "s", "k", limits) is not None
    shift[0] = jump
    assert ledger.begin_try("other", "s", "k", limits) is None
    assert ledger.append(AuditRecord("next")) == 3
    noted = ledger.events(AuditFilter(kinds=("clock-jump",)))
    assert [round(float(event.details["seconds"])) for event in noted] == [round(jump)] and ledger.verify() is None
    serial = ledger.reserve("v", "k", order("d"))
    assert serial is not None and ledger.deliveries(["d"])[0].state == "open"
    ledger.close()


def test_case_61_a_clock_put_back_between_starts_keeps_the_lock(tmp_path: Path) -> None:
    ledger = open_in(tmp_path)
    for _ in range(5):
        ledger.begin_try("v", "s", "k", TryLimits())
    ledger.close()
    earlier = open_in(tmp_path, lambda: time.time() - 86400 * 365)
    assert earlier.begin_try("other", "s", "k", TryLimits()) is None
    earlier.close()


def test_case_62_a_second_kiosk_is_told_and_a_dead_one_is_no_obstacle(tmp_path: Path) -> None:
    lock = InstanceLock(tmp_path / "state" / "kiosk.lock")
    lock.take()
    with pytest.raises(KioskError) as error:
        InstanceLock(tmp_path / "state" / "kiosk.lock").take()
    assert error.value.code is FaultCode.CONFIG_INVALID and "another kiosk" in error.value.detail
    lock.give_back()
    code = (
        "import os, sys, pathlib; from kiosk.adapters.machine.instance_lock import InstanceLock;"
        "InstanceLock(pathlib.Path(sys.argv[1])).take(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "state" / "kiosk.lock")], cwd=ROOT, check=False)
    lock.take()
    lock.give_back()


def test_case_62_two_processes_on_one_journal_reserve_a_document_once(tmp_path: Path) -> None:
    open_in(tmp_path).close()
    code = (
        "import sys; from kiosk.adapters.sql import SqlLedger; from tests.faults.test_printing_journal import order;"
        "l = SqlLedger(sys.argv[1]); won = [l.reserve('v', 'k', order(f'd{n}')) is not None for n in range(20)];"
        "l.close(); print(sum(won))"
    )
    command = [sys.executable, "-c", code, f"sqlite:///{tmp_path}/{NAME}"]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sum(int(process.communicate(timeout=60)[0]) for process in both) == 20


def test_case_105_the_journal_holds_no_column_for_anything_personal(tmp_path: Path) -> None:
    ledger = open_in(tmp_path)
    with ledger.store.read() as session:
        columns = "SELECT lower(c.name) FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
        made = " ".join(session.scalars(text(columns)))
    assert "serial" in made
    assert not any(word in made for word in ("patient", "birth", "phone", "accession", "national", "study_uid"))
    ledger.close()
