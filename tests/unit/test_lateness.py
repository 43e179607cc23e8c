"""How long a decoder may take: by what it computed, not by how busy the machine is with others."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from kiosk.adapters.sandbox import worker
from kiosk.adapters.sandbox.worker import PATIENCE, Lateness
from tests.support.servers import wait_until

ALLOWED = 2.0


@pytest.mark.parametrize(("passed", "computed", "late"), [
    (1.9, 1.9, False),
    (2.1, 0.1, False),  # it waits for the processor: nothing is wrong with the file
    (2.1, 2.1, True),  # it computes and computes
    (ALLOWED * PATIENCE + 0.1, 0.1, True),  # it waits for something that never comes
])  # fmt: skip
def test_a_file_is_given_up_for_its_own_computing(
    passed: float, computed: float, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, spent = [100.0], [7.0]
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(worker, "_computed", lambda pid: spent[0])
    asked = Lateness(ALLOWED, pid=1)
    clock[0] += passed
    spent[0] += computed
    assert asked() is late


def test_without_a_process_the_clock_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    asked = Lateness(ALLOWED)
    assert not asked()
    clock[0] += ALLOWED + 0.1
    assert asked()


def test_computing_is_read_from_the_system_and_one_that_is_gone_computes_nothing() -> None:
    asked = Lateness(0.05, os.getpid())
    wait_until(lambda: asked() and sum(range(10_000)) > 0, "computing is seen", 60)
    assert worker._computed(2**22 + 1) == 0.0
