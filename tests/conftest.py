"""Fixtures that several kinds of tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assets import sample_hospital
from tests.support.storyboard import Storyboard


@pytest.fixture(scope="session")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample hospital, made once for all tests."""
    folder = tmp_path_factory.mktemp("hospital")
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
