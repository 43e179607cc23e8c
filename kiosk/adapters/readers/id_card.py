"""A reader of resident identity cards on a serial line (the SAM-V module's protocol, GA 450 and its readers).

A frame is AA AA AA 96 69, two bytes of length, the command or status, data, and the exclusive or of all behind the
head. A card answers with 256 bytes of text in UTF-16LE and a picture; of these the number alone is kept, and the
picture is dropped unread.
"""

from __future__ import annotations

import functools
import operator
from typing import Protocol

import serial

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person import national_id

HEAD = b"\xaa\xaa\xaa\x96\x69"
FIND, SELECT, READ, STATUS = b"\x20\x01", b"\x20\x02", b"\x30\x01", b"\x11\xff"
WELL, FOUND, NO_CARD = b"\x00\x00\x90", b"\x00\x00\x9f", b"\x00\x00\x80"
ANSWER_S, LONGEST, MOST_NOISE = 2.0, 4096, 64
# name 30, sex 2, nation 4, birth 16, address 70, then the number: 18 characters of two bytes
_NUMBER = slice(122, 158)
_TEXT_BYTES = 256


class Line(Protocol):
    """A serial line with a time-out; pyserial's, or a test's."""

    def read(self, size: int) -> bytes:
        """Up to so many bytes, as many as came in time."""
        ...

    def write(self, data: bytes) -> int | None:
        """Send."""
        ...

    def reset_input_buffer(self) -> None:
        """Forget what came and nobody read."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def framed(body: bytes) -> bytes:
    """A whole frame."""
    counted = (len(body) + 1).to_bytes(2, "big") + body
    return HEAD + counted + bytes((functools.reduce(operator.xor, counted, 0),))


class IdCardLink:
    """Asks the module. Raises KioskError READER_MISSING where it does not answer, or not as one of its kind does."""

    def __init__(self, device: str, baud: int) -> None:
        self._device, self._baud = device, baud
        self._line: Line | None = None

    def number(self) -> str | None:
        """The number of the card that was laid on since the last one; None where there is none.

        A card is found once: the module tells of it again when it was taken away. Empty: a card that was not read
        whole, or whose number is none of a citizen.
        """
        if not self._says(FIND, FOUND):
            return None
        if not self._says(SELECT, WELL):
            return ""
        status, data = self._ask(READ)
        return _number_of(data) if status == WELL else ""

    def probe(self) -> str:
        """Whether the module is there and well."""
        status, _ = self._ask(STATUS)
        if status != WELL:
            raise self._missing(f"it says {status.hex(' ')}")
        return f"ID card reader at {self._device}"

    def _says(self, command: bytes, expected: bytes) -> bool:
        return self._ask(command)[0] == expected

    def _ask(self, command: bytes) -> tuple[bytes, bytes]:
        """Status and data of the answer."""
        try:
            line = self._opened()
            line.reset_input_buffer()
            line.write(framed(command))
            return self._answer(line)
        except (OSError, ValueError) as error:  # serial.SerialException is an OSError
            self.close()
            raise self._missing(type(error).__name__) from error

    def _opened(self) -> Line:
        if self._line is None:
            self._line = serial.Serial(self._device, self._baud, timeout=ANSWER_S, write_timeout=ANSWER_S)
        return self._line

    def _answer(self, line: Line) -> tuple[bytes, bytes]:
        self._sought(line)
        counted = self._exactly(line, 2)
        length = int.from_bytes(counted, "big")
        if not 4 <= length <= LONGEST:
            raise self._missing("its frame is of no believable length")
        rest = self._exactly(line, length)
        if functools.reduce(operator.xor, counted + rest, 0):
            raise self._missing("its frame is damaged")
        return rest[:3], rest[3:-1]

    def _sought(self, line: Line) -> None:
        """Read up to the head; noise before it is passed over."""
        seen = b""
        while not seen.endswith(HEAD):
            if len(seen) > MOST_NOISE:
                raise self._missing("what it sends is no frame; card.baud?")
            seen += self._exactly(line, 1)

    def _exactly(self, line: Line, size: int) -> bytes:
        data = line.read(size)
        if len(data) < size:
            raise self._missing("it does not answer in time")
        return data

    def _missing(self, why: str) -> KioskError:
        self.close()
        return KioskError(FaultCode.READER_MISSING, f"card.device {self._device}: {why}")

    def close(self) -> None:
        """Let go of the line; the next question opens it again."""
        line, self._line = self._line, None
        if line is not None:
            line.close()


def _number_of(data: bytes) -> str:
    """Of the text's length, the picture's length, the text and the picture."""
    if len(data) < 4 + _TEXT_BYTES or int.from_bytes(data[:2], "big") != _TEXT_BYTES:
        return ""
    written = data[4 : 4 + _TEXT_BYTES][_NUMBER].decode("utf-16-le", errors="replace").strip()
    return national_id.check(written).number
