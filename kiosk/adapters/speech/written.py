"""A voice that writes down what it would say: for machines without sound, for transcripts, and for tests."""

from __future__ import annotations

import logging
from collections.abc import Sequence

log = logging.getLogger(__name__)


class WrittenVoice:
    """Keeps the last things said; the log is told how much was said, never what: it may be private."""

    def __init__(self, keep: int = 200) -> None:
        self.said: list[str] = []
        self.hushed = 0
        self._keep = keep

    def say(self, pieces: Sequence[str], language: str, volume: float) -> None:
        """Write it down."""
        self.said = [*self.said, " ".join(pieces)][-self._keep :]
        log.debug("said %d pieces in %s at %.1f", len(pieces), language, volume)

    def hush(self) -> None:
        """Counted."""
        self.hushed += 1

    def close(self) -> None:
        """Forget it all."""
        self.said = []
