"""One portal, one Chromium and one exam for all tests of a module; each test has a link of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support.cloud import PortalServer, SealedExam, exam_of
from tests.support.phone import browsers, page_on


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with browsers() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalServer]:
    """The portal on SQLite and a folder."""
    with PortalServer(tmp_path_factory.mktemp("portal")) as running:
        yield running


@pytest.fixture(scope="session")
def sealed() -> SealedExam:
    """Real CT and MR pictures."""
    return exam_of()


@pytest.fixture
def phone(browser: Browser) -> Callable[..., AbstractContextManager[Page]]:
    """A fresh phone."""

    def make(**options: Any) -> AbstractContextManager[Page]:
        return page_on(browser, **options)

    return make
