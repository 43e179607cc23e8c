"""Code 128 by likelihood: whole symbol characters are matched as blurred templates.

A decoder that measures bar widths fails when a module is less than two pixels wide and blurred. Here the grid of
modules is laid over the profile from first to last bar, each character's eleven modules are compared with all 107
templates by normalised correlation, and the grid (number of characters, ends, foreshortening) that fits best is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.adapters.symbols.code128 import MODULES, START_A, STOP, WIDTHS, checked, modules, text_of

Floats = NDArray[np.float32]
Places = NDArray[np.float64]

SAMPLES = 3  # per module
CONTEXT = 1  # modules of context around a character: half a space before, half a bar after
BLURS = (0.45, 0.75)  # standard deviation of the blur in modules
COARSE = 1  # the blur that the search begins with
SHORTEST, LONGEST = 6, 34  # symbol characters with start and check, without stop
NARROWEST, WIDEST = 1.1, 6.0  # pixels of the frame per module
BENDS = np.linspace(-0.12, 0.12, 17)
KEPT = 16  # guesses of the grid that are compared as a whole; the right one of 166 symbols was among the first four
REFINED = 3  # guesses that are refined
PROMISING = 0.6  # mean correlation of a guess before refining; right ones begin at 0.7
SURE = 0.95
CALM = 3  # columns over which a profile is averaged before its ends are looked for
LEAST_SIZE, SIZE_STEP = 2.5, 0.03  # columns of a module, and the step between two sizes as a share
MOST_REMAPPED = 30_000  # rows of one call of OpenCV, whose pictures are smaller than 32,768 a side


@lru_cache(maxsize=1)
def _templates() -> Floats:
    """(blurs, 106, samples): every character between a space and a bar, blurred, zero mean, unit norm."""
    return np.stack([_blurred([modules(widths) for widths in WIDTHS], blur) for blur in BLURS])


@lru_cache(maxsize=len(BLURS))
def _inner(blur: int) -> Floats:
    """(samples, 103): the templates that may stand between start and stop."""
    return np.ascontiguousarray(_templates()[blur][:START_A].T)


@lru_cache(maxsize=1)
def _stops() -> Floats:
    """(blurs, samples): the first eleven modules of the stop character."""
    return np.stack([_blurred([modules(STOP)[:MODULES]], blur)[0] for blur in BLURS])


@lru_cache(maxsize=1)
def _starts() -> Floats:
    """(3, samples): the start characters."""
    return np.ascontiguousarray(_templates()[COARSE][START_A:])


@lru_cache(maxsize=1)
def _positions() -> Places:
    """Sample positions of one character in modules from its first bar's edge."""
    count = (MODULES + CONTEXT) * SAMPLES
    return (np.arange(count) + 0.5) / SAMPLES - CONTEXT / 2


def _blurred(characters: list[NDArray[np.bool_]], blur: float) -> Floats:
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


@dataclass(frozen=True)
class ModuleGrid:
    """Where the symbol lies on a profile: columns of first and last edge, characters, bend (foreshortening)."""

    left: float
    right: float
    bend: float
    characters: int  # with start and check, without stop

    def columns(self) -> Floats:
        """(1, characters + 1, samples) columns of the profile, the stop character last."""
        return _columns(np.array([(self.left, self.right, self.bend)]), self.characters)


def _grid(guess: Places, characters: int) -> ModuleGrid:
    left, right, bend = (float(part) for part in guess)
    return ModuleGrid(left, right, bend, characters)


def _columns(guesses: Places, characters: int) -> Floats:
    """(guesses, characters + 1, samples) for guesses (n, 3) of left, right, bend."""
    places = np.arange(characters + 1)
    part = (places[:, None] * MODULES + _positions()[None]) / (MODULES * (characters + 1) + 2)
    return _bent(guesses, part)


def _bent(guesses: Places, part: Places) -> Floats:
    """The columns at these parts of the way from left to right edge, foreshortened."""
    left, right, bend = (guesses[:, column, None, None].astype(np.float32) for column in range(3))
    way = part.astype(np.float32)
    length = right - left
    return np.asarray(left + way * (length + length * bend * (1 - way)), np.float32)


@dataclass(frozen=True)
class Match:
    """One decoding of one profile. `quality`: mean correlation, at most 1."""

    values: tuple[int, ...]
    quality: float
    grid: ModuleGrid
    blur: int
    turned: bool = False  # the profile was read from right to left

    @property
    def checked(self) -> bool:
        """True when start and check character are right."""
        return checked(self.values)

    @property
    def text(self) -> str | None:
        """The payload, None where the characters make no sense together."""
        return text_of(self.values[:-1]) if self.checked else None


def _cut(profile: Floats, columns: Floats) -> Floats:
    """The profile at the columns, each character with zero mean and unit norm."""
    cut = _sampled(profile, columns.reshape(-1, columns.shape[-1]))
    cut -= cut.mean(-1, keepdims=True)
    cut /= np.sqrt(np.einsum("ij,ij->i", cut, cut))[:, None] + np.float32(1e-3)
    return cut.reshape(columns.shape)


