"""Questions to an archive that speaks DIMSE (PS3.4 C.4.1), and what of its answers is believed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pydicom.dataset import Dataset

from kiosk.adapters.archive import dicom_records
from kiosk.adapters.archive.dicom_records import Record, first
from kiosk.adapters.archive.dicomweb_query import is_uid
from kiosk.adapters.archive.dimse.get import DOCUMENTS
from kiosk.adapters.archive.dimse.link import DimseFinder
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom import attributes as known
from kiosk.ports.archive import Foreign, InstanceRef, StudyQuery, Suspicious

MOST_INSTANCES, MOST_SERIES = 20_000, 500
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\*?]")
_STUDY_TAGS = tuple(a.tag for a in dicom_records.STUDY_LEVEL if a.vr != "SQ" and a is not known.CHARACTER_SET)
_SERIES_TAGS = tuple(a.tag for a in dicom_records.SERIES_LEVEL)
_IMAGE_TAGS = tuple(a.tag for a in (known.SOP_INSTANCE, known.SOP_CLASS, known.INSTANCE_NUMBER))


class DimseQuestions:
    """Asks on one association; `suspicious` is told what was answered and not asked for."""

    def __init__(self, finder: DimseFinder, suspicious: Suspicious) -> None:
        self._finder, self._suspicious = finder, suspicious

    def studies(self, query: StudyQuery, limit: int) -> list[Record]:
        """Records of the studies that may match."""
        found: dict[tuple[str, str], Record] = {}
        for keyword, value in _matching(query):
            optional = keyword in ("AdmissionID", "OtherPatientIDs")
            try:
                answers = self._finder.ask("STUDY", {keyword: value}, _STUDY_TAGS, limit + 1)
            except KioskError as fault:
                if optional and fault.code is FaultCode.ARCHIVE_ERROR:
                    continue  # an archive may refuse to match by a key that it need not support
                raise
            records = [record_of(answer) for answer in answers]
            own = [record for record in records if _may_match(record, query)]
            if not optional and not query.name_prefix:
                self._foreign([r for r in records if r not in own and not _loosely(r, keyword, value)])
            found.update({(first(r, known.STUDY_UID), first(r, known.PATIENT_ID)): r for r in own})
        return list(found.values())[:limit]

    def series(self, study: Record) -> list[Record]:
        """A study's series, each with its study's record and the number of its objects."""
        uid, owner = first(study, known.STUDY_UID), first(study, known.PATIENT_ID)
        answers = self._finder.ask("SERIES", {"StudyInstanceUID": uid}, _SERIES_TAGS, MOST_SERIES)
        records = [record_of(answer) for answer in answers]
        own = [r for r in records if _is_of(r, uid, owner) and is_uid(first(r, known.SERIES_UID))]
        if len(own) < len(records):
            self._suspicious(Foreign(len(records) - len(own), uid, first(study, known.ACCESSION)))
        counted = [r if dicom_records.number(r, dicom_records.IMAGES_IN_SERIES) else self._counted(uid, r)
                   for r in own]  # fmt: skip
        return [{**study, **record} for record in counted]

    def _counted(self, study_uid: str, series: Record) -> Record:
        """How many objects a series has, where the archive's index does not say."""
        refs = self.refs(study_uid, first(series, known.SERIES_UID))
        return {**series, dicom_records.key(dicom_records.IMAGES_IN_SERIES): (str(len(refs)),)}

    def documents(self, series: Sequence[Record]) -> list[InstanceRef]:
        """The objects of the series that hold documents."""
        written = [one for one in series if not dicom_records.has_images(one) and not dicom_records.has_companions(one)]
        refs = [ref for one in written for ref in self.refs(first(one, known.STUDY_UID),
                                                             first(one, known.SERIES_UID))]  # fmt: skip
        return [ref for ref in refs if ref.sop_class in ("", *DOCUMENTS)]

    def refs(self, study_uid: str, series_uid: str) -> list[InstanceRef]:
        """The objects of a series, in display order."""
        asked = {"StudyInstanceUID": study_uid, "SeriesInstanceUID": series_uid}
        records = [record_of(answer) for answer in self._finder.ask("IMAGE", asked, _IMAGE_TAGS, MOST_INSTANCES)]
        own = [r for r in records if is_uid(first(r, known.SOP_INSTANCE)) and _is_of(r, study_uid, "")
               and first(r, known.SERIES_UID) in ("", series_uid)]  # fmt: skip
        if len(own) < len(records):
            self._suspicious(Foreign(len(records) - len(own), study_uid))
        made = (replace(dicom_records.instance_ref(r), study_uid=study_uid, series_uid=series_uid) for r in own)
        return dicom_records.display_order(made)

    def _foreign(self, records: Sequence[Record]) -> None:
        for record in records:
            self._suspicious(Foreign(1, first(record, known.STUDY_UID), first(record, known.ACCESSION)))


def record_of(answer: Dataset) -> dict[str, tuple[str, ...]]:
    """One answer of a query, as both other archives keep theirs; values that cannot be read are left out."""
    return dicom_records.from_json(answer.to_json_dict(suppress_invalid_tags=True))


def _matching(query: StudyQuery) -> list[tuple[str, str]]:
    """The query's field as matching keys, one for each way to ask."""
    keys = (
        (query.accession, ("AccessionNumber",)),
        (query.patient_id if not query.study_uid else "", ("PatientID",)),
        (query.visit_number, ("AdmissionID",)),
        (query.national_id, ("PatientID", "OtherPatientIDs")),
        (query.study_uid, ("StudyInstanceUID",)),
        (query.name_prefix, ("PatientName",)),
    )
    asked = [(value, names) for value, names in keys if value]
    if len(asked) != 1 or _FORBIDDEN.search(asked[0][0]) or len(asked[0][0]) > 64:
        raise KioskError(FaultCode.CODE_UNKNOWN, "not a value to ask for")
    value, names = asked[0]
    if query.name_prefix:  # as the only group of characters, or as the ideographic one (PS3.5 6.2.1)
        return [("PatientName", f"{group}{value}*") for group in ("", "*=")[: 1 if value.isascii() else 2]]
    return [(name, value) for name in names]


def _may_match(record: Record, query: StudyQuery) -> bool:
    """What every index holds must be equal; the rest is compared when the objects have been read."""
    needed = (
        (query.accession, known.ACCESSION),
        (query.patient_id, known.PATIENT_ID),
        (query.study_uid, known.STUDY_UID),
    )
    if query.name_prefix and not dicom_records.name_begins(record, query.name_prefix):
        return False
    return is_uid(first(record, known.STUDY_UID)) and all(first(record, a) == asked for asked, a in needed if asked)


def _loosely(record: Record, keyword: str, value: str) -> bool:
    """An archive with little regard for case and spaces is no alarm."""
    by = {"AccessionNumber": known.ACCESSION, "PatientID": known.PATIENT_ID, "StudyInstanceUID": known.STUDY_UID}
    return dicom_records.loosely(value, first(record, by[keyword]))


def _is_of(record: Record, study_uid: str, patient_id: str) -> bool:
    """False where the record names another study or patient; silence is no contradiction."""
    study, patient = first(record, known.STUDY_UID), first(record, known.PATIENT_ID)
    return study in ("", study_uid) and (not patient_id or patient in ("", patient_id))
