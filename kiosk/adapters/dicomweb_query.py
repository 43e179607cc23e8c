"""The questions put to a DICOMweb archive (QIDO-RS, PS3.18 10.6; metadata, 10.4.1.1.2), each bounded, none believed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from kiosk.adapters import dicom_records
from kiosk.adapters.archive_limits import MIB
from kiosk.adapters.dicom_records import Record, first
from kiosk.adapters.dicomweb_http import Transport
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging import attributes as known
from kiosk.imaging.attributes import Attribute
from kiosk.imaging.objects import NO_IMAGE_MODALITIES

INSTANCE_PAGE, MOST_SERIES, MOST_REPORTS = 1000, 500, 50
FEW, MANY = 16, 200
_QUERY_LIMIT, _LISTING_LIMIT = 4 * MIB, 16 * MIB
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_IN_EVERY_INDEX = frozenset(dicom_records.key(a) for a in (known.ACCESSION, known.PATIENT_ID, known.STUDY_UID))


def checked_uid(uid: str) -> str:
    """The UID, if it is one (PS3.5 9); nothing else gets into an address (case 71)."""
    if not is_uid(uid):
        raise KioskError(FaultCode.ARCHIVE_ERROR, "not a UID")
    return uid


def is_uid(uid: str) -> bool:
    """True where it is one."""
    return len(uid) <= 64 and _UID.fullmatch(uid) is not None


def tags(*attributes: Attribute) -> str:
    """Attributes as a list of tags, for includefield."""
    return ",".join(dicom_records.key(a) for a in attributes)


def object_count(series: Record) -> int:
    """How many objects the series has, 0 where that is not told."""
    return dicom_records.number(series, dicom_records.IMAGES_IN_SERIES)


def _series_of(objects: Sequence[Record]) -> list[Record]:
    """The series that these objects make up."""
    sizes = Counter(first(r, known.SERIES_UID) for r in objects)
    one = {first(r, known.SERIES_UID): r for r in sorted(objects, key=dicom_records.is_report, reverse=True)}
    count = dicom_records.key(dicom_records.IMAGES_IN_SERIES)
    return [{**record, count: (str(sizes[series_uid]),)} for series_uid, record in one.items()]


class Questions:
    """Asks one archive. Raises KioskError ARCHIVE_*, TOO_LARGE."""

    def __init__(self, transport: Transport, query_s: float) -> None:
        self._http, self._query_s = transport, query_s

    def studies(self, asked: Mapping[str, str], size: int, number: int) -> list[Record]:
        """What the index does not hold itself costs it a look into a file: asked for only where it decides."""
        more = {} if asked.keys() & _IN_EVERY_INDEX else {"includefield": tags(*dicom_records.STUDY_LEVEL)}
        return self.query("/studies", {**more, **asked}, size, number * size)

    def contents(self, study: Record) -> tuple[list[Record], list[Record]]:
        """The series of a study, and the metadata of its documents and of one image at least."""
        uid = first(study, known.STUDY_UID)
        if 0 < dicom_records.number(study, dicom_records.OBJECTS_IN_STUDY) <= FEW:
            objects = {first(r, known.SOP_INSTANCE): r for r in self.metadata(f"/studies/{uid}/metadata")}
            if objects:
                return _series_of(list(objects.values())), list(objects.values())
        series = self._series(uid)
        return series, self._objects(uid, [s for s in series if is_uid(first(s, known.SERIES_UID))])

    def _series(self, uid: str) -> list[Record]:
        """All series with their sizes, counted here where the archive does not tell them."""
        asked = {"includefield": tags(dicom_records.IMAGES_IN_SERIES)}
        return [self._counted(uid, s) for s in self.query(f"/studies/{uid}/series", asked, MOST_SERIES, 0)]

    def _counted(self, uid: str, series: Record) -> Record:
        series_uid = first(series, known.SERIES_UID)
        if object_count(series) or not is_uid(series_uid):
            return series
        found = self.query(f"/studies/{uid}/series/{series_uid}/instances", {}, INSTANCE_PAGE, 0)
        return {**series, dicom_records.key(dicom_records.IMAGES_IN_SERIES): (str(len(found)),)}

    def _objects(self, uid: str, series: Sequence[Record]) -> list[Record]:
        """The metadata of all documents, and of at least one image where there is one.

        A series of few objects is read whole: reports may carry any modality. Of the others only one image is read,
        and only where no small series has told whose images these are.
        """
        small = [s for s in series if object_count(s) <= (MANY if first(s, known.MODALITY) in ("SR", "DOC") else FEW)]
        paths = [f"/studies/{uid}/series/{first(s, known.SERIES_UID)}" for s in small[:MOST_REPORTS]]
        objects = {first(r, known.SOP_INSTANCE): r for path in paths for r in self.metadata(f"{path}/metadata")}
        if all(first(r, known.MODALITY) in NO_IMAGE_MODALITIES for r in objects.values()):
            large = [s for s in series if s not in small and dicom_records.has_images(s)]
            objects.update({first(r, known.SOP_INSTANCE): r for r in self._one_image(uid, large)})
        return list(objects.values())

    def _one_image(self, uid: str, series: Sequence[Record]) -> list[Record]:
        for one in series[:1]:
            path = f"/studies/{uid}/series/{first(one, known.SERIES_UID)}/instances"
            for found in self.query(path, {}, 1, 0):
                return self.metadata(f"{path}/{checked_uid(first(found, known.SOP_INSTANCE))}/metadata")
        return []

    def metadata(self, path: str) -> list[Record]:
        """The headers of the objects below a path; nothing where they are beyond all measure (thousands of frames)."""
        try:
            return [dicom_records.from_json(item) for item in self._http.json(path, _LISTING_LIMIT, self._query_s)]
        except KioskError as fault:
            if fault.code is not FaultCode.TOO_LARGE:
                raise
            return []

    def query(self, path: str, asked: Mapping[str, str], limit: int, offset: int) -> list[Record]:
        """One page of results."""
        parameters = {**asked, "limit": str(limit), **({"offset": str(offset)} if offset else {})}
        allowed = _QUERY_LIMIT if limit <= MOST_SERIES else _LISTING_LIMIT
        items = self._http.json(path, allowed, self._query_s, parameters)
        return [dicom_records.from_json(item) for item in items[:limit]]
