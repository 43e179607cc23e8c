"""Where the portal's ciphertext lies: a folder of its own, or a bucket.

Contract: names are 64 hex digits (the SHA-256 of the content), contents are at most 64 MiB and never change. Calls are
thread-safe and raise KioskError STORE_UNAVAILABLE (may be tried again) or DISK_FULL; then nothing has changed. What
`put` has returned from survives a power cut. Nothing is believed: `get` gives bytes, the reader checks what they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class ObjectStore(Protocol):
    """Immutable objects by name."""

    def put(self, name: str, data: bytes) -> None:
        """Keep an object. The same again is no error."""
        ...

    def get(self, name: str, offset: int = 0, size: int | None = None) -> bytes:
        """Bytes of an object, fewer where it is shorter. Raises KioskError NOTHING_FOUND where there is none."""
        ...

    def delete(self, name: str) -> None:
        """Take an object away; none of that name is no error."""
        ...

    def names(self) -> Iterator[tuple[str, int]]:
        """All objects with their sizes, in no order: for the proof that what was deleted is gone."""
        ...

    def probe(self) -> str:
        """A word on what it is and how much room it has. Raises KioskError."""
        ...
