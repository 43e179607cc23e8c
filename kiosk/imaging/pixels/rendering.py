"""What the data set says about grey values, gathered into one `Rendering` (PS3.3 C.11, C.7.6.16; PS3.4 N.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kiosk.imaging.dicom import attributes as a
from kiosk.imaging.dicom.elements import Header, unreadable
from kiosk.imaging.dicom.reading import Instance
from kiosk.imaging.pixels.colour import lut_entries
from kiosk.imaging.pixels.frame import WindowOrigin
from kiosk.imaging.pixels.values import CODES, CodeScale, Lut, Rendering, VoiFunction, Window, modality, table

_FUNCTIONS: dict[str, VoiFunction] = {"LINEAR_EXACT": "LINEAR_EXACT", "SIGMOID": "SIGMOID"}
_HIGHEST_WIDTH = 1e9
# Modality -> share of the pixels cut off at the dark and at the bright end where the file has no window.
_TAILS = {"CR": (0.01, 0.01), "DX": (0.01, 0.01), "MG": (0.05, 0.002), "MR": (0.01, 0.005), "PT": (0.0, 0.002),
          "NM": (0.0, 0.002), "RF": (0.005, 0.005), "XA": (0.005, 0.005)}  # fmt: skip
_DEFAULT_TAILS = (0.002, 0.002)
# X-ray angiography, radiofluoroscopy and their biplane and enhanced kin: their Modality LUT leads back to intensities
# for measuring and must not be used for display (PS3.3 C.8.7.1.1.2).
_ANGIOGRAPHY = "1.2.840.10008.5.1.4.1.1.12."
PLAIN_AREA = "all pixels have the same value"
_SAMPLED = 1_000_000  # pixels that are enough to find the tails
_SOFT_TISSUE, _BRAIN = Window(40.0, 400.0), Window(40.0, 90.0)
_HEAD = frozenset(("HEAD", "BRAIN", "SKULL"))


@dataclass(frozen=True)
class Shown:
    """A rendering with what is told about it."""

    rendering: Rendering
    origin: WindowOrigin
    warnings: tuple[str, ...] = ()

    @property
    def window(self) -> tuple[float, float] | None:
        """Centre and width where one was used."""
        voi = self.rendering.voi
        return (voi.center, voi.width) if isinstance(voi, Window) else None


def choose(
    instance: Instance,
    frame: int,
    codes: NDArray[np.uint16],
    scale: CodeScale,
    asked: tuple[float, float] | None,
    choice: int = 1,
) -> Shown:
    """The rendering of a monochrome frame without a presentation state; `choice`: which of the file's windows."""
    base, warnings = _modality(instance, frame, scale)
    base = replace(base, inverse=instance.pixels.spec.photometric == "MONOCHROME1", padding=padding(instance))
    if asked is not None:
        return Shown(replace(base, voi=checked_window(*asked)), "asked", warnings)
    module = instance.functional(frame, a.FRAME_VOI_LUT, a.WINDOW_CENTER)
    offered = list(_file_voi(module, instance))
    if choice > 1 and len(chosen := list(windows(module))) >= choice:
        offered.insert(0, (chosen[choice - 1], "file"))
    for voi, origin in offered:
        if _useful(replace(base, voi=voi), codes):
            return Shown(replace(base, voi=voi), origin, warnings)
    if a.WINDOW_CENTER in module or a.VOI_LUTS in module:
        warnings = (*warnings, "the window of the file is not usable")
    return automatic(instance, base, codes, warnings)


def of_difference(
    instance: Instance, codes: NDArray[np.uint16], scale: CodeScale, asked: tuple[float, float] | None
) -> Shown:
    """The rendering of a frame less its mask: the windows of the file are for the frame as it was taken."""
    base = Rendering(scale, inverse=instance.pixels.spec.photometric == "MONOCHROME1")
    if asked is not None:
        return Shown(replace(base, voi=checked_window(*asked)), "asked")
    dark, bright = _tails(base, codes, *_DEFAULT_TAILS)
    return Shown(replace(base, voi=Window((dark + bright) / 2.0, max(bright - dark, 2.0), "LINEAR_EXACT")), "auto")


def checked_window(center: float, width: float, function: VoiFunction = "LINEAR") -> Window:
    """A window that can be applied, or KioskError."""
    if not (np.isfinite(center) and 0 < width < _HIGHEST_WIDTH):
        raise unreadable("the window asked for has no positive width")
    return Window(float(center), float(width), function)


def _modality(instance: Instance, frame: int, scale: CodeScale) -> tuple[Rendering, tuple[str, ...]]:
    """Modality LUT, or slope and intercept of the frame."""
    if instance.header.string(a.SOP_CLASS).startswith(_ANGIOGRAPHY):
        return Rendering(scale), ()
    lut = modality_lut(instance.header, instance.pixels.spec.signed)
    if lut is not None:
        return Rendering(scale, modality_lut=lut), ()
    source = instance.functional(frame, a.PIXEL_TRANSFORMATION, a.RESCALE_SLOPE)
    if a.RESCALE_SLOPE not in source:
        return Rendering(scale), ()
    slope, intercept = source.number(a.RESCALE_SLOPE), source.number(a.RESCALE_INTERCEPT)
    if not slope or intercept is None or abs(slope) > 1e12 or abs(intercept) > 1e12:
        return Rendering(scale), ("the rescale slope is not usable, no calibration",)
    return Rendering(scale, slope, intercept), ()


def modality_lut(header: Header, signed: bool) -> Lut | None:
    """The Modality LUT of a data set, if it has a valid one."""
    item = header.item(a.MODALITY_LUTS)
    return lut(item, signed) if item is not None else None


