"""Files that kill or stall the film's process: the others are printed, the parent is never hurt."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kiosk.adapters.documents.film_reader import SandboxReader
from kiosk.adapters.sandbox import Workers
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.film.spec import FilmSpec
from tests.corpus import packaged, shared
from tests.films import UID, ct, presentation, printed

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four slices."""
    for number in range(1, 5):
        (tmp_path / f"{number}.dcm").write_bytes(ct(number))
    return tmp_path


def _run(action: str, name: str, files: Sequence[Path]) -> dict[str, Any]:
    """A film made while reading the file `name` does what `action` says."""
    command = [sys.executable, "-m", "tests.faults.film_driver", action, name, *map(str, files)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, timeout=120)
    outcome: dict[str, Any] = json.loads(done.stdout)
    return outcome


def _told(outcome: dict[str, Any]) -> list[tuple[int, str]]:
    return [(item["source"], item["reason"]) for item in outcome["skipped"]]


def test_a_film_is_made_in_another_process(folder: Path) -> None:
    outcome = _run("none", "", sorted(folder.iterdir()))
    assert (outcome["sheets"], outcome["placed"], outcome["skipped"]) == (1, 4, [])
    assert list(outcome["written"]) == ["0"]


@pytest.mark.parametrize("number", ["SIGSEGV", "SIGABRT", "SIGKILL"])
def test_case_65_a_crash_costs_the_file_that_caused_it(folder: Path, number: str) -> None:
    outcome = _run(number, "3.dcm", sorted(folder.iterdir()))
    assert outcome["placed"] == 3
    assert _told(outcome) == [(2, f"decoder crashed ({number})")]


@pytest.mark.parametrize("error", ["SystemExit", "KeyboardInterrupt", "RecursionError", "Panic"])
def test_case_64_what_is_no_exception_ends_the_same_way(folder: Path, error: str) -> None:
    outcome = _run(error, "1.dcm", sorted(folder.iterdir()))
    assert outcome["placed"] == 3
    assert _told(outcome) == [(0, f"decoder failed ({error})")]


def test_case_63_a_file_that_stalls_is_given_up(folder: Path) -> None:
    outcome = _run("stall", "4.dcm", sorted(folder.iterdir()))
    assert outcome["placed"] == 3
    assert _told(outcome)[0][1].startswith("decoding took longer than")


def test_case_59_a_file_that_wants_all_memory_is_given_up(folder: Path) -> None:
    outcome = _run("memory", "2.dcm", sorted(folder.iterdir()))
    assert outcome["placed"] == 3
    assert _told(outcome) == [(1, "needs more memory than allowed")]


def test_the_process_cannot_write_a_file(folder: Path) -> None:
    outcome = _run("plant", "1.dcm", sorted(folder.iterdir()))
    assert outcome["placed"] == 3
    assert not [path for path in folder.iterdir() if path.name == "planted" and path.stat().st_size]


def test_the_process_is_confined_as_all_are_that_read_foreign_data(folder: Path) -> None:
    assert _told(_run("rights", "1.dcm", sorted(folder.iterdir()))) == [(0, "2 1")]


def test_a_fault_of_the_request_is_the_callers(folder: Path) -> None:
    assert _run("none", "protocol", sorted(folder.iterdir()))["fault"] == "config-invalid"


def test_case_63_malformed_files_end_as_placed_or_told() -> None:
    files = [*packaged(), *shared("malformed/**/*.dcm")]
    outcome = _run("none", "", files)
    assert outcome["placed"] + outcome["left_out"] + len(outcome["skipped"]) >= len(files)
    assert all(reason for _, reason in _told(outcome))


def test_a_sandboxed_reader_makes_the_same_film(tmp_path: Path) -> None:
    paths = []
    for name, data in {"1": ct(1), "2": ct(2), "3": presentation(f"{UID}.1.2", rotation=90, text="lesion"),
                       "4": b"none"}.items():  # fmt: skip
        (tmp_path / name).write_bytes(data)
        paths.append(tmp_path / name)
    here = printed(paths, FilmSpec(dpi=60))
    with Workers(processes=1, preload=("kiosk.imaging.film.readjobs",)) as workers:
        there = printed(paths, FilmSpec(dpi=60), reader=SandboxReader(workers, paths, Limits()))
    assert there.data == here.data
    assert there.outcome == here.outcome
