"""What several test modules share: servers, started when first asked for and ended with the run; the sample hospital;
persons at kiosks. And the rules for all tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assets import sample_hospital
from kiosk.adapters.machine.file_lock import held
from tests.support.mariadb import MariaDb
from tests.support.postgres import Cluster
from tests.support.printers import PrintShop
from tests.support.rules import (  # noqa: F401 - pytest finds them here
    no_thread_is_left,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_fixture_setup,
    pytest_report_header,
    threads_are_seen,
)
from tests.support.storyboard import Storyboard


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL cluster of the tests' own."""
    made = Cluster()
    made.start()
    yield made
    made.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of the test's own, of each kind that the product takes."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'database.sqlite'}"
    return str(request.getfixturevalue("cluster").database())


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    """A MariaDB server of the tests' own."""
    made = MariaDb()
    made.start()
    yield made
    made.remove()


@pytest.fixture(scope="session")
def running_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrintShop]:
    """A private CUPS with a paper printer `report` and a film imager `film`."""
    shop = PrintShop.open(tmp_path_factory.mktemp("shop"))
    yield shop
    shop.close()


@pytest.fixture
def shop(running_shop: PrintShop) -> Iterator[PrintShop]:
    """The same, with all printers well before and after."""
    running_shop.put_right()
    yield running_shop
    running_shop.put_right()


@pytest.fixture(scope="session")
def hospital(pytestconfig: pytest.Config) -> Path:
    """The sample hospital, made once and found again by later runs and by one beside this; nobody writes into it."""
    cache = pytestconfig.cache
    assert cache is not None
    folder = cache.mkdir("sample-hospital")
    with held(folder.with_name("sample-hospital.lock")):
        sample_hospital.make(folder)
    return folder


@pytest.fixture
def storyboard(hospital: Path, tmp_path: Path) -> Iterator[Callable[..., Storyboard]]:
    """Makes persons at kiosks; each is cleaned up."""
    made: list[Storyboard] = []

    def make(**sections: Any) -> Storyboard:
        made.append(Storyboard(hospital, tmp_path / f"kiosk-{len(made)}", **sections))
        return made[-1]

    yield make
    for one in made:
        one.close()
