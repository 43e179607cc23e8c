"""zbar: an independent second opinion on recovered regions. Bytes only: its guesses about charsets are wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pyzbar import pyzbar

# the product's name -> zbar's; what is missing here zbar is not asked about
_NAMES = {
    "Code128": pyzbar.ZBarSymbol.CODE128,
    "Code39": pyzbar.ZBarSymbol.CODE39,
    "QRCode": pyzbar.ZBarSymbol.QRCODE,
}
_FORMATS = {symbol.name: name for name, symbol in _NAMES.items()}


class ZbarDecoder:
    """zbar restricted to some symbologies and to ASCII payloads."""

    def __init__(self, formats: Sequence[str]) -> None:
        wanted = [_NAMES[name] for name in formats if name in _NAMES]
        self._symbols = wanted or (list(_NAMES.values()) if "all" in (name.lower() for name in formats) else [])

    def patch(self, patch: NDArray[np.uint8]) -> list[tuple[str, str]]:
        """(format, text) on a prepared region."""
        if not self._symbols:
            return []
        found = pyzbar.decode(patch, symbols=self._symbols)
        return [(_FORMATS[one.type], one.data.decode("ascii")) for one in found if one.data.isascii()]
