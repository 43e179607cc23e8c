"""Grayscale Softcopy Presentation States (PS3.3 A.33.1, C.10, C.11; PS3.4 annex N).

A state replaces the image's own grey pipeline and says how the image is turned, cut and covered. `load_frame` applies
all of that to the frame it returns; `drawings` gives the annotations in the pixel space of that returned frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom import attributes as a
from kiosk.imaging.dicom.charset import text
from kiosk.imaging.dicom.elements import Header
from kiosk.imaging.dicom.facts import Geometry, positive_pair
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.dicom.reading import Instance, open_object, store_of
from kiosk.imaging.pixels import overlays
from kiosk.imaging.pixels.frame import Frame
from kiosk.imaging.pixels.placement import Placement
from kiosk.imaging.pixels.rendering import Shown, lut, modality_lut, padding, windows
from kiosk.imaging.pixels.values import CodeScale, Rendering

# Grayscale, Color, Pseudo-Color, Blending, XA/XRF Grayscale (PS3.4 B.5); volumetric kinds say nothing of one frame.
CLASSES = frozenset(f"1.2.840.10008.5.1.4.1.1.11.{number}" for number in (1, 2, 3, 4, 5))
Point = tuple[float, float]


@dataclass(frozen=True)
class Graphic:
    """One annotation; points are (x, y) in pixels of the displayed frame, its top left corner being 0, 0.

    `line`: through the points, closed where the first is repeated, filled or not; `point`: a mark at each; `text`: at
    the first point, within the box to the second if there is one.
    """

    kind: Literal["line", "point", "text"]
    points: tuple[Point, ...]
    text: str = ""
    filled: bool = False
    layer: int = 0


@dataclass(frozen=True, eq=False)
class PresentationState:
    """A state as read; `references` maps SOP instance UID to frame numbers (from 1), empty for all frames."""

    header: Header
    references: dict[str, tuple[int, ...]]

    @property
    def label(self) -> str:
        """Its content label."""
        return self.header.string(a.CONTENT_LABEL)

    @property
    def created(self) -> str:
        """Presentation Creation Date and Time as digits, which sort by age; what is missing is older than all."""
        parts = (self.header.string(a.PRESENTATION_DATE), self.header.string(a.PRESENTATION_TIME))
        return "".join("".join(char for char in part if char.isdigit()).ljust(size, "0")[:size]
                       for part, size in zip(parts, (8, 12), strict=True))  # fmt: skip

    def applies_to(self, instance: Instance, frame: int = 0) -> bool:
        """Whether it is meant for this frame (from 0)."""
        frames = self.references.get(instance.header.string(a.SOP_INSTANCE))
        return frames is not None and (not frames or frame + 1 in frames)


def read_state(source: Path | bytes, limits: Limits = Limits()) -> PresentationState:  # noqa: B008 (a frozen value)
    """Read a presentation state; KioskError(OBJECT_UNREADABLE or NOTHING_TO_SHOW) if it is something else."""
    header, _, _, _ = open_object(store_of(source, limits), limits)
    if header.string(a.SOP_CLASS) not in CLASSES:
        raise KioskError(FaultCode.NOTHING_TO_SHOW, "not a presentation state")
    references: dict[str, tuple[int, ...]] = {}
    for series in header.items(a.REFERENCED_SERIES):
        for image in series.items(a.REFERENCED_IMAGES):
            uid, frames = image.string(a.REFERENCED_SOP_INSTANCE), image.numbers(a.REFERENCED_FRAMES)
            seen = references.get(uid)
            # An image that was once named without frames is meant whole, whatever a second mention says.
            references[uid] = (*(seen or ()), *map(int, frames)) if frames and seen != () else ()
    return PresentationState(header, references)


def _relevant(state: PresentationState, sequence: a.Attribute, instance: Instance, frame: int) -> Iterator[Header]:
    """Items of a sequence that refer to this frame, or to all images."""
    uid = instance.header.string(a.SOP_INSTANCE)
    for item in state.header.items(sequence):
        images = item.items(a.REFERENCED_IMAGES)
        if not images:
            yield item
        for image in images:
            frames = image.numbers(a.REFERENCED_FRAMES)
            if image.string(a.REFERENCED_SOP_INSTANCE) == uid and (not frames or frame + 1 in frames):
                yield item


def rendering(
    state: PresentationState, instance: Instance, frame: int, scale: CodeScale, *, difference: bool = False
) -> Shown:
    """The grey pipeline of the state (PS3.4 N.2.1): what it leaves out is identity, the image's own is not used.

    `difference`: the values are those of a frame less its mask.
    """
    header = state.header
    base = Rendering(scale, modality_lut=modality_lut(header, instance.pixels.spec.signed), padding=padding(instance))
    slope, intercept = header.number(a.RESCALE_SLOPE), header.number(a.RESCALE_INTERCEPT)
    if slope and intercept is not None:
        base = replace(base, slope=slope, intercept=intercept)
    item = next(_relevant(state, a.SOFTCOPY_VOI_LUTS, instance, frame), None)
    # A VOI LUT is looked up by modality values, which a negative intercept makes signed.
    signed = instance.pixels.spec.signed or base.intercept < 0
    if item is not None:
        tables = (found for table in item.items(a.VOI_LUTS) if (found := lut(table, signed)) is not None)
        base = replace(base, voi=next(tables, None) or next(windows(item), None))
    base = replace(base, full_range=_full_range(base, instance, difference))
    shape = header.string(a.PRESENTATION_SHAPE)
    table = header.item(a.PRESENTATION_LUTS)
    # Some writers put the shape into the sequence; the standard has either, never both.
    if table is not None and table.string(a.PRESENTATION_SHAPE):
        shape, table = table.string(a.PRESENTATION_SHAPE), None
    if table is not None:
        base = replace(base, presentation_lut=lut(table, False))
    return Shown(replace(base, inverse=shape == "INVERSE"), "presentation")


def _full_range(base: Rendering, instance: Instance, difference: bool) -> tuple[float, float]:
    """Range of the modality values that are possible: what a missing VOI transformation spreads over the greys."""
    if base.modality_lut is not None:
        return 0.0, float((1 << base.modality_lut.bits) - 1)
    spec = instance.pixels.spec
    low = -(1 << spec.bits_stored - 1) if spec.signed else 0
    high = low + (1 << spec.bits_stored) - 1
    ends = sorted(value * base.slope + base.intercept for value in (-high if difference else low, high))
    return ends[0], ends[1]


def placement(state: PresentationState, instance: Instance, frame: int = 0) -> Placement:
    """How the frame is cut out, turned and flipped."""
    rotation = state.header.integer(a.ROTATION, 0) or 0
    turned = Placement(instance.rows, instance.columns, rotation=rotation // 90 % 4,
                       flipped=state.header.string(a.FLIP) == "Y")  # fmt: skip
    area = next(_relevant(state, a.DISPLAYED_AREAS, instance, frame), None)
    if area is None:
        return turned
    corners = (*area.numbers(a.DISPLAYED_TOP_LEFT, True), *area.numbers(a.DISPLAYED_BOTTOM_RIGHT, True))
    if len(corners) != 4:
        return turned
    x = sorted((int(corners[0]), int(corners[2])))
    y = sorted((int(corners[1]), int(corners[3])))
    side = instance.limits.side
    # Nobody displays an area of that size; a header that asks for it wants memory.
    if x[1] - x[0] >= side or y[1] - y[0] >= side or max(map(abs, (*x, *y))) > 2 * side:
        return turned
    # Corners are pixels from 1, both inside; the area here is half-open from 0.
    return replace(turned, left=x[0] - 1, top=y[0] - 1, right=x[1], bottom=y[1])


@dataclass(frozen=True)
class TrueSize:
    """That a state asks for life size, and the Presentation Pixel Spacing (row, column) it gives for that."""

    spacing: tuple[float, float] | None


def true_size(state: PresentationState, instance: Instance, frame: int = 0) -> TrueSize | None:
    """Whether the state asks for life size (Presentation Size Mode TRUE SIZE, PS3.3 C.10.4)."""
    area = next(_relevant(state, a.DISPLAYED_AREAS, instance, frame), None)
    if area is None or area.string(a.SIZE_MODE) != "TRUE SIZE":
        return None
    return TrueSize(positive_pair(area.numbers(a.DISPLAYED_SPACING)))


def turned(state: PresentationState, instance: Instance, frame: int = 0) -> Geometry:
    """Geometry of the displayed frame."""
    return placement(state, instance, frame).geometry(instance.geometry(frame))


def apply(state: PresentationState, instance: Instance, number: int, frame: Frame) -> Frame:
    """Cover with the shutter, cut, turn and flip `frame`, whose grey table is already the state's."""
    place, codes = placement(state, instance, number), covered(frame, state.header).codes
    overlay = None if frame.overlay is None else place.apply(frame.overlay, 0)
    return replace(frame, codes=place.apply(codes, code_for(frame, 0)), overlay=overlay)  # type: ignore[arg-type]


