"""From bytes nobody vouches for to an `Instance`: header read and checked, pixels not yet touched."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from isal import isal_zlib

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom import attributes as a
from kiosk.imaging.dicom import codecs
from kiosk.imaging.dicom.contrast import Contrast, contrast_of
from kiosk.imaging.dicom.elements import UNDEFINED, Budget, Element, ElementWalk, Header, read_header, unreadable
from kiosk.imaging.dicom.facts import Geometry, ImageFacts, facts, geometry
from kiosk.imaging.dicom.fileformat import BIG_ENDIAN, DEFLATED, EXPLICIT_LITTLE, encoding_of, file_meta
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.dicom.pixeldata import ByteSource, PixelData, PixelSpec

if TYPE_CHECKING:
    pass

_HEADER_BYTES = (1 << 20, 8 << 20, 64 << 20)  # as much of a large file as is read to find the pixel data


@dataclass(frozen=True)
class MemoryStore:
    """An object in memory."""

    data: bytes

    @property
    def size(self) -> int:
        """Number of bytes."""
        return len(self.data)

    def read(self, start: int, stop: int) -> memoryview:
        """A view, nothing is copied."""
        return memoryview(self.data)[start:stop]


@dataclass(frozen=True)
class FileStore:
    """A large uncompressed file, of which one frame at a time is read."""

    path: Path
    size: int

    def read(self, start: int, stop: int) -> bytes:
        """Read that part."""
        try:
            with self.path.open("rb") as handle:
                return os.pread(handle.fileno(), max(0, stop - start), start)
        except OSError as error:
            raise unreadable(f"file cannot be read ({error.strerror})") from error


@dataclass(frozen=True, eq=False)
class Instance:
    """One image object. Everything but `header` is derived from it lazily; nothing is decoded."""

    header: Header
    pixels: PixelData
    transfer_syntax: str
    limits: Limits
    warnings: tuple[str, ...] = ()
    start: int = 0  # of the data set in the header's buffer

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.pixels.spec.frames

    @property
    def rows(self) -> int:
        """Height in pixels as the header says."""
        return self.pixels.spec.rows

    @property
    def columns(self) -> int:
        """Width in pixels as the header says."""
        return self.pixels.spec.columns

    @cached_property
    def facts(self) -> ImageFacts:
        """What a sheet writes or sorts by."""
        return facts(self.header)

    def groups(self, frame: int) -> tuple[Header | None, Header | None]:
        """Functional groups of an enhanced object: those of the frame and those shared (PS3.3 C.7.6.16)."""
        per_frame = self.header.items(a.FRAME_GROUPS)
        return (per_frame[frame] if frame < len(per_frame) else None, self.header.item(a.SHARED_GROUPS))

    def functional(self, frame: int, sequence: a.Attribute, attribute: a.Attribute) -> Header:
        """The data set that rules `attribute` for `frame`: the macro in its groups, or the top level."""
        for group in self.groups(frame):
            item = group.item(sequence) if group else None
            if item is not None and attribute in item:
                return item
        return self.header

    def geometry(self, frame: int = 0) -> Geometry:
        """Where the frame lies in the patient."""
        return geometry(self.header, self.groups(frame))

    def contrast(self, frame: int = 0) -> Contrast:
        """What distinguishes the frame from others of the same place."""
        return contrast_of(self.header, self.groups(frame))


def read(source: Path | bytes, limits: Limits = Limits()) -> Instance:  # noqa: B008 (a frozen value)
    """Read an image object.

    Raises KioskError: OBJECT_UNREADABLE with a plain reason, NOTHING_TO_SHOW for an object without an image.
    """
    store = store_of(source, limits)
    header, walk, syntax, store = open_object(store, limits)
    if walk.pixels is None:
        raise _nothing_to_show(header, syntax)
    spec, warnings = _spec(header, walk.pixels[0], limits)
    pixels = _pixels(store, walk.pixels, spec, header, syntax)
    if pixels.encapsulated and store.size > limits.compressed_bytes:
        raise unreadable(f"compressed object larger than {limits.compressed_bytes >> 20} MiB")
    return Instance(header, pixels, syntax, limits, warnings, walk.start)


def open_object(store: ByteSource, limits: Limits) -> tuple[Header, ElementWalk, str, ByteSource]:
    """Data set up to the pixel data, where it ended, transfer syntax, and the store (another one if inflated)."""
    for most in _HEADER_BYTES if isinstance(store, FileStore) else (store.size,):
        header, walk, syntax, found = _open_part(store, min(store.size, most), limits)
        if walk.pixels is not None or most >= store.size:
            break
    if not header.elements:
        raise unreadable("not a DICOM object")
    return header, walk, syntax, found


def _open_part(store: ByteSource, most: int, limits: Limits) -> tuple[Header, ElementWalk, str, ByteSource]:
    """The same, of the first `most` bytes."""
    buffer = store.read(0, most)
    budget = Budget(limits)
    meta = file_meta(buffer, budget)
    start, syntax = meta.end, meta.transfer_syntax
    if syntax == DEFLATED:
        data = _inflate(buffer[start:], limits)
        buffer, start, store = data, 0, MemoryStore(data)
    encoding = encoding_of(syntax, buffer, start)
    if not syntax:
        syntax = BIG_ENDIAN if encoding.big else EXPLICIT_LITTLE
    header, walk = read_header(buffer, start, len(buffer), encoding, budget)
    return header, walk, syntax, store


def store_of(source: Path | bytes, limits: Limits) -> ByteSource:
    """Where the bytes of an object are; KioskError if there are too many or none."""
    if isinstance(source, bytes):
        return MemoryStore(_sized(source, limits.native_bytes))
    try:
        size = source.stat().st_size
        if size > limits.native_bytes:
            raise unreadable(f"file larger than {limits.native_bytes >> 20} MiB")
        if size > limits.compressed_bytes:
            return FileStore(source, size)
        return MemoryStore(source.read_bytes())
    except OSError as error:
        raise unreadable(f"file cannot be read ({error.strerror})") from error


def _sized(data: bytes, most: int) -> bytes:
    if len(data) > most:
        raise unreadable(f"object larger than {most >> 20} MiB")
    return data


def _inflate(data: bytes | memoryview, limits: Limits) -> bytes:
    """Inflate a deflated data set within the bounds for size and ratio (PS3.5 A.5, R10)."""
    if len(data) > limits.compressed_bytes:
        raise unreadable(f"compressed object larger than {limits.compressed_bytes >> 20} MiB")
    most = min(limits.inflated_bytes, limits.inflate_ratio * len(data))
    try:
        inflated = isal_zlib.decompressobj(-isal_zlib.MAX_WBITS).decompress(data, most + 1)
    except isal_zlib.error as error:  # type: ignore[misc]
        raise unreadable("deflated data set is damaged") from error
    if len(inflated) > most:
        raise unreadable(f"deflated data set grows more than {limits.inflate_ratio} times")
    return inflated


def _nothing_to_show(header: Header, syntax: str) -> KioskError:
    from pydicom._uid_dict import UID_dictionary  # heavy, and needed for messages only

    sop_class = header.string(a.SOP_CLASS)
    name = UID_dictionary.get(sop_class, ("an object of unknown class",))[0]
    if (a.ROWS in header and a.COLUMNS in header) or "Image Storage" in name:
        return unreadable("the image object has no pixel data")
    if not sop_class and a.MODALITY not in header and a.SOP_INSTANCE not in header:
        return unreadable("not a complete DICOM object")
    return KioskError(FaultCode.NOTHING_TO_SHOW, f"{name} holds no image")


def _spec(header: Header, tag: int, limits: Limits) -> tuple[PixelSpec, tuple[str, ...]]:
    """The image pixel module, refused by arithmetic before anything is allocated (R10, case 66)."""
    rows, columns = header.integer(a.ROWS, 0) or 0, header.integer(a.COLUMNS, 0) or 0
    frames = 1 if a.FRAMES not in header else header.integer(a.FRAMES, 1) or 1
    samples = header.integer(a.SAMPLES, 1) or 1
    if not rows or not columns:
        raise unreadable("the image has no rows or columns")
    if max(rows, columns) > limits.side or rows * columns > limits.pixels:
        raise unreadable(f"the image claims {columns} x {rows} pixels")
    if not 0 < frames <= limits.frames:
        raise unreadable(f"the image claims {frames} frames")
    if samples not in (1, 3):
        raise unreadable(f"the image claims {samples} samples per pixel")
    spec = PixelSpec(rows, columns, frames, samples, *_bits(header, tag), *_interpretation(header, samples),
                     "integer" if tag == a.PIXELS.tag else "float")  # fmt: skip
    known = ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT",
             "YBR_PARTIAL_420", "YBR_PARTIAL_422")  # fmt: skip
    warnings = () if header.string(a.PHOTOMETRIC) in known else ("unknown photometric interpretation",)
    return spec, warnings


def _bits(header: Header, tag: int) -> tuple[int, int, int, bool]:
    """Bits allocated, bits stored, high bit, signed."""
    if tag != a.PIXELS.tag:
        bits = 32 if tag == a.FLOAT_PIXELS.tag else 64
        return bits, bits, bits - 1, True
    allocated = header.integer(a.BITS_ALLOCATED, 16) or 0
    stored = header.integer(a.BITS_STORED, allocated) or 0
    high = header.integer(a.HIGH_BIT, stored - 1)
    if allocated not in (1, 8, 16, 32):
        raise unreadable(f"the image claims {allocated} bits allocated")
    if not 0 < stored <= allocated:
        raise unreadable(f"the image claims {stored} bits stored of {allocated}")
    if high is None or not stored - 1 <= high < allocated:
        high = stored - 1
    return allocated, stored, high, header.integer(a.SIGNED, 0) == 1


def _interpretation(header: Header, samples: int) -> tuple[str, int]:
    """Photometric interpretation (one that fits the samples) and planar configuration."""
    photometric = header.string(a.PHOTOMETRIC)
    one = ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
    if samples == 1 and photometric not in one:
        photometric = "MONOCHROME2"
    if samples == 3 and (photometric in one or not photometric):
        photometric = "RGB"
    return photometric, header.integer(a.PLANAR, 0) or 0


def _pixels(store: ByteSource, found: tuple[int, Element], spec: PixelSpec, header: Header, syntax: str) -> PixelData:
    element = found[1]
    marker = bytes(store.read(element.start, element.start + 4))
    items = marker == (b"\xff\xfe\xe0\x00" if header.encoding.big else b"\xfe\xff\x00\xe0")
    encapsulated = items and (element.length == UNDEFINED or syntax not in codecs.NATIVE)
    offsets = tuple(int(value) for value in header.numbers(a.EXTENDED_OFFSETS))
    return PixelData(store, element.start, element.length, spec, header.encoding, encapsulated, offsets, element.vr)
