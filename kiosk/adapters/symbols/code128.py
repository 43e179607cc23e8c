"""Code 128 (ISO/IEC 15417) by likelihood: whole symbol characters are matched as blurred templates.

A decoder that measures bar widths fails when a module is less than two pixels wide and blurred. Here the grid of
modules is laid over the profile from first to last bar, each character's eleven modules are compared with all 107
templates by normalised correlation, and the grid (number of characters, ends, foreshortening) that fits best is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# widths of bar, space, bar, space, bar, space of the symbol characters 0 to 105 (ISO/IEC 15417 table 1)
_WIDTHS = tuple(
    word
    for line in (
        "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231",
        "113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211",
        "212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131",
        "113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111",
        "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211",
        "241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141",
        "214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214",
        "211232",
    )
    for word in line.split()
)
STOP = "2331112"
START_A, START_B, START_C = 103, 104, 105
CODE_C, CODE_B, CODE_A, FNC1, SHIFT = 99, 100, 101, 102, 98

MODULES = 11
SAMPLES = 3  # per module
CONTEXT = 1  # modules of context on both sides of a character: a space before, a bar after
BLURS = (0.45, 0.75)  # standard deviation of the blur in modules
SHORTEST, LONGEST = 6, 34  # symbol characters with start and check, without stop
NARROWEST, WIDEST = 1.1, 6.0  # pixels of the frame per module
BENDS = tuple(float(bend) for bend in np.linspace(-0.12, 0.12, 17))
KEPT = 60  # guesses of the grid that are compared as a whole


def modules(widths: str) -> NDArray[np.bool_]:
    """True where a module is dark."""
    return np.repeat(np.arange(len(widths)) % 2 == 0, [int(width) for width in widths])


@lru_cache(maxsize=1)
def _templates() -> NDArray[np.float32]:
    """(blurs, 106, samples): every character between a space and a bar, blurred, zero mean, unit norm."""
    return np.stack([_blurred([modules(widths) for widths in _WIDTHS], blur) for blur in BLURS])


@lru_cache(maxsize=1)
def _stops() -> NDArray[np.float32]:
    """(blurs, samples): the first eleven modules of the stop character."""
    return np.stack([_blurred([modules(STOP)[:MODULES]], blur)[0] for blur in BLURS])


def _blurred(characters: list[NDArray[np.bool_]], blur: float) -> NDArray[np.float32]:
    fine = SAMPLES * 4
    reach = 3
    grid = np.arange(-4 * fine, 4 * fine + 1) / fine
    kernel = np.exp(-0.5 * (grid / blur) ** 2)
    kernel /= kernel.sum()
    rows = []
    for dark in characters:
        # further away than one module the neighbours are unknown: grey
        levels = np.concatenate([[0.5] * (reach - 1), [1.0], np.where(dark, 0.0, 1.0), [0.0], [0.5] * (reach - 1)])
        smooth = np.convolve(np.repeat(levels, fine), kernel, "same")
        rows.append(smooth[((reach + _positions()) * fine).astype(int)])
    table = np.array(rows)
    table -= table.mean(1, keepdims=True)
    return np.asarray(table / np.linalg.norm(table, axis=1, keepdims=True), np.float32)


@lru_cache(maxsize=1)
def _positions() -> NDArray[np.float64]:
    """Sample positions of one character in modules from its first bar's edge."""
    first = -CONTEXT / 2
    count = (MODULES + CONTEXT) * SAMPLES
    return first + (np.arange(count) + 0.5) / SAMPLES


@dataclass(frozen=True, eq=False)
class Grid:
    """Where the symbol lies on a profile: columns of first and last edge, characters, bend (foreshortening)."""

    left: float
    right: float
    characters: int  # with start and check, without stop
    bend: float

    def columns(self, *, outer: bool = False) -> NDArray[np.float64]:
        """(characters + 1, samples) columns of the profile, the stop character last; `outer`: only start and stop."""
        total = MODULES * (self.characters + 1) + 2
        places = np.array([0, self.characters]) if outer else np.arange(self.characters + 1)
        starts = places[:, None] * MODULES
        part = (starts + _positions()[None]) / total
        return np.asarray(self.left + (self.right - self.left) * (part + self.bend * part * (1 - part)))


