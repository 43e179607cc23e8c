"""The open part of one exam version: its segments, where its sealed manifest lies, for whom its keys are sealed.

It holds no name, number, UID, date or description: `exam` is random, names of objects are digests of ciphertext.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from kiosk.cloud.wire.faults import WireError, WireFault
from kiosk.cloud.wire.objects import TAG_BYTES, Spot

FORMAT = 1
MOST_SEGMENTS, MOST_LINKS, MOST_OBJECT = 65_536, 1_000, 64 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")
_EXAM = re.compile(r"[A-Za-z0-9_-]{22}")
_SEALED = re.compile(r"[A-Za-z0-9_-]{100,2000}")


@dataclass(frozen=True)
class Segment:
    """Ciphertext by its SHA-256 (hex) and size in bytes."""

    digest: str
    size: int


@dataclass(frozen=True)
class SealedFor:
    """The exam's sub-keys, sealed to the public half of one link, known by its locator."""

    locator: str
    sealed: str


@dataclass(frozen=True)
class Envelope:
    """One version of one exam, as the portal keeps it."""

    exam: str
    version: int
    segments: tuple[Segment, ...]
    manifest: Spot
    links: tuple[SealedFor, ...]
    escrow: str

    def encoded(self) -> bytes:
        """JSON with sorted keys and no spaces: the same envelope is always the same bytes."""
        tree = {
            "format": FORMAT,
            "exam": self.exam,
            "version": self.version,
            "segments": [[one.digest, one.size] for one in self.segments],
            "manifest": [self.manifest.segment, self.manifest.offset, self.manifest.size],
            "links": [[one.locator, one.sealed] for one in self.links],
            "escrow": self.escrow,
        }
        return json.dumps(tree, sort_keys=True, separators=(",", ":")).encode("ascii")

    @property
    def size(self) -> int:
        """All bytes of the version."""
        return sum(one.size for one in self.segments)


def decode(untrusted: bytes) -> Envelope:
    """Parse an envelope, every member checked. Raises WireError ENVELOPE_INVALID."""
    try:
        tree = json.loads(untrusted)
        if tree["format"] != FORMAT or set(tree) != _MEMBERS:
            raise _invalid("format")
        envelope = Envelope(
            _matching(_EXAM, tree["exam"]),
            _number(tree["version"], 1, 1_000_000),
            tuple(_segment(*one) for one in tree["segments"]),
            _spot(*tree["manifest"]),
            tuple(SealedFor(_matching(_DIGEST, one), _matching(_SEALED, sealed)) for one, sealed in tree["links"]),
            _matching(_SEALED, tree["escrow"]),
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise _invalid(type(error).__name__) from error
    return _consistent(envelope)


_MEMBERS = {"format", "exam", "version", "segments", "manifest", "links", "escrow"}


def _consistent(envelope: Envelope) -> Envelope:
    if not 1 <= len(envelope.segments) <= MOST_SEGMENTS or len(envelope.links) > MOST_LINKS:
        raise _invalid("too many or no parts")
    if len({one.locator for one in envelope.links}) != len(envelope.links):
        raise _invalid("a link twice")
    spot = envelope.manifest
    if spot.segment >= len(envelope.segments) or spot.offset + spot.size > envelope.segments[spot.segment].size:
        raise _invalid("manifest outside its segment")
    return envelope


def _segment(digest: object, size: object) -> Segment:
    return Segment(_matching(_DIGEST, digest), _number(size, 1, MOST_OBJECT))


def _spot(segment: object, offset: object, size: object) -> Spot:
    return Spot(
        _number(segment, 0, MOST_SEGMENTS), _number(offset, 0, MOST_OBJECT), _number(size, TAG_BYTES, MOST_OBJECT)
    )


def _matching(pattern: re.Pattern[str], untrusted: object) -> str:
    if not isinstance(untrusted, str) or not pattern.fullmatch(untrusted):
        raise _invalid(pattern.pattern)
    return untrusted


def _number(untrusted: object, least: int, most: int) -> int:
    if not isinstance(untrusted, int) or isinstance(untrusted, bool) or not least <= untrusted <= most:
        raise _invalid("a number")
    return untrusted


def _invalid(what: str) -> WireError:
    return WireError(WireFault.ENVELOPE_INVALID, what)
