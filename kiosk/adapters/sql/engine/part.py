"""What the parts of the ledger share: the store they write to."""

from __future__ import annotations

from kiosk.adapters.sql.engine.store import Store


class Part:
    """One part of the ledger; the parts are put together in `SqlLedger`."""

    store: Store
