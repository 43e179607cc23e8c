"""What hospitals bring: signed, once, whole. Nothing here can read what it stores.

Segments come first, by digest and in any order; the envelope that names them comes last and is one transaction: an exam
is there as a whole or not at all, and its receipt is signed by the portal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.gate import Gate
from kiosk.cloud.portal.store.exams import ExamShelf
from kiosk.cloud.portal.store.links import LinkShelf
from kiosk.cloud.portal.store.nonces import NonceShelf
from kiosk.cloud.portal.store.papers import IssuedPaper, PaperShelf
from kiosk.cloud.portal.store.progress import ProgressShelf
from kiosk.cloud.portal.store.segments import SegmentShelf
from kiosk.cloud.wire.checks import Checks
from kiosk.cloud.wire.envelope import MOST_OBJECT, Envelope, decode
from kiosk.cloud.wire.faults import WireError, WireFault
from kiosk.cloud.wire.keys import KeyBox
from kiosk.cloud.wire.messages import Announcement, ArrivalReceipt, LinkStage, PaperIssued
from kiosk.cloud.wire.objects import digest_of
from kiosk.cloud.wire.signing import Message, verify
from kiosk.ports.cloud.object_store import ObjectStore


@dataclass(frozen=True)
class Sender:
    """Who may bring: its name in the store, and the keys its publishers sign with, by key id."""

    name: str
    keys: Mapping[str, Ed25519PublicKey]


@dataclass(frozen=True)
class Identity:
    """The portal's own pairs: what is sealed to it, and what it signs receipts with."""

    box: KeyBox
    signer: Ed25519PrivateKey


@dataclass(frozen=True)
class ArrivalShelves:
    """Where what hospitals bring is kept."""

    exams: ExamShelf
    segments: SegmentShelf
    nonces: NonceShelf
    links: LinkShelf
    progress: ProgressShelf
    papers: PaperShelf

    @classmethod
    def of(cls, store: Store) -> ArrivalShelves:
        """All on one database."""
        return cls(ExamShelf(store), SegmentShelf(store), NonceShelf(store), LinkShelf(store), ProgressShelf(store),
                   PaperShelf(store))  # fmt: skip


def _now() -> datetime:
    return datetime.now(UTC)


class Arrivals:
    """The publisher's side of the portal. Thread-safe; several processes on one store."""

    def __init__(
        self,
        *,
        hospitals: Sequence[Sender],
        identity: Identity,
        gate: Gate,
        shelves: ArrivalShelves,
        objects: ObjectStore,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._whose = {key_id: one.name for one in hospitals for key_id in one.keys}
        self._keys = {key_id: key for one in hospitals for key_id, key in one.keys.items()}
        self._identity, self._gate, self._now = identity, gate, now
        self._exams, self._segments = shelves.exams, shelves.segments
        self._nonces, self._objects = shelves.nonces, objects
        self._links, self._progress, self._papers = shelves.links, shelves.progress, shelves.papers

    def hospital(self, message: Message, body: bytes) -> str:
        """Whose request it is. Raises WireError SIGNATURE_INVALID, SIGNATURE_OLD or REPLAYED."""
        signed = verify(message, body, self._keys, self._now())
        if not self._nonces.take(f"{signed.key_id}|{signed.nonce}"[:128], signed.until.timestamp()):
            raise WireError(WireFault.REPLAYED, signed.key_id)
        return self._whose[signed.key_id]

    def missing(self, digests: Sequence[str]) -> list[str]:
        """Which segments are still to be sent."""
        return self._segments.missing(digests)

    def segment(self, digest: str, data: bytes) -> None:
        """Keep a segment that is what its name says. Raises WireError ENVELOPE_INVALID, KioskError of the store."""
        if len(data) > MOST_OBJECT or digest_of(data) != digest:
            raise WireError(WireFault.ENVELOPE_INVALID, "segment is not what its digest says")
        self._segments.expected(digest)
        self._objects.put(digest, data)
        self._segments.arrived(digest, len(data))

    def link(self, hospital: str, untrusted: bytes) -> bool:
        """A link that was made; False where it is known. Raises WireError."""
        told = Announcement.decode(untrusted, self._identity.box)
        return self._gate.announce(told.locator, hospital, Checks.unpacked(told.checks), told.expires)

    def version(self, hospital: str, untrusted: bytes) -> bytes:
        """An exam's version, whole; returns the signed receipt. Raises WireError ENVELOPE_INVALID."""
        envelope = decode(untrusted)
        self._complete(envelope)
        if not self._exams.put(hospital, envelope, self._gate.wrapped(envelope)):
            raise WireError(WireFault.ENVELOPE_INVALID, "a newer version is here")
        received = self._now().timestamp()
        receipt = ArrivalReceipt(envelope.exam, envelope.version, digest_of(envelope.encoded()), received)
        return receipt.signed(self._identity.signer)

    def _complete(self, envelope: Envelope) -> None:
        if self._segments.missing([one.digest for one in envelope.segments]):
            raise WireError(WireFault.ENVELOPE_INVALID, "segments are missing")

    def withdraw(self, hospital: str, exam: str) -> int:
        """Take an exam back: keys first, then objects; returns how many objects went."""
        digests = self._exams.withdraw(hospital, exam)
        for digest in digests:
            self._segments.forget(digest, self._objects.delete)
        return len(digests)

    def revoke(self, hospital: str, locator: str) -> bool:
        """A link opens nothing any more; False where this hospital never announced it."""
        return self._links.withdraw(locator, hospital)

    def progress(self, hospital: str, untrusted: bytes) -> bool:
        """How far a link's exams are. Raises WireError ENVELOPE_INVALID."""
        told = LinkStage.decode(untrusted)
        return self._progress.put(hospital, told.locator, told.stage, told.percent, told.exams)

    def paper(self, hospital: str, untrusted: bytes) -> bool:
        """A document that was issued. Raises WireError ENVELOPE_INVALID."""
        told = PaperIssued.decode(untrusted)
        issued = IssuedPaper(hospital, told.exam, told.version, told.issued, told.superseded,
                             told.kind, told.serial)  # fmt: skip
        return self._papers.put(told.digest, issued)
