"""Compressed and native frames to arrays of samples, one table of transfer syntaxes (PS3.5 annex A).

Decoding is imagecodecs' (it releases the interpreter lock); headers of streams are checked before it may allocate.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import imagecodecs
import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from kiosk.domain.faults import KioskError
from kiosk.imaging.dicom.codestream import Codestream, inspect
from kiosk.imaging.dicom.elements import unreadable
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.dicom.pixeldata import PixelSpec

Samples = NDArray[Any]
_DAMAGED: type[Exception] = isal_zlib.error  # type: ignore[assignment]
NATIVE = frozenset(("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99",
                    "1.2.840.113619.5.2"))  # fmt: skip
TRUNCATED = "pixel data are truncated, a part of the image is missing"
_END = b"\xff\xd9"  # of a JPEG or JPEG-LS stream (EOI) and of a JPEG 2000 codestream (EOC) alike
_END_WITHIN = 4_096  # bytes of padding that may follow it
_SPARSE = 25_000_000  # pixels above which a stream must hold a plausible number of bytes
_PIXELS_PER_BYTE = 1_000
_LARGER = 4  # times the pixels of the header are believed when a stream says so
_WORTH_A_THREAD = 1_000_000  # pixels


@dataclass(frozen=True)
class Decoded:
    """Samples (rows, columns) or (rows, columns, 3) as stored; `photometric` is what they are after decoding."""

    samples: Samples
    photometric: str
    signed: bool
    bits_stored: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """One frame to decode."""

    data: Any  # bytes or memoryview: imagecodecs takes any buffer, its stubs name bytes only
    spec: PixelSpec
    limits: Limits
    big: bool = False
    swapped_bytes: bool = False  # 8-bit samples in words of a big endian file
    bit_offset: int = 0
    complete: bool = True


def decode(transfer_syntax: str, job: Job) -> Decoded:
    """Decode one frame; KioskError(OBJECT_UNREADABLE) naming what is not supported or wrong."""
    decoder = _native if transfer_syntax in NATIVE else _DECODERS.get(transfer_syntax)
    if decoder is None:
        raise unreadable(f"pixel data in {syntax_name(transfer_syntax)} cannot be decoded here")
    try:
        decoded = decoder(job)
    except KioskError:
        raise
    except (RuntimeError, ValueError, TypeError, IndexError, OverflowError, struct.error, _DAMAGED) as error:
        raise unreadable(f"{syntax_name(transfer_syntax)} frame is damaged ({type(error).__name__})") from error
    if job.complete or TRUNCATED in decoded.warnings:
        return decoded
    return replace(decoded, warnings=(TRUNCATED, *decoded.warnings))


def syntax_name(transfer_syntax: str) -> str:
    """The name of a transfer syntax in the standard's words, or its UID cut to size."""
    from pydicom._uid_dict import UID_dictionary  # heavy, and needed for messages only

    entry = UID_dictionary.get(transfer_syntax)
    clean = "".join(char for char in transfer_syntax if char in "0123456789.")[:64]
    return entry[0].split("(")[0].split(":")[0].strip() if entry else f"unknown transfer syntax {clean}"


def _plain(job: Job, samples: Samples, photometric: str | None = None) -> Decoded:
    return Decoded(samples, photometric or job.spec.photometric, job.spec.signed, job.spec.bits_stored)


# Native, RLE and deflated frames


def _native(job: Job) -> Decoded:
    spec = job.spec
    if spec.bits_allocated == 1:
        return _plain(job, _bits(job))
    if job.swapped_bytes and spec.bits_allocated == 8:
        job = Job(_swap_bytes(job.data), spec, job.limits, complete=job.complete)
    flat = _flat(job)
    if spec.samples == 1:
        return _plain(job, flat.reshape(spec.rows, spec.columns))
    if spec.photometric == "YBR_FULL_422":
        return _plain(job, _expand_422(flat, spec), "YBR_FULL")
    if spec.planar == 1:
        return _plain(job, np.moveaxis(flat.reshape(spec.samples, spec.rows, spec.columns), 0, 2))
    return _plain(job, flat.reshape(spec.rows, spec.columns, spec.samples))


