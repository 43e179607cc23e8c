"""Keyboard-wedge scanners: a burst of key presses told from a person's typing, by time alone.

Pure logic. Times are those at which keys were *pressed* (the event's own timestamp), never those at which a busy
program came to handle them. A burst is a code only as a whole: a quiet keyboard before it, every key within the pace
of a scanner, an even rhythm, and its end key. Whatever else comes is never a code, and what is left of a broken burst
is dropped up to its end key, so that no piece of a number passes as another number and no end key presses a button.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from statistics import median

from kiosk.ports.scanner import Heard

SCANNER_MS = 35  # scanners send a key every 2 to 30 ms
HAND_MS = 80  # no hand presses four keys in a row faster than that
ENTER_MS = 300  # an end key so soon after a character is not a press of a button
QUIET_MS = 2000  # after so long without a key, what was broken is over
TWICE_MS = 30_000  # an uneven burst counts when the same comes again within this time
SHORTEST_CODE = 4
LONGEST_CODE = 256
END_KEYS = "\r\n\t"
CLOCK = 1 << 32  # event times of X11 and Wayland are 32 bit and start anew after 49 days


class WedgeDetector:
    """Collects key presses; `found` is called with each whole code. Control characters never come out of it."""

    def __init__(self, found: Callable[[str], None]) -> None:
        self._found = found
        self._keys: list[str] = []
        self._gaps: list[int] = []
        self._told = 0
        self._last: int | None = None
        self._late = self._broken = False
        self._uneven: tuple[bytes, int] | None = None

    def feed(self, key_text: str, at_ms: int) -> Heard:
        """See `kiosk.ports.scanner.Wedge`."""
        if len(key_text) != 1:
            return Heard()  # shortcuts and function keys
        since = self._since(at_ms)
        if since is None or since >= QUIET_MS:
            self._start_afresh()
        if key_text in END_KEYS:
            return self._end(since, at_ms)
        if key_text == " " and not self._goes_on(since):
            return Heard(mine=self._is_hand(since, HAND_MS))
        return self._character(key_text, since, at_ms)

    def settle(self) -> str:
        """See `kiosk.ports.scanner.Wedge`."""
        if self._broken or len(self._keys) >= SHORTEST_CODE:
            return ""
        text = "".join(self._keys[self._told :])
        self._told = len(self._keys)
        return text

    def _since(self, at_ms: int) -> int | None:
        """Milliseconds since the last character; negative where the clock went back."""
        if self._last is None:
            return None
        return (at_ms - self._last + CLOCK // 2) % CLOCK - CLOCK // 2

    def _goes_on(self, since: int | None) -> bool:
        return bool(self._keys) and since is not None and 0 <= since <= HAND_MS

    def _character(self, key_text: str, since: int | None, at_ms: int) -> Heard:
        typed = "" if self._goes_on(since) else self._next_run()
        if self._keys and since is not None:
            self._gaps.append(since)
        self._last = at_ms
        if key_text.isascii() and key_text.isprintable():
            self._keys.append(key_text)
        if len(self._keys) > LONGEST_CODE:
            self._next_run()
            self._broken = True
        return Heard(typed)

    def _next_run(self) -> str:
        """A pause broke the row: what is to come is no whole code any more."""
        typed = self.settle()
        self._late = self._late or bool(self._keys)
        self._broken = self._broken or len(self._keys) >= SHORTEST_CODE
        self._keys, self._gaps, self._told = [], [], 0
        return typed

    def _end(self, since: int | None, at_ms: int) -> Heard:
        """The end key of a burst, or a person's."""
        hand = self._is_hand(since, ENTER_MS)
        code = self._code(since, at_ms)
        typed = "" if code else self.settle()
        self._start_afresh()
        self._last = None
        if code:
            self._found(code)
        return Heard(typed, mine=hand)

    def _is_hand(self, since: int | None, soon_ms: int) -> bool:
        """True where the key belongs to no burst, whole or broken."""
        burst = self._broken or len(self._keys) >= SHORTEST_CODE
        return since is None or since >= QUIET_MS or (not burst and not 0 <= since <= soon_ms)

    def _code(self, since: int | None, at_ms: int) -> str:
        """The whole code that this end key completes, or an empty string."""
        gaps = [*self._gaps, since if since is not None else CLOCK]
        whole = not self._broken and not self._late and len(self._keys) >= SHORTEST_CODE
        if not whole or not all(0 <= gap <= SCANNER_MS for gap in gaps):
            return ""
        text = "".join(self._keys)
        return text if is_even(gaps) or self._came_before(text, at_ms) else ""

    def _came_before(self, text: str, at_ms: int) -> bool:
        """An uneven burst may have lost a key: it counts when the same comes twice, for no key is lost twice alike."""
        digest = hashlib.sha256(text.encode()).digest()
        before, self._uneven = self._uneven, (digest, at_ms)
        return before is not None and before[0] == digest and (at_ms - before[1]) % CLOCK <= TWICE_MS

    def _start_afresh(self) -> None:
        self._keys, self._gaps, self._told = [], [], 0
        self._late = self._broken = False


def is_even(gaps: list[int]) -> bool:
    """True where no gap between keys is so wide that a key may be missing in it."""
    middle, widest = median(gaps), max(gaps)
    return widest <= 1.4 * middle or widest < middle + 2
