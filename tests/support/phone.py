"""A phone: Debian's Chromium driven by playwright, of a phone's size and with touch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.servers import program

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 860}, "device_scale_factor": 1}


@contextmanager
def browsers() -> Iterator[Browser]:
    """One Chromium for all phones of a module."""
    with sync_playwright() as tools:
        flags = ["--no-sandbox", "--enable-unsafe-swiftshader"]  # the doctor's view draws with WebGL
        browser = tools.chromium.launch(executable_path=program("chromium", "chromium"), args=flags)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page_on(browser: Browser, *, complaints: bool = False, **options: Any) -> Iterator[Page]:
    """A fresh browser profile with one page; what a script complains of fails the test, unless it is meant to."""
    context = browser.new_context(**{"locale": "zh-CN", **PHONE, **options})
    page, said = context.new_page(), list[str]()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: said.append(line.text) if line.type == "error" and "404" not in line.text
            and "403" not in line.text else None)  # fmt: skip
    try:
        yield page
    finally:
        context.close()
    assert complaints or not said, said
