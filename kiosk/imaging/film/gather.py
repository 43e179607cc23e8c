"""From sources to pictures: what there is to print, and what is not and why. No pixel is decoded here."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import Scale, Spacing, spacing_rule
from kiosk.imaging.dicom import attributes as a
from kiosk.imaging.dicom.contrast import PLAIN, Contrast
from kiosk.imaging.dicom.facts import Geometry, ImageFacts, positive_pair
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.dicom.objects import NOT_FILMS
from kiosk.imaging.dicom.reading import Instance, read
from kiosk.imaging.pixels import presentation
from kiosk.imaging.pixels.companions import Companion, Companions, read_companion
from kiosk.imaging.pixels.directions import NO_SIDES, Sides, sides_of
from kiosk.imaging.pixels.frame import Frame
from kiosk.imaging.pixels.picture import load_frame
from kiosk.imaging.pixels.presentation import PresentationState, read_state
from kiosk.imaging.pixels.rendering import has_voi
from kiosk.imaging.pixels.subtraction import has_masks, mask_of

Source = Path | bytes
_KEPT_BYTES = 48 << 20  # of instances read for their headers, so that small studies are read once
_RECENT = 2
_ALONE = frozenset(("CR", "DX", "DR", "RG", "MG", "PX", "IO"))  # each exposure has its own range of values


@dataclass(frozen=True, eq=False)
class Picture:
    """One frame that may be printed. `source` is its place in the list of sources, `frame` counts from 0.

    Size, geometry, spacing, aspect (height of a pixel over its width) and sides are those of the picture as shown,
    after the presentation state (source number `state`) has turned and cut it. `auto`: its file has no window and the
    series decides on one, `window` (centre, width), when it is decoded. `life_size`: a presentation state asks for it.
    `choice`: which of the file's windows the protocol takes, from 1.
    `states`: how many presentation states name the frame, of which the newest is applied.
    """

    source: int
    frame: int
    frames: int
    rows: int
    columns: int
    colour: bool
    facts: ImageFacts
    geometry: Geometry
    spacing: Spacing | None = None
    aspect: float = 1.0
    sides: Sides = NO_SIDES
    state: int | None = None
    states: int = 0
    drawings: tuple[presentation.Graphic, ...] = ()
    auto: bool = False
    life_size: bool = False
    contrast: Contrast = PLAIN
    choice: int = 1
    window: tuple[float, float] | None = None

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


@dataclass(frozen=True)
class Warned:
    """An image that is printed though something is wrong with it, and what; `frame` None: the only one."""

    source: int
    name: str
    reason: str
    frame: int | None = None


@dataclass
class Gathered:
    """What a job holds."""

    pictures: list[Picture] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    companions: Companions = field(default_factory=Companions)
    instances: dict[str, Picture] = field(default_factory=dict)  # the first of each SOP Instance UID, as stored


class Reader(Protocol):
    """Access to the sources of a job; every method raises KioskError. Decoding may happen in another process."""

    def name(self, place: int) -> str:
        """How source number `place` is called in answers."""

    def pictures(self, place: int, state: int | None = None) -> Sequence[Picture]:
        """All frames of a source, presented by the state that is source number `state`."""

    def companion(self, place: int) -> Companion:
        """What an object without an image says."""

    def frame(self, picture: Picture) -> Frame:
        """Decode one frame."""


def source_name(source: Source, place: int) -> str:
    """How a source is called in answers."""
    return str(source) if isinstance(source, Path) else f"object {place + 1}"


def pictures_of(instance: Instance, source: int = 0) -> list[Picture]:
    """All frames of an instance as they are stored; KioskError NOTHING_TO_SHOW where it is no film."""
    if kind := NOT_FILMS.get(instance.facts.sop_class):
        raise KioskError(FaultCode.NOTHING_TO_SHOW, f"{kind}, not printed as a film")
    spec, facts = instance.pixels.spec, instance.facts
    colour = spec.samples == 3 or spec.photometric == "PALETTE COLOR"
    first = instance.geometry(0)
    plain = instance.header.item(a.SHARED_GROUPS) is None and not instance.header.items(a.FRAME_GROUPS)
    alone = colour or spec.bits_stored <= 8 or facts.modality in _ALONE
    masked = has_masks(instance.header)
    auto = not masked and not alone and not has_voi(instance, 0)
    pictures = []
    for number in range(instance.frames):
        geometry = first if number == 0 or plain else instance.geometry(number)
        pictures.append(Picture(source, number, instance.frames, instance.rows, instance.columns, colour, facts,
                                geometry, geometry.spacing, facts.pixel_aspect,
                                sides_of(geometry.orientation, facts.patient_orientation),
                                auto=auto or (masked and _is_difference(instance, number)),
                                contrast=instance.contrast(number)))  # fmt: skip
    return pictures


def _is_difference(instance: Instance, frame: int) -> bool:
    """Frames less their mask have no window in the file, and get one in common."""
    return mask_of(instance.header, frame, instance.frames) is not None


def presented_spacing(instance: Instance, spacing: tuple[float, float]) -> Spacing:
    """Presentation Pixel Spacing: somebody's measure of true size, but the detector's where it is only its copy."""
    detector = positive_pair(instance.header.numbers(a.IMAGER_PIXEL_SPACING))
    found = spacing_rule(instance.facts.modality, spacing, detector, "" if detector else "GEOMETRY")
    return found or Spacing(*spacing, Scale.UNKNOWN)


def presented(picture: Picture, instance: Instance, state: PresentationState, place: int) -> Picture:
    """The picture as its presentation state, source number `place`, shows it."""
    if not state.applies_to(instance, picture.frame):
        return picture
    turn = presentation.placement(state, instance, picture.frame)
    asked = presentation.true_size(state, instance, picture.frame)
    spacing, aspect = picture.spacing, picture.aspect
    if asked and asked.spacing:
        spacing = presented_spacing(instance, asked.spacing)
        aspect = spacing.row / spacing.column
    if turn.rotation % 2:
        spacing = replace(spacing, row=spacing.column, column=spacing.row) if spacing else None
        aspect = 1 / aspect
    return replace(
        picture, rows=turn.height, columns=turn.width, state=place, geometry=turn.geometry(picture.geometry),
        spacing=spacing, aspect=aspect, sides=picture.sides.turned(turn.rotation, mirrored=turn.flipped),
        drawings=presentation.drawings(state, instance, picture.frame), auto=False,
        life_size=asked is not None,
    )  # fmt: skip


class Shelf:
    """A reader in this process, which keeps a bounded part of what it read. Safe to share between threads.

    `watch` is called with the place of a source before it is touched and wraps that time: that is how a parent process
    knows which file a dead or stuck worker was busy with. `refused`: sources not to be touched at all, with the reason.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        limits: Limits,
        watch: Callable[[int], AbstractContextManager[object]] = nullcontext,
        refused: Mapping[int, str] | None = None,
    ) -> None:
        self._sources, self._limits, self._watch, self._refused = sources, limits, watch, dict(refused or {})
        self._kept: dict[int, Instance] = {}
        self._kept_bytes = 0
        self._recent: OrderedDict[int, Instance] = OrderedDict()
        self._states: dict[int, PresentationState] = {}

    def name(self, place: int) -> str:
        """Path, or number of the object."""
        return source_name(self._sources[place], place)

    def _instance(self, place: int) -> Instance:
        known = self._kept.get(place) or self._recent.get(place)
        if known is None:
            if place in self._refused:
                raise KioskError(FaultCode.OBJECT_UNREADABLE, self._refused[place])
            with self._watch(place):
                known = read(self._sources[place], self._limits)
            self._keep(place, known)
        return known

    def _keep(self, place: int, instance: Instance) -> None:
        size = len(instance.header.buffer)
        if self._kept_bytes + size <= _KEPT_BYTES:
            self._kept[place] = instance
            self._kept_bytes += size
            return
        self._recent[place] = instance
        while len(self._recent) > _RECENT:
            self._recent.popitem(last=False)

    def _state(self, place: int) -> PresentationState:
        if place not in self._states:
            self._states[place] = read_state(self._sources[place], self._limits)
        return self._states[place]

    def pictures(self, place: int, state: int | None = None) -> Sequence[Picture]:
        """Read the header."""
        instance = self._instance(place)
        pictures = pictures_of(instance, place)
        if state is None:
            return pictures
        return [presented(picture, instance, self._state(state), state) for picture in pictures]

    def companion(self, place: int) -> Companion:
        """Read an object without an image."""
        with self._watch(place):
            return read_companion(self._sources[place], self._limits)

    def frame(self, picture: Picture) -> Frame:
        """Decode here."""
        instance = self._instance(picture.source)
        state = None if picture.state is None else self._state(picture.state)
        with self._watch(picture.source):
            return of_series(load_frame(instance, picture.frame, picture.window, state, picture.choice), picture)


