"""A person at the portal without a browser: what the forms send, what is seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import requests

from tests.support.cloud import ANSWER, PortalServer


@dataclass(frozen=True)
class Given:
    """What the page of a fresh share shows."""

    secret: str
    code: str
    one_time: str
    locator: str


class Person:
    """One browser's cookies."""

    def __init__(self, server: PortalServer, agent: str = "test") -> None:
        self.server, self.link = server, ""
        self.browser = requests.Session()
        self.browser.headers.update({"origin": server.origin, "user-agent": agent, "accept-language": "zh-CN"})

    def answers(self, secret: str, answer: str = ANSWER, door: str = "/l") -> requests.Response:
        """The question's form."""
        if door == "/l":
            self.link = secret
        form = {"secret": secret, "answer": answer, "door": door}
        return self.browser.post(f"{self.server.origin}/open", data=form, timeout=60)

    def get(self, path: str, **options: Any) -> requests.Response:
        """A page or what it is made of."""
        return self.browser.get(self.server.origin + path, timeout=60, **options)

    def sees(self, path: str) -> bool:
        """True where it is there for this person."""
        answer = self.get(path)
        assert answer.status_code in (200, 404), (path, answer.status_code)
        return answer.ok

    @property
    def token(self) -> str:
        """Of this person's forms."""
        found = re.search(r'name="form" value="([0-9a-f]{64})"', self.get("/film").text)
        return found[1] if found else ""

    def post(self, path: str, **fields: str) -> requests.Response:
        """A form of a page."""
        return self.browser.post(self.server.origin + path, data={"form": self.token, **fields}, timeout=60)

    def types(self, code: str) -> requests.Response:
        """The typed code."""
        return self.browser.post(f"{self.server.origin}/c", data={"code": code}, timeout=60)

    def shares(self, **fields: str) -> Given:
        """Show it to a doctor."""
        return self.shared(self.post("/share", **fields))

    @staticmethod
    def shared(page: requests.Response) -> Given:
        """What the page shows."""
        assert page.status_code == 200, page.status_code

        def found(pattern: str) -> str:
            match = re.search(pattern, page.text)
            return match[1] if match else ""

        return Given(
            found(r"/s#([\w-]{43})"),
            found(r"data-code>([^<]+)<").replace(" ", ""),
            found(r"data-one-time>(\d+)<"),
            found(r'data-share="([0-9a-f]{64})"'),
        )
