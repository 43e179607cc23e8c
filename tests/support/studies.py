"""Small DICOM objects made by the tests themselves; nobody's pictures."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

CT = "1.2.840.10008.5.1.4.1.1.2"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"


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
