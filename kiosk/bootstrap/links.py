"""What makes patient links."""

from __future__ import annotations

from kiosk.cloud.wire.links import CloudKeys, SealingLinks
from kiosk.config import CloudSettings
from kiosk.ports.links import LinkMaker


def link_maker_of(cloud: CloudSettings) -> LinkMaker:
    """Sealing to the configured keys. Raises KioskError CONFIG_INVALID where their file cannot be read."""
    return SealingLinks(cloud.portal, CloudKeys.read(cloud.keys) if cloud.keys else None)
