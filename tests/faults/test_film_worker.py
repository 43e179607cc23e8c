"""Files that kill or stall the film's process: the others are printed, the parent is never hurt."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.adapters import filmworker
from kiosk.adapters.filmreader import SandboxReader
from kiosk.adapters.filmworker import run_film
from kiosk.adapters.workers import Workers
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.film import FilmRequest
from kiosk.imaging import gather
from kiosk.imaging.filmspec import FilmSpec
from kiosk.imaging.limits import Limits
from tests.corpus import packaged, shared
from tests.films import UID, ct, presentation, printed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four slices."""
    for number in range(1, 5):
        (tmp_path / f"{number}.dcm").write_bytes(ct(number))
    return tmp_path


def _run(files: list[Path], **options: Any) -> tuple[dict[str, Any], dict[int, bytes]]:
    written: dict[int, bytes] = {}

    def fresh() -> Callable[[int, bytes], None]:
        written.clear()

        def write(channel: int, data: bytes) -> None:
            written[channel] = written.get(channel, b"") + data

        return write

    outcome = run_film(FilmRequest(files=tuple(files), dpi=60, **options), fresh, lambda done, total: None)
    return outcome, written


def _spoil(monkeypatch: pytest.MonkeyPatch, name: str, what: Callable[[], None]) -> None:
    """Let reading the file of that name do something terrible; the forked process inherits it."""
    read = gather.read

    def spoiled(source: Path, limits: Limits) -> object:
        if Path(source).name == name:
            what()
        return read(source, limits)

    monkeypatch.setattr(gather, "read", spoiled)


def test_a_film_is_made_in_another_process(folder: Path) -> None:
    outcome, written = _run(sorted(folder.iterdir()))
    assert (outcome["sheets"], outcome["placed"], outcome["skipped"]) == (1, 4, [])
    assert written[0].startswith(b"%PDF")
    assert written[0].endswith(b"%%EOF\n")


def _raise(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_case_65_a_crash_costs_the_file_that_caused_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    _spoil(monkeypatch, "3.dcm", lambda: signal.raise_signal(number))
    # the system call filter refuses to send signals, even to oneself
    monkeypatch.setattr("kiosk.adapters.workers.confinement._filter", lambda libc: False)
    outcome, _ = _run(sorted(folder.iterdir()))
    assert outcome["placed"] == 3
    told = [(item["source"], item["reason"]) for item in outcome["skipped"]]
    assert told == [(2, f"decoder crashed ({number.name})")]


@pytest.mark.parametrize("error", [SystemExit(0), KeyboardInterrupt(), RecursionError(), BaseException("panic")])
def test_case_64_what_is_no_exception_ends_the_same_way(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    _spoil(monkeypatch, "1.dcm", _raise(error))
    outcome, _ = _run(sorted(folder.iterdir()))
    assert outcome["placed"] == 3
    assert outcome["skipped"][0]["reason"] == f"decoder failed ({type(error).__name__})"


def test_case_63_a_file_that_stalls_is_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filmworker, "_SECONDS", 0.3)
    _spoil(monkeypatch, "4.dcm", lambda: time.sleep(60))
    start = time.monotonic()
    outcome, _ = _run(sorted(folder.iterdir()))
    assert time.monotonic() - start < 30
    assert outcome["placed"] == 3
    assert "took longer" in outcome["skipped"][0]["reason"]


def test_case_59_a_file_that_wants_all_memory_is_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _spoil(monkeypatch, "2.dcm", lambda: bytes(1 << 40) and None)
    outcome, _ = _run(sorted(folder.iterdir()))
    assert outcome["placed"] == 3
    assert outcome["skipped"][0]["reason"] == "needs more memory than allowed"


def test_the_process_cannot_write_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    target = tmp_path / "planted"
    _spoil(monkeypatch, "1.dcm", lambda: target.write_bytes(b"x" * 10) and None)
    outcome, _ = _run(sorted(folder.iterdir()))
    assert outcome["placed"] == 3
    assert not target.exists() or target.stat().st_size == 0


def test_a_fault_of_the_request_is_the_callers(folder: Path) -> None:
    with pytest.raises(KioskError) as caught:
        _run(sorted(folder.iterdir()), protocol="none-such")
    assert caught.value.code is FaultCode.CONFIG_INVALID


def test_case_63_malformed_files_end_as_placed_or_told() -> None:
    files = [*packaged(), *shared("malformed/**/*.dcm")]
    outcome, _ = _run(files)
    told = {item["source"] for item in outcome["skipped"]}
    assert outcome["placed"] + outcome["left_out"] + len(outcome["skipped"]) >= len(files)
    assert len(told) <= len(files)
    assert all(item["reason"] for item in outcome["skipped"])


def test_a_sandboxed_reader_makes_the_same_film(tmp_path: Path) -> None:
    paths = []
    for name, data in {"1": ct(1), "2": ct(2), "3": presentation(f"{UID}.1.2", rotation=90, text="lesion"),
                       "4": b"none"}.items():  # fmt: skip
        (tmp_path / name).write_bytes(data)
        paths.append(tmp_path / name)
    here = printed(paths, FilmSpec(dpi=60))
    with Workers(processes=1, preload=("kiosk.imaging.readjobs",)) as workers:
        there = printed(paths, FilmSpec(dpi=60), reader=SandboxReader(workers, paths, Limits()))
    assert there.data == here.data
    assert there.outcome == here.outcome
