"""The decoding cascade: zxing on the frame as it comes, then regions, made upright, averaged, enlarged, asked again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np

from kiosk.adapters.symbols import regions
from kiosk.adapters.symbols.recover import Recovery
from kiosk.adapters.symbols.zxing import ZxingDecoder
from kiosk.ports.scanner import Grey, Hint, Reading, Symbol

DEFAULT_FORMATS = ("Code128", "QRCode")
PRINTABLE = re.compile(r"[\x20-\x7e]{4,512}")  # what a recovered text must look like at least
BUDGET_MS = 120.0
SMALL = 400  # pixels; a picture without any larger side is searched as a whole, too


class SymbolReader:
    """The cascade with a time budget a frame.

    `formats`: symbologies that exist for this kiosk, all others are not seen. `pattern`: what the text of a recovered
    symbol must match. `budget_ms`: after this the search on a frame stops at the next try; a try lasts a few
    milliseconds. Live (`thorough` false) regions are searched only while the picture is still.
    """

    def __init__(
        self,
        formats: Sequence[str] = DEFAULT_FORMATS,
        pattern: re.Pattern[str] | None = None,
        budget_ms: float = BUDGET_MS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._decoder = ZxingDecoder(formats)
        self._recovery = Recovery(formats, pattern or PRINTABLE)
        self._budget = budget_ms / 1000
        self._clock = clock

    def read(self, grey: Grey, thorough: bool) -> Reading:
        """The symbols in a frame; see `kiosk.ports.scanner.SymbolReader`."""
        started = self._clock()
        clean = self._decoder.frame(grey, invert=thorough)
        if clean:
            return Reading(tuple(clean), two_codes(clean))
        return self._recovered(grey, lambda: self._clock() - started > self._budget)

    def _recovered(self, grey: Grey, late: Callable[[], bool]) -> Reading:
        for attempt in self._attempts(grey, late):
            found = attempt()
            if found:
                return Reading(tuple(found), two_codes(found))
            if late():
                break
        return Reading()

    def _attempts(self, grey: Grey, late: Callable[[], bool]) -> Iterator[Callable[[], list[Symbol]]]:
        if min(grey.shape) >= 3 * regions.CELL:
            frame = regions.texture(grey)
            for region in regions.bar_regions(frame):
                yield lambda region=region: self._recovery.bars(grey, region, late)  # type: ignore[misc]
            for region in regions.matrix_regions(frame):
                yield lambda region=region: self._recovery.matrix(grey, region, late)  # type: ignore[misc]


def two_codes(symbols: Sequence[Symbol]) -> Hint:
    """Two different texts in view may be two patients' slips."""
    return Hint.TWO_CODES if len({symbol.text for symbol in symbols}) > 1 else Hint.NONE


def grey_of(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Grey:
    """A camera's BGR (or already grey) picture as the frame the reader takes."""
    if pixels.ndim == 2:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
