"""Keyboard-wedge scanners: a burst of key presses told from a person's typing, by time alone.

Pure logic: the caller feeds each key's text with the time it came and asks again when time has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FASTEST_HAND_S = 0.035  # scanners send a key every 1 to 20 ms, hands need 60 ms and more
SETTLE_S = 0.12  # a burst without end key is over after so long
SHORTEST_CODE = 4
LONGEST_CODE = 256
END_KEYS = "\r\n\t"


class WedgeKind(StrEnum):
    """What came in."""

    CODE = "code"
    TYPING = "typing"


@dataclass(frozen=True)
class WedgeInput:
    """A whole code of a scanner, or characters that a person typed."""

    kind: WedgeKind
    text: str


class WedgeDetector:
    """Collects key presses; control characters never come out of it.

    `feed` and `expire` take monotonic seconds and return what has become certain, oldest first. An end key alone is a
    person's and comes out as typing with the text "\\n".
    """

    def __init__(self, fastest_hand_s: float = FASTEST_HAND_S, settle_s: float = SETTLE_S) -> None:
        self._fastest_hand = fastest_hand_s
        self._settle = settle_s
        self._keys: list[str] = []
        self._fast = 0
        self._last = float("-inf")

    def feed(self, key_text: str, at: float) -> list[WedgeInput]:
        """One key press; keys of several or no characters (shortcuts, function keys) and controls are dropped."""
        done = self.expire(at)
        if len(key_text) != 1 or not (key_text in END_KEYS or (key_text.isascii() and key_text.isprintable())):
            return done
        fast = at - self._last <= self._fastest_hand
        if self._keys and not fast:
            done += self._flush()
        self._last = at
        if key_text in END_KEYS:
            return done + (self._flush() or [WedgeInput(WedgeKind.TYPING, "\n")])
        self._fast += int(fast and bool(self._keys))
        self._keys.append(key_text)
        return done + (self._drop() if len(self._keys) > LONGEST_CODE else [])

    def expire(self, now: float) -> list[WedgeInput]:
        """What is certain because nothing more came for a while."""
        return self._flush() if self._keys and now - self._last > self._settle else []

    def _flush(self) -> list[WedgeInput]:
        text, fast = "".join(self._keys), self._fast
        self._drop()
        if not text:
            return []
        is_code = len(text) >= SHORTEST_CODE and fast == len(text) - 1
        return [WedgeInput(WedgeKind.CODE if is_code else WedgeKind.TYPING, text)]

    def _drop(self) -> list[WedgeInput]:
        self._keys.clear()
        self._fast = 0
        return []
