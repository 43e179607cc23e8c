"""What is over goes: keys first, at once; ciphertext within minutes; and a signed listing proves it.

Every process may run it, at any time and again: each step is a transaction or can be repeated. An object that a killed
process left behind is found because nobody knows of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.store.events import EventShelf
from kiosk.cloud.portal.store.exams import ExamShelf
from kiosk.cloud.portal.store.links import LinkShelf
from kiosk.cloud.portal.store.segments import CHUNK, SegmentShelf
from kiosk.cloud.wire.faults import WireError, WireFault
from kiosk.cloud.wire.keys import bytes_of_text, text_of
from kiosk.ports.object_store import ObjectStore

DAY_S = 86_400.0
# How long a segment may wait for the exam that names it: a publisher that was cut off goes on within days.
UPLOAD_S = 7 * DAY_S


@dataclass(frozen=True)
class PurgeReport:
    """What one run took away, and what is left."""

    links: int
    sessions: int
    exams: tuple[str, ...]
    objects: int
    bytes: int
    at: float

    def signed(self, key: Ed25519PrivateKey, names: Sequence[str]) -> str:
        """JSON for the file: what went, every object that is still there, and the portal's signature over both."""
        body = json.dumps({**asdict(self), "listing": sorted(names)}, sort_keys=True)
        return json.dumps({"proof": body, "signature": text_of(key.sign(body.encode("ascii")))})


def proved(proof: str, key: Ed25519PublicKey) -> dict[str, object]:
    """What a proof says. Raises WireError SIGNATURE_INVALID."""
    try:
        tree = json.loads(proof)
        key.verify(bytes_of_text(tree["signature"]), tree["proof"].encode("ascii"))
        return dict(json.loads(tree["proof"]))
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature, WireError) as error:
        raise WireError(WireFault.SIGNATURE_INVALID, "proof of deletion") from error


@dataclass(frozen=True)
class Shelves:
    """What is gone through."""

    links: LinkShelf
    exams: ExamShelf
    segments: SegmentShelf
    events: EventShelf


class Retention:
    """Thread-safe; several processes on one store. `sweep`: more that is taken away by time."""

    def __init__(
        self,
        store: Store,
        shelves: Shelves,
        objects: ObjectStore,
        sweep: Callable[[], None],
        *,
        keep_s: float,
        events_s: float,
    ) -> None:
        self._store, self._shelves, self._objects, self._sweep = store, shelves, objects, sweep
        self._keep_s, self._events_s = keep_s, events_s

    def purge(self, before: float = 0.0) -> PurgeReport:
        """Take away what is over by now; `before`: also exams that arrived before that moment."""
        with self._store.read() as session:
            now = self._store.time(session)
        shelves = self._shelves
        links, sessions = shelves.links.expire(), shelves.links.sweep()
        exams = shelves.exams.expire(max(now - self._keep_s, before), shelves.events)
        sizes = [*self._over(now), *self._left_behind()]
        shelves.events.sweep(self._events_s)
        self._sweep()
        return PurgeReport(links, sessions, exams, len(sizes), sum(sizes), now)

    def names(self) -> list[str]:
        """Every object that is there."""
        return [name for name, _ in self._objects.names()]

    def _over(self, now: float) -> Iterator[int]:
        segments = self._shelves.segments
        for digest in segments.over(now - UPLOAD_S):
            size = segments.forget(digest, self._objects.delete)
            if size is not None:
                yield size

    def _left_behind(self) -> Iterator[int]:
        """Objects without a row; one that is on its way has a row before it is there."""
        found = iter(self._objects.names())
        while part := dict(islice(found, CHUNK)):
            for name in self._shelves.segments.unknown(list(part)):
                self._objects.delete(name)
                yield part[name]
