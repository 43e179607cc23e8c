"""What a sandboxed worker makes of one object for phones: values, pictures and header, nothing that is a program."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import Scale
from kiosk.imaging.dicom import attributes as a
from kiosk.imaging.dicom.charset import text
from kiosk.imaging.dicom.codecs import Decoded
from kiosk.imaging.dicom.contrast import Contrast
from kiosk.imaging.dicom.elements import unreadable
from kiosk.imaging.dicom.facts import Geometry, ImageFacts
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.dicom.objects import NOT_FILMS
from kiosk.imaging.dicom.reading import Instance, read
from kiosk.imaging.phone.encoding import fitted, lossless, quick, small
from kiosk.imaging.phone.headers import Stored, declared, header_file
from kiosk.imaging.pixels import rendering
from kiosk.imaging.pixels.directions import Sides, sides_of
from kiosk.imaging.pixels.frame import Frame
from kiosk.imaging.pixels.picture import decode, load_frame, to_picture
from kiosk.imaging.pixels.presentation import read_state
from kiosk.imaging.pixels.values import Window
from kiosk.imaging.pixels.values import codes as to_codes

CHUNK = 16  # frames of one call
_RESCALE_TYPE, _WINDOW_NAMES = a.Attribute(0x00281054, "LO"), a.Attribute(0x00281055, "LO")
_MOST_WINDOWS, _STACK_SIDE = 3, 1024


@dataclass(frozen=True)
class PhoneWindow:
    """A window of the file, or one that was found (`found`), in units of the Modality LUT."""

    center: float
    width: float
    function: str = "LINEAR"
    name: str = ""
    found: bool = False


@dataclass(frozen=True)
class PhoneFrame:
    """One frame: its codestream, a small picture of it in its first window, and what a viewer measures with."""

    number: int
    stream: bytes
    prefixes: tuple[int, ...]
    picture: bytes
    rows: int
    columns: int
    stored: Stored
    digest: str
    slope: float
    intercept: float
    unit: str
    windows: tuple[PhoneWindow, ...]
    sides: Sides
    geometry: Geometry
    contrast: Contrast
    warnings: tuple[str, ...] = ()

    @property
    def spacing(self) -> tuple[tuple[float, float], str] | None:
        """Between rows and columns in millimetres, and where that holds; None where nobody says what it means."""
        known = self.geometry.spacing
        if known is None or known.scale is Scale.UNKNOWN:
            return None
        return (known.row, known.column), "detector" if known.scale is Scale.DETECTOR else "patient"


@dataclass(frozen=True)
class PhoneObject:
    """One original: frames `first` and following of `of`, its header, and the frames that cannot be shown, and why."""

    facts: ImageFacts
    transfer_syntax: str
    first: int
    of: int
    header: bytes
    pixel_digest: str  # of all frames, where all of them are here
    frames: tuple[PhoneFrame, ...]
    left_out: tuple[tuple[int, str], ...] = ()


def phone_object(
    source: Path | bytes,
    first: int = 0,
    window: tuple[float, float] | None = None,
    limits: Limits = Limits(),  # noqa: B008 (a frozen value)
) -> PhoneObject:
    """The frames from `first` on, at most CHUNK. Raises KioskError like `read`."""
    instance = read(source, limits)
    if kind := NOT_FILMS.get(instance.facts.sop_class):
        raise KioskError(FaultCode.NOTHING_TO_SHOW, f"{kind}, not shown as a film")
    frames, left_out, digest = list[PhoneFrame](), list[tuple[int, str]](), hashlib.sha256()
    for number in range(first, min(first + CHUNK, instance.frames)):
        try:
            made, values = _frame(instance, number, window)
        except KioskError as fault:
            left_out.append((number, fault.detail or str(fault.code)))
            continue
        digest.update(values)
        frames.append(made)
    whole = len(frames) == instance.frames
    stored = frames[0].stored if frames else declared(instance)
    header = header_file(source, instance, stored) if first == 0 else b""
    return PhoneObject(
        instance.facts,
        instance.transfer_syntax,
        first,
        instance.frames,
        header,
        digest.hexdigest() if whole else "",
        tuple(frames),
        tuple(left_out),
    )


def pixel_digest(source: Path | bytes, limits: Limits = Limits()) -> str:  # noqa: B008 (a frozen value)
    """Of all frames of an object that was made in parts."""
    instance, digest = read(source, limits), hashlib.sha256()
    for number in range(instance.frames):
        digest.update(_values(instance, decode(instance, number))[0].tobytes())
    return digest.hexdigest()


def stack_picture(
    source: Path | bytes,
    frame: int,
    window: tuple[float, float],
    limits: Limits = Limits(),  # noqa: B008 (a frozen value)
) -> bytes:
    """The small picture of one frame anew, in the window that its series has agreed on."""
    instance = read(source, limits)
    return _stack(instance, load_frame(instance, frame, window))


def key_pictures(
    source: Path | bytes,
    frame: int,
    windows: tuple[tuple[float, float] | None, ...],
    state: Path | None,
    side: int,
    most: int,
    limits: Limits = Limits(),  # noqa: B008 (a frozen value)
) -> list[tuple[bytes, int, int]]:
    """Pictures of one frame: WebP, width, height; None stands for the window of file or state."""
    instance = read(source, limits)
    shown_by = read_state(state, limits) if state is not None else None
    return [_picture(instance, load_frame(instance, frame, one, shown_by), side, most) for one in windows]


def _picture(instance: Instance, frame: Frame, side: int, most: int) -> tuple[bytes, int, int]:
    picture = fitted(to_picture(frame), side, instance.facts.pixel_aspect)
    return small(picture, most), picture.shape[1], picture.shape[0]


def _stack(instance: Instance, shown: Frame) -> bytes:
    return quick(fitted(to_picture(shown), _STACK_SIDE, instance.facts.pixel_aspect))


def _frame(instance: Instance, number: int, window: tuple[float, float] | None) -> tuple[PhoneFrame, bytes]:
    decoded = decode(instance, number)
    values, stored = _values(instance, decoded)
    shown = load_frame(instance, number, window)
    calibrated = instance.pixels.spec.samples == 1 and stored.photometric != "PALETTE COLOR"
    slope, intercept, unit = _calibration(instance, number) if calibrated else (1.0, 0.0, "")
    windows = _windows(instance, number, shown.window) if calibrated else ()
    stream, prefixes = lossless(values)
    geometry = instance.geometry(number)
    data = values.tobytes()
    frame = PhoneFrame(
        number=number,
        stream=stream,
        prefixes=prefixes,
        picture=_stack(instance, shown),
        rows=values.shape[0],
        columns=values.shape[1],
        stored=stored,
        digest=hashlib.sha256(data).hexdigest(),
        slope=slope,
        intercept=intercept,
        unit=unit,
        windows=windows,
        sides=sides_of(geometry.orientation, instance.facts.patient_orientation),
        geometry=geometry,
        contrast=instance.contrast(number),
        warnings=decoded.warnings,
    )
    return frame, data


def _values(instance: Instance, decoded: Decoded) -> tuple[NDArray[Any], Stored]:
    """Stored values as the original's native pixel data have them; what lies outside the stored bits is no part of it.

    Values of a codestream that are not as the header says are kept as they came out, and the header tells it.
    """
    samples, spec = decoded.samples, instance.pixels.spec
    if samples.dtype.kind == "f" or samples.dtype.itemsize > 2:
        raise unreadable("values of more than 16 bits are shown on the film only")
    bits = min(decoded.bits_stored, 8 * samples.dtype.itemsize)
    told = declared(instance)
    if samples.ndim == 3:
        kept = Stored(decoded.photometric, 3, 8 * samples.dtype.itemsize, bits, False)
        return np.ascontiguousarray(samples), kept
    kept = Stored(spec.photometric, 1, 8 * samples.dtype.itemsize, bits, decoded.signed)
    clean = _clean(samples, decoded, spec.high_bit)
    if spec.bits_allocated == 16 and clean.dtype.itemsize == 1:  # a codec that saves bytes
        clean, kept = clean.astype(clean.dtype.kind + "2"), replace(kept, bits_allocated=16)
    return clean, told if replace(kept, photometric=told.photometric) == told and told.photometric else kept


def _clean(samples: NDArray[Any], decoded: Decoded, high_bit: int) -> NDArray[Any]:
    """The stored bits alone, signed where they are."""
    own = high_bit if decoded.bits_stored == high_bit + 1 else decoded.bits_stored - 1
    codes, scale = to_codes(samples, decoded.signed, decoded.bits_stored, own)
    if decoded.signed:
        signed = (codes ^ np.uint16(0x8000)).view(np.int16)
        return signed.astype(np.int8) if samples.dtype.itemsize == 1 else signed
    return codes.astype(samples.dtype, copy=False) if not scale.base else codes


def _calibration(instance: Instance, number: int) -> tuple[float, float, str]:
    """Slope, intercept and unit of the Modality LUT (PS3.3 C.11.1); a table has none."""
    if rendering.modality_lut(instance.header, instance.pixels.spec.signed) is not None:
        return 1.0, 0.0, ""
    source = instance.functional(number, a.PIXEL_TRANSFORMATION, a.RESCALE_SLOPE)
    slope, intercept = source.number(a.RESCALE_SLOPE), source.number(a.RESCALE_INTERCEPT)
    if not slope or intercept is None or abs(slope) > 1e12 or abs(intercept) > 1e12:
        return 1.0, 0.0, ""
    unit = text(source, _RESCALE_TYPE)[:16] or ("HU" if instance.facts.modality == "CT" else "")
    return slope, intercept, "" if unit == "US" else unit


def _windows(instance: Instance, number: int, shown: tuple[float, float] | None) -> tuple[PhoneWindow, ...]:
    if rendering.modality_lut(instance.header, instance.pixels.spec.signed) is not None:
        return ()
    module = instance.functional(number, a.FRAME_VOI_LUT, a.WINDOW_CENTER)
    names = [name.strip()[:64] for name in text(module, _WINDOW_NAMES).split("\\")]
    of_file = list(rendering.windows(module))[:_MOST_WINDOWS]
    named = [_named(one, names[at] if at < len(names) else "") for at, one in enumerate(of_file)]
    if named or shown is None:
        return tuple(named)
    return (PhoneWindow(*shown, "LINEAR_EXACT", found=True),)


def _named(one: Window, name: str) -> PhoneWindow:
    return PhoneWindow(one.center, one.width, one.function, name)