def gather(reader: Reader, places: Iterable[int]) -> Gathered:
    """Read the headers of all sources; then those again that a presentation state shows otherwise."""
    found = Gathered()
    for place in places:
        take(reader, place, found)
    present(reader, found)
    return found


def take(reader: Reader, place: int, found: Gathered) -> Sequence[Picture]:
    """Read the header of one source and note what it is; returns its pictures, none for a companion or a damaged one.

    Presented by the states that are known already.
    """
    try:
        pictures = reader.pictures(place)
    except KioskError as fault:
        unless_cancelled(fault)
        found.skipped.append(skipped(reader, place, fault))
        if fault.code is FaultCode.NOTHING_TO_SHOW:
            _note_companion(reader, place, found)
        return ()
    if pictures and _is_known(pictures[0], found):
        again = KioskError(FaultCode.NOTHING_TO_SHOW, "the same image was given before")
        found.skipped.append(skipped(reader, place, again))
        return ()
    if found.companions.states:
        pictures = _as_presented(reader, pictures, found.companions)
    found.pictures += pictures
    return pictures


def _is_known(picture: Picture, found: Gathered) -> bool:
    """Whether the same SOP instance came before; objects that only share its UID are two images, not one."""
    before = found.instances.setdefault(picture.facts.sop_uid, picture)
    return bool(picture.facts.sop_uid) and before is not picture and _header_of(before) == _header_of(picture)


