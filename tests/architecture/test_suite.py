"""The rules of tests/support/rules.py, each seen to bite: pytest runs itself on a small module."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import ROOT
from tests.support import servers

LEAKS = """
import threading

def test_leaves_a_thread_behind():
    threading.Thread(target=threading.Event().wait, name="left-behind", daemon=True).start()
"""
ENDS = """
import threading
import pytest

@pytest.fixture
def beside():
    enough = threading.Event()
    thread = threading.Thread(target=enough.wait)
    thread.start()
    yield
    enough.set()

def test_ends_what_it_starts(beside):
    pass
"""
MANY = "\n".join(f"def test_{number}(): print('ran', {number})" for number in range(30))


def run(tmp_path: Path, text: str, *more: str) -> tuple[int, str]:
    """Run a module under the project's rules."""
    file = tmp_path / "test_it.py"
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.rules", "-p", "no:cacheprovider", "-s", "-q"]
    done = subprocess.run(
        [*command, *more, "--rootdir", str(tmp_path), "-c", "/dev/null", str(file)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout


def order(tmp_path: Path, *more: str) -> list[str]:
    code, said = run(tmp_path, MANY, *more)
    assert code == 0, said
    return [line.rsplit(" ", 1)[1] for line in said.replace(".", "").splitlines() if line.startswith("ran")]


def test_a_thread_that_outlives_its_test_is_found(tmp_path: Path) -> None:
    code, said = run(tmp_path, LEAKS.replace("import threading", "import threading\nimport tests.support.rules\n"
                                             "tests.support.rules.THREADS_END_S = 0.1", 1))  # fmt: skip
    assert code == 1
    assert "threads outlive their tests: ['left-behind (since test_leaves_a_thread_behind)']" in said


def test_a_thread_that_ends_with_its_fixture_is_no_fault(tmp_path: Path) -> None:
    code, said = run(tmp_path, ENDS)
    assert code == 0, said


def test_an_order_can_be_repeated_and_another_seed_is_another_order(tmp_path: Path) -> None:
    assert order(tmp_path, "--seed", "7") == order(tmp_path, "--seed", "7") != order(tmp_path, "--seed", "8")
    assert order(tmp_path, "--seed", "0") == [str(number) for number in range(30)]


def test_the_order_is_told_so_that_it_can_be_repeated(tmp_path: Path) -> None:
    _, said = run(tmp_path, MANY, "-v")
    assert "order of the tests: --seed " in said


def test_every_hook_runs_a_part_of_the_quick_checks_and_fetches_nothing() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    script = (ROOT / "installer/check.sh").read_text(encoding="utf-8")
    entries = re.findall(r"entry: (\S+) (\S+)", hooks)
    assert {part for _, part in entries} == set(re.findall(r"^(\w+)\(\)", script, re.MULTILINE))
    assert {command for command, _ in entries} == {"installer/check.sh"}
    assert re.findall(r"repo: (\S+)", hooks) == ["local"]


def test_an_unknown_part_is_told() -> None:
    done = subprocess.run(
        [str(ROOT / "installer/check.sh"), "nonsense"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert "lint types" in done.stderr


def test_a_port_of_the_tests_is_none_that_the_kernel_gives_away() -> None:
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    assert all(1024 < servers.free_port() < lowest for _ in range(20))
