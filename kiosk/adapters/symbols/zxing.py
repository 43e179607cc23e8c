"""zxing-cpp: the first decoder, on raw frames and on recovered regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.scanner import Quad, Symbol

LOCAL = zxingcpp.Binarizer.LocalAverage
GLOBAL = zxingcpp.Binarizer.GlobalHistogram


def format_name(barcode_format: object) -> str:
    """zxing's name of a symbology without spaces, dashes and slashes ("Code 128" -> "Code128")."""
    return "".join(character for character in str(barcode_format) if character.isalnum())


def formats_of(names: Sequence[str]) -> zxingcpp.BarcodeFormats:
    """zxing's symbologies by name; "all" means everything it reads on its own account."""
    if any(name.lower() == "all" for name in names):
        # an empty set keeps zxing's rules against short ITF reads, which naming every symbology would lift
        return zxingcpp.BarcodeFormats([])
    return zxingcpp.BarcodeFormats([_format_of(name) for name in names])


def _format_of(name: str) -> zxingcpp.BarcodeFormat:
    try:
        return zxingcpp.barcode_format_from_str(name)
    except ValueError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"unknown symbology {name!r}") from error


@dataclass(frozen=True)
class Glimpse:
    """`opinions`: (format, text) of what was read; `seen`: symbologies found, also where the content was broken."""

    opinions: list[tuple[str, str]]
    seen: set[str]


class ZxingDecoder:
    """zxing-cpp restricted to some symbologies; valid symbols only."""

    def __init__(self, formats: Sequence[str]) -> None:
        self._formats = formats_of(formats)

    def frame(self, grey: NDArray[np.uint8]) -> list[Symbol]:
        """Everything on a frame as it came: what most slips held to the camera need."""
        return self._clean(grey, rare=False)

    def rare(self, grey: NDArray[np.uint8]) -> list[Symbol]:
        """The same again, also of very large symbols and of white on black ones."""
        return self._clean(grey, rare=True)

    def _clean(self, grey: NDArray[np.uint8], *, rare: bool) -> list[Symbol]:
        found = zxingcpp.read_barcodes(
            grey, formats=self._formats, try_invert=rare, try_downscale=rare, text_mode=zxingcpp.TextMode.Plain
        )
        return [Symbol(format_name(one.format), one.text, _quad(one), True) for one in found if one.valid]

    def patch(self, patch: NDArray[np.uint8], *, rotate: bool = True, binarizer: zxingcpp.Binarizer = LOCAL) -> Glimpse:
        """What is on a prepared region, which is neither shrunk nor inverted again."""
        found = zxingcpp.read_barcodes(
            patch,
            formats=self._formats,
            try_rotate=rotate,
            try_downscale=False,
            try_invert=False,
            binarizer=binarizer,
            text_mode=zxingcpp.TextMode.Plain,
            return_errors=True,
        )
        opinions = [(format_name(one.format), one.text) for one in found if one.valid]
        return Glimpse(opinions, {format_name(one.format) for one in found})


def _quad(barcode: object) -> Quad:
    position = barcode.position  # type: ignore[attr-defined]
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return tuple((float(corner.x), float(corner.y)) for corner in corners)
