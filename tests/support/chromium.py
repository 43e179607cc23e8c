"""Debian's Chromium, driven by playwright: phones and desktops with touch, slow networks and slow processors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.servers import program

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 760}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True,
}  # fmt: skip
DESKTOP: dict[str, Any] = {"viewport": {"width": 1366, "height": 800}}
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """A browser of one's own."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program("chromium", "chromium"), args=[*FLAGS, *flags])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, url: str, **device: Any) -> Iterator[Page]:
    """A page in a context of its own; whatever it threw or complained of fails the test."""
    context = browser.new_context(**(device or PHONE))
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if "Content Security" in message.text else None)
    page.goto(url)
    yield page
    context.close()
    assert not faults, faults


def slowed(page: Page, kilobits: int, latency_ms: int, cpu: int) -> None:
    """A slow line and a slow processor, from now on."""
    session = page.context.new_cdp_session(page)
    speed = kilobits * 1000 / 8
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": latency_ms, "downloadThroughput": speed, "uploadThroughput": speed / 2},
    )
    session.send("Emulation.setCPUThrottlingRate", {"rate": cpu})
