"""DICOM modules of the sample hospital's images and structured documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from assets import sample_images

CT, MR, DX, US = (f"1.2.840.10008.5.1.4.1.1.{n}" for n in ("2", "4", "1.1", "6.1"))
BASIC_TEXT_SR = "1.2.840.10008.5.1.4.1.1.88.11"
FIELD_MM = 336.0  # wide enough for a chest, narrow enough for life size on 14 x 17 inches
Images = Callable[[], Iterator[Dataset]]


def structured(ds: Dataset, findings: str, impression: str) -> Dataset:
    """PS3.3 A.35.1, template 2000: findings and impression as text."""
    ds.SOPClassUID, ds.CompletionFlag, ds.PreliminaryFlag = BASIC_TEXT_SR, "COMPLETE", "FINAL"
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = _code("18748-4", "LN", "Diagnostic Imaging Report")
    ds.PerformedProcedureCodeSequence = Items()
    ds.ContentSequence = Items(
        _section(code, heading, text)
        for code, heading, text in (
            (("121070", "DCM", "Findings"), "121071", findings),
            (("121076", "DCM", "Conclusions"), "121077", impression),
        )
    )
    return ds


def _code(value: str, scheme: str, meaning: str) -> Items:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return Items([code])


def _section(heading: tuple[str, str, str], item_code: str, text: str) -> Dataset:
    section = Dataset()
    section.RelationshipType, section.ValueType, section.ContinuityOfContent = "CONTAINS", "CONTAINER", "SEPARATE"
    section.ConceptNameCodeSequence = _code(*heading)
    section.ContentSequence = Items()
    for paragraph in text.splitlines():
        item = Dataset()
        item.RelationshipType, item.ValueType = "CONTAINS", "TEXT"
        item.ConceptNameCodeSequence = _code(item_code, "DCM", heading[2].rstrip("s"))
        item.TextValue = paragraph
        section.ContentSequence.append(item)
    return section


def _grey(pixels: np.ndarray, modality: str, sop_class: str, series: int, number: int, bits: int) -> Dataset:
    """Image pixel module of one monochrome image."""
    ds = Dataset()
    ds.SOPClassUID, ds.Modality, ds.SeriesNumber, ds.InstanceNumber = sop_class, modality, series, number
    ds.Rows, ds.Columns = pixels.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, bits, bits - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    ds.PixelData = pixels.astype("<i2" if pixels.dtype.kind == "i" else "<u2").tobytes()
    return ds


def chest_ct() -> Iterator[Dataset]:
    """One series of 120 slices, soft tissue and lung window."""
    side, spacing = sample_images.CT_SIDE, sample_images.CT_SPACING
    corner = -(side - 1) / 2 * spacing
    for number, slice_hu in enumerate(sample_images.chest_ct(), start=1):
        ds = _grey(slice_hu, "CT", CT, 2, number, 16)
        ds.ImageType, ds.SeriesDescription = ["ORIGINAL", "PRIMARY", "AXIAL"], "Chest 2.5mm"
        ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = 0, 1, "HU"
        ds.WindowCenter, ds.WindowWidth = ["40", "-600"], ["400", "1500"]
        ds.WindowCenterWidthExplanation = ["MEDIASTINUM", "LUNG"]
        ds.PixelSpacing, ds.SliceThickness = [spacing, spacing], sample_images.CT_THICKNESS
        z = -sample_images.CT_THICKNESS * (number - 1)
        ds.ImagePositionPatient, ds.ImageOrientationPatient = [corner, corner, z], [1, 0, 0, 0, 1, 0]
        ds.SliceLocation, ds.KVP, ds.PatientPosition, ds.GantryDetectorTilt = z, "120", "HFS", "0"
        ds.XRayTubeCurrent, ds.ExposureTime, ds.AcquisitionNumber = 220, 500, 1
        yield ds


def chest_dr(rows: int, columns: int, seed: int, *, calibrated: bool, views: int = 2, inverted: bool = False) -> Images:
    """Frontal and side view; calibrated for life size, or with the detector's spacing only."""

    def make() -> Iterator[Dataset]:
        for number in range(1, views + 1):
            draw = sample_images.chest_front if number == 1 else sample_images.chest_side
            pixels = draw(rows, columns, seed + number)
            ds = _grey((4095 - pixels) if inverted else pixels, "DX", DX, number, number, 12)
            ds.PhotometricInterpretation = "MONOCHROME1" if inverted else "MONOCHROME2"
            ds.ImageType, ds.SeriesDescription = ["ORIGINAL", "PRIMARY"], "Chest PA" if number == 1 else "Chest LAT"
            ds.PresentationIntentType, ds.ViewPosition = "FOR PRESENTATION", "PA" if number == 1 else "LL"
            ds.PatientOrientation = ["L", "F"] if number == 1 else ["P", "F"]
            ds.ImageLaterality, ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "U", "LOG", -1
            ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = 0, 1, "US"
            ds.PresentationLUTShape = "INVERSE" if inverted else "IDENTITY"
            ds.WindowCenter, ds.WindowWidth, ds.LossyImageCompression = 2050, 3700, "00"
            spacing = FIELD_MM / columns
            ds.ImagerPixelSpacing = [spacing * 1.05, spacing * 1.05]
            if calibrated:
                ds.PixelSpacing, ds.PixelSpacingCalibrationType = [spacing, spacing], "GEOMETRY"
                ds.EstimatedRadiographicMagnificationFactor = 1.05
            ds.KVP = "120"
            yield ds

    return make


def brain_mr() -> Iterator[Dataset]:
    """Three series of 20 slices."""
    for series, weighting in enumerate(("T1", "T2", "FLAIR"), start=1):
        for number, pixels in enumerate(sample_images.brain_mr(weighting, 20, seed=40 + series), start=1):
            ds = _grey(pixels, "MR", MR, series, number, 12)
            ds.ImageType, ds.SeriesDescription = ["ORIGINAL", "PRIMARY", "M"], f"{weighting} TRA"
            ds.PixelSpacing, ds.SliceThickness, ds.SpacingBetweenSlices = [0.9375, 0.9375], 5, 6
            ds.ImagePositionPatient = [-119.5, -119.5, -57 + 6 * (number - 1)]
            ds.ImageOrientationPatient, ds.PatientPosition = [1, 0, 0, 0, 1, 0], "HFS"
            ds.SliceLocation, ds.WindowCenter, ds.WindowWidth = -57 + 6 * (number - 1), 750, 1500
            ds.ScanningSequence, ds.SequenceVariant, ds.MRAcquisitionType = "SE", "NONE", "2D"
            ds.MagneticFieldStrength = 1.5
            yield ds


def abdomen_us() -> Iterator[Dataset]:
    """Two colour pictures."""
    for number in (1, 2):
        rgb = sample_images.abdomen_us(768, 1024, seed=50 + number, flow=number == 2)
        ds = Dataset()
        ds.SOPClassUID, ds.Modality, ds.SeriesNumber, ds.InstanceNumber = US, "US", 1, number
        ds.ImageType, ds.SeriesDescription = ["ORIGINAL", "PRIMARY"], "Abdomen"
        ds.Rows, ds.Columns, ds.SamplesPerPixel = 768, 1024, 3
        ds.PhotometricInterpretation, ds.PlanarConfiguration = "RGB", 0
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
        ds.LossyImageCompression = "00"
        ds.PixelData = rgb.tobytes()
        yield ds
