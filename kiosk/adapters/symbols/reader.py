"""The decoding cascade: zxing on the frame as it comes, then regions, made upright, averaged, enlarged, asked again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import cv2
import numpy as np

from kiosk.adapters.symbols import regions
from kiosk.adapters.symbols.hints import Scene, hint_of, scene_of
from kiosk.adapters.symbols.recover import Late, Opinion, Opinions, Recovery
from kiosk.adapters.symbols.zxing import ZxingDecoder
from kiosk.ports.scanner import Grey, Hint, Reading, Symbol

DEFAULT_FORMATS = ("Code128", "QRCode")
PRINTABLE = re.compile(r"[\x20-\x7e]{4,512}")  # what a recovered text must look like at least
BUDGET_MS = 150.0
ENOUGH, REST = 4, 8  # complete searches of a scene that does not change, and frames of rest after them


@dataclass(frozen=True, eq=False)
class _Memory:
    """What live reading keeps of the frames before while the hand is still."""

    scene: Scene | None = None
    heard: tuple[Opinion, ...] = ()  # what one view alone said
    next_region: int = 0
    searched: Scene | None = None  # a scene whose regions have all been tried in vain, and how often
    times: int = 0
    rested: int = 0  # frames since the last search
    hint: Hint = Hint.NONE

    def in_vain(self, scene: Scene) -> bool:
        """True where searching this scene once more would only warm the processor; now and then it is tried."""
        tired = self.times >= ENOUGH and self.rested < REST
        return tired and self.searched is not None and scene.shows_what(self.searched)

    def after(self, scene: Scene, search: _Search, found: bool) -> _Memory:
        """What to keep of a search on a still scene."""
        same = self.searched is not None and scene.shows_what(self.searched)
        times = (self.times if same else 0) + int(search.complete and not found)
        searched = self.searched if same else scene
        return _Memory(scene, tuple(search.evidence.single()), search.stopped_at, searched, 0 if found else times)


class CascadeReader:
    """The cascade with a time budget a frame.

    `formats`: symbologies that exist for this kiosk, all others are not seen. `pattern`: what the text of a recovered
    symbol must match. `budget_ms` of processor time, so that a busy machine reads the same: after this the search on a
    frame stops at the next try; a try lasts a few milliseconds. Live (`thorough` false) only the likeliest regions are
    tried while the hand moves; once it is still, each frame goes on where the one before stopped, and what one view
    said in an earlier frame counts as one opinion.
    """

    def __init__(
        self,
        formats: Sequence[str] = DEFAULT_FORMATS,
        pattern: re.Pattern[str] | None = None,
        budget_ms: float = BUDGET_MS,
        clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self._decoder = ZxingDecoder(formats)
        self._recovery = Recovery(formats)
        self._pattern = pattern or PRINTABLE
        self._budget = budget_ms / 1000
        self._clock = clock
        self._memory = _Memory()

    def warm_up(self) -> None:
        """Build the tables and touch the decoders once, so that the first frame does not pay for it."""
        stripes = np.zeros((240, 320), np.uint8)
        stripes[60:180] = np.where(np.arange(320) // 4 % 2, 230, 20)
        self.read(stripes, thorough=True)

    def read(self, grey: Grey, thorough: bool) -> Reading:
        """The symbols in a frame; see `kiosk.ports.scanner.SymbolReader`."""
        started = self._clock()
        clean = self._decoder.frame(grey)
        if clean:
            self._memory = self._memory if thorough else _Memory()
            return Reading(tuple(clean), two_codes(clean))
        memory = _Memory() if thorough else self._memory
        scene = scene_of(grey, memory.scene)
        if not thorough and scene.still and memory.in_vain(scene):
            self._memory = replace(memory, scene=scene, rested=memory.rested + 1)
            return Reading(hint=memory.hint)
        search = _Search(grey, self._recovery, self._pattern, lambda: self._clock() - started > self._budget)
        if thorough:
            found = search.run(stop_at_first=True) or self._decoder.rare(grey)
        elif scene.still:
            found = search.run(memory.heard, memory.next_region) or self._decoder.rare(grey)
            self._memory = memory.after(scene, search, bool(found))
        else:
            found = search.run(likeliest_only=True)
            self._memory = _Memory(scene)
        hint = two_codes(found) if found else search.hint(scene)
        if not thorough:
            self._memory = replace(self._memory, hint=hint)
        return Reading(tuple(found), hint)


class _Search:
    """One frame's regions, looked at one after the other."""

    def __init__(self, grey: Grey, recovery: Recovery, pattern: re.Pattern[str], late: Late) -> None:
        self._grey = grey
        self._recovery = recovery
        self._late = late
        self.evidence = Opinions(pattern)
        self.stopped_at = 0
        self.complete = False  # every region has been looked at
        wide_enough = min(grey.shape) >= 3 * regions.CELL
        self._texture = regions.texture(grey) if wide_enough else None

    @cached_property
    def _bars(self) -> list[regions.Region]:
        return regions.bar_regions(self._texture) if self._texture else []

    @cached_property
    def _clear(self) -> list[regions.Region]:
        return regions.clear_regions(self._texture, self._bars) if self._texture else []

    @cached_property
    def _matrices(self) -> list[regions.Region]:
        return regions.matrix_regions(self._texture) if self._texture else []

    def run(
        self,
        heard: Sequence[Opinion] = (),
        start: int = 0,
        *,
        stop_at_first: bool = False,
        likeliest_only: bool = False,
    ) -> list[Symbol]:
        """The symbols that two views agree on, looking from region number `start` on."""
        self.evidence.add("an earlier frame", heard)
        most = 1 if likeliest_only else regions.MAX_REGIONS
        tries = self._tries(most)
        if start:
            known = list(tries)
            tries = iter([*known[start:], *known[:start]])
        found: dict[str, Symbol] = {}
        for step, attempt in enumerate(tries, start + 1):
            for symbol in attempt():
                found.setdefault(symbol.text, symbol)
            if found and stop_at_first:
                return list(found.values())
            if self._late():
                self.stopped_at = step % sum(1 for _ in self._tries(most))
                break
        self.complete = self.stopped_at <= start
        return list(found.values())

    def _tries(self, most: int) -> Iterator[Callable[[], list[Symbol]]]:
        """Bars and matrices in turn: text below a symbol often looks like the other kind. Looked for when needed."""
        bars, matrix = self._recovery.bars, self._recovery.matrix
        for place in range(most):
            for attempt, kind in ((bars, "_bars"), (matrix, "_matrices"), (bars, "_clear")):
                for region in getattr(self, kind)[place : place + 1]:
                    yield partial(attempt, self._grey, region, self.evidence, self._late)

    def hint(self, scene: Scene) -> Hint:
        """What would help, where nothing was read."""
        return hint_of(self._grey, scene, self._bars, self._matrices)


def two_codes(symbols: Sequence[Symbol]) -> Hint:
    """Two different texts in view may be two patients' slips."""
    return Hint.TWO_CODES if len({symbol.text for symbol in symbols}) > 1 else Hint.NONE


def grey_of(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Grey:
    """A camera's BGR (or already grey) picture as the frame the reader takes."""
    if pixels.ndim == 2:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