def _swap_bytes(data: bytes | memoryview) -> bytes:
    words = np.frombuffer(bytes(data) + b"\0" * (len(data) % 2), np.uint16)
    return words.byteswap().tobytes()


def _flat(job: Job) -> Samples:
    """Samples in file order, without a copy where the byte order is ours and nothing is missing."""
    dtype = _dtype(job.spec, job.big)
    count = job.spec.frame_bits // job.spec.bits_allocated
    present = min(len(job.data) // dtype.itemsize, count)
    if not present:
        raise unreadable("the frame has no pixel data")
    samples: Samples = np.frombuffer(job.data, dtype, present)
    if present < count:
        samples = np.concatenate([samples, np.full(count - present, _darkest(job.spec, samples), dtype)])
    return samples.astype(dtype.newbyteorder("="), copy=False)


def _darkest(spec: PixelSpec, samples: Samples) -> Any:
    """The value for what is missing: the darkest that is there, never one that could be taken for tissue."""
    values: Samples = samples.astype(np.float64 if samples.dtype.kind == "f" else np.int64)
    if spec.signed and samples.dtype.kind == "u":
        half = 1 << spec.bits_stored - 1
        values = (values & 2 * half - 1 ^ half) - half
    place = values.argmax() if spec.photometric == "MONOCHROME1" else values.argmin()
    return samples[place]


def _dtype(spec: PixelSpec, big: bool) -> np.dtype[Any]:
    kind = "f" if spec.kind == "float" else "u"
    return np.dtype(f"{'>' if big else '<'}{kind}{spec.bits_allocated // 8}")


def _bits(job: Job) -> Samples:
    spec = job.spec
    count = spec.rows * spec.columns * spec.samples
    bits = np.unpackbits(np.frombuffer(job.data, np.uint8), bitorder="little")[job.bit_offset :][:count]
    if not len(bits):
        raise unreadable("the frame has no pixel data")
    return np.pad(bits, (0, count - len(bits))).reshape(spec.rows, spec.columns)


def _expand_422(flat: Samples, spec: PixelSpec) -> Samples:
    """Y Y Cb Cr for two pixels (PS3.3 C.7.6.3.1.2) to three samples for each."""
    pairs = flat[: spec.rows * spec.columns * 2 // 4 * 4].reshape(-1, 4)
    out = np.empty((len(pairs) * 2, 3), flat.dtype)
    out[0::2, 0], out[1::2, 0] = pairs[:, 0], pairs[:, 1]
    out[0::2, 1:], out[1::2, 1:] = pairs[:, 2:], pairs[:, 2:]
    return out.reshape(spec.rows, spec.columns, 3)


def _rle(job: Job) -> Decoded:
    """RLE Lossless (PS3.5 annex G): one segment per byte of each sample, most significant first."""
    spec, data = job.spec, memoryview(job.data)
    width = spec.bits_allocated // 8
    count = spec.rows * spec.columns
    segments, *offsets = struct.unpack_from("<16I", data, 0)
    if segments != width * spec.samples or not width:
        raise unreadable(f"RLE frame with {min(segments, 99)} segments instead of {width * spec.samples}")
    bounds = [*offsets[:segments], len(data)]
    if bounds[0] < 64 or any(start >= stop for start, stop in pairwise(bounds[:-1])):
        raise unreadable("RLE frame with offsets outside the frame")
    out = np.empty((spec.samples, count, width), np.uint8)
    whole = count  # samples of which every byte is there
    for index in range(segments):
        sample, byte = divmod(index, width)
        found = _unpack_run_lengths(data[bounds[index] : bounds[index + 1]], count)
        whole = min(whole, len(found))
        out[sample, : len(found), width - 1 - byte] = found
    if not whole:
        raise unreadable("RLE segment is too short")
    flat = out.view(f"<u{width}").reshape(spec.samples, count)
    for plane in flat if whole < count else ():
        plane[whole:] = _darkest(spec, plane[:whole])
    planes = flat.reshape(spec.samples, spec.rows, spec.columns)
    decoded = _plain(job, planes[0] if spec.samples == 1 else np.moveaxis(planes, 0, 2))
    return decoded if whole == count else replace(decoded, warnings=(TRUNCATED,))


def _unpack_run_lengths(segment: Any, count: int) -> NDArray[np.uint8]:
    """As many of `count` bytes as there are."""
    out: Any = np.empty(count + 256, np.uint8)
    for most in (len(segment), len(segment) - 1):  # a byte that pads to an even length looks like the start of a run
        with suppress(RuntimeError, ValueError):
            return np.asarray(imagecodecs.packbits_decode(segment[:most], out=out)[:count], np.uint8)
    there = min(count, _unpacked_length(segment))
    return np.asarray(imagecodecs.packbits_decode(bytes(segment) + bytes(128), out=out)[:there], np.uint8)


def _unpacked_length(segment: Any) -> int:
    """How many bytes a segment yields that ends in the midst of a run."""
    position = length = 0
    while position < len(segment):
        code = segment[position]
        if code < 128:
            length += min(code + 1, len(segment) - position - 1)
            position += code + 2
        else:
            length += 257 - code if code > 128 and position + 1 < len(segment) else 0
            position += 2 if code > 128 else 1
    return length


def _deflated_frame(job: Job) -> Decoded:
    """Deflated Image Frame Compression (PS3.5 A.4.13)."""
    size = -(-job.spec.frame_bits // 8)
    data = isal_zlib.decompressobj(-isal_zlib.MAX_WBITS).decompress(bytes(job.data), size)
    decoded = _native(Job(data, job.spec, job.limits))
    return decoded if len(data) == size else replace(decoded, warnings=(TRUNCATED,))


# JPEG, JPEG-LS, JPEG 2000


def _checked(job: Job) -> Codestream:
    """The stream's own header, refused by arithmetic where it claims too much."""
    stream, limits = inspect(job.data), job.limits
    pixels = stream.rows * stream.columns
    if not pixels or max(stream.rows, stream.columns) > limits.side or pixels > limits.pixels:
        raise unreadable(f"the compressed stream claims {stream.columns} x {stream.rows} pixels")
    if pixels > _LARGER * job.spec.rows * job.spec.columns:
        raise unreadable(f"the compressed stream claims {stream.columns} x {stream.rows} pixels, unlike the header")
    if stream.components != job.spec.samples or stream.precision > 16:
        raise unreadable(f"the compressed stream has {stream.components} components of {stream.precision} bits")
    if pixels > _SPARSE and len(job.data) * _PIXELS_PER_BYTE < pixels:
        raise unreadable("the compressed stream is far too short for its size")
    return stream


def _finish(job: Job, stream: Codestream, samples: Samples, photometric: str) -> Decoded:
    spec = job.spec
    warnings = [] if _ended(job.data) else [TRUNCATED]
    if samples.shape[:2] != (spec.rows, spec.columns):
        warnings.append(f"the stream has {samples.shape[1]} x {samples.shape[0]} pixels, "
                        f"the header says {spec.columns} x {spec.rows}")  # fmt: skip
    signed, bits = spec.signed, spec.bits_stored
    if samples.dtype.kind == "i":
        samples, signed, bits = samples.view(f"u{samples.dtype.itemsize}"), True, 8 * samples.dtype.itemsize
    elif stream.family == "jpeg2000" or stream.precision > bits:
        bits = stream.precision  # the stream knows better than the header what it holds
    return Decoded(samples, photometric, signed, bits, tuple(warnings))


def _jpeg(job: Job) -> Decoded:
    """Baseline, extended and progressive by libjpeg-turbo, lossless and JPEG-LS by the marker found."""
    stream = _checked(job)
    if stream.family == "jpegls":
        return _finish(job, stream, _jpegls(job, stream), job.spec.photometric)
    if stream.family == "lossless":
        return _finish(job, stream, _lossless(job.data, stream), job.spec.photometric)
    if stream.components == 1:
        return _finish(job, stream, imagecodecs.jpeg8_decode(job.data), job.spec.photometric)
    space = "YCBCR" if _is_ybr(stream, job.spec.photometric) else "RGB"
    return _finish(job, stream, imagecodecs.jpeg8_decode(job.data, colorspace=space, outcolorspace="RGB"), "RGB")


def _ended(data: Any) -> bool:
    """Whether a stream was written to its end: decoders invent the rest of one that was cut off, without a word."""
    return _END in bytes(data[-_END_WITHIN:])


def _jpegls(job: Job, stream: Codestream) -> Samples:
    """CharLS. Past the end of a stream that was cut off it would search for seconds, and what it had is kept."""
    if _ended(job.data):
        return np.asarray(imagecodecs.jpegls_decode(job.data))
    if stream.components != 1:
        raise unreadable("the compressed stream is cut off")
    dtype = np.uint8 if stream.precision <= 8 else np.uint16
    samples: Samples = np.zeros((stream.rows, stream.columns), dtype)
    with suppress(RuntimeError):
        imagecodecs.jpegls_decode(bytes(job.data) + _END, out=samples)
    there = int(np.flatnonzero(samples.any(axis=1))[-1:].sum())  # the last row may be half made
    if there:
        samples[there:] = _darkest(job.spec, samples[:there].reshape(-1))
        return samples
    raise unreadable("the compressed stream is cut off")


def _lossless(data: Any, stream: Codestream) -> Samples:
    """Processes 14 and 14 SV1: libjpeg-turbo; what it refuses (odd precisions) goes to jpegsof3."""
    try:
        if stream.components == 1:
            return np.asarray(imagecodecs.jpeg8_decode(data))
        return np.asarray(imagecodecs.jpeg8_decode(data, colorspace="RGB", outcolorspace="RGB"))
    except RuntimeError:
        return np.ascontiguousarray(imagecodecs.jpegsof3_decode(data))


def _is_ybr(stream: Codestream, photometric: str) -> bool:
    """Whether a lossy three-component JPEG holds YCbCr: its own markers know better than the data set."""
    if stream.adobe is not None:
        return stream.adobe == 1
    if stream.names == b"RGB":
        return False
    return stream.jfif or photometric != "RGB"


def _jpeg2000(job: Job) -> Decoded:
    stream = _checked(job)
    if stream.high_throughput:
        samples = imagecodecs.htj2k_decode(job.data)
    else:
        threads = 2 if stream.rows * stream.columns > _WORTH_A_THREAD else 1
        samples = imagecodecs.jpeg2k_decode(job.data, numthreads=threads)
    converted = stream.multiple_component_transform or job.spec.photometric in ("YBR_ICT", "YBR_RCT")
    return _finish(job, stream, samples, "RGB" if converted else job.spec.photometric)


_DECODERS: dict[str, Callable[[Job], Decoded]] = {
    "1.2.840.10008.1.2.5": _rle,
    "1.2.840.10008.1.2.8.1": _deflated_frame,
    **{f"1.2.840.10008.1.2.4.{number}": _jpeg for number in (50, 51, 53, 55, 57, 70, 80, 81)},
    **{f"1.2.840.10008.1.2.4.{number}": _jpeg2000 for number in (90, 91, 92, 93, 201, 202, 203)},
}
COMPRESSED = tuple(_DECODERS)  # the transfer syntaxes beside the native ones that can be shown
