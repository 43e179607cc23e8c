"""A voice that speaks what the screens say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Voice(Protocol):
    """Called from the screens' thread; every call returns at once and none raises: without sound the visit goes on."""

    def say(self, pieces: Sequence[str], language: str, volume: float) -> None:
        """Speak these one after another, in place of whatever is being spoken; `volume` from 0 to 1."""
        ...

    def hush(self) -> None:
        """Be silent at once."""
        ...

    def close(self) -> None:
        """Be silent for good, and let go of the player."""
        ...
