"""Signed requests are good once: their nonces are remembered until they are too old anyway."""

from __future__ import annotations

from sqlalchemy import delete

from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.store.models import NonceRow


class NonceShelf:
    """Each method is one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, nonce: str, until: float) -> bool:
        """Remember a nonce; False where it was taken before, by whichever process."""
        with self._store.write() as session:
            self._store.lock(session, f"nonce {nonce}")
            session.execute(delete(NonceRow).where(NonceRow.until < self._store.time(session)))
            if session.get(NonceRow, nonce) is not None:
                return False
            session.add(NonceRow(nonce=nonce, until=until))
            return True
