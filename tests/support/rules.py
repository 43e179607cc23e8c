"""Two rules for all tests: any order will do, and no thread outlives the tests that started it.

Where a module's tests share a hospital of real servers, they go on from what the ones before have printed, counted and
locked, as people do: there the modules change their order and the tests in them keep it.
"""

from __future__ import annotations

import gc
import random
import threading
import time
from collections.abc import Generator, Iterator
from itertools import groupby
from typing import Any

import pytest

THREADS_END_S = 20.0
STAY: set[threading.Thread] = set()
TELL_A_STORY = ("e2e", "faults", "integration", "portal")


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
            if module[0].path.parent.name not in TELL_A_STORY:
                order.shuffle(module)
            made += module
    return made


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
    """What lives as long as the run may keep its threads."""
    before = set(threading.enumerate())
    made = yield
    if fixturedef.scope == "session":
        STAY.update(set(threading.enumerate()) - before)
    return made


@pytest.fixture(scope="module", autouse=True)
def no_thread_is_left() -> Iterator[dict[threading.Thread, str]]:
    """What a module's tests and fixtures start, they end. By module, because a fixture of the module may start its
    threads in any of its tests. Yields the threads and the tests after which they were first seen."""
    before = set(threading.enumerate())
    seen: dict[threading.Thread, str] = {}
    yield seen
    gc.collect()  # a pool that nobody holds any more ends its threads
    end = time.monotonic() + THREADS_END_S
    for thread in set(threading.enumerate()) - before - STAY:
        thread.join(max(0.0, end - time.monotonic()))
    left = sorted(
        f"{thread.name} (since {seen.get(thread, 'the end')})" for thread in set(threading.enumerate()) - before - STAY
    )
    assert not left, f"threads outlive their tests: {left}"


@pytest.fixture(autouse=True)
def threads_are_seen(no_thread_is_left: dict[threading.Thread, str], request: pytest.FixtureRequest) -> Iterator[None]:
    """Remembers after which test a thread was there, and lets go of what the test was given: pytest holds the last
    test's fixtures until after its module's end, and with them threads that would end with their owner (as of a CUPS
    link that nobody holds any more)."""
    yield
    (getattr(request.node, "funcargs", None) or {}).clear()
    for thread in threading.enumerate():
        no_thread_is_left.setdefault(thread, request.node.name)
