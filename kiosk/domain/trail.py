"""What can be said about the audit trail: is the chain whole, and who vouches for its end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TrailFlaw(StrEnum):
    """What does not fit."""

    CHANGED = "changed"  # an event is not what was written, or was written under another key
    MISSING = "missing"  # an event is gone from the middle
    CUT = "cut"  # the newest events are gone
    REPLACED = "replaced"  # other events stand where this machine saw its own
    HEAD = "head"  # the database's note of the last event was not written by a kiosk
    ANCHOR = "anchor"  # this machine's own note was not written by a kiosk


@dataclass(frozen=True)
class TrailCheck:
    """The chain, recomputed. `events` fit; `anchored` is the number of the last one that this machine vouches for
    (0: it has no anchor yet, so a cut-off end could not be noticed here), noted at `anchored_at` (seconds)."""

    events: int
    anchored: int = 0
    anchored_at: float = 0.0
    flaws: tuple[TrailFlaw, ...] = ()
    first_bad: int | None = None
