"""A film as a modality sent it: its image boxes side by side, pixel for pixel, as one object for the inbox."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, generate_uid

DEFLATED = UID("1.2.840.10008.1.2.1.99")  # Deflated Explicit VR Little Endian (PS3.5 A.5): films are mostly black
SECONDARY_CAPTURE = UID("1.2.840.10008.5.1.4.1.1.7")
MOST_BOXES, MOST_PIXELS = 64, 1 << 26
_STANDARD = re.compile(r"STANDARD\\([1-9]\d?),([1-9]\d?)")
# Where modalities put words: session and film box (PS3.3 C.13.1, C.13.3), annotation box (C.13.9), and what some add to
# the image itself, although the module has no place for it.
_WORDS = ("FilmSessionLabel", "OwnerID", "TextString", "AccessionNumber", "PatientID", "StudyInstanceUID")


class BadFilmError(Exception):
    """A film that cannot be kept as it is. `status`: what the modality is told (PS3.4 H.4.3). No personal words."""

    def __init__(self, why: str, status: int = 0x0106) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True)
class FilmGrid:
    """Columns and rows of image boxes."""

    columns: int
    rows: int

    @property
    def boxes(self) -> int:
        """How many."""
        return self.columns * self.rows


def grid_of(display_format: str) -> FilmGrid:
    """STANDARD\\C,R (PS3.3 C.13.3.1). Raises BadFilmError for any other."""
    found = _STANDARD.fullmatch(display_format.strip().upper())
    if not found or int(found[1]) * int(found[2]) > MOST_BOXES:
        raise BadFilmError("image display format")
    return FilmGrid(int(found[1]), int(found[2]))


@dataclass
class FilmBox:
    """A film while it is asked for. `images`: by position from 1, 16 bits, 0 black."""

    grid: FilmGrid
    landscape: bool
    size: str
    images: dict[int, NDArray[np.uint16]] = field(default_factory=dict)
    words: list[tuple[str, str]] = field(default_factory=list)


def words_of(asked: Dataset) -> Iterator[tuple[str, str]]:
    """What a request says in words, by attribute."""
    for keyword in _WORDS:
        value = str(asked.get(keyword, "") or "").strip()
        if value:
            yield keyword, value[:256]


def values_of(image: Dataset, polarity: str) -> NDArray[np.uint16]:
    """An image box's pixels, spread over 16 bits (so that the uppermost are the modality's). Raises BadFilmError."""
    try:
        rows, columns, stored = int(image.Rows), int(image.Columns), int(image.BitsStored)
        deep, kind = int(image.BitsAllocated) == 16, str(image.PhotometricInterpretation)
        data = bytes(image.PixelData)
    except (AttributeError, TypeError, ValueError) as error:
        raise BadFilmError("image box without what it needs", 0x0120) from error
    if kind not in ("MONOCHROME1", "MONOCHROME2") or stored not in (8, 12) or deep == (stored == 8):
        raise BadFilmError("pixel format")
    if not 0 < rows * columns <= MOST_PIXELS or len(data) < rows * columns * (2 if deep else 1):
        raise BadFilmError("pixel data and matrix do not agree")
    plain = np.frombuffer(data, "<u2" if deep else "u1", rows * columns).reshape(rows, columns)
    values = np.asarray(plain, np.uint16)
    if values.max(initial=0) >> stored:
        raise BadFilmError("pixels over their bits")
    if (kind == "MONOCHROME1") != (polarity == "REVERSE"):
        values = np.asarray(((1 << stored) - 1) - values, np.uint16)
    return np.asarray(values << (16 - stored), np.uint16)


def joined(film: FilmBox) -> NDArray[np.uint16]:
    """All boxes on one sheet: equal cells as large as the largest image, each image in the middle of its own, black
    where there is none. Not one pixel is changed. Raises BadFilmError for a film without images."""
    if not film.images:
        raise BadFilmError("no images", 0xC600)
    height = max(image.shape[0] for image in film.images.values())
    width = max(image.shape[1] for image in film.images.values())
    if height * width * film.grid.boxes > MOST_PIXELS:
        raise BadFilmError("more pixels than any imager has", 0xC605)
    sheet = np.zeros((height * film.grid.rows, width * film.grid.columns), np.uint16)
    for position, image in film.images.items():
        row, column = divmod(position - 1, film.grid.columns)
        top = row * height + (height - image.shape[0]) // 2
        left = column * width + (width - image.shape[1]) // 2
        sheet[top : top + image.shape[0], left : left + image.shape[1]] = image
    return sheet


def as_object(sheet: NDArray[np.uint16], film: FilmBox) -> bytes:
    """The sheet as a DICOM object of nobody; whose it is stands in the inbox's own facts."""
    made, uid = Dataset(), generate_uid()
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = SECONDARY_CAPTURE
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = uid
    made.file_meta.TransferSyntaxUID = DEFLATED
    made.Modality, made.FilmSizeID = "OT", film.size
    made.FilmOrientation = "LANDSCAPE" if film.landscape else "PORTRAIT"
    made.SamplesPerPixel, made.PhotometricInterpretation, made.PixelRepresentation = 1, "MONOCHROME2", 0
    made.Rows, made.Columns = sheet.shape
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 16, 15
    made.PixelData = sheet.astype("<u2").tobytes()
    made["PixelData"].VR = "OW"
    out = io.BytesIO()
    dcmwrite(out, made, enforce_file_format=True)
    return out.getvalue()


@dataclass(frozen=True)
class FilmNumbers:
    """What a film's own words say of its exam."""

    accession: str = ""
    patient_id: str = ""
    study_uid: str = ""


def numbers_of(words: Sequence[tuple[str, str]], patterns: Sequence[str]) -> FilmNumbers:
    """The attributes that say it, else what the hospital's patterns find in labels and annotations; the first counts.

    `patterns`: regular expressions with the groups `accession`, `patient` or `study`.
    """
    told: dict[str, str] = {}
    named: Mapping[str, str] = {"AccessionNumber": "accession", "PatientID": "patient", "StudyInstanceUID": "study"}
    for keyword, value in words:
        if keyword in named:
            told.setdefault(named[keyword], value)
    for _, value in words:
        for pattern in patterns:
            for found in re.finditer(pattern, value):
                for name, group in found.groupdict().items():
                    told.setdefault(name, group or "")
    return FilmNumbers(told.get("accession", ""), told.get("patient", ""), told.get("study", ""))
