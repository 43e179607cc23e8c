"""Who has the SQLite file open: a damaged one may only be set aside while nobody else writes to it."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from kiosk.adapters.machine.file_lock import free, opened, release
from kiosk.domain.faults import FaultCode, KioskError


class InUse:
    """A lock file beside the database, shared by all programs that have it open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def share(self) -> None:
        """This program opens the database; waits while another one is setting it aside."""
        if self._handle is None:
            self._handle = opened(self._path)
            fcntl.flock(self._handle, fcntl.LOCK_SH)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else has it open, nor opens it. Raises KioskError STORE_UNAVAILABLE where somebody has."""
        self.share()
        assert self._handle is not None  # noqa: S101 - for the type checker
        if not free(self._handle):
            self.give_back()
            raise KioskError(
                FaultCode.STORE_UNAVAILABLE,
                "the journal is damaged and another program has it open; end that, then start the kiosk again",
            )
        try:
            yield
        finally:
            fcntl.flock(self._handle, fcntl.LOCK_SH)

    def give_back(self) -> None:
        """This program has closed the database."""
        if self._handle is not None:
            release(self._handle)
            self._handle = None
