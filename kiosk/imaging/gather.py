"""From sources to pictures: what there is to print, and what is not and why. No pixel is decoded here."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.film import Scale, Spacing, spacing_rule
from kiosk.imaging import attributes as a
from kiosk.imaging import presentation
from kiosk.imaging.companions import Companions, turned_spacing
from kiosk.imaging.directions import Sides, sides_of
from kiosk.imaging.facts import Geometry, ImageFacts
from kiosk.imaging.frame import Frame
from kiosk.imaging.limits import Limits
from kiosk.imaging.picture import load_frame
from kiosk.imaging.presentation import PresentationState
from kiosk.imaging.reading import Instance, read

Source = Path | bytes
_KEPT_BYTES = 48 << 20  # of instances read for their headers, so that small studies are read once
_KEPT_FRAMES_BYTES = 48 << 20
_RECENT = 2


@dataclass(frozen=True, eq=False)
class Picture:
    """One frame that may be printed. `source` is its place in the list of sources, `frame` counts from 0.

    Size, geometry, spacing, aspect (height of a pixel over its width) and sides are those of the picture as shown,
    after its presentation state has turned and cut it.
    """

    source: int
    frame: int
    frames: int
    rows: int
    columns: int
    colour: bool
    facts: ImageFacts
    geometry: Geometry
    spacing: Spacing | None
    aspect: float = 1.0
    sides: Sides = Sides()
    state: PresentationState | None = None
    drawings: tuple[presentation.Drawing, ...] = ()

    @property
    def key(self) -> tuple[int, int]:
        """What identifies it in this job."""
        return self.source, self.frame

    @property
    def position_mm(self) -> float | None:
        """Slice location as printed: of the header, else along the normal."""
        return self.geometry.location if self.geometry.location is not None else self.geometry.depth


@dataclass(frozen=True)
class Skipped:
    """A source, or one frame of it, that is not printed, and why; `frame` None: the whole source."""

    source: int
    name: str
    reason: str
    code: FaultCode
    frame: int | None = None


@dataclass
class Gathered:
    """What a job holds."""

    pictures: list[Picture] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    companions: Companions = field(default_factory=Companions)


def source_name(source: Source, place: int) -> str:
    """How a source is called in answers."""
    return str(source) if isinstance(source, Path) else f"object {place + 1}"


def spacing_of(instance: Instance, geometry: Geometry) -> Spacing | None:
    """The spacing of a frame and what it is worth, by the rule of `kiosk.domain.film`."""
    header, facts = instance.header, instance.facts
    if facts.modality in ("US", "IVUS") and facts.spacing:
        return Spacing(*facts.spacing, Scale.CALIBRATED)
    top_level = _pair(header.numbers(a.PIXEL_SPACING))
    grouped = geometry.spacing if geometry.spacing_origin == "calibrated" and not top_level else None
    return spacing_rule(facts.modality, top_level or grouped, _pair(header.numbers(a.IMAGER_PIXEL_SPACING)),
                        header.string(a.SPACING_CALIBRATION))  # fmt: skip


def _pair(values: Sequence[float]) -> tuple[float, float] | None:
    usable = len(values) == 2 and all(1e-4 < value < 1e3 for value in values)
    return (values[0], values[1]) if usable else None


def pictures_of(instance: Instance, source: int, companions: Companions) -> list[Picture]:
    """All frames of an instance."""
    spec = instance.pixels.spec
    colour = spec.samples == 3 or spec.photometric == "PALETTE COLOR"
    first = instance.geometry(0)
    single = instance.frames > 1 and instance.header.item(a.SHARED_GROUPS) is None
    pictures = []
    for number in range(instance.frames):
        geometry = first if number == 0 or single else instance.geometry(number)
        picture = Picture(source, number, instance.frames, instance.rows, instance.columns, colour, instance.facts,
                          geometry, spacing_of(instance, geometry), instance.facts.pixel_aspect,
                          sides_of(geometry.orientation, instance.facts.patient_orientation))  # fmt: skip
        state = companions.state_for(instance, number)
        pictures.append(_presented(picture, instance, state) if state else picture)
    return pictures


def _presented(picture: Picture, instance: Instance, state: PresentationState) -> Picture:
    """The picture as its presentation state shows it."""
    place = presentation.placement(state, instance, picture.frame)
    odd = place.rotation % 2
    return replace(
        picture, rows=place.height, columns=place.width, state=state, geometry=place.geometry(picture.geometry),
        spacing=turned_spacing(picture.spacing, place.rotation), aspect=1 / picture.aspect if odd else picture.aspect,
        sides=picture.sides.turned(place.rotation, mirrored=place.flipped),
        drawings=presentation.drawings(state, instance, picture.frame),
    )  # fmt: skip


class Shelf:
    """The sources of a job: reads them, keeps a bounded part of what was read, loads frames.

    `watch` is told the place of a source before it is touched and None after: that is how a parent process knows which
    file a dead or stuck worker was busy with.
    """

    def __init__(self, sources: Sequence[Source], limits: Limits, watch: Callable[[int | None], None]) -> None:
        self.sources, self.limits = sources, limits
        self._watch = watch
        self._kept: dict[int, Instance] = {}
        self._kept_bytes = 0
        self._recent: OrderedDict[int, Instance] = OrderedDict()
        self._frames: dict[tuple[int, int], Frame] = {}
        self._frame_bytes = 0

    def instance(self, place: int) -> Instance:
        """Read a source, or hand out what is kept of it. Raises KioskError."""
        known = self._kept.get(place) or self._recent.get(place)
        if known is not None:
            return known
        self._watch(place)
        instance = read(self.sources[place], self.limits)
        self._watch(None)
        self._keep(place, instance)
        return instance

    def _keep(self, place: int, instance: Instance) -> None:
        size = len(instance.header.buffer)
        if self._kept_bytes + size <= _KEPT_BYTES:
            self._kept[place] = instance
            self._kept_bytes += size
            return
        self._recent[place] = instance
        while len(self._recent) > _RECENT:
            self._recent.popitem(last=False)

    def frame(self, picture: Picture) -> Frame:
        """Decode a picture. Raises KioskError."""
        kept = self._frames.pop(picture.key, None)
        if kept is not None:
            self._frame_bytes -= kept.codes.nbytes
            return kept
        instance = self.instance(picture.source)
        self._watch(picture.source)
        frame = load_frame(instance, picture.frame, presentation=picture.state)
        self._watch(None)
        return frame

    def probe(self, picture: Picture) -> KioskError | None:
        """Whether a picture can be decoded; the frame is kept for `frame` while there is room."""
        try:
            frame = self.frame(picture)
        except KioskError as fault:
            return fault
        if self._frame_bytes + frame.codes.nbytes <= _KEPT_FRAMES_BYTES:
            self._frames[picture.key] = frame
            self._frame_bytes += frame.codes.nbytes
        return None

    def skipped(self, place: int, fault: KioskError, frame: int | None = None) -> Skipped:
        """The record of a source that cannot be shown."""
        return Skipped(place, source_name(self.sources[place], place), fault.detail or str(fault.code), fault.code, frame)


def gather(shelf: Shelf, places: Iterable[int]) -> Gathered:
    """Read the headers of all sources; objects without an image first, for they say how the others are shown."""
    found = Gathered()
    readable: list[int] = []
    for place in places:
        try:
            shelf.instance(place)
            readable.append(place)
        except KioskError as fault:
            found.skipped.append(shelf.skipped(place, fault))
            if fault.code is FaultCode.NOTHING_TO_SHOW:
                found.companions.read(shelf.sources[place], shelf.limits)
    for place in readable:
        found.pictures += pictures_of(shelf.instance(place), place, found.companions)
    return found
