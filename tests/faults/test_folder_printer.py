"""A folder that plays a printer says "printed" only of files that a power cut leaves whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.folder_child import DOCUMENT
from tests.support.io_faults import Step, build, read_trace, run_child


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("shim"))


def survivors(trace: Sequence[Step]) -> dict[str, bytes]:
    """Files by path that a power cut after these steps leaves at worst: synced content under synced names."""
    written: dict[str, bytes] = {}
    synced: dict[str, bytes] = {}
    named: dict[str, bytes] = {}
    kept: dict[str, bytes] = {}
    for step in trace:
        if step.kind == "W":
            written[step.path] = written.get(step.path, b"") + step.data
        elif step.kind == "R":
            named[step.path] = synced.get(step.data.decode(), b"")
        elif step.kind == "S" and step.path in written:
            synced[step.path] = written[step.path]
        elif step.kind == "S":
            kept.update({path: data for path, data in named.items() if str(Path(path).parent) == step.path})
    return kept


def test_case_56_what_is_called_printed_survives_a_power_cut(shim: Path, tmp_path: Path) -> None:
    file = tmp_path / "trace"
    told = json.loads(run_child(shim, "tests.support.folder_child", "trace", str(tmp_path), str(file)))
    steps, tray = read_trace(file), tmp_path / "tray"
    assert told == {"said": "completed"} and steps[-1].kind == "M"
    assert survivors(steps)[str(tray / "SERIAL.pdf")] == DOCUMENT
    assert {"tray", "jobs"} <= {Path(step.path).name for step in steps if step.kind == "S"}
    for cut in range(len(steps)):
        left = survivors(steps[:cut])
        if str(tray / "jobs" / "SERIAL") in left:
            assert left[str(tray / "SERIAL.pdf")] == DOCUMENT, "no job without its document"
            assert json.loads(left[str(tray / "jobs" / "SERIAL")])["sheets"] == 2


def test_cases_52_54_every_nth_failing_call_refuses_or_prints_whole(shim: Path, tmp_path: Path) -> None:
    told = json.loads(run_child(shim, "tests.support.folder_child", "faults", str(tmp_path)))
    assert told["wrong"] == [] and told["runs"] > 30