@dataclass(frozen=True, eq=False)
class Match:
    """One decoding of one profile. `quality`: mean correlation 0 to 1; `margin`: least lead over the second best."""

    values: tuple[int, ...]
    quality: float
    margin: float
    grid: Grid
    blur: int
    turned: bool = False  # the profile was read from right to left

    @property
    def checked(self) -> bool:
        """True when start character and check character (modulo 103) are right."""
        *body, check = self.values
        total = body[0] + sum(place * value for place, value in enumerate(body))
        return body[0] >= START_A and max(body[1:], default=0) < START_A and total % 103 == check

    @property
    def text(self) -> str | None:
        """The payload, None where the characters make no sense together."""
        return text_of(self.values[:-1]) if self.checked else None


def _segments(profile: Floats, grids: list[Grid]) -> NDArray[np.float32]:
    """(grids, characters + 1, samples), zero mean, unit norm; all grids have the same number of characters."""
    return _cut(profile, np.stack([grid.columns() for grid in grids]))


def _cut(profile: Floats, columns: NDArray[np.float64]) -> NDArray[np.float32]:
    base = np.clip(columns.astype(np.int32), 0, len(profile) - 2)
    part = (columns - base).astype(np.float32)
    cut = profile[base] * (1 - part) + profile[base + 1] * part
    cut -= cut.mean(-1, keepdims=True)
    norm = np.sqrt((cut * cut).sum(-1, keepdims=True))
    return np.asarray(cut / (norm + 1e-3), np.float32)


def _quality(profile: Floats, grids: list[Grid], blur: int) -> NDArray[np.float32]:
    """Mean correlation of the best templates for each grid, start and stop held to theirs."""
    cut = _segments(profile, grids)
    table = _templates()[blur]
    inner = (cut[:, 1:-1] @ table[:START_A].T).max(-1).sum(-1)
    start = (cut[:, 0] @ table[START_A:].T).max(-1)
    stop = cut[:, -1] @ _stops()[blur]
    return np.asarray((inner + start + stop) / cut.shape[1], np.float32)


def read(profile: Floats, grid: Grid, blur: int) -> Match:
    """The likeliest characters on a known grid."""
    cut = _segments(profile, [grid])[0]
    scores = cut[:-1] @ _templates()[blur].T
    scores[0, :START_A] = -1
    scores[1:, START_A:] = -1
    ranked = np.sort(scores, 1)
    values = tuple(int(value) for value in scores.argmax(1))
    stop = float(cut[-1] @ _stops()[blur])
    quality = float((ranked[:, -1].sum() + stop) / len(cut))
    return Match(values, quality, float((ranked[:, -1] - ranked[:, -2]).min()), grid, blur)


def ends_of(profile: Floats, module: float, contrast: float) -> tuple[float, float] | None:
    """Columns of the first and the last edge of the longest stretch without a gap of more than seven modules."""
    change = np.abs(np.diff(profile))
    strong = np.flatnonzero(change > contrast * np.percentile(change, 97))
    if len(strong) < 20:
        return None
    breaks = np.flatnonzero(np.diff(strong) > 6.5 * module)
    firsts = np.concatenate([[0], breaks + 1])
    lasts = np.concatenate([breaks, [len(strong) - 1]])
    longest = int((strong[lasts] - strong[firsts]).argmax())
    left, right = int(strong[firsts[longest]]), int(strong[lasts[longest]])
    if right - left < 60 * module:
        return None
    return _edge(profile, change, left, module, 1), _edge(profile, change, right, module, -1)


def _edge(profile: Floats, change: Floats, near: int, module: float, inward: int) -> float:
    """The half-height crossing of the outermost edge: where the change is largest next to `near`, refined."""
    reach = max(3, round(1.2 * module))
    window = (near, near + reach) if inward > 0 else (near - reach, near)
    first, last = max(1, window[0] - 1), min(len(change) - 2, window[1] + 1)
    # the first local maximum of the change, seen from outside
    order = range(first, last + 1) if inward > 0 else range(last, first - 1, -1)
    inside = min(max(near, 1), len(change) - 2)
    peak = next((at for at in order if change[at] >= change[at - 1] and change[at] >= change[at + 1]), inside)
    before, here, after = (float(change[at]) for at in (peak - 1, peak, peak + 1))
    bend = before - 2 * here + after
    return peak + 0.5 + (0.5 * (before - after) / bend if bend < 0 else 0.0)


