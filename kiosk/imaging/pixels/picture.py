"""One frame of an instance, decoded, and its picture at native size."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.imaging.dicom import attributes as a
from kiosk.imaging.dicom import codecs
from kiosk.imaging.dicom.codecs import Decoded, Job
from kiosk.imaging.dicom.elements import unreadable
from kiosk.imaging.dicom.reading import Instance
from kiosk.imaging.pixels import colour, overlays, rendering
from kiosk.imaging.pixels import presentation as states
from kiosk.imaging.pixels.frame import Frame, Subtraction
from kiosk.imaging.pixels.presentation import PresentationState
from kiosk.imaging.pixels.subtraction import NOT_SUBTRACTED, has_masks, mask_of, subtracted
from kiosk.imaging.pixels.values import CodeScale, table
from kiosk.imaging.pixels.values import codes as to_codes


def load_frame(
    instance: Instance,
    frame: int = 0,
    window: tuple[float, float] | None = None,
    presentation: PresentationState | None = None,
    choice: int = 1,
) -> Frame:
    """Decode frame number `frame` (from 0). `window` is (centre, width) in modality units and wins over the
    file's, of which number `choice` (from 1) is taken.

    With a presentation state that applies to the frame the result is as the state displays it: its grey pipeline
    (unless a window is asked for), shutter, displayed area, rotation and flip.

    Raises KioskError(OBJECT_UNREADABLE) naming what is wrong or not supported.
    """
    if not 0 <= frame < instance.frames:
        raise unreadable(f"frame {frame + 1} of {instance.frames}")
    state = presentation if presentation is not None and presentation.applies_to(instance, frame) else None
    plain = _load(instance, frame, window, state, choice)
    if state is not None:
        return states.apply(state, instance, frame, plain)
    return states.covered(plain, instance.functional(frame, a.FRAME_SHUTTER, a.SHUTTER_SHAPE))


def _load(
    instance: Instance, frame: int, window: tuple[float, float] | None, state: PresentationState | None, choice: int
) -> Frame:
    """The frame in its own pixel matrix."""
    decoded = decode(instance, frame)
    warnings = (*instance.warnings, *decoded.warnings)
    if decoded.samples.ndim == 3:
        rgb = colour.rgb(decoded.samples, decoded.photometric, decoded.bits_stored)
        return Frame(rgb, None, overlays.union(instance.header, rgb, frame), warnings=warnings)
    if instance.pixels.spec.photometric == "PALETTE COLOR":
        return _palette(instance, decoded, frame, warnings)
    return _monochrome(instance, decoded, frame, window, state, warnings, choice)


def decode(instance: Instance, frame: int) -> Decoded:
    """Samples of one frame as they are stored."""
    pixels, spec = instance.pixels, instance.pixels.spec
    data, complete = pixels.frame(frame)
    syntax = instance.transfer_syntax
    if syntax in codecs.NATIVE and pixels.encapsulated:
        # Guessing the codec would show noise where the file only lies about its syntax.
        raise unreadable("compressed pixel data in an uncompressed transfer syntax")
    job = Job(
        data,
        spec,
        instance.limits,
        big=pixels.encoding.big,
        swapped_bytes=pixels.encoding.big and pixels.vr == "OW",
        # Frames of 1-bit images are not padded to bytes (PS3.5 8.1.1).
        bit_offset=frame * spec.frame_bits % 8,
        complete=complete,
    )
    return codecs.decode(syntax, job)


def _monochrome(
    instance: Instance,
    decoded: Decoded,
    frame: int,
    window: tuple[float, float] | None,
    state: PresentationState | None,
    warnings: tuple[str, ...],
    choice: int,
) -> Frame:
    codes, scale = _codes(instance, decoded)
    subtraction, difference = _difference(instance, frame, state)
    if difference is not None:
        codes, scale = difference
    if state is not None and window is None:
        shown = states.rendering(state, instance, frame, scale, difference=difference is not None)
    elif difference is not None:
        shown = rendering.of_difference(instance, codes, scale, window)
    else:
        shown = rendering.choose(instance, frame, codes, scale, window, choice)
    return Frame(
        codes,
        table(shown.rendering),
        _overlay(instance, decoded, frame, state),
        shown.window,
        shown.origin,
        (*warnings, *shown.warnings, *([NOT_SUBTRACTED] if subtraction == "failed" else ())),
        "native" if subtraction == "failed" else subtraction,
    )


def _codes(instance: Instance, decoded: Decoded) -> tuple[NDArray[np.uint16], CodeScale]:
    spec = instance.pixels.spec
    # A codec that tells its own precision has already moved the bits down to 0.
    high_bit = spec.high_bit if decoded.bits_stored == spec.bits_stored else decoded.bits_stored - 1
    return to_codes(decoded.samples, decoded.signed, decoded.bits_stored, high_bit)


def _difference(
    instance: Instance, frame: int, state: PresentationState | None
) -> tuple[Subtraction | Literal["failed"], tuple[NDArray[np.uint16], CodeScale] | None]:
    """The frame less its mask, where the state, or without one the image itself, asks for that."""
    header = instance.header if state is None else state.header
    mask = mask_of(header, frame, instance.frames)
    if mask is None:
        return ("native" if has_masks(instance.header) else "none"), None

    def load(number: int) -> NDArray[np.float32]:
        codes, scale = _codes(instance, decode(instance, number))
        return (codes * np.float32(scale.step) + np.float32(scale.base)).astype(np.float32)

    # Values linear to X-ray intensity are subtracted as logarithms: vessels keep their contrast over bone.
    linear = instance.header.string(a.INTENSITY_RELATIONSHIP) == "LIN"
    found = subtracted(mask, load, instance.pixels.spec.bits_stored, linear=linear)
    return ("subtracted" if found else "failed"), found


def _overlay(
    instance: Instance, decoded: Decoded, frame: int, state: PresentationState | None
) -> NDArray[np.bool_] | None:
    """The image's overlays; with a state those that it activates, and its own."""
    if state is None:
        return overlays.union(instance.header, decoded.samples, frame)
    groups = overlays.activated(state.header)
    parts = [overlays.union(instance.header, decoded.samples, frame, groups)]
    parts.append(overlays.union(state.header, decoded.samples, frame, groups))
    drawn = [part for part in parts if part is not None]
    return np.logical_or.reduce(drawn) if drawn else None


def _palette(instance: Instance, decoded: Decoded, frame: int, warnings: tuple[str, ...]) -> Frame:
    spec = instance.pixels.spec
    codes, scale = to_codes(decoded.samples, decoded.signed, decoded.bits_stored, spec.high_bit)
    rgb = colour.palette(instance.header, codes, spec.signed, int(scale.base))
    return Frame(rgb, None, overlays.union(instance.header, decoded.samples, frame), warnings=warnings)


def to_picture(frame: Frame) -> NDArray[np.uint8]:
    """(rows, columns) grey or (rows, columns, 3) RGB at native size: P-values 0..255, overlays in white."""
    if frame.table is None:
        picture = np.asarray(frame.codes, np.uint8)
    else:
        picture = np.asarray(cv2.LUT(frame.codes, frame.table), np.uint8)
    if frame.overlay is not None:
        # Colour codes are the frame's own array; drawing into it would change what others print.
        picture = picture.copy() if frame.table is None else picture
        picture[frame.overlay] = 255
    return picture
