"""What is kept, in figures: for whoever looks after the service."""

from __future__ import annotations

from sqlalchemy import func, select

from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.store.models import ExamRow, PortalEventRow, PortalLinkRow, SegmentRow, SessionRow, ShareRow


def figures(store: Store) -> dict[str, int]:
    """Counts, and bytes of ciphertext. Raises KioskError STORE_UNAVAILABLE."""
    with store.read() as session:
        now = store.time(session)
        wanted = {
            "exams": select(func.count()).select_from(ExamRow),
            "links": select(func.count()).select_from(PortalLinkRow).where(PortalLinkRow.expires > now),
            "shares": select(func.count()).select_from(ShareRow).where(ShareRow.opens_until > now),
            "sessions": select(func.count()).select_from(SessionRow).where(SessionRow.ends > now),
            "segments": select(func.count()).select_from(SegmentRow),
            "bytes": select(func.coalesce(func.sum(SegmentRow.size), 0)),
            "to delete": select(func.count()).select_from(SegmentRow).where(SegmentRow.over.is_(True)),
            "events": select(func.count()).select_from(PortalEventRow),
        }
        return {name: int(session.scalar(query) or 0) for name, query in wanted.items()}
