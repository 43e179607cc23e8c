"""One thing that can be checked: what is wrong, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kiosk.domain.faults import FaultCode


@dataclass(frozen=True)
class Finding:
    """The answer of a probe. `advice` is a sentence for hospital IT."""

    probe: str
    ok: bool
    said: str
    fault: FaultCode | None = None
    advice: str = ""


class Probe(Protocol):
    """Never raises; blocks a few seconds at most."""

    @property
    def name(self) -> str:
        """What is probed: archive, printer REPORT, camera, clock, disk, fonts, store."""
        ...

    def check(self) -> Finding:
        """Look now."""
        ...
