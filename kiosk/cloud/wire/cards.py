"""Who a program is, for the others: its public halves in a small file that the init commands write."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.cloud.wire.faults import WireError
from kiosk.cloud.wire.keys import POINT_BYTES, bytes_of, text_of
from kiosk.domain.faults import FaultCode, KioskError


@dataclass(frozen=True)
class Card:
    """Text members, as JSON."""

    def written(self) -> str:
        """As a file."""
        return json.dumps({one.name: getattr(self, one.name) for one in fields(self)}, indent=1) + "\n"

    @classmethod
    def read(cls, file: Path) -> Self:
        """Raises KioskError CONFIG_INVALID naming the file."""
        try:
            tree = json.loads(file.read_text(encoding="utf-8"))
            made = cls(**{one.name: tree[one.name] for one in fields(cls)})
            made.check()
        except (OSError, ValueError, KeyError, TypeError, WireError) as error:
            raise KioskError(FaultCode.CONFIG_INVALID, f"{file}: no such card ({type(error).__name__})") from error
        return made

    def check(self) -> None:
        """Raise WireError or TypeError where a key is none."""


@dataclass(frozen=True)
class PortalCard(Card):
    """A portal: the address the world knows, what is sealed to it (P-256), what it signs receipts with (Ed25519)."""

    origin: str
    portal: str
    signer: str

    @classmethod
    def of(cls, origin: str, box: bytes, signer: Ed25519PublicKey) -> PortalCard:
        """From the public halves."""
        return cls(origin.rstrip("/"), text_of(box), text_of(signer.public_bytes_raw()))

    def check(self) -> None:
        """See Card."""
        bytes_of(self.portal, POINT_BYTES)
        bytes_of(self.signer, 32)

    @property
    def receipts(self) -> Ed25519PublicKey:
        """What its receipts are checked with."""
        return Ed25519PublicKey.from_public_bytes(bytes_of(self.signer, 32))


@dataclass(frozen=True)
class PublisherCard(Card):
    """A publisher: its key id, what it signs with (Ed25519), what study UIDs and escrow are sealed to (P-256)."""

    name: str
    signer: str
    box: str

    @classmethod
    def of(cls, name: str, signer: Ed25519PublicKey, box: bytes) -> PublisherCard:
        """From the public halves."""
        return cls(name, text_of(signer.public_bytes_raw()), text_of(box))

    def check(self) -> None:
        """See Card."""
        bytes_of(self.signer, 32)
        bytes_of(self.box, POINT_BYTES)
