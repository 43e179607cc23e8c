"""One desk for the tests of a module; each test has browsers of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desk import DeskServer


@pytest.fixture(scope="module")
def desk(hospital: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    """On SQLite and the sample hospital's archive."""
    with DeskServer(hospital, tmp_path_factory.mktemp("desk")) as running:
        yield running
