"""Two rules for all tests: any order will do, and no thread outlives the test that started it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from itertools import groupby

import pytest

THREADS_END_S = 20.0


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--seed N` repeats an order; 0 keeps the order in which the tests are written."""
    parser.addoption("--seed", type=int, default=None, help="order of the tests; 0: as written")


def pytest_configure(config: pytest.Config) -> None:
    """A new order each time, unless one is asked for."""
    if config.option.seed is None:
        config.option.seed = random.SystemRandom().randrange(1, 1_000_000)


def pytest_report_header(config: pytest.Config) -> str:
    """How to repeat this order."""
    return f"order of the tests: --seed {config.option.seed}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Modules within their folder and tests within their module; folders stay, because the fast ones come first."""
    if config.option.seed:
        items[:] = shuffled(items, random.Random(config.option.seed))


def shuffled(items: list[pytest.Item], order: random.Random) -> list[pytest.Item]:
    """The same tests: each folder's modules in another order, and each module's tests."""
    made: list[pytest.Item] = []
    for _, of_folder in groupby(items, key=lambda item: item.path.parent):
        modules = [list(of_module) for _, of_module in groupby(of_folder, key=lambda item: item.path)]
        order.shuffle(modules)
        for module in modules:
            order.shuffle(module)
            made += module
    return made


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """What a test starts, it ends. Threads of fixtures that live longer are there before."""
    before = set(threading.enumerate())
    yield
    end = time.monotonic() + THREADS_END_S
    for thread in set(threading.enumerate()) - before:
        thread.join(max(0.0, end - time.monotonic()))
    left = sorted(thread.name for thread in set(threading.enumerate()) - before)
    assert not left, f"threads outlive their test: {left}"
