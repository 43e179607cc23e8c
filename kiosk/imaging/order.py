"""The order in which the images of one series are shown, and what is odd about them (case 73).

Slices are sorted by their position along the normal of the slice plane, which also holds for a tilted gantry; the
instance numbers only decide at which end the stack begins. Localizers are kept apart. Equal positions, missing slices,
tilt and mixed thickness are reported, never repaired.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import acos, degrees
from statistics import median

from kiosk.imaging.facts import Geometry, ImageFacts, Vector

_PARALLEL = 0.999  # cosine up to which planes belong to one stack: about 2.5 degrees
_SAME_PLACE_MM = 0.01
_GAP = 1.5  # times the expected distance
_TILT_DEGREES = 1.0


@dataclass(frozen=True)
class Candidate:
    """One frame to be ordered."""

    facts: ImageFacts
    geometry: Geometry
    frame: int = 0

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


def order(candidates: Sequence[Candidate]) -> SeriesOrder:
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
        ordered, repeated = _sort(stack, candidates)
        phases = max(phases, repeated)
        images += ordered
        if repeated == 1:
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


def _stacks(indices: list[int], candidates: Sequence[Candidate]) -> tuple[list[list[int]], list[int]]:
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


def _depth(index: int, candidates: Sequence[Candidate], normal: Vector) -> float:
    return _dot(candidates[index].geometry.position or (0.0, 0.0, 0.0), normal)


def _sort(stack: list[int], candidates: Sequence[Candidate]) -> tuple[list[int], int]:
    """Indices by depth, and how many times the whole stack was imaged (dynamic series are shown phase by phase)."""
    normal = candidates[stack[0]].geometry.normal or (0.0, 0.0, 1.0)
    depths = {index: _depth(index, candidates, normal) for index in stack}
    first, last = stack[: max(1, len(stack) // 4)], stack[-max(1, len(stack) // 4) :]
    falling = sum(depths[index] for index in last) / len(last) < sum(depths[index] for index in first) / len(first)
    sign = -1.0 if falling else 1.0
    places: dict[int, list[int]] = defaultdict(list)
    for index in stack:
        places[round(depths[index] / _SAME_PLACE_MM)].append(index)
    sizes = Counter(len(place) for place in places.values())
    repeated = min(len(place) for place in places.values()) if len(sizes) == 1 else 1
    if repeated == 1 or len(places) == 1:
        return sorted(stack, key=lambda index: (sign * depths[index], candidates[index].number)), repeated
    rank = {index: place.index(index) for place in places.values() for index in place}
    return sorted(stack, key=lambda index: (rank[index], sign * depths[index])), repeated


def _duplicates(ordered: list[int], candidates: Sequence[Candidate]) -> list[tuple[int, int]]:
    """Neighbours at the same place."""
    normal = candidates[ordered[0]].geometry.normal or (0.0, 0.0, 1.0)
    return [
        (before, after)
        for before, after in pairwise(ordered)
        if abs(_depth(before, candidates, normal) - _depth(after, candidates, normal)) < _SAME_PLACE_MM
    ]


def _same_number(loose: list[int], candidates: Sequence[Candidate]) -> tuple[tuple[int, int], ...]:
    """Frames without geometry that share their instance number."""
    return tuple(
        (before, after)
        for before, after in pairwise(loose)
        if candidates[before].facts.instance_number is not None
        and candidates[before].number == candidates[after].number
    )


def _gaps(ordered: list[int], candidates: Sequence[Candidate]) -> list[Gap]:
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


def _tilt(stack: list[int], candidates: Sequence[Candidate]) -> float:
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
