"""Codes of health cards and e-vouchers: whose they are only the hospital's own service knows."""

from __future__ import annotations

from typing import Protocol

from kiosk.domain.person.codes import Claim


class VoucherDecoder(Protocol):
    """Blocks up to its deadline; called from an io lane. Raises KioskError like the archive.

    A code is sent once, never again by itself, and neither kept nor logged.
    """

    def decode(self, claim: Claim) -> Claim:
        """The number behind the code, as a claim of the same source and text. Raises VOUCHER_REFUSED."""
        ...
