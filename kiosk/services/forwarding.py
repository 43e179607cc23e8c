"""The trail goes to the hospital's audit repository: in order, at least once, from a cursor on the chain.

Syslog has no receipts, so after every new connection the last few events are sent again; each carries its number. A
repository that is away delays nothing but this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.trail import AuditRecord
from kiosk.ports.ledger import AuditFilter, TrailLedger

AGAIN, BATCH, LATE_S = 16, 200, 900.0


class AuditLine(Protocol):
    """A line to a repository. Raises KioskError MESSAGE_NOT_SENT."""

    @property
    def open(self) -> bool:
        """True while the line is there."""
        ...

    def connect(self) -> None:
        """Open it."""
        ...

    def send(self, messages: Sequence[bytes]) -> None:
        """Send messages, in order."""
        ...

    def close(self) -> None:
        """End it."""
        ...


class Cursor(Protocol):
    """The number of the last event that was sent; survives a power cut. Raises KioskError STORE_UNAVAILABLE."""

    def read(self) -> int:
        """0 where nothing was sent yet."""
        ...

    def write(self, number: int) -> None:
        """Note it."""
        ...


class Forwarding:
    """Sends what the cursor has not passed."""

    def __init__(
        self,
        trail: TrailLedger,
        line: AuditLine,
        cursor: Cursor,
        encode: Callable[[AuditRecord], bytes],
        batch: int = BATCH,
    ) -> None:
        """`batch` events are sent before the cursor is moved."""
        self._trail, self._line, self._cursor, self._encode = trail, line, cursor, encode
        self._batch = batch

    def round(self) -> int:
        """Send all there is; returns how many new events went out. Raises KioskError."""
        sent = 0
        last = self._cursor.read()
        while events := self._after(last):
            if not self._line.open:
                self._line.connect()
                before = self._after(max(0, last - AGAIN), last)
                if before:
                    self._line.send([self._encode(event) for event in before])
            self._line.send([self._encode(event) for event in events])
            last, sent = events[-1].number, sent + len(events)
            self._cursor.write(last)
        return sent

    def _after(self, number: int, until: int | None = None) -> list[AuditRecord]:
        found = self._trail.events(AuditFilter(after=number, limit=self._batch))
        return [event for event in found if until is None or event.number <= until]


def lag_ask(trail: TrailLedger, cursor: Cursor, now: Callable[[], float]) -> Callable[[], str]:
    """A probe's question: how far the repository is behind. Raises MESSAGE_NOT_SENT after a quarter of an hour."""

    def ask() -> str:
        waiting = trail.events(AuditFilter(after=cursor.read(), limit=1))
        if not waiting:
            return "all events forwarded"
        late = now() - waiting[0].when
        if late > LATE_S:
            raise KioskError(FaultCode.MESSAGE_NOT_SENT, f"events wait for {late / 60:.0f} min; kiosk audit forward")
        return f"event {waiting[0].number} waits, not for long yet"

    return ask