def covered(frame: Frame, header: Header) -> Frame:
    """`frame` under the display shutter of a data set: a state, an image or its functional group (PS3.3 C.7.6.11)."""
    hidden = shutter(header, *frame.codes.shape[:2]) if a.SHUTTER_SHAPE in header else None
    if hidden is None:
        return frame
    codes = frame.codes.copy()
    # Shutter Presentation Value is a P-value of 16 bits: 65,535 / 257 = 255.
    codes[hidden] = code_for(frame, round((header.number(a.SHUTTER_VALUE) or 0.0) / 257.0))
    return replace(frame, codes=codes)


def code_for(frame: Frame, grey: int) -> int:
    """The code that is shown most nearly as P-value `grey`."""
    if frame.table is None:
        return grey
    return int(np.abs(frame.table.astype(np.int16) - grey).argmin())


def shutter(header: Header, rows: int, columns: int) -> NDArray[np.bool_] | None:
    """What the shutter hides (PS3.3 C.7.6.11, bitmap C.7.6.15), True where hidden; several shapes hide together."""
    shapes = header.strings(a.SHUTTER_SHAPE)
    if "BITMAP" in shapes:
        bitmap = overlays.bitmap(header, overlays.shutter_group(header), (rows, columns))
        shapes = tuple(shape for shape in shapes if shape != "BITMAP")
    else:
        bitmap = None
    hidden = np.zeros((rows, columns), np.bool_) if bitmap is None else bitmap
    for shape in shapes:
        window = np.zeros((rows, columns), np.uint8)
        if _open_window(shape, header, window):
            hidden |= window == 0
    return hidden if hidden.any() else None


