"""The sealed part of one exam version: what a person sees of it, and which object holds what.

Names, dates and descriptions stand here and nowhere else in the cloud. An object is named by its kind and index (its
place, see `objects.Place`); where it lies says `objects`. Pixel facts are DICOM's own terms and units: spacing in mm
(PS3.3 10.7), windows in output units of the Modality LUT (PS3.3 C.11.2), so that the phone measures what the film does.
"""

from __future__ import annotations

import zlib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kiosk.cloud.wire.faults import WireError, WireFault
from kiosk.cloud.wire.objects import Kind, Spot

MOST_PLAIN = 64 << 20

Index = Annotated[int, Field(ge=0, lt=1 << 31)]
Side = Annotated[int, Field(ge=1, le=65_535)]
Name = Annotated[str, Field(max_length=400)]
Millimetres = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class ManifestPart(BaseModel):
    """Unknown members are refused: a newer format says so by its number."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PictureRef(ManifestPart):
    """A ready picture (WebP, JPEG or PNG; its bytes say which): PICTURE object, width and height in pixels."""

    picture: Index
    width: Side
    height: Side


class WindowFacts(ManifestPart):
    """A window (PS3.3 C.11.2.1.2): centre and width in output units, function, and how it is called."""

    center: Finite
    width: Finite
    function: Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"] = "LINEAR"
    name: Name = ""


class StoredFrame(ManifestPart):
    """One frame, lossless: HTJ2K (ITU-T T.814) of the stored values, RPCL, smallest resolution first."""

    frame: Index  # FRAME object
    instance: Index  # in ExamManifest.instances
    number: Annotated[int, Field(ge=1)] = 1  # within the instance
    rows: Side
    columns: Side
    bits: Annotated[int, Field(ge=1, le=32)]
    signed: bool
    samples: Literal[1, 3] = 1
    photometric: Name
    slope: Finite = 1.0
    intercept: Finite = 0.0
    unit: Name = ""  # "HU" or nothing
    windows: tuple[WindowFacts, ...] = ()
    spacing: tuple[Millimetres, Millimetres] | None = None  # between rows, between columns
    spacing_at: Literal["patient", "detector"] = "patient"
    letters: tuple[Name, Name, Name, Name] | None = None  # left, right, top, bottom
    position: tuple[Finite, Finite, Finite] | None = None  # Image Position (Patient), mm
    orientation: tuple[Finite, Finite, Finite, Finite, Finite, Finite] | None = None
    # Bytes of the frame with which 1/8, 1/4 and 1/2 of its width and height are whole.
    prefixes: tuple[Index, ...] = ()
    digest: str  # hex SHA-256 of the frame's stored values, little endian, as the original holds them
    pictures: tuple[Index, ...] = ()  # PICTURE objects of the 8-bit stack, by window, as many as there are


class SeriesFacts(ManifestPart):
    """A series as a person picks it."""

    number: Name
    description: Name
    modality: Name
    thumbnail: PictureRef | None
    frames: tuple[StoredFrame, ...]


class KeyPicture(ManifestPart):
    """A picture of the electronic film: one place in the body, in one or more windows."""

    series: Index
    frame: Index  # within the series
    label: Name
    pictures: tuple[tuple[Name, PictureRef], ...]  # window's name, picture


class ReportFacts(ManifestPart):
    """The report: pages as pictures, the whole as PDF (REPORT object), its text for screen readers."""

    version: Annotated[int, Field(ge=1)]
    status: Name
    written: Name  # ISO 8601 with zone
    pages: tuple[PictureRef, ...]
    pdf: Index | None
    text: str = ""
    digest: Name = ""  # hex SHA-256 of the PDF


class InstanceFacts(ManifestPart):
    """An original: its header without pixel data (HEADER object, PS3.10 file), for download and the doctor's view."""

    header: Index
    sop_class: Name
    transfer_syntax: Name  # of the original
    pixel_digest: Name  # hex SHA-256 of the native little-endian pixel data; empty where there are no pixels
    frames: tuple[Index, ...]  # FRAME objects in order


class ExamFacts(ManifestPart):
    """What list and headings say."""

    patient: Name
    sex: Name = ""
    age: Name = ""
    description: Name
    modality: Name
    performed: Name  # ISO 8601 date or date and time with zone
    hospital: Name
    hospitals: dict[Annotated[str, Field(max_length=35)], Name] = Field({}, max_length=32)  # by language, where named
    accession: Name = ""


class ExamManifest(ManifestPart):
    """All of one version."""

    format: Literal[1] = 1
    exam: ExamFacts
    report: ReportFacts | None
    keys: tuple[KeyPicture, ...]
    films: tuple[PictureRef, ...]
    series: tuple[SeriesFacts, ...]
    instances: tuple[InstanceFacts, ...]
    # What could not be shown or published, in words of staff's log: object and reason.
    left_out: tuple[tuple[Name, Name], ...] = ()
    objects: dict[Kind, tuple[tuple[Index, Index, Index], ...]]  # by kind and index: segment, offset, size

    def spot(self, kind: Kind, index: int) -> Spot:
        """Where an object lies. Raises WireError ENVELOPE_INVALID where there is none."""
        places = self.objects.get(kind, ())
        if not 0 <= index < len(places):
            raise WireError(WireFault.ENVELOPE_INVALID, f"no {kind} {index}")
        return Spot(*places[index])

    def packed(self) -> bytes:
        """As it is sealed: JSON, deflated (RFC 1950); equal manifests are equal bytes."""
        return zlib.compress(self.model_dump_json(exclude_defaults=True).encode(), 9)

    @model_validator(mode="after")
    def _whole(self) -> ExamManifest:
        """Each index that is named is there, so that nobody finds out in the middle of a page."""
        frames, instances = len(self.objects.get(Kind.FRAME, ())), len(self.instances)
        for one in (frame for series in self.series for frame in series.frames):
            if one.frame >= frames or one.instance >= instances:
                raise ValueError("a frame that is not there")
        for key in self.keys:
            if key.series >= len(self.series) or key.frame >= len(self.series[key.series].frames):
                raise ValueError("a key picture of no frame")
        return self


def unpacked(untrusted: bytes) -> ExamManifest:
    """The reverse of `packed`. Raises WireError ENVELOPE_INVALID."""
    try:
        unpacker = zlib.decompressobj()
        plain = unpacker.decompress(untrusted, MOST_PLAIN)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise WireError(WireFault.ENVELOPE_INVALID, "manifest too long or cut off")
        return ExamManifest.model_validate_json(plain)
    except (zlib.error, ValidationError) as error:
        raise WireError(WireFault.ENVELOPE_INVALID, "manifest") from error
