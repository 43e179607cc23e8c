"""Small DICOM objects made by the tests themselves; nobody's pictures."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

CT = "1.2.840.10008.5.1.4.1.1.2"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"
BASIC_TEXT = "1.2.840.10008.5.1.4.1.1.88.11"


def file_bytes(ds: Dataset) -> bytes:
    """The object as a PS3.10 file."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta = meta
    stream = io.BytesIO()
    ds.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def base(study: str, series: str, instance: str, **values: Any) -> Dataset:
    """Identifiers and whatever else is given by keyword."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID = study, series, instance
    ds.PatientID, ds.PatientName, ds.PatientBirthDate = "T0001", "Test^One", "19800101"
    ds.AccessionNumber, ds.StudyDate, ds.StudyTime = "A0001", "20260102", "101500"
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def ct_image(study: str, series: str, instance: str, number: int, side: int = 16, **values: Any) -> bytes:
    """One CT slice; its pixels depend on its number."""
    ds = base(study, series, instance, **values)
    ds.SOPClassUID, ds.Modality, ds.SeriesNumber, ds.InstanceNumber = CT, "CT", 1, number
    ds.Rows = ds.Columns = side
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    ds.ImagePositionPatient, ds.ImageOrientationPatient = [0, 0, -number], [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing = [0.7, 0.7]
    noise = np.random.default_rng(number).integers(-1000, 1000, (side, side), dtype=np.int16)
    ds.PixelData = noise.tobytes()
    return file_bytes(ds)


def pdf_report(study: str, series: str, instance: str, pdf: bytes, **values: Any) -> bytes:
    """An encapsulated PDF, verified unless told otherwise."""
    ds = base(study, series, instance)
    ds.SOPClassUID, ds.Modality, ds.SeriesNumber, ds.InstanceNumber = PDF, "DOC", 9, 1
    ds.ContentDate, ds.ContentTime, ds.VerificationFlag = "20260102", "120000", "VERIFIED"
    ds.DocumentTitle, ds.MIMETypeOfEncapsulatedDocument = "Report", "application/pdf"
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    ds.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    return file_bytes(ds)


def predecessor(study: str, series: str, instance: str) -> Sequence:
    """A reference to the earlier version of a document (PS3.3 C.17.2.3)."""
    item, in_series, in_study = Dataset(), Dataset(), Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = PDF, instance
    in_series.SeriesInstanceUID, in_series.ReferencedSOPSequence = series, Sequence([item])
    in_study.StudyInstanceUID, in_study.ReferencedSeriesSequence = study, Sequence([in_series])
    return Sequence([in_study])


def text_report(study: str, series: str, instance: str, lines: tuple[str, ...] = ("Clear.",), **values: Any) -> bytes:
    """A verified basic text document: findings as paragraphs."""
    ds = base(study, series, instance)
    ds.SOPClassUID, ds.Modality, ds.SeriesNumber, ds.InstanceNumber = BASIC_TEXT, "SR", 1, 1
    ds.ContentDate, ds.ContentTime = "20260102", "120000"
    ds.CompletionFlag, ds.VerificationFlag, ds.PreliminaryFlag = "COMPLETE", "VERIFIED", "FINAL"
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = code("18748-4", "LN", "Diagnostic Imaging Report")
    ds.ContentSequence = Sequence(content_item("121071", "Finding", line) for line in lines)
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return file_bytes(ds)


def code(value: str, scheme: str, meaning: str) -> Sequence:
    """A code sequence with one item."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Sequence([item])


def content_item(value: str, meaning: str, text: str) -> Dataset:
    """A TEXT item of a structured report."""
    item = Dataset()
    item.RelationshipType, item.ValueType, item.TextValue = "CONTAINS", "TEXT", text
    item.ConceptNameCodeSequence = code(value, "DCM", meaning)
    return item
