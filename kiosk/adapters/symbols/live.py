"""From readings to one accepted text: two equal reads in a row, one code in view, each code given once."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.ports.scanner import Grey, Hint, Reading, Symbol, SymbolReader

NEEDED = 2
FORGET_AFTER = 8  # frames without a read; then the slip is taken to have left the view


class Acceptance:
    """Accepts a symbol when two readings in a row agree and nothing else is in view.

    Frames on which nothing is read do not break the row until the slip has left the view; another text does.
    """

    def __init__(self, needed: int = NEEDED, forget_after: int = FORGET_AFTER) -> None:
        self._needed = needed
        self._forget_after = forget_after
        self.forget()

    def forget(self) -> None:
        """Start afresh: the next visit accepts the same slip again."""
        self._seen: tuple[str, str] | None = None
        self._times = 0
        self._empty = 0
        self._given = False

    def offer(self, reading: Reading) -> Symbol | None:
        """The accepted symbol, once, or None."""
        if not reading.symbols:
            self._empty += 1
            if self._empty >= self._forget_after:
                self.forget()
            return None
        self._empty = 0
        symbol = reading.symbols[0]
        if len({one.text for one in reading.symbols}) > 1:
            self.forget()
            return None
        return self._count(symbol)

    def _count(self, symbol: Symbol) -> Symbol | None:
        seen = (symbol.format, symbol.text)
        if seen != self._seen:
            self._seen, self._times, self._given = seen, 0, False
        self._times += 1
        if self._given or self._times < self._needed:
            return None
        self._given = True
        return symbol


@dataclass(frozen=True)
class LiveResult:
    """What one frame of a live camera gave: the accepted symbol (once) and the hint to show."""

    accepted: Symbol | None
    hint: Hint
    reading: Reading


class LiveReader:
    """Reads frame after frame of one camera."""

    def __init__(self, reader: SymbolReader, acceptance: Acceptance | None = None) -> None:
        self._reader = reader
        self._acceptance = acceptance or Acceptance()

    def feed(self, grey: Grey) -> LiveResult:
        """Read one frame."""
        reading = self._reader.read(grey, thorough=False)
        return LiveResult(self._acceptance.offer(reading), reading.hint, reading)

    def forget(self) -> None:
        """A new visit begins."""
        self._acceptance.forget()
