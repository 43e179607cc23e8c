"""The machine's Chromium, spoken to over a pipe (Chrome DevTools Protocol): no library, no port."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
WAIT_S, LOOK_S = 60.0, 0.05
_THEIRS = (3, 4)  # where Chromium reads commands and writes answers
_ARGUMENTS = ("--headless=new", "--no-first-run", "--disable-gpu", "--hide-scrollbars", "--enable-unsafe-swiftshader",
              "--remote-debugging-pipe", "--force-color-profile=srgb", "about:blank")  # fmt: skip


class BrowserError(Exception):
    """The browser did not do what it was asked."""


def chromium() -> str:
    """Its path; empty where it is not installed."""
    return next((path for name in NAMES if (path := shutil.which(name))), "")


class Chromium:
    """One browser; pages of it do not know each other."""

    def __init__(self, process: subprocess.Popen[bytes], commands: int, answers: int) -> None:
        self._process, self._commands, self._answers = process, commands, answers
        self._number, self._rest = 0, b""

    def ask(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer. Raises BrowserError."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == self._number:
                if "error" in told:
                    raise BrowserError(f"{method}: {told['error'].get('message')}")
                return dict(told["result"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._answers, 1 << 16)
            if not part:
                raise BrowserError("the browser ended")
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(line))

    def page(self, width: int, height: int, scale: float, phone: bool) -> Page:
        """A page with cookies of its own."""
        context = self.ask("Target.createBrowserContext")["browserContextId"]
        target = self.ask("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, width)
        page.ask("Page.enable")
        shape = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": phone}
        page.ask("Emulation.setDeviceMetricsOverride", **shape)
        return page


@dataclass(frozen=True)
class Page:
    """One page; what is asked of it is JavaScript."""

    browser: Chromium
    session: str
    width: int

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """See `Chromium.ask`."""
        return self.browser.ask(method, self.session, **params)

    def run(self, script: str) -> Any:
        """Its value; None while the page is on its way to another."""
        done = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return done["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until a script is true. Raises BrowserError."""
        end = time.monotonic() + WAIT_S
        while True:
            try:
                if self.run(f"document.readyState === 'complete' && !!({condition})"):
                    return
            except BrowserError as error:  # of a page that was just left
                if "ended" in str(error):
                    raise
            if time.monotonic() > end:
                raise BrowserError(f"did not happen: {condition}")
            time.sleep(LOOK_S)

    def open(self, url: str, condition: str = "true") -> None:
        """Go there and wait."""
        self.run("window.__left = true")
        self.ask("Page.navigate", url=url)
        self.until(f"!window.__left && ({condition})")

    def press(self, selector: str, condition: str) -> None:
        """Click, and wait for what follows on the next page."""
        self.run("window.__left = true")
        self.run(f"document.querySelector({json.dumps(selector)}).click()")
        self.until(f"!window.__left && ({condition})")

    def picture(self, file: Path, whole: bool = True) -> None:
        """What is seen; `whole`: also below the fold."""
        more: dict[str, Any] = {}
        if whole:
            size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
            more["captureBeyondViewport"] = True
            more["clip"] = {"x": 0, "y": 0, "width": self.width, "height": size["height"], "scale": 1}
        file.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png", **more)["data"]))


@contextmanager
def running(path: str) -> Iterator[Chromium]:
    """Started with a profile of its own that is gone afterwards."""
    their_end, commands = os.pipe()
    answers, our_end = os.pipe()
    # Moved out of the way first, so that neither stands where the other goes.
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 64) for end in (their_end, our_end)]
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()

    def placed() -> None:
        for end, number in zip(high, _THEIRS, strict=True):
            os.dup2(end, number)

    with tempfile.TemporaryDirectory(prefix="kiosk-chromium-", ignore_cleanup_errors=True) as profile:
        command = [path, f"--user-data-dir={profile}", *root, *_ARGUMENTS]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, preexec_fn=placed, pass_fds=_THEIRS)  # fmt: skip
        for end in (their_end, our_end, *high):
            os.close(end)
        try:
            yield Chromium(process, commands, answers)
        finally:
            os.close(commands)
            process.terminate()
            process.wait(30)
            os.close(answers)