def _header_of(picture: Picture) -> tuple[object, ...]:
    return picture.facts, picture.geometry, picture.contrast, picture.rows, picture.columns, picture.frames


def present(reader: Reader, found: Gathered) -> None:
    """Apply the states that came after their images."""
    if found.companions.states:
        found.pictures = _as_presented(reader, found.pictures, found.companions)


def unless_cancelled(fault: KioskError) -> None:
    """A file that cannot be shown is noted; that nobody wants the film any more ends it."""
    if fault.code is FaultCode.CANCELLED:
        raise fault


def of_series(frame: Frame, picture: Picture) -> Frame:
    """A frame shown with the window of its series: nobody asked for it, it was found."""
    return frame if picture.window is None else replace(frame, window_origin="auto")


def _note_companion(reader: Reader, place: int, found: Gathered) -> None:
    try:
        found.companions.add(place, reader.companion(place))
    except KioskError:
        return  # it is in the list of skipped sources already


def _as_presented(reader: Reader, pictures: Sequence[Picture], companions: Companions) -> list[Picture]:
    """Each frame under the newest of its states; a state that names other frames leaves it alone."""
    read: dict[tuple[int, int], Sequence[Picture]] = {}

    def under(picture: Picture, state: int) -> Picture:
        key = picture.source, state
        try:
            if key not in read:
                read[key] = reader.pictures(*key)
            return read[key][picture.frame]
        except KioskError as fault:
            unless_cancelled(fault)
            return picture  # a damaged state must not cost the image

    shown = []
    for picture in pictures:
        states = companions.states_for(picture.facts.sop_uid, picture.frame)
        changed = states and states[-1] != picture.state
        shown.append(replace(under(picture, states[-1]), states=len(states)) if changed else picture)
    return shown


def skipped(reader: Reader, place: int, fault: KioskError, frame: int | None = None) -> Skipped:
    """The record of a source that cannot be shown."""
    return Skipped(place, reader.name(place), fault.detail or str(fault.code), fault.code, frame)
