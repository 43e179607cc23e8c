"""What makes patient links."""

from __future__ import annotations

from kiosk.cloud.wire.links import CloudKeys, SealingLinks
from kiosk.config import CloudSettings
from kiosk.ports.cloud.links import LinkMaker


def verify_address(cloud: CloudSettings) -> str:
    """What stands before the code of a printed page; empty where no portal could vouch for it, or none is wanted."""
    return f"{cloud.portal.rstrip('/')}/v/" if cloud.keys and cloud.verify_papers else ""


def link_maker_of(cloud: CloudSettings) -> LinkMaker:
    """Sealing to the configured keys. Raises KioskError CONFIG_INVALID where their file cannot be read."""
    return SealingLinks(cloud.portal, CloudKeys.read(cloud.keys) if cloud.keys else None)
