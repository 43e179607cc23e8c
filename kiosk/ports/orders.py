"""The hospital's orders: which exams are expected, and how far each is."""

from __future__ import annotations

from typing import Protocol

from kiosk.domain.orders import ExamOrder
from kiosk.ports.archive import StudyQuery


class OrderSource(Protocol):
    """Blocks up to its deadline; called from an io lane. Raises KioskError like the archive.

    Orders that were not asked for are dropped and told to whoever listens (`Suspicious`).
    """

    def orders(self, query: StudyQuery, limit: int = 50) -> list[ExamOrder]:
        """The orders that match, in no order. Raises ARCHIVE_TRUNCATED where there are more than `limit`."""
        ...
