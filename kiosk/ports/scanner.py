"""What the visit needs of the camera and of the decoder behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.faults import FaultCode

Grey = NDArray[np.uint8]
Quad = tuple[tuple[float, float], ...]


class Hint(StrEnum):
    """What the person should change, one word with a picture each."""

    NONE = "none"
    NEARER = "nearer"
    FURTHER = "further"
    TILT_LESS = "tilt-less"
    TOO_DARK = "too-dark"
    GLARE = "glare"
    HOLD_STILL = "hold-still"
    TWO_CODES = "two-codes"
    TURN_PAPER = "turn-paper"


@dataclass(frozen=True)
class Symbol:
    """One symbol that was read.

    `format`: zxing-cpp's name without spaces ("Code128", "QRCode", "DataMatrix", "PDF417", "Code39").
    `text`: the payload as the symbol's own rules decode it, control characters included; the restriction to printable
    ASCII is `kiosk.domain.person.codes`' business, before anything is asked of anybody.
    `quad`: the corners in pixels of the frame that was given.
    `clean`: read on the frame as it came, without recovering.
    """

    format: str
    text: str
    quad: Quad
    clean: bool


@dataclass(frozen=True)
class Reading:
    """What one frame gave."""

    symbols: tuple[Symbol, ...] = ()
    hint: Hint = Hint.NONE


class SymbolReader(Protocol):
    """Reads symbols from grey frames.

    `read` takes a (rows, columns) uint8 frame and never raises for what is in the picture. `thorough=False` is live
    use: the reader may keep what the last frames showed and spend its budget only while the hand is still, so one
    reader belongs to one camera and one thread. `thorough=True` is a still picture: nothing is kept, the whole budget
    may be spent. A recovered symbol (`clean` false) has been read alike by two bands, views or decoders.
    """

    def read(self, grey: Grey, thorough: bool) -> Reading:
        """The symbols in the frame and what would help if there are none."""
        ...


@dataclass(frozen=True)
class Heard:
    """What a key press led to: characters that a hand has typed, and whether the key itself is a person's (`mine`)."""

    typed: str = ""
    mine: bool = False


class Wedge(Protocol):
    """Tells a keyboard-wedge scanner's bursts from a person's typing; codes are told to whom it was made for."""

    def feed(self, key_text: str, at_ms: int) -> Heard:
        """One key press, with the time it was *pressed* (milliseconds of the event's own clock).

        `mine` is told of Enter, Tab and Space only: no burst's end, but a person who presses what has the focus.
        """
        ...

    def settle(self) -> str:
        """No key came for a while (`HAND_MS` and more): what a hand has typed and was not told yet."""
        ...


@dataclass(frozen=True)
class CameraFrame:
    """One picture of the camera: its running number, when it was taken (monotonic seconds) and its pixels (BGR)."""

    number: int
    taken: float
    pixels: NDArray[np.uint8]


@dataclass(frozen=True)
class CameraStatus:
    """How the camera is: `fault` None means that pictures come."""

    fault: FaultCode | None = None
    detail: str = ""


StatusListener = Callable[[CameraStatus], None]


class Camera(Protocol):
    """A source of pictures that heals itself.

    `open` returns at once; a thread of the camera's own does the rest and tells every change through the listener
    given at construction (on that thread). `frames` yields the newest picture each time one is asked for, never an old
    one and never the same twice, waiting at most `timeout` seconds each time; it ends when the wait runs out or the
    camera is closed. `close` returns within `timeout` seconds whatever the device does.
    """

    def open(self) -> None:
        """Start looking for pictures."""
        ...

    def frames(self, timeout: float) -> Iterator[CameraFrame]:
        """The newest picture, again and again."""
        ...

    def close(self, timeout: float) -> None:
        """Stop, and let go of the device."""
        ...
