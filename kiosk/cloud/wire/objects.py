"""Sealed objects of one version of an exam: AES-256-GCM under sub-keys of one random content key.

An object's nonce is its index and its associated data say which exam, version and kind it is of, so that it opens only
in its own place, and sealing it again gives the same bytes: an upload that is repeated has the same digests.
Nothing outside says what an object is: objects lie one after the other in segments, known by their SHA-256.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kiosk.cloud.wire.faults import WireError, WireFault
from kiosk.cloud.wire.keys import bytes_of_text, derived

SEGMENT_BYTES = 4 << 20
TAG_BYTES = 16
_NONCE_BYTES = 12


class Kind(StrEnum):
    """What an object is; each kind has a key of its own, so a scope can be given without the rest."""

    MANIFEST = "manifest"
    PICTURE = "picture"
    REPORT = "report"
    FRAME = "frame"
    HEADER = "header"


@dataclass(frozen=True)
class ContentKey:
    """The key of one exam version, 256 bit, random."""

    raw: bytes

    @classmethod
    def new(cls) -> ContentKey:
        """A fresh one."""
        return cls(secrets.token_bytes(32))

    def sub(self, kind: Kind) -> bytes:
        """The key of one kind: all that a share of this scope is given."""
        return derived(self.raw, f"cek {kind}")

    def subs(self, kinds: Iterable[Kind] = tuple(Kind)) -> SubKeys:
        """The keys of these kinds."""
        return SubKeys({kind: self.sub(kind) for kind in kinds})

    def __repr__(self) -> str:
        return "ContentKey(…)"


@dataclass(frozen=True)
class SubKeys:
    """What opens the objects of some kinds."""

    by_kind: dict[Kind, bytes]

    def packed(self) -> bytes:
        """As it is sealed: kind names and keys, one after the other."""
        return b"".join(f"{kind}:".encode() + key for kind, key in sorted(self.by_kind.items()))

    @classmethod
    def unpacked(cls, data: bytes) -> SubKeys:
        """The reverse of `packed`. Raises WireError SEAL_BROKEN."""
        found: dict[Kind, bytes] = {}
        while data:
            name, colon, rest = data.partition(b":")
            if not colon or len(rest) < 32:
                raise WireError(WireFault.SEAL_BROKEN, "sub-keys")
            try:
                found[Kind(name.decode("ascii"))] = rest[:32]
            except ValueError as error:
                raise WireError(WireFault.SEAL_BROKEN, "sub-keys of an unknown kind") from error
            data = rest[32:]
        return cls(found)

    @classmethod
    def from_text(cls, text: str) -> SubKeys:
        """From base64url of `packed`."""
        return cls.unpacked(bytes_of_text(text))

    def __repr__(self) -> str:
        return f"SubKeys({', '.join(self.by_kind)})"


@dataclass(frozen=True)
class Place:
    """Where an object belongs."""

    exam: str
    version: int
    kind: Kind
    index: int

    @property
    def nonce(self) -> bytes:
        """Unique under the key of the kind, which is of one exam version."""
        return self.index.to_bytes(_NONCE_BYTES)

    @property
    def associated(self) -> bytes:
        """What the object is bound to."""
        return f"{self.exam}|{self.version}|{self.kind}".encode()


def seal_object(keys: SubKeys, place: Place, plain: bytes) -> bytes:
    """The sealed object, 16 bytes longer."""
    return AESGCM(keys.by_kind[place.kind]).encrypt(place.nonce, plain, place.associated)


def open_object(keys: SubKeys, place: Place, sealed: bytes) -> bytes:
    """The object. Raises WireError SEAL_BROKEN where it is not whole, not of this place, or not for these keys."""
    key = keys.by_kind.get(place.kind)
    if key is None:
        raise WireError(WireFault.SEAL_BROKEN, f"no key for {place.kind}")
    try:
        return AESGCM(key).decrypt(place.nonce, sealed, place.associated)
    except InvalidTag as error:
        raise WireError(WireFault.SEAL_BROKEN, f"{place.kind} {place.index}") from error


def digest_of(data: bytes) -> str:
    """Hex SHA-256: what a segment is known by."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Spot:
    """Where a sealed object lies: the segment's number in the manifest, offset and size in bytes."""

    segment: int
    offset: int
    size: int


def segmented(sealed: Iterable[bytes], most: int = SEGMENT_BYTES) -> Iterator[tuple[bytes, list[Spot]]]:
    """Sealed objects put together to segments of at most `most` bytes; a larger object is a segment of its own."""
    number, waiting, size = 0, list[bytes](), 0
    for one in sealed:
        if waiting and size + len(one) > most:
            yield _segment(number, waiting)
            number, waiting, size = number + 1, [], 0
        waiting.append(one)
        size += len(one)
    if waiting:
        yield _segment(number, waiting)


def _segment(number: int, objects: list[bytes]) -> tuple[bytes, list[Spot]]:
    spots, offset = list[Spot](), 0
    for one in objects:
        spots.append(Spot(number, offset, len(one)))
        offset += len(one)
    return b"".join(objects), spots
