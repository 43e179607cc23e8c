"""DICOM objects made by the tests themselves; nothing in them is anybody's."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import cv2
import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID

CLASSES = {"CT": "1.2.840.10008.5.1.4.1.1.2", "MR": "1.2.840.10008.5.1.4.1.1.4", "DX": "1.2.840.10008.5.1.4.1.1.1.1",
           "OT": "1.2.840.10008.5.1.4.1.1.7", "PR": "1.2.840.10008.5.1.4.1.1.11.1"}  # fmt: skip
SYNTAXES = {
    "explicit": "1.2.840.10008.1.2.1",
    "implicit": "1.2.840.10008.1.2",
    "big": "1.2.840.10008.1.2.2",
    "deflated": "1.2.840.10008.1.2.1.99",
    "rle": "1.2.840.10008.1.2.5",
    "lossless": "1.2.840.10008.1.2.4.70",
    "jpegls": "1.2.840.10008.1.2.4.80",
    "jpeg2000": "1.2.840.10008.1.2.4.90",
    "htj2k": "1.2.840.10008.1.2.4.201",
}
_COMPRESSED = ("rle", "lossless", "jpegls", "jpeg2000", "htj2k")


def phantom(modality: str, size: int, seed: int = 1) -> NDArray[Any]:
    """A body with organs and noise: int16 Hounsfield for CT, unsigned 12 bits otherwise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size - 0.5
    picture = np.full((size, size), -1000.0, np.float32)
    picture[(x / 0.42) ** 2 + (y / 0.32) ** 2 < 1] = 40.0
    for cx, cy, rx, ry, value in ((-0.17, -0.05, 0.11, 0.17, -850), (0.17, -0.05, 0.11, 0.17, -850),
                                  (0.0, 0.16, 0.05, 0.05, 700), (0.02, -0.03, 0.09, 0.1, 60)):  # fmt: skip
        picture[((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1] = value
    picture = cv2.GaussianBlur(picture, (0, 0), max(0.6, size / 600)) + random.normal(0, 9, picture.shape)
    if modality == "CT":
        return np.clip(np.rint(picture), -1024, 3071).astype(np.int16)
    return np.clip(np.rint(picture * 2 + 2048), 0, 4095).astype(np.uint16)


def image(samples: NDArray[Any], modality: str = "OT", **attributes: Any) -> Dataset:
    """A complete image object; `attributes` replace or, being None, remove what it would have."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.SOPClassUID = CLASSES.get(modality, CLASSES["OT"])
    dataset.SOPInstanceUID = "1.2.826.0.1.3680043.10.999.1"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.826.0.1.3680043.10.999.2", "1.2.826.0.1.3680043.10.999.3"
    dataset.PatientName, dataset.PatientID, dataset.Modality = "Phantom^Test", "T-1", modality
    dataset.InstanceNumber = 1
    colour = samples.ndim >= 3 and samples.shape[-1] == 3
    shape = samples.shape[:-1] if colour else samples.shape
    if len(shape) == 3:
        dataset.NumberOfFrames = shape[0]
    dataset.Rows, dataset.Columns = shape[-2:]
    dataset.SamplesPerPixel = 3 if colour else 1
    if colour:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    bits = 8 * samples.dtype.itemsize
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.PixelRepresentation = int(samples.dtype.kind == "i")
    if modality in ("MR", "DX") and bits == 16:
        dataset.BitsStored = 12
    if modality in ("CT", "MR", "DX"):
        dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
        dataset.WindowCenter, dataset.WindowWidth = (40, 400) if modality == "CT" else (2048, 3000)
    dataset.HighBit = dataset.BitsStored - 1
    data = np.ascontiguousarray(samples).tobytes()
    dataset.add_new(0x7FE00010, "OW" if bits > 8 else "OB", data + b"\0" * (len(data) % 2))
    return changed(dataset, attributes)


def changed(dataset: Dataset, attributes: Mapping[str, Any]) -> Dataset:
    """The same object with these attributes; None takes one out."""
    for name, value in attributes.items():
        if value is None:
            delattr(dataset, name)
        else:
            setattr(dataset, name, value)
    return dataset


def written(dataset: Dataset, syntax: str = SYNTAXES["explicit"]) -> bytes:
    """The object as a file."""
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    stream = io.BytesIO()
    dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def made(samples: NDArray[Any], modality: str = "OT", **attributes: Any) -> bytes:
    """`image`, written."""
    return written(image(samples, modality, **attributes))


def compressed(samples: NDArray[Any], name: str) -> bytes:
    """One frame as a codestream of a lossless syntax."""
    unsigned = samples.view(f"u{samples.dtype.itemsize}") if samples.dtype.kind == "i" else samples
    if name == "lossless":
        return bytes(imagecodecs.jpeg8_encode(unsigned, lossless=True))
    if name == "jpegls":
        return bytes(imagecodecs.jpegls_encode(unsigned))
    if name == "jpeg2000":
        return bytes(imagecodecs.jpeg2k_encode(samples, codecformat="J2K", reversible=True))
    if name == "htj2k":
        return bytes(imagecodecs.htj2k_encode(samples, reversible=True))
    return run_lengths(unsigned)


def run_lengths(samples: NDArray[Any]) -> bytes:
    """An RLE frame (PS3.5 annex G)."""
    width = samples.dtype.itemsize
    planes = np.moveaxis(samples, -1, 0) if samples.ndim == 3 else samples[None]
    segments = []
    for plane in planes:
        octets = np.ascontiguousarray(plane).view(np.uint8).reshape(-1, width)
        for byte in range(width - 1, -1, -1):
            segment = bytes(imagecodecs.packbits_encode(np.ascontiguousarray(octets[:, byte])))
            segments.append(segment + b"\0" * (len(segment) % 2))
    offsets = np.cumsum([64, *map(len, segments)])[:-1]
    head = np.zeros(16, "<u4")
    head[0], head[1 : 1 + len(segments)] = len(segments), offsets
    return head.tobytes() + b"".join(segments)


def encoded(samples: NDArray[Any], modality: str, name: str, **attributes: Any) -> bytes:
    """An image object in one of SYNTAXES."""
    dataset = image(samples, modality, **attributes)
    if name in _COMPRESSED:
        dataset.PixelData = encapsulate([compressed(samples, name)])
        dataset["PixelData"].VR = "OB"
    if name == "big":
        dataset.PixelData = samples.astype(samples.dtype.newbyteorder(">")).tobytes()
    return written(dataset, SYNTAXES[name])
