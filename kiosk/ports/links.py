"""Making of patient links: secrets and sealing are the cloud's, the kiosk only asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from kiosk.domain.links import NewLink
from kiosk.domain.person.identity import Question


class LinkMaker(Protocol):
    """No I/O; thread-safe."""

    def make(self, answers: Mapping[Question, str], question: str, expires: float) -> NewLink:
        """A fresh link. `answers`: the right ones, normalised, by question; of them digests go to the portal only."""
        ...

    def seal_study(self, study: str, uid: str) -> bytes:
        """A study's UID, which only the publisher can open; empty where this kiosk knows of none."""
        ...
