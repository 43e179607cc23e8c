"""The relay, composed: it has no key of its own, only the public halves of the publishers that may pass."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.types import ASGIApp

from kiosk.cloud.relay.line import PortalLine
from kiosk.cloud.relay.passage import Passage
from kiosk.cloud.wire.cards import PublisherCard
from kiosk.cloud.wire.keys import bytes_of
from kiosk.config import RelaySettings


@dataclass(frozen=True)
class RelayProgram:
    """The running parts."""

    app: ASGIApp
    line: PortalLine


def build_relay(settings: RelaySettings) -> RelayProgram:
    """Raises KioskError CONFIG_INVALID where a card cannot be read."""
    cards = [PublisherCard.read(file) for file in settings.publishers]
    keys = {one.name: Ed25519PublicKey.from_public_bytes(bytes_of(one.signer, 32)) for one in cards}
    line = PortalLine(settings.portal, settings.ca_file, settings.most_at_once)
    passage = Passage(line, settings.origin or settings.portal, keys, settings.most_at_once)
    return RelayProgram(passage.application(), line)
