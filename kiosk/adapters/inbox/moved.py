"""Objects that archives send to the gateway by C-MOVE, sealed, until kiosks have read them: an hour, no longer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select, update

from kiosk.adapters.inbox.store import InboxStore
from kiosk.adapters.inbox.tables import MOVED

KEPT_S = 3600.0


class MovedShelf:
    """Implements kiosk.adapters.archive.dimse.move.MovedObjects; the gateway puts, kiosks take."""

    def __init__(self, store: InboxStore) -> None:
        self._store, self._seal = store, store.seal

    def put(self, uid: str, data: bytes, now: float) -> None:
        """Keep an object; a newer one of the same UID takes its place. It is on the disk when this returns."""
        name, sealed = self._seal.digest("object", uid), self._seal.sealed(data)
        with self._store.begun() as connection:
            values = {"received": now, "data": sealed}
            if not connection.execute(update(MOVED).where(MOVED.c.object == name).values(values)).rowcount:
                connection.execute(insert(MOVED).values({"object": name, **values}))

    def taken(self, uids: Sequence[str]) -> dict[str, bytes]:
        """See the port."""
        names = {self._seal.digest("object", uid): uid for uid in uids}
        wanted = select(MOVED.c.object, MOVED.c.data).where(MOVED.c.object.in_(names))
        with self._store.begun() as connection:
            rows = connection.execute(wanted).all()
        return {names[name]: self._seal.opened(data) for name, data in rows}

    def purge(self, before: float) -> int:
        """Forget what is older."""
        with self._store.begun() as connection:
            return connection.execute(delete(MOVED).where(MOVED.c.received < before)).rowcount
