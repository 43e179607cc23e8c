"""The order in which the images of one series are shown, and what is odd about them (case 73).

Slices are sorted by their position along the normal of the slice plane, which also holds for a tilted gantry; the
instance numbers only decide at which end the stack begins. Localizers are kept apart. Equal positions, missing slices,
tilt and mixed thickness are reported, never repaired.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import acos, degrees
from statistics import median

from kiosk.imaging.dicom.contrast import PLAIN, Contrast
from kiosk.imaging.dicom.facts import Geometry, ImageFacts, Vector

_PARALLEL = 0.999  # cosine up to which planes belong to one stack: about 2.5 degrees
_SAME_PLACE_MM = 0.01
_GAP = 1.5  # times the expected distance
_TILT_DEGREES = 1.0


@dataclass(frozen=True)
class SeriesFrame:
    """One frame to be ordered."""

    facts: ImageFacts
    geometry: Geometry
    frame: int = 0
    contrast: Contrast = PLAIN

    @property
    def number(self) -> tuple[int, int]:
        """Instance and frame number; instances without a number come last."""
        number = self.facts.instance_number
        return (1 << 31 if number is None else number, self.frame)


@dataclass(frozen=True)
class Gap:
    """A distance that is too large, before the image at `index`."""

    index: int
    distance: float
    expected: float


@dataclass(frozen=True)
class SeriesOrder:
    """Indices into the candidates given: every index is in `images` or in `scouts`, once."""

    images: tuple[int, ...]
    scouts: tuple[int, ...]
    duplicates: tuple[tuple[int, int], ...] = ()
    gaps: tuple[Gap, ...] = ()
    thicknesses: tuple[float, ...] = ()
    tilt: float = 0.0
    phases: int = 1
    stacks: int = 1

    @property
    def remarks(self) -> tuple[tuple[str, str], ...]:
        """What a sheet should tell: keys of sentences (`assets/protocols/texts`) and their value."""
        mixed = "/".join(f"{value:g}" for value in self.thicknesses) if len(self.thicknesses) > 1 else ""
        found = (
            ("note_duplicates", str(len(self.duplicates) or "")),
            ("note_gaps", str(len(self.gaps) or "")),
            ("note_thicknesses", mixed),
            ("note_tilt", f"{self.tilt:.1f}" if self.tilt else ""),
        )
        return tuple((key, value) for key, value in found if value)


def order(candidates: Sequence[SeriesFrame]) -> SeriesOrder:
    """Order the frames of one series."""
    by_number = sorted(range(len(candidates)), key=lambda index: candidates[index].number)
    scouts = [index for index in by_number if candidates[index].facts.is_scout]
    if len(scouts) == len(by_number):
        scouts = []  # a series of scouts only is shown as it is
    kept = [index for index in by_number if index not in set(scouts)]
    stacks, loose = _stacks(kept, candidates)
    images: list[int] = []
    duplicates: list[tuple[int, int]] = []
    gaps: list[Gap] = []
    phases = 1
    for stack in stacks:
        passes = _sort(stack, candidates)
        phases = max(phases, len(passes))
        for ordered in passes:
            images += ordered
            duplicates += _duplicates(ordered, candidates)
            gaps += _gaps(ordered, candidates)
    thicknesses = {candidates[index].geometry.thickness for index in images}
    return SeriesOrder(
        tuple(images + loose),
        tuple(scouts),
        tuple(duplicates) + _same_number(loose, candidates),
        tuple(gaps),
        tuple(sorted(value for value in thicknesses if value)),
        max((_tilt(stack, candidates) for stack in stacks), default=0.0),
        phases,
        max(1, len(stacks)),
    )


def _stacks(indices: list[int], candidates: Sequence[SeriesFrame]) -> tuple[list[list[int]], list[int]]:
    """Frames of parallel planes together, in the order of their first number; frames without geometry apart."""
    stacks: list[tuple[Vector, list[int]]] = []
    loose: list[int] = []
    for index in indices:
        normal = candidates[index].geometry.normal
        if normal is None or candidates[index].geometry.position is None:
            loose.append(index)
            continue
        home = next((stack for direction, stack in stacks if _dot(direction, normal) > _PARALLEL), None)
        if home is None:
            stacks.append((normal, [index]))
        else:
            home.append(index)
    return [stack for _, stack in stacks], loose


def _dot(a: Vector, b: Vector) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def _depth(index: int, candidates: Sequence[SeriesFrame], normal: Vector) -> float:
    return _dot(candidates[index].geometry.position or (0.0, 0.0, 0.0), normal)


def _sort(stack: list[int], candidates: Sequence[SeriesFrame]) -> list[list[int]]:
    """Indices by depth, for each time that the whole stack was imaged: echo by echo, weighting by weighting.

    One lost image changes neither the direction nor which images belong together.
    """
    normal = candidates[stack[0]].geometry.normal or (0.0, 0.0, 1.0)
    depths = {index: _depth(index, candidates, normal) for index in stack}
    places = {index: round(depths[index] / _SAME_PLACE_MM) for index in stack}
    passes = [part for group in _by_contrast(stack, places, candidates) for part in _passes(group, places)]
    if len(set(places.values())) == 1:
        return [stack]
    steps = Counter((depths[other] > depths[one]) - (depths[other] < depths[one])
                    for part in passes for one, other in pairwise(part))  # fmt: skip
    sign = -1.0 if steps[-1] > steps[1] else 1.0
    return [sorted(part, key=lambda index: (sign * depths[index], candidates[index].number)) for part in passes]


def _by_contrast(stack: list[int], places: dict[int, int], candidates: Sequence[SeriesFrame]) -> list[list[int]]:
    """Images of the same place told apart by time, echo and b-value, where the header gives them."""
    if len(set(places.values())) == len(stack):
        return [stack]
    groups: dict[Contrast, list[int]] = defaultdict(list)
    for index in stack:
        groups[replace(candidates[index].contrast, echo_time=0.0)].append(index)
    if max(map(len, groups.values())) == 1:
        return [stack]  # a counter, nothing that groups
    return [groups[key] for key in sorted(groups)]


def _passes(group: list[int], places: dict[int, int]) -> list[list[int]]:
    """Images in the order of their numbers, cut where a place comes again; whole once where few places do."""
    counts = Counter(places[index] for index in group)
    usual = Counter(counts.values()).most_common(1)[0][0]
    if usual == 1 or len(counts) == 1:
        return [group]
    passes: list[list[int]] = [[] for _ in range(max(counts.values()))]
    place_by_place = sum(places[one] == places[other] for one, other in pairwise(group)) > len(group) // 2
    seen: Counter[int] = Counter()
    current = 0
    for index in group:
        place = places[index]
        if place_by_place or seen[place] > current:
            current = min(seen[place], len(passes) - 1)
        passes[current].append(index)
        seen[place] = current + 1
    return [part for part in passes if part]


def _duplicates(ordered: list[int], candidates: Sequence[SeriesFrame]) -> list[tuple[int, int]]:
    """Neighbours at the same place."""
    normal = candidates[ordered[0]].geometry.normal or (0.0, 0.0, 1.0)
    return [
        (before, after)
        for before, after in pairwise(ordered)
        if abs(_depth(before, candidates, normal) - _depth(after, candidates, normal)) < _SAME_PLACE_MM
    ]


def _same_number(loose: list[int], candidates: Sequence[SeriesFrame]) -> tuple[tuple[int, int], ...]:
    """Frames without geometry that share their instance number."""
    return tuple(
        (before, after)
        for before, after in pairwise(loose)
        if candidates[before].facts.instance_number is not None
        and candidates[before].number == candidates[after].number
    )


def _gaps(ordered: list[int], candidates: Sequence[SeriesFrame]) -> list[Gap]:
    """Distances larger than what the thickness of the neighbours lets expect."""
    normal = candidates[ordered[0]].geometry.normal or (0.0, 0.0, 1.0)
    steps: list[tuple[int, float, float]] = []
    for before, after in pairwise(ordered):
        distance = abs(_depth(before, candidates, normal) - _depth(after, candidates, normal))
        pair = (candidates[before].geometry.thickness, candidates[after].geometry.thickness)
        thickness = sum(value or 1.0 for value in pair) / 2.0
        if distance >= _SAME_PLACE_MM:
            steps.append((after, distance, thickness))
    if len(steps) < 3:
        return []
    ratio = median(distance / thickness for _, distance, thickness in steps)
    return [
        Gap(index, distance, ratio * thickness)
        for index, distance, thickness in steps
        if distance > _GAP * ratio * thickness
    ]


def _tilt(stack: list[int], candidates: Sequence[SeriesFrame]) -> float:
    """Angle between the normal and the way from the first slice to the last, 0 for a straight stack."""
    if len(stack) < 2:
        return 0.0
    start, end = (candidates[stack[index]].geometry for index in (0, -1))
    if start.position is None or end.position is None or start.normal is None:
        return 0.0
    way = tuple(b - a for a, b in zip(start.position, end.position, strict=True))
    length = sum(value * value for value in way) ** 0.5
    if length < 1.0:
        return 0.0
    along = sum(x * y for x, y in zip(way, start.normal, strict=True)) / length
    angle = degrees(acos(min(1.0, abs(along))))
    return angle if _TILT_DEGREES < angle < 45.0 else 0.0
