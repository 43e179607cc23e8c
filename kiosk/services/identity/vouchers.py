"""What a code claims, where only the hospital's own service can say whose it is."""

from __future__ import annotations

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.codes import Claim, ClaimKind
from kiosk.ports.hospital.voucher import VoucherDecoder


class Vouchers:
    """Claims of vouchers become claims of the numbers behind them; all others stay as they are.

    Whatever the number itself holds is not asked for then, as with a card: it proves possession, not the person.
    """

    def __init__(self, decoder: VoucherDecoder | None = None) -> None:
        self._decoder = decoder

    def resolved(self, claim: Claim) -> Claim:
        """The claim to look up. Raises KioskError like the decoder."""
        if claim.kind is not ClaimKind.VOUCHER:
            return claim
        if self._decoder is None:
            raise KioskError(FaultCode.VOUCHER_REFUSED, "no service decodes vouchers here")
        return self._decoder.decode(claim)