def locate(profile: Floats, scale: float) -> list[tuple[float, Grid, int]]:
    """The likeliest grids with their quality and blur, best first. `scale`: columns per pixel of the frame.

    Start and stop character alone thin out the guesses before whole symbols are compared.
    """
    guesses = [
        Grid(left, right, characters, bend)
        for left, right in _ends(profile, scale)
        for characters in range(SHORTEST, LONGEST + 1)
        if NARROWEST <= (right - left) / (MODULES * (characters + 1) + 2) / scale <= WIDEST
        for bend in BENDS
    ]
    if not guesses:
        return []
    outer = _outer_quality(profile, guesses)
    likely: dict[int, list[Grid]] = {}
    for at in np.argsort(-outer)[:KEPT]:
        likely.setdefault(guesses[at].characters, []).append(guesses[at])
    found = []
    for grids in likely.values():
        quality = _quality(profile, grids, 1)
        best = int(quality.argmax())
        found.append((float(quality[best]), grids[best], 1))
    return sorted(found, key=lambda one: -one[0])


def _ends(profile: Floats, scale: float) -> set[tuple[float, float]]:
    """Guesses of first and last edge, from different ideas of gap and contrast."""
    guesses = (ends_of(profile, module * scale, contrast) for module in (1.5, 2.4, 3.8) for contrast in (0.22, 0.4))
    return {(round(ends[0], 1), round(ends[1], 1)) for ends in guesses if ends}


def _outer_quality(profile: Floats, grids: list[Grid]) -> NDArray[np.float32]:
    """How well start and stop character fit."""
    cut = _cut(profile, np.stack([grid.columns(outer=True) for grid in grids]))
    start = (cut[:, 0] @ _templates()[1][START_A:].T).max(-1)
    return np.asarray(start + cut[:, 1] @ _stops()[1], np.float32)


def refine(profile: Floats, grid: Grid, blur: int) -> tuple[float, Grid, int]:
    """The grid moved, stretched and bent a little until it fits best."""
    module = (grid.right - grid.left) / (MODULES * (grid.characters + 1) + 2)
    best = float(_quality(profile, [grid], blur)[0])
    for step in (0.5, 0.25, 0.12):
        shifts = np.array([-2, -1, 0, 1, 2]) * step * module
        for _ in range(2):
            grids = [
                Grid(grid.left + left, grid.right + right, grid.characters, grid.bend)
                for left in shifts
                for right in shifts
            ] + [
                Grid(grid.left, grid.right, grid.characters, grid.bend + bend * step * 0.01) for bend in (-2, -1, 1, 2)
            ]
            quality = _quality(profile, grids, blur)
            at = int(quality.argmax())
            if quality[at] <= best + 1e-5:
                break
            best, grid = float(quality[at]), grids[at]
    others = [float(_quality(profile, [grid], other)[0]) for other in range(len(BLURS))]
    blur = int(np.argmax(others))
    return others[blur], grid, blur


def decode(profile: Floats, scale: float) -> Match | None:
    """The likeliest decoding of a profile in either direction; None where nothing like Code 128 is seen."""
    best: Match | None = None
    for turned in (False, True):
        seen = np.ascontiguousarray(profile[::-1]) if turned else profile
        for _, grid, blur in locate(seen, scale)[:2]:
            _, grid, blur = refine(seen, grid, blur)
            match = replace(read(seen, grid, blur), turned=turned)
            if best is None or (match.checked, match.quality) > (best.checked, best.quality):
                best = match
    return best


def read_again(profile: Floats, match: Match) -> tuple[int, ...]:
    """The characters of another band of the same strip, on the grid that is already known."""
    seen = np.ascontiguousarray(profile[::-1]) if match.turned else profile
    return read(seen, match.grid, match.blur).values


_SETS = {START_A: "A", START_B: "B", START_C: "C"}


def text_of(values: tuple[int, ...]) -> str | None:
    """The payload of start character and data characters, without check and stop."""
    current = _SETS.get(values[0])
    text: list[str] = []
    once = False
    for value in values[1:]:
        used = ("B" if current == "A" else "A") if once else current
        once = False
        if used == "C":
            if value < 100:
                text.append(f"{value:02d}")
            elif value in (CODE_B, CODE_A):
                current = "B" if value == CODE_B else "A"
            # FNC1 carries no character
        elif value < 96:
            text.append(chr(value + 32) if used == "B" or value < 64 else chr(value - 64))
        elif value == SHIFT:
            once = True
        elif value == CODE_C:
            current = "C"
        elif (value, used) in ((CODE_B, "A"), (CODE_A, "B")):
            current = "B" if value == CODE_B else "A"
        elif value not in (96, 97, FNC1):
            return None  # FNC4: Latin-1 is not wanted
    return "".join(text) or None
