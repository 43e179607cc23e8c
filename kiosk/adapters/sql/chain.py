"""The hash chain of audit events, its head in the database, and the anchor outside it (matrix case 108).

digest(n) = HMAC-SHA-256(key, digest(n-1) ‖ "\\n" ‖ canonical JSON of event n); without a key plain SHA-256.
head      = HMAC-SHA-256(key, "head" ‖ number ‖ digest of the last event): whoever can write to the database but has
            not the key cannot make one for an earlier event.
anchor    = a file on each kiosk: number, digest, time, and an HMAC over them. It notices what the database alone
            cannot: that all of it is as it was yesterday.

What one kiosk's anchor proves is that nothing up to the event it last saw was taken away. Kiosks of a fleet look at the
shared chain every half minute, so together they vouch for all but the last half minute of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.adapters.machine.file_lock import held, leave_to_owner
from kiosk.adapters.sql.models import EventRow
from kiosk.domain.faults import KioskError
from kiosk.domain.trail import TrailFlaw

FIELDS = ("number", "at", "kind", "outcome", "kiosk", "visit", "subject", "actor", "details")


@dataclass(frozen=True)
class Head:
    """The last event of a chain."""

    number: int = 0
    digest: str = ""


@dataclass(frozen=True)
class Witness:
    """What an anchor says: this event was the last one at that time. Not genuine: no kiosk wrote it."""

    head: Head
    at: float
    genuine: bool = True


def link(key: bytes, before: str, event: EventRow) -> str:
    """The digest of an event whose predecessor has the digest `before`."""
    content = json.dumps([getattr(event, name) for name in FIELDS], ensure_ascii=False, separators=(",", ":"))
    return _digest(key, f"{before}\n{content}")


def sealed(key: bytes, head: Head) -> str:
    """What the database notes about its last event; an empty chain needs no seal."""
    return _digest(key, f"head\n{head.number}\n{head.digest}") if head.number else ""


def _digest(key: bytes, text: str) -> str:
    data = text.encode()
    return hmac.new(key, data, hashlib.sha256).hexdigest() if key else hashlib.sha256(data).hexdigest()


@dataclass
class ChainWalk:
    """All events in order: the last that fits, and the first that does not. `remember`: numbers to note digests of."""

    key: bytes
    remember: frozenset[int]
    last: Head = Head()
    bad: TrailFlaw | None = None
    digests: dict[int, str] = field(default_factory=dict)

    def over(self, events: Iterable[EventRow]) -> None:
        """To the end, or to the first event that does not fit."""
        for event in events:
            number = self.last.number + 1
            digest = link(self.key, self.last.digest, event)
            if event.number != number or event.digest != digest:
                self.bad = TrailFlaw.MISSING if event.number > number else TrailFlaw.CHANGED
                return
            self.last = Head(number, digest)
            if number in self.remember:
                self.digests[number] = digest


@dataclass(frozen=True)
class End:
    """The end of the chain as one look at the database shows it: the noted head, the last event, the seen ones."""

    noted: Head
    last: Head
    witness: Witness | None = None
    at_witness: str = ""

    def flaws(self, key: bytes) -> tuple[TrailFlaw, ...]:
        """What does not fit together."""
        witness = self.witness or Witness(Head(), 0.0)
        seen = witness.head.number if witness.genuine else 0
        cut = max(self.noted.number, seen) > self.last.number
        found = {
            TrailFlaw.CUT: cut,
            TrailFlaw.REPLACED: 0 < seen <= self.last.number and self.at_witness != witness.head.digest,
            TrailFlaw.HEAD: self.noted.digest != sealed(key, self.last) and self.noted.number <= self.last.number,
            TrailFlaw.ANCHOR: not witness.genuine,
        }
        return tuple(flaw for flaw, so in found.items() if so)


class Anchor:
    """A small file with the head of the chain, for this machine alone."""

    def __init__(self, path: Path, key: bytes = b"", now: Callable[[], float] = time.time) -> None:
        self._path, self._key, self._now = path, key, now

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._path.parent

    def read(self) -> Witness | None:
        """What was last written; None where there is nothing yet."""
        try:
            said = json.loads(self._path.read_text(encoding="ascii"))
            head, at = Head(int(said["number"]), str(said["digest"])), float(said["at"])
            return Witness(head, at, hmac.compare_digest(str(said["seal"]), self._seal(head, at)))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError):
            return Witness(Head(), 0.0, genuine=False)

    def write(self, head: Head) -> None:
        """Move on to this head, never back. A failure is harmless: an older head is still one of the same chain."""
        with contextlib.suppress(OSError, KioskError), held(self._path.with_name(f"{self._path.name}.lock")):
            before = self.read()
            if before is None or (before.genuine and before.head.number < head.number):
                self._replace(head, self._now())

    def set_aside(self, folder: Path) -> None:
        """Move the file away, where a new chain begins or a person has looked."""
        with contextlib.suppress(OSError):
            self._path.replace(folder / f"{self._path.name}.{time.time_ns()}")

    def _seal(self, head: Head, at: float) -> str:
        return _digest(self._key, f"anchor\n{head.number}\n{head.digest}\n{at!r}")

    def _replace(self, head: Head, at: float) -> None:
        said = {"number": head.number, "digest": head.digest, "at": at, "seal": self._seal(head, at)}
        draft = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            leave_to_owner(handle, self._path.parent)
            file.write(json.dumps(said))
            file.flush()
            os.fsync(handle)  # before its name: a power cut must not leave an empty anchor, which would be an alarm
        draft.replace(self._path)  # the name itself may be lost: an older anchor vouches for the same chain
