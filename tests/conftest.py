"""Servers that several test modules share: started when first asked for, ended with the run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.postgres import Cluster
from tests.support.printers import PrintShop


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL cluster of the tests' own."""
    made = Cluster()
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
