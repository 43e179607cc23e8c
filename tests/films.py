"""Series and objects that film tests print; nothing in them is anybody's."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from kiosk.imaging.film.gather import Source
from kiosk.imaging.film.making import compose
from kiosk.imaging.film.spec import FilmSpec, FilmTally
from kiosk.imaging.pdf import fonts
from kiosk.imaging.pdf.writer import PdfWriter
from tests.making import CLASSES, changed, image, made, phantom, written

UID = "1.2.826.0.1.3680043.10.999"
CHINESE_NAME = "Ouyang^Feng=欧阳^䶮锋"


def ct(number: int, *, size: int = 64, series: int = 1, position: float | None = None, **attributes: Any) -> bytes:
    """Slice `number` (from 1) of a CT, 5 mm apart."""
    values: dict[str, Any] = {
        "InstanceNumber": number, "SeriesNumber": series, "SOPInstanceUID": f"{UID}.{series}.{number}",
        "StudyInstanceUID": f"{UID}.2", "SeriesInstanceUID": f"{UID}.{series}", "PixelSpacing": [0.7, 0.7],
        "ImagePositionPatient": [-20, -20, position if position is not None else 5.0 * number],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "SliceThickness": 5, "FrameOfReferenceUID": f"{UID}.9",
    }  # fmt: skip
    return made(phantom("CT", size, seed=number), "CT", **{**values, **attributes})


def dr(rows: int = 300, columns: int = 200, **attributes: Any) -> bytes:
    """A projection whose bright field ends 10 pixels inside its edges."""
    samples = np.full((rows, columns), 100, np.uint16)
    samples[10:-10, 10:-10] = 4000
    values = {"PatientOrientation": ["L", "F"], "SeriesNumber": 1, "PatientSex": "M", "PatientBirthDate": "19600102",
              "StudyDate": "20260301", "StudyTime": "101500", "SpecificCharacterSet": "ISO_IR 192"}  # fmt: skip
    return made(samples, "DX", **{**values, **attributes})


def referenced(uid: str) -> Dataset:
    """One item of a referenced image sequence."""
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CLASSES["CT"], uid
    return item


def state_of(uid: str, frames: Sequence[int] = (), **attributes: Any) -> Dataset:
    """A presentation state for one image, or some frames of it: window 40/100; attributes as in `making.image`."""
    state = image(np.zeros((2, 2), np.uint8), "PR", SOPClassUID=CLASSES["PR"], SOPInstanceUID=f"{UID}.77",
                  SpecificCharacterSet="ISO_IR 192")  # fmt: skip
    for name in ("PixelData", "Rows", "Columns"):
        delattr(state, name)
    series, target = Dataset(), referenced(uid)
    if frames:
        target.ReferencedFrameNumber = list(frames)
    series.SeriesInstanceUID, series.ReferencedImageSequence = f"{UID}.1", [target]
    state.ReferencedSeriesSequence = [series]
    window = Dataset()
    window.WindowCenter, window.WindowWidth = 40, 100
    state.SoftcopyVOILUTSequence = [window]
    state.RescaleSlope, state.RescaleIntercept = 1, 0
    state.PresentationLUTShape = "IDENTITY"
    return changed(state, attributes)


def presentation(uid: str, *, rotation: int = 0, flip: str = "N", text: str = "",
                 true_size: bool = False, frames: Sequence[int] = (), **attributes: Any) -> bytes:
    """The same as a file, turned and annotated as asked."""
    state = state_of(uid, frames, ImageRotation=rotation, ImageHorizontalFlip=flip, **attributes)
    if true_size:
        area = Dataset()
        area.ReferencedImageSequence = [referenced(uid)]
        area.DisplayedAreaTopLeftHandCorner, area.DisplayedAreaBottomRightHandCorner = [1, 1], [64, 64]
        area.PresentationSizeMode, area.PresentationPixelSpacing = "TRUE SIZE", [0.7, 0.7]
        state.DisplayedAreaSelectionSequence = [area]
    if text:
        state.GraphicAnnotationSequence = [_annotation(text)]
    return written(state)


def _annotation(text: str) -> Dataset:
    words, circle, layer = Dataset(), Dataset(), Dataset()
    words.AnchorPoint, words.AnchorPointAnnotationUnits, words.UnformattedTextValue = [12.0, 12.0], "PIXEL", text
    words.AnchorPointVisibility = "N"
    circle.GraphicAnnotationUnits, circle.GraphicDimensions, circle.NumberOfGraphicPoints = "PIXEL", 2, 2
    circle.GraphicData, circle.GraphicType, circle.GraphicFilled = [32.0, 32.0, 44.0, 32.0], "CIRCLE", "N"
    layer.GraphicLayer, layer.TextObjectSequence, layer.GraphicObjectSequence = "L", [words], [circle]
    return layer


def key_object(uids: Sequence[str]) -> bytes:
    """A key object selection of these images."""
    document = image(np.zeros((2, 2), np.uint8), "KO", SOPClassUID="1.2.840.10008.5.1.4.1.1.88.59",
                     SOPInstanceUID=f"{UID}.88")  # fmt: skip
    for name in ("PixelData", "Rows", "Columns"):
        delattr(document, name)
    title, series, study = Dataset(), Dataset(), Dataset()
    title.CodeValue, title.CodingSchemeDesignator, title.CodeMeaning = "113000", "DCM", "Of Interest"
    document.ConceptNameCodeSequence = [title]
    series.SeriesInstanceUID, series.ReferencedSOPSequence = f"{UID}.1", [referenced(uid) for uid in uids]
    study.StudyInstanceUID, study.ReferencedSeriesSequence = f"{UID}.2", [series]
    document.CurrentRequestedProcedureEvidenceSequence = [study]
    return written(document)


class Printed:
    """A film made in memory."""

    def __init__(self, outcome: FilmTally, data: bytes) -> None:
        self.outcome, self.data = outcome, data

    @property
    def texts(self) -> list[str]:
        """The text of each sheet as copy and search find it."""
        document = pdfium.PdfDocument(self.data)
        return [page.get_textpage().get_text_range() for page in document]

    def picture(self, page: int = 0, dpi: float = 100) -> NDArray[np.uint8]:
        """A sheet rendered, grey."""
        bitmap = pdfium.PdfDocument(self.data)[page].render(scale=dpi / 72, grayscale=True)
        return np.asarray(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width)


def printed(sources: Sequence[Source], spec: FilmSpec | None = None, **options: Any) -> Printed:
    """Make a film of these sources at a low resolution."""
    stream, book = BytesIO(), fonts.discover()
    pdf = PdfWriter(stream, book)
    outcome = compose(sources, spec or FilmSpec(dpi=60), pdf, book, **options)
    pdf.close()
    return Printed(outcome, stream.getvalue())
