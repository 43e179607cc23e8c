"""Exams for the viewer: what a manifest says of DICOM files, with frames and pictures, made by pydicom and imagecodecs
alone, so that what the viewer shows is compared with somebody else's reading."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.multival import MultiValue

from kiosk.cloud.wire.manifest import ExamFacts, SeriesFacts, StoredFrame, WindowFacts
from kiosk.imaging.pixels.directions import sides_of

Pixels = NDArray[Any]
_CROSS_SECTIONAL = ("CT", "MR", "PT")
_START_OF_TILE_PART = b"\xff\x90\x00\x0a"


def packaged(name: str) -> Path:
    """A file that pydicom brings along."""
    found = get_testdata_file(name, download=False)
    assert isinstance(found, str), f"pydicom brings no {name}"
    return Path(found)


def htj2k(values: Pixels) -> tuple[bytes, tuple[int, ...]]:
    """The codestream, a tile-part a resolution, and the bytes with which 1/8, 1/4 and 1/2 are whole."""
    parts = imagecodecs.HTJ2K.TILEPART.RESOLUTIONS
    stream = bytes(imagecodecs.htj2k_encode(np.ascontiguousarray(values), reversible=True, tlm=True, tilepart=parts))
    starts, at = list[int](), stream.index(_START_OF_TILE_PART)
    while stream[at : at + 4] == _START_OF_TILE_PART:
        starts.append(at)
        at += int.from_bytes(stream[at + 6 : at + 10])
    return stream, tuple(starts[-3:])


@dataclass
class ViewerExam:
    """What the portal would say of an exam, and the values that must be seen."""

    name: str = "exam"
    series: list[SeriesFacts] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    values: list[list[Pixels]] = field(default_factory=list)  # by series and slice
    prior: list[dict[str, str]] = field(default_factory=list)

    def add(self, description: str, modality: str, slices: Iterable[tuple[Pixels, dict[str, Any]]]) -> None:
        """A series of stored values and their facts, each with a plain picture for its first window."""
        made, seen = list[StoredFrame](), list[Pixels]()
        for values, facts in slices:
            stream, prefixes = htj2k(values)
            frame = StoredFrame(
                frame=len(self.frames), instance=0, rows=values.shape[0], columns=values.shape[1],
                bits=facts.pop("bits", values.dtype.itemsize * 8), signed=values.dtype.kind == "i",
                samples=3 if values.ndim == 3 else 1, prefixes=prefixes, digest=hashlib.sha256(values).hexdigest(),
                pictures=(len(self.pictures),), **facts,
            )  # fmt: skip
            self.frames.append(stream)
            self.pictures.append(_jpeg(values, frame))
            made.append(frame)
            seen.append(values)
        number = str(len(self.series) + 1)
        self.series.append(
            SeriesFacts(number=number, description=description, modality=modality, thumbnail=None, frames=tuple(made))
        )
        self.values.append(seen)

    def add_files(self, description: str, files: Sequence[Path]) -> None:
        """A series of DICOM files, in their order."""
        sets = [dcmread(path) for path in files]
        self.add(description, str(sets[0].Modality), [one for ds in sets for one in _slices(ds)])

    def json(self, texts: dict[str, str]) -> dict[str, object]:
        """viewer.json as the portal gives it."""
        about = ExamFacts(
            patient="王建国", description=self.name, modality="CT", performed="2026-11-20T09:30:00+08:00", hospital="H"
        )
        return {
            "exam": about.model_dump(mode="json"),
            "series": [one.model_dump(mode="json", exclude_defaults=True) for one in self.series],
            "frames": f"/exams/{self.name}/frames/",
            "pictures": f"/exams/{self.name}/pictures/",
            "texts": texts,
            "prior": self.prior,
        }


def _slices(ds: Dataset) -> list[tuple[Pixels, dict[str, Any]]]:
    array = ds.pixel_array
    many = int(ds.get("NumberOfFrames", 1) or 1) > 1
    return [
        (one, dict(_facts(ds), number=number)) for number, one in enumerate(array if many else array[None], start=1)
    ]


def _facts(ds: Dataset) -> dict[str, Any]:
    across = ds.Modality in _CROSS_SECTIONAL
    spacing = ds.get("PixelSpacing") or ds.get("ImagerPixelSpacing")
    orientation = ds.get("ImageOrientationPatient")
    sides = sides_of(orientation, ())
    return {
        "photometric": "RGB" if ds.SamplesPerPixel == 3 else str(ds.PhotometricInterpretation),
        "bits": int(ds.BitsStored),
        "slope": float(ds.get("RescaleSlope", 1)),
        "intercept": float(ds.get("RescaleIntercept", 0)),
        "unit": "HU" if ds.Modality == "CT" else "",
        "windows": _windows(ds),
        "spacing": tuple(float(one) for one in spacing) if spacing else None,
        "spacing_at": "patient" if across or "PixelSpacing" in ds else "detector",
        "letters": (sides.left, sides.right, sides.top, sides.bottom) if sides.left else None,
        "position": tuple(map(float, ds.ImagePositionPatient)) if "ImagePositionPatient" in ds else None,
        "orientation": tuple(map(float, orientation)) if orientation else None,
    }


def _windows(ds: Dataset) -> tuple[WindowFacts, ...]:
    centers, widths = ds.get("WindowCenter"), ds.get("WindowWidth")
    if centers is None or widths is None:
        return ()
    pairs = zip(_several(centers), _several(widths), strict=True)
    function = ds.get("VOILUTFunction", "LINEAR")
    return tuple(WindowFacts(center=c, width=w, function=function) for c, w in pairs if w >= 1)


def _several(value: Any) -> list[float]:
    return [float(one) for one in value] if isinstance(value, MultiValue) else [float(value)]


def _jpeg(values: Pixels, frame: StoredFrame) -> bytes:
    """As small as a portal's: for looking at, not for measuring."""
    if frame.samples == 3:
        return bytes(imagecodecs.jpeg8_encode(np.ascontiguousarray(values, np.uint8), level=70))
    output = values * frame.slope + frame.intercept
    low, high = float(output.min()), float(output.max())
    if frame.windows:
        low, high = (frame.windows[0].center + sign * frame.windows[0].width / 2 for sign in (-1, 1))
    grey = np.clip((output - low) / max(high - low, 1e-6) * 255, 0, 255).astype(np.uint8)
    return bytes(imagecodecs.jpeg8_encode(grey if frame.photometric != "MONOCHROME1" else 255 - grey, level=70))