def _sampled(profile: Floats, places: Floats) -> Floats:
    """The profile between its samples, to 1/32 of a column."""
    pieces = [
        cv2.remap(profile[None], part, np.zeros_like(part), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for part in np.split(places, range(MOST_REMAPPED, len(places), MOST_REMAPPED))
        if len(part)
    ]
    return np.asarray(np.concatenate(pieces) if pieces else places, np.float32)


def _quality(cut: Floats, blur: int) -> Floats:
    """Mean correlation with the best templates for each guess, start and stop held to theirs."""
    table = _templates()[blur]
    # one small product a guess: a large one would be spread over threads, which costs more than it gains
    inner = np.matmul(cut[:, 1:-1], _inner(blur)).max(-1).sum(-1)
    start = (cut[:, 0] @ table[START_A:].T).max(-1)
    stop = cut[:, -1] @ _stops()[blur]
    return np.asarray((inner + start + stop) / cut.shape[1], np.float32)


def read(profile: Floats, grid: ModuleGrid, blur: int, *, turned: bool = False) -> Match:
    """The likeliest characters on a known grid."""
    cut = _cut(profile, grid.columns())
    scores = cut[0, :-1] @ _templates()[blur].T
    scores[0, :START_A] = -1
    scores[1:, START_A:] = -1
    values = tuple(int(value) for value in scores.argmax(1))
    return Match(values, float(_quality(cut, blur)[0]), grid, blur, turned)


def read_again(profile: Floats, match: Match) -> tuple[int, ...]:
    """The characters of another band of the same strip, on the grid that is already known."""
    seen = np.ascontiguousarray(profile[::-1]) if match.turned else profile
    return read(seen, match.grid, match.blur).values


def decode(profile: Floats, scale: float) -> Match | None:
    """The likeliest decoding in either direction; None where nothing like Code 128 is seen.

    `profile`: grey levels across the bars; `scale`: columns per pixel of the frame.
    """
    if len(profile) < 100:
        return None
    directions = (profile, np.ascontiguousarray(profile[::-1]))
    best: Match | None = None
    for _, grid, turned in [one for one in locate(directions, scale) if one[0] > PROMISING][:REFINED]:
        grid, blur = refine(directions[turned], grid)
        match = read(directions[turned], grid, blur, turned=bool(turned))
        if best is None or (match.checked, match.quality) > (best.checked, best.quality):
            best = match
        if best.checked and best.quality > SURE:
            break
    return best


def locate(directions: tuple[Floats, Floats], scale: float) -> list[tuple[float, ModuleGrid, int]]:
    """The likeliest grids with their quality and direction, best first; `directions`: a profile and its mirror image.

    Start and stop character alone thin out the guesses before whole symbols are compared, in both directions at once:
    of the wrong one hardly a guess is left.
    """
    ends = sorted(_ends(directions[0], scale))
    last = len(directions[0]) - 1
    mirrored = [(last - right, last - left) for left, right in ends]
    tables = [_guesses(pairs, scale) for pairs in (ends, mirrored)]
    outer = [_outer_quality(seen, *table) for seen, table in zip(directions, tables, strict=True)]
    kept = np.argsort(-np.concatenate(outer))[:KEPT]
    found = []
    for turned, (guesses, characters) in enumerate(tables):
        own = kept[kept < len(guesses)] if not turned else kept[kept >= len(tables[0][0])] - len(tables[0][0])
        for one in np.unique(characters[own]):
            likely = guesses[own[characters[own] == one]]
            quality = _quality(_cut(directions[turned], _columns(likely, int(one))), COARSE)
            best = int(quality.argmax())
            found.append((float(quality[best]), _grid(likely[best], int(one)), turned))
    return sorted(found, key=lambda one: -one[0])


@lru_cache(maxsize=1)
def _shapes() -> tuple[Places, Places]:
    """(shapes) modules of a symbol and bend, for every number of characters and every bend."""
    characters = np.repeat(np.arange(SHORTEST, LONGEST + 1), len(BENDS))
    length = np.asarray(MODULES * (characters + 1) + 2, np.float64)
    return length, np.tile(BENDS, LONGEST + 1 - SHORTEST)


def _guesses(ends: list[tuple[float, float]], scale: float) -> tuple[Places, NDArray[np.int64]]:
    """(n, 3) left, right, bend and (n) characters."""
    length, bend = _shapes()
    rows = [
        np.stack([np.full(len(bend), left), np.full(len(bend), right), bend, length], 1)
        for left, right in ends
    ]
    table = np.concatenate(rows) if rows else np.zeros((0, 4))
    module = (table[:, 1] - table[:, 0]) / (table[:, 3] * scale) if rows else table[:, 0]
    table = table[(module >= NARROWEST) & (module <= WIDEST)]
    return table[:, :3], np.asarray((table[:, 3] - 2) / MODULES - 0.5, np.int64)


def _outer_quality(profile: Floats, guesses: Places, characters: NDArray[np.int64]) -> Floats:
    """How well start and stop character fit.

    Within one character the bend is only another size of its modules, so each of the few edges is tried with a row of
    sizes, from which the fit of every guess is taken.
    """
    left, right, bend = guesses.T
    length = MODULES * (characters + 1) + 2
    module = (right - left) / length
    start = _end_quality(profile, left, module * (1 + bend * (1 - MODULES / length)), _positions(), _starts())
    before = MODULES * characters / length
    stop = _end_quality(profile, right, module * (1 - bend * before), _positions() - MODULES - 2, _stops()[COARSE:][:1])
    return np.asarray(start + stop, np.float32)


def _end_quality(profile: Floats, edges: Places, sizes: Places, modules_off: Places, table: Floats) -> Floats:
    """The fit of the likeliest template at each edge, its modules so many columns wide."""
    if not len(edges):
        return np.zeros(0, np.float32)
    own, which = np.unique(edges, return_inverse=True)
    steps = np.log(np.clip(sizes, LEAST_SIZE, None) / LEAST_SIZE) / SIZE_STEP
    widths = LEAST_SIZE * np.exp(SIZE_STEP * np.arange(int(steps.max()) + 2))
    columns = own[:, None, None] + widths[:, None] * modules_off
    fits = (_cut(profile, np.asarray(columns, np.float32)) @ table.T).max(-1)
    low = steps.astype(np.int64)
    part = (steps - low).astype(np.float32)
    return np.asarray(fits[which, low] * (1 - part) + fits[which, low + 1] * part, np.float32)


def _ends(profile: Floats, scale: float) -> set[tuple[float, float]]:
    """Guesses of first and last edge, from different ideas of gap and contrast."""
    calm = np.convolve(profile, np.full(CALM, 1 / CALM, np.float32), "same")
    change = np.abs(np.diff(calm[CALM:-CALM], prepend=calm[CALM], append=calm[-CALM - 1]))
    change = np.pad(change, (CALM - 1, CALM - 1))
    high = float(np.percentile(change, 97))
    found = set()
    for contrast in (0.22, 0.4):
        strong = np.flatnonzero(change > contrast * high)
        for module in (1.5, 2.4, 3.8):
            ends = _stretch(change, strong, module * scale)
            if ends:
                found.add((round(ends[0], 1), round(ends[1], 1)))
    return found


def _stretch(change: Floats, strong: NDArray[np.int64], module: float) -> tuple[float, float] | None:
    """First and last edge of the longest stretch of strong changes without a gap of more than six modules."""
    if len(strong) < 20:
        return None
    breaks = np.flatnonzero(np.diff(strong) > 6.5 * module)
    firsts = strong[np.concatenate([[0], breaks + 1])]
    lasts = strong[np.concatenate([breaks, [len(strong) - 1]])]
    longest = int((lasts - firsts).argmax())
    left, right = int(firsts[longest]), int(lasts[longest])
    if right - left < 60 * module:
        return None
    reach = max(3, round(1.2 * module)) + 1
    return _peak(change, range(left - 1, left + reach + 1)), _peak(change, range(right + 1, right - reach - 1, -1))


def _peak(change: Floats, order: range) -> float:
    """The first local maximum of the change, seen from outside, between the samples: the outermost bar's edge."""
    last = len(change) - 2
    inside = [min(max(at, 1), last) for at in order]
    at = next((at for at in inside if change[at] >= change[at - 1] and change[at] >= change[at + 1]), inside[1])
    before, here, after = (float(level) for level in change[at - 1 : at + 2])
    bend = before - 2 * here + after
    return at + 0.5 + (0.5 * (before - after) / bend if bend < 0 else 0.0)


_SHIFTS = np.array(
    [(left, right, 0.0) for left in (-1, 0, 1) for right in (-1, 0, 1) if left or right]
    + [(0.0, 0.0, bend) for bend in (-1, 1)]
)
_STEPS = ((0.8, 3), (0.4, 3), (0.2, 3), (0.1, 2))  # modules an edge is moved by, and how often


def refine(profile: Floats, grid: ModuleGrid) -> tuple[ModuleGrid, int]:
    """The grid moved, stretched and bent a little until it fits best, and the blur that fits best."""
    characters = grid.characters
    module = (grid.right - grid.left) / (MODULES * (characters + 1) + 2)
    here = np.array([grid.left, grid.right, grid.bend])
    best = float(_quality(_cut(profile, grid.columns()), COARSE)[0])
    for step, times in _STEPS:
        moves = _SHIFTS * (step * module, step * module, 0.02 * step)
        for _ in range(times):
            quality = _quality(_cut(profile, _columns(here + moves, characters)), COARSE)
            at = int(quality.argmax())
            if quality[at] <= best + 1e-5:
                break
            best, here = float(quality[at]), here + moves[at]
    refined = _grid(here, characters)
    cut = _cut(profile, refined.columns())
    return refined, int(np.argmax([float(_quality(cut, blur)[0]) for blur in range(len(BLURS))]))