def lut(item: Header, signed: bool) -> Lut | None:
    """One look-up table of a sequence; None where the descriptor does not make sense (case 72)."""
    descriptor, data = item.numbers(a.LUT_DESCRIPTOR, signed), item.raw(a.LUT_DATA)
    if len(descriptor) != 3 or len(data) < 2:
        return None
    count, first, bits = int(descriptor[0]) % CODES or CODES, int(descriptor[1]), int(descriptor[2])
    if not 8 <= bits <= 16:
        return None
    entries = lut_entries(data, count, bits, item.encoding.big)
    return Lut(first, bits, entries.astype("<u2").tobytes()) if len(entries) >= min(count, 2) else None


def _file_voi(module: Header, instance: Instance) -> Iterator[tuple[Window | Lut, WindowOrigin]]:
    """What the file offers, in the order of preference: LUTs, then windows."""
    signed = instance.pixels.spec.signed or (instance.header.number(a.RESCALE_INTERCEPT) or 0.0) < 0.0
    for item in module.items(a.VOI_LUTS):
        found = lut(item, signed)
        if found is not None:
            yield found, "lut"
    for window in windows(module):
        yield window, "file"


def has_voi(instance: Instance, frame: int) -> bool:
    """Whether the file says how bright a frame is to be shown."""
    return any(_file_voi(instance.functional(frame, a.FRAME_VOI_LUT, a.WINDOW_CENTER), instance))


def windows(module: Header) -> Iterator[Window]:
    """The valid windows of a VOI LUT module."""
    function = _FUNCTIONS.get(module.string(a.VOI_FUNCTION), "LINEAR")
    pairs = zip(module.numbers(a.WINDOW_CENTER), module.numbers(a.WINDOW_WIDTH), strict=False)
    for center, width in pairs:
        least = 1.0 if function == "LINEAR" and width == int(width) else 1e-9
        if least <= width < _HIGHEST_WIDTH and abs(center) < _HIGHEST_WIDTH:
            yield Window(center, width, function)


def _useful(rendering: Rendering, codes: NDArray[np.uint16]) -> bool:
    """False for a look-up table that would show a plain area though the image is not plain."""
    if isinstance(rendering.voi, Window):
        return True
    lut_of_frame = table(rendering)
    low, high = int(codes.min()), int(codes.max())
    span = lut_of_frame[low : high + 1]
    return high == low or int(span.min()) != int(span.max())


def padding(instance: Instance) -> tuple[float, float] | None:
    """Stored values that are no image (PS3.3 C.7.5.1.1.2)."""
    signed = instance.pixels.spec.signed
    value = instance.header.number(a.PADDING_VALUE, signed)
    if value is None:
        return None
    limit = instance.header.number(a.PADDING_LIMIT, signed)
    limit = value if limit is None else limit
    return min(value, limit), max(value, limit)


def automatic(instance: Instance, base: Rendering, codes: NDArray[np.uint16], warnings: tuple[str, ...] = ()) -> Shown:
    """The window where the file has none: the usual one for CT, the range of the image without its tails elsewhere.

    Images of 8 bits are pictures as they are (ultrasound, secondary capture) and keep their full range.
    """
    spec = instance.pixels.spec
    if spec.bits_stored <= 8 and base.modality_lut is None:
        return Shown(replace(base, full_range=_possible(instance, base)), "auto", warnings)
    modality_name = instance.header.string(a.MODALITY)
    dark, bright = _tails(base, codes, *_TAILS.get(modality_name, _DEFAULT_TAILS))
    if modality_name == "CT" and dark < -150.0:  # air: these are Hounsfield units
        usual = _BRAIN if instance.header.string(a.BODY_PART).upper() in _HEAD else _SOFT_TISSUE
        return Shown(replace(base, voi=usual), "auto", warnings)
    if bright <= dark:  # all pixels alike: as bright as the value is in its range, never grey by accident
        return Shown(replace(base, full_range=_possible(instance, base)), "auto", (*warnings, PLAIN_AREA))
    width = max(bright - dark, 1e-6)
    return Shown(replace(base, voi=Window((dark + bright) / 2.0, width, "LINEAR_EXACT")), "auto", warnings)


def _possible(instance: Instance, base: Rendering) -> tuple[float, float]:
    """The least and greatest modality value that the stored bits can hold."""
    spec = instance.pixels.spec
    low = -(1 << spec.bits_stored - 1) if spec.signed else 0
    ends = modality(np.array([low, low + (1 << spec.bits_stored) - 1], np.float64), base)
    return float(ends.min()), float(ends.max())


def _tails(base: Rendering, codes: NDArray[np.uint16], dark: float, bright: float) -> tuple[float, float]:
    """Modality values between which the image lies but for its tails, padding not counted."""
    step = max(1, int((codes.size / _SAMPLED) ** 0.5))  # bincount needs eight bytes a pixel
    histogram = np.bincount(codes[::step, ::step].reshape(-1), minlength=CODES).astype(np.float64)
    stored = base.scale.base + base.scale.step * np.arange(CODES)
    if base.padding is not None:
        histogram[(stored >= base.padding[0]) & (stored <= base.padding[1])] = 0
    total = histogram.sum()
    if not total:
        return 0.0, 1.0
    shares = np.cumsum(histogram) / total
    present = np.flatnonzero(histogram)
    first = int(np.clip(np.searchsorted(shares, dark, "right"), present[0], present[-1]))
    last = int(np.clip(np.searchsorted(shares, 1.0 - bright, "left"), first, present[-1]))
    ends = modality(np.array([stored[first], stored[last]], np.float64), base)
    return float(ends.min()), float(ends.max())
