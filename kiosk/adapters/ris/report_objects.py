"""A report that is no DICOM object, made one: the renderer then checks and shows it like any other (PS3.3 A.45, A.35).

Whose it is stands in it as the source's own row or message said it, never as it was wished for.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kiosk.domain.exam import ReportKind
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import IdentityFacts

PDF_CLASS, TEXT_CLASS = "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.88.11"
MOST_TEXT = 20_000


@dataclass(frozen=True)
class ReportHead:
    """What stands around the document."""

    study_uid: str
    instance_uid: str
    identity: IdentityFacts
    accession: str
    title: str
    written: datetime | None


def kind_of(document: bytes) -> ReportKind:
    """PDF or words; a DICOM object is whatever it holds, which the renderer finds out."""
    return ReportKind.PDF if b"%PDF-" in document[:1024] else ReportKind.STRUCTURED


def as_object(head: ReportHead, document: bytes) -> bytes:
    """A PDF, a text or a DICOM object as a DICOM object. Raises KioskError REPORT_UNREADABLE for an empty one."""
    if document[128:132] == b"DICM":
        return document
    if not document.strip():
        raise KioskError(FaultCode.REPORT_UNREADABLE, "the document is empty")
    return _encapsulated(head, document) if kind_of(document) is ReportKind.PDF else _words(head, document)


def _encapsulated(head: ReportHead, pdf: bytes) -> bytes:
    ds = _base(head, PDF_CLASS, "DOC")
    ds.MIMETypeOfEncapsulatedDocument, ds.DocumentTitle = "application/pdf", head.title[:1024]
    ds.EncapsulatedDocumentLength = len(pdf)
    ds.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    return _file(ds)


def _words(head: ReportHead, document: bytes) -> bytes:
    from pydicom.dataset import Dataset

    from kiosk.adapters.ris.row_values import decoded

    ds = _base(head, TEXT_CLASS, "SR")
    ds.ValueType, ds.CompletionFlag = "CONTAINER", "COMPLETE"
    ds.ConceptNameCodeSequence = [_code("18748-4", "LN", head.title[:64] or "Diagnostic Imaging Report")]
    item = Dataset()
    item.RelationshipType, item.ValueType, item.TextValue = "CONTAINS", "TEXT", decoded(document)[:MOST_TEXT]
    item.ConceptNameCodeSequence = [_code("121071", "DCM", "Finding")]
    ds.ContentSequence = [item]
    return _file(ds)


def _code(value: str, scheme: str, meaning: str) -> Any:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _base(head: ReportHead, sop_class: str, modality: str) -> Any:
    from pydicom.dataset import Dataset

    ds, person = Dataset(), head.identity
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, head.instance_uid
    ds.StudyInstanceUID, ds.SeriesInstanceUID = head.study_uid, head.instance_uid
    ds.PatientID, ds.PatientName, ds.AccessionNumber = person.patient_id, person.name, head.accession
    ds.PatientBirthDate = f"{person.birth_date:%Y%m%d}" if person.birth_date else ""
    ds.Modality, ds.SeriesNumber, ds.InstanceNumber, ds.VerificationFlag = modality, 1, 1, "VERIFIED"
    if head.written:
        ds.ContentDate, ds.ContentTime = f"{head.written:%Y%m%d}", f"{head.written:%H%M%S}"
    return ds


def _file(ds: Any) -> bytes:
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    meta, out = FileMetaDataset(), io.BytesIO()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta = meta
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()
