"""What can go wrong between publisher, relay and portal, as a closed list; nothing foreign passes.

WireError(fault, detail): `detail` holds nothing personal and no secret.
"""

from __future__ import annotations

from enum import StrEnum


class WireFault(StrEnum):
    """Why something from the other side was not taken."""

    LINK_INVALID = "link-invalid"
    SEAL_BROKEN = "seal-broken"
    ENVELOPE_INVALID = "envelope-invalid"
    SIGNATURE_INVALID = "signature-invalid"
    SIGNATURE_OLD = "signature-old"
    REPLAYED = "replayed"


class WireError(Exception):
    """Raised by everything in `kiosk.cloud.wire`."""

    def __init__(self, fault: WireFault, detail: str = "") -> None:
        super().__init__(f"{fault}: {detail}" if detail else str(fault))
        self.fault, self.detail = fault, detail
