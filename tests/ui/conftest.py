"""One application and one window a theme, without a display. A warning of Qt's fails the test that caused it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_QUICK_BACKEND"] = "software"

from ui import guards
from ui.pictures.gallery import Stage, report_pages
from ui.window import application

WARNINGS: list[str] = []


@pytest.fixture(scope="session", autouse=True)
def _qt() -> None:
    application()
    guards.log_qt(WARNINGS.append)


@pytest.fixture(autouse=True)
def _no_qt_warnings() -> Iterator[None]:
    WARNINGS.clear()
    yield
    assert not WARNINGS


@pytest.fixture(scope="session")
def light(_qt: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage("light", report_pages(tmp_path_factory.mktemp("pages")), sizes=SMALL)
    yield stage
    stage.close()


@pytest.fixture(scope="session")
def contrast(_qt: None) -> Iterator[Stage]:
    stage = Stage("contrast", sizes=SMALL)
    yield stage
    stage.close()


@pytest.fixture(scope="session")
def low_reach(_qt: None) -> Iterator[Stage]:
    stage = Stage("light", sizes=SMALL, low_reach=True)
    yield stage
    stage.close()


@pytest.fixture
def moving(_qt: None) -> Iterator[Stage]:
    stage = Stage("light", sizes=SMALL, reduce_motion=False)
    yield stage
    stage.close()


SMALL = {"portrait": (540, 960), "landscape": (960, 540)}
