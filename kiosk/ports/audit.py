"""Where audit events go."""

from __future__ import annotations

from typing import Protocol

from kiosk.domain.trail import AuditRecord


class AuditSink(Protocol):
    """Takes events from any thread, each durable when the call returns. The ledger's trail is one.

    Raises KioskError STORE_UNAVAILABLE or DISK_FULL where the event was not written. Nothing personal is in a record:
    `subject` is a keyed pseudonym.
    """

    def append(self, record: AuditRecord) -> int:
        """Add an event; returns its number, counted from 1, in the order in which they are kept."""
        ...
