"""The header of an original as a PS3.10 file in Explicit VR Little Endian that ends where the pixel data begin.

Whoever appends the native pixel data (7FE0,0010) has the object again: what lies behind them in an original (padding,
signatures over what was changed) is not kept.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path

from kiosk.imaging.dicom import attributes as a
from kiosk.imaging.dicom.fileformat import EXPLICIT_LITTLE
from kiosk.imaging.dicom.reading import Instance

IMPLEMENTATION = "2.25.302817203943893740213786154437640837215"
_LONG_HEAD = 12  # tag, VR, two reserved bytes and length of an OB or OW (PS3.5 7.1.2)


@dataclass(frozen=True)
class Stored:
    """How the values of the frames are kept, where that is not as the header says (PS3.3 C.7.6.3)."""

    photometric: str
    samples: int
    bits_allocated: int
    bits_stored: int
    signed: bool


def header_file(source: Path | bytes, instance: Instance, stored: Stored) -> bytes:
    """The header; where the frames are kept otherwise than the original says, it tells how they are kept."""
    header = instance.header
    plain = header.encoding.explicit and not header.encoding.big
    if plain and stored == declared(instance):
        end = instance.pixels.start - _LONG_HEAD
        return _meta(instance) + bytes(header.buffer[instance.start : end])
    return _meta(instance) + _rewritten(source, stored)


def declared(instance: Instance) -> Stored:
    """What the header says, as a native frame has it; samples of one pixel together."""
    spec = instance.pixels.spec
    header = instance.header
    usual = header.integer(a.HIGH_BIT, 0) == spec.bits_stored - 1 and (spec.samples == 1 or spec.planar == 0)
    return Stored(
        header.string(a.PHOTOMETRIC) if usual else "", spec.samples, spec.bits_allocated, spec.bits_stored, spec.signed
    )


def _meta(instance: Instance) -> bytes:
    """Preamble and file meta information (PS3.10 7.1)."""
    header = instance.header
    body = b"\2\0\1\0OB\0\0" + struct.pack("<I", 2) + b"\0\1"
    for number, uid in (
        (2, header.string(a.SOP_CLASS)),
        (3, header.string(a.SOP_INSTANCE)),
        (0x10, EXPLICIT_LITTLE),
        (0x12, IMPLEMENTATION),
    ):
        value = uid.encode("ascii", "replace")[:64]
        value += b"\0" * (len(value) % 2)
        body += struct.pack("<HH2sH", 2, number, b"UI", len(value)) + value
    return bytes(128) + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(body)) + body


def _rewritten(source: Path | bytes, stored: Stored) -> bytes:
    """By pydicom: other encodings, and headers that must tell something else than they did."""
    import pydicom  # heavy, and needed for few objects
    from pydicom.filebase import DicomBytesIO
    from pydicom.filewriter import write_dataset

    data = io.BytesIO(source) if isinstance(source, bytes) else source
    ds = pydicom.dcmread(data, stop_before_pixels=True, force=True)
    ds.PhotometricInterpretation, ds.SamplesPerPixel = stored.photometric, stored.samples
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = stored.bits_allocated, stored.bits_stored, stored.bits_stored - 1
    ds.PixelRepresentation = int(stored.signed)
    if stored.samples > 1:
        ds.PlanarConfiguration = 0
    out = DicomBytesIO()
    out.is_little_endian, out.is_implicit_VR = True, False
    ds.is_little_endian, ds.is_implicit_VR = True, False
    write_dataset(out, ds)
    return out.getvalue()