def _open_window(shape: str, header: Header, window: NDArray[np.uint8]) -> bool:
    """Fill what stays visible; False if the shape is not described."""
    if shape == "RECTANGULAR":
        edges = [header.integer(name) for name in (a.SHUTTER_LEFT, a.SHUTTER_RIGHT, a.SHUTTER_UPPER, a.SHUTTER_LOWER)]
        if None in edges:
            return False
        left, right, upper, lower = (edge or 0 for edge in edges)
        window[max(0, upper - 1) : max(0, lower), max(0, left - 1) : max(0, right)] = 1
        return True
    if shape == "CIRCULAR":
        center, radius = header.numbers(a.SHUTTER_CENTER), header.integer(a.SHUTTER_RADIUS)
        if len(center) != 2 or not radius:
            return False
        y, x = np.ogrid[1 : window.shape[0] + 1, 1 : window.shape[1] + 1]
        window[(y - center[0]) ** 2 + (x - center[1]) ** 2 <= float(radius) ** 2] = 1
        return True
    vertices = header.numbers(a.SHUTTER_VERTICES)
    if shape != "POLYGONAL" or len(vertices) < 6 or max(map(abs, vertices)) > 30_000:
        return False
    # Vertices are (row, column) from 1; OpenCV wants (x, y) from 0.
    points = np.array(vertices[: len(vertices) // 2 * 2], np.int32).reshape(-1, 2)[:, ::-1] - 1
    cv2.fillPoly(window, [points], 1)
    return True


def drawings(state: PresentationState, instance: Instance, frame: int = 0) -> tuple[Graphic, ...]:
    """All annotations of the frame, in the order of their layers."""
    place = placement(state, instance, frame)
    orders = {item.string(a.GRAPHIC_LAYER): item.integer(a.LAYER_ORDER, 0) or 0
              for item in state.header.items(a.GRAPHIC_LAYERS)}  # fmt: skip
    found: list[Graphic] = []
    for annotation in _relevant(state, a.GRAPHIC_ANNOTATIONS, instance, frame):
        layer = orders.get(annotation.string(a.GRAPHIC_LAYER), 0)
        for graphic in annotation.items(a.GRAPHIC_OBJECTS):
            drawing = _graphic(graphic, place)
            if drawing is not None:
                found.append(replace(drawing, layer=layer))
        for written in annotation.items(a.TEXT_OBJECTS):
            found.extend(replace(drawing, layer=layer) for drawing in _text(written, place, state.header))
    return tuple(sorted(found, key=lambda drawing: drawing.layer))


def _points(values: tuple[float, ...], units: str, place: Placement) -> tuple[Point, ...]:
    pairs = zip(values[0::2], values[1::2], strict=False)
    if units == "DISPLAY":
        return tuple((x * place.width, y * place.height) for x, y in pairs)
    return tuple(place.point(x, y) for x, y in pairs)


def _graphic(graphic: Header, place: Placement) -> Graphic | None:
    # More points than a sheet can show; a hostile state could bring millions.
    values = graphic.numbers(a.GRAPHIC_DATA)[: 2 * 4_096]
    points = _points(values, graphic.string(a.GRAPHIC_UNITS), place)
    kind, filled = graphic.string(a.GRAPHIC_TYPE), graphic.string(a.GRAPHIC_FILLED) == "Y"
    if kind == "POINT" and points:
        return Graphic("point", points[:1])
    if kind in ("POLYLINE", "INTERPOLATED") and len(points) > 1:
        return Graphic("line", points if kind == "POLYLINE" else _smooth(points), filled=filled)
    if kind == "CIRCLE" and len(points) == 2:
        (x, y), (edge_x, edge_y) = points
        radius = float(np.hypot(edge_x - x, edge_y - y))
        return Graphic("line", _ellipse((x, y), (radius, 0.0), (0.0, radius)), filled=filled)
    if kind == "ELLIPSE" and len(points) == 4:
        center = ((points[0][0] + points[1][0]) / 2, (points[0][1] + points[1][1]) / 2)
        major, minor = ((points[index][0] - center[0], points[index][1] - center[1]) for index in (1, 3))
        return Graphic("line", _ellipse(center, major, minor), filled=filled)
    return None


def _ellipse(center: Point, major: Point, minor: Point, steps: int = 64) -> tuple[Point, ...]:
    angles = np.linspace(0.0, 2.0 * np.pi, steps + 1)
    x = center[0] + np.cos(angles) * major[0] + np.sin(angles) * minor[0]
    y = center[1] + np.cos(angles) * major[1] + np.sin(angles) * minor[1]
    return tuple(zip(x.tolist(), y.tolist(), strict=True))


def _smooth(points: tuple[Point, ...], steps: int = 8) -> tuple[Point, ...]:
    """A Catmull-Rom curve through the points: the standard leaves the interpolation open."""
    grid = np.array(points)
    before, after = np.vstack([grid[:1], grid[:-1]]), np.vstack([grid[1:], grid[-1:]])
    beyond = np.vstack([after[1:], after[-1:]])
    t = np.linspace(0.0, 1.0, steps, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (array[:-1, None, :] for array in (before, grid, after, beyond))
    curve = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
    return tuple((float(x), float(y)) for x, y in (*curve.reshape(-1, 2), grid[-1]))


def _text(written: Header, place: Placement, state: Header) -> Iterator[Graphic]:
    words = text(written, a.TEXT_VALUE, state)
    box = (*written.numbers(a.BOUNDING_TOP_LEFT), *written.numbers(a.BOUNDING_BOTTOM_RIGHT))
    anchor = written.numbers(a.ANCHOR_POINT)
    if len(box) == 4:
        yield Graphic("text", _points(box, written.string(a.BOUNDING_UNITS), place), words)
    elif len(anchor) == 2:
        yield Graphic("text", _points(anchor, written.string(a.ANCHOR_UNITS), place), words)
