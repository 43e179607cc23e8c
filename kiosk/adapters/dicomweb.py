"""The archive over DICOMweb: QIDO-RS to find, WADO-RS metadata to know, WADO-RS multipart to fetch (PS3.18 10).

What an archive answers is not believed: every record is compared with what was asked for, every object's identifiers
with those of its study. Names, telephone and other numbers are read from the metadata of one object, because archives
answer queries from their index, which often lacks them and sometimes mangles Chinese.

Visit number (AdmissionID) and national number (OtherPatientIDs) are sent as matching keys, which not every archive
honours; the answer is filtered here again, so that the worst case is "nothing found".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from kiosk.adapters import dicom_records
from kiosk.adapters.archive_limits import MIB, ByteLimits
from kiosk.adapters.dicom_records import Record, ReportReading, first
from kiosk.adapters.dicomweb_fetch import Fetcher, Owners
from kiosk.adapters.dicomweb_http import Transport
from kiosk.domain.exam import Exam, SeriesInfo
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging import attributes as known
from kiosk.imaging.attributes import Attribute
from kiosk.ports.archive import InstanceRef, StudyQuery

PAGE, MOST_PAGES = 50, 4
RECENT_DAYS, RECENT_PAGES = 14, 20
FEW, MANY = 16, 200
_BODY_PART = dicom_records.key(known.BODY_PART)
INSTANCE_PAGE, MOST_INSTANCES, MOST_SERIES, MOST_REPORTS = 1000, 20_000, 500, 50
_QUERY_LIMIT, _LISTING_LIMIT = 4 * MIB, 16 * MIB
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_FORBIDDEN = re.compile(r"[*?\\\x00-\x1f\x7f]")
_IN_EVERY_INDEX = frozenset(dicom_records.key(a) for a in (known.ACCESSION, known.PATIENT_ID, known.STUDY_UID))
# Taken from the index: what one object cannot know, and what it was found by.
_FROM_INDEX = tuple(
    dicom_records.key(a)
    for a in (dicom_records.MODALITIES_IN_STUDY, known.STUDY_UID, known.PATIENT_ID, known.ACCESSION)
)


def checked_uid(uid: str) -> str:
    """The UID, if it is one (PS3.5 9); nothing else gets into an address (case 71)."""
    if len(uid) > 64 or not _UID.fullmatch(uid):
        raise KioskError(FaultCode.ARCHIVE_ERROR, "not a UID")
    return uid


def _is_uid(uid: str) -> bool:
    return len(uid) <= 64 and _UID.fullmatch(uid) is not None


class DicomWebArchive:
    """Implements kiosk.ports.archive.Archive. `suspicious` is told when records were dropped as not asked for."""

    def __init__(
        self,
        transport: Transport,
        reading: ReportReading,
        limits: ByteLimits,
        query_s: float = 10.0,
        study_s: float = 300.0,
        suspicious: Callable[[str], None] = lambda what: None,
    ) -> None:
        self._http, self._reading, self._query_s = transport, reading, query_s
        self._suspicious = suspicious
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="archive")
        self._owners = Owners()
        self._fetcher = Fetcher(transport, self._pool, limits, study_s, self._owners, self._owner_of)

    def server_times(self) -> list[datetime]:
        """What the archive's clock says now, going by its last answer; empty before the first."""
        return self._http.server_times()

    def exams(self, query: StudyQuery, limit: int = 50) -> list[Exam]:
        """See the port."""
        records = self._studies(query, limit)
        found = [exam for exam in self._pool.map(self._exam, records) if exam]
        matching = [exam for exam in found if dicom_records.matches(exam, query)]
        self._told(len(records) - len(matching))
        for exam in matching:
            self._owners.remember(exam.study_uid, exam.identity.patient_id)
        return dicom_records.newest_first(matching)[:limit]

    def instances(self, study_uid: str, series_uid: str) -> list[InstanceRef]:
        """See the port."""
        path = f"/studies/{checked_uid(study_uid)}/series/{checked_uid(series_uid)}/instances"
        owner = self._owner_of(study_uid)
        asked = {"includefield": _tags(known.SOP_CLASS, known.INSTANCE_NUMBER)}
        refs: dict[str, InstanceRef] = {}
        for offset in range(0, MOST_INSTANCES, INSTANCE_PAGE):
            page = self._query(path, asked, INSTANCE_PAGE, offset)
            own = [
                r for r in page if self._is_of(r, study_uid, owner) and first(r, known.SERIES_UID) in ("", series_uid)
            ]
            self._told(len(page) - len(own))
            fresh = {
                uid: _ref(r, study_uid, series_uid) for r in own if (uid := first(r, known.SOP_INSTANCE)) not in refs
            }
            refs.update(fresh)
            if len(page) < INSTANCE_PAGE or not fresh:
                break
        self._owners.counted(series_uid, len(refs))
        return dicom_records.display_order(refs.values())

    def fetch(self, refs: list[InstanceRef]) -> Iterator[tuple[InstanceRef, bytes]]:
        """See the port."""
        for ref in refs:
            for uid in (ref.study_uid, ref.series_uid, ref.instance_uid):
                checked_uid(uid)
        return self._fetcher.fetch(refs)

    def probe(self) -> str:
        """See the port."""
        self._query("/studies", {}, 1, 0)
        return "DICOMweb"

    def close(self) -> None:
        """End threads and connections."""
        self._pool.shutdown(cancel_futures=True)
        self._http.close()

    def _studies(self, query: StudyQuery, limit: int) -> list[Record]:
        """Records of studies that may match, as far as the query's own answer tells."""
        found: dict[str, Record] = {}
        for matching in _matching(query):
            for record in self._pages(matching, query, limit, optional=query.national_id != ""):
                found.setdefault(first(record, known.STUDY_UID), record)
        if not found and query.name_prefix and not query.name_prefix.isascii():
            return self._recent(query, limit)
        return list(found.values())[:limit]

    def _recent(self, query: StudyQuery, limit: int) -> list[Record]:
        """For staff: archives that cannot search in Chinese are asked for the last days, and searched here."""
        since = datetime.now(self._reading.zone) - timedelta(days=RECENT_DAYS)
        found: list[Record] = []
        for page_number in range(RECENT_PAGES):
            page = self._study_page({dicom_records.key(known.STUDY_DATE): f"{since:%Y%m%d}-"}, PAGE, page_number)
            found += [r for r in page if dicom_records.name_begins(r, query.name_prefix)]
            if len(page) < PAGE or len(found) >= limit:
                break
        return found[:limit]

    def _study_page(self, asked: Mapping[str, str], size: int, number: int) -> list[Record]:
        """What the index does not hold itself costs it a look into a file: asked for only where it decides."""
        more = {} if asked.keys() & _IN_EVERY_INDEX else {"includefield": _tags(*dicom_records.STUDY_LEVEL)}
        return self._query("/studies", {**more, **asked}, size, number * size)

    def _pages(self, asked: Mapping[str, str], query: StudyQuery, limit: int, optional: bool) -> list[Record]:
        size = min(limit, PAGE)
        found: dict[str, Record] = {}
        for page_number in range(MOST_PAGES):
            try:
                page = self._study_page(asked, size, page_number)
            except KioskError as fault:
                if optional and fault.code is FaultCode.ARCHIVE_ERROR:
                    return []  # an archive may refuse to match by a key that it need not support
                raise
            kept = {first(r, known.STUDY_UID): r for r in page if _may_match(r, query)}
            self._told(len(page) - len(kept))
            fresh = kept.keys() - found.keys()
            found.update(kept)
            if len(page) < size or not fresh or len(found) >= limit:
                break
        return list(found.values())

    def _exam(self, study: Record) -> Exam | None:
        """One exam; None where what its objects say is not of its patient."""
        uid = first(study, known.STUDY_UID)
        owner = self._owners.digest(first(study, known.PATIENT_ID))
        everything, objects = self._contents(study)
        series = [s for s in everything if self._is_of(s, uid, owner) and _is_uid(first(s, known.SERIES_UID))]
        own = [record for record in objects if self._is_of(record, uid, owner)]
        self._told(len(objects) - len(own))
        documents = [r for r in own if dicom_records.is_report(r) and _is_uid(first(r, known.SOP_INSTANCE))]
        images = [r for r in own if not dicom_records.is_report(r)]
        if len(objects) > len(own) and not images:
            return None
        described = _described(series, images)
        said = {tag: study[tag] for tag in _FROM_INDEX if tag in study}
        record = {**study, **next(iter(images or documents), {}), **said}
        return dicom_records.exam(record, _infos(described, documents), documents, self._reading)

    def _is_of(self, record: Record, study_uid: str, owner: str) -> bool:
        """False where the record names another study or patient; silence is no contradiction."""
        study, patient = first(record, known.STUDY_UID), first(record, known.PATIENT_ID)
        return study in ("", study_uid) and (not patient or self._owners.digest(patient) == owner)

    def _contents(self, study: Record) -> tuple[list[Record], list[Record]]:
        """The series of a study, and the metadata of its documents and of one image at least."""
        uid = first(study, known.STUDY_UID)
        if 0 < dicom_records.number(study, dicom_records.OBJECTS_IN_STUDY) <= FEW:
            objects = {first(r, known.SOP_INSTANCE): r for r in self._metadata(f"/studies/{uid}/metadata")}
            return _series_of(list(objects.values())), list(objects.values())
        series = self._series(uid)
        return series, self._objects(uid, [s for s in series if _is_uid(first(s, known.SERIES_UID))])

    def _series(self, uid: str) -> list[Record]:
        """All series with their sizes, counted here where the archive does not tell them."""
        asked = {"includefield": _tags(dicom_records.IMAGES_IN_SERIES)}
        return [self._counted(uid, s) for s in self._query(f"/studies/{uid}/series", asked, MOST_SERIES, 0)]

    def _counted(self, uid: str, series: Record) -> Record:
        series_uid = first(series, known.SERIES_UID)
        if _count(series) or not _is_uid(series_uid):
            return series
        found = self._query(f"/studies/{uid}/series/{series_uid}/instances", {}, INSTANCE_PAGE, 0)
        return {**series, dicom_records.key(dicom_records.IMAGES_IN_SERIES): (str(len(found)),)}

    def _objects(self, uid: str, series: Sequence[Record]) -> list[Record]:
        """The metadata of all documents, and of at least one image where there is one.

        A series of few objects is read whole: reports may carry any modality. Of the others only one image is read,
        and only where no small series has told whose images these are.
        """
        small = [s for s in series if _count(s) <= (MANY if first(s, known.MODALITY) in ("SR", "DOC") else FEW)]
        paths = [f"/studies/{uid}/series/{first(s, known.SERIES_UID)}" for s in small[:MOST_REPORTS]]
        objects = {first(r, known.SOP_INSTANCE): r for path in paths for r in self._metadata(f"{path}/metadata")}
        if all(first(r, known.MODALITY) in dicom_records.NO_IMAGE_MODALITIES for r in objects.values()):
            large = [s for s in series if s not in small and dicom_records.has_images(s)]
            objects.update({first(r, known.SOP_INSTANCE): r for r in self._one_image(uid, large)})
        return list(objects.values())

    def _one_image(self, uid: str, series: Sequence[Record]) -> list[Record]:
        for one in series[:1]:
            path = f"/studies/{uid}/series/{first(one, known.SERIES_UID)}/instances"
            for found in self._query(path, {}, 1, 0):
                return self._metadata(f"{path}/{checked_uid(first(found, known.SOP_INSTANCE))}/metadata")
        return []

    def _metadata(self, path: str) -> list[Record]:
        return [dicom_records.from_json(item) for item in self._http.json(path, _LISTING_LIMIT, self._query_s)]

    def _query(self, path: str, asked: Mapping[str, str], limit: int, offset: int) -> list[Record]:
        parameters = {**asked, "limit": str(limit), **({"offset": str(offset)} if offset else {})}
        allowed = _QUERY_LIMIT if limit <= MOST_SERIES else _LISTING_LIMIT
        items = self._http.json(path, allowed, self._query_s, parameters)
        return [dicom_records.from_json(item) for item in items[:limit]]

    def _owner_of(self, study_uid: str) -> str:
        """Digest of the patient the study belongs to, asked for where it is not known yet."""
        known_owner = self._owners.of(study_uid)
        if known_owner is not None:
            return known_owner
        asked = {_tags(known.STUDY_UID): checked_uid(study_uid), "includefield": _tags(known.PATIENT_ID)}
        found = [r for r in self._query("/studies", asked, 2, 0) if first(r, known.STUDY_UID) == study_uid]
        if len(found) != 1:
            raise KioskError(FaultCode.ARCHIVE_ERROR, "study is not in the archive")
        return self._owners.remember(study_uid, first(found[0], known.PATIENT_ID))

    def _told(self, dropped: int) -> None:
        if dropped > 0:
            self._suspicious(f"{dropped} records dropped that were not asked for")


def _tags(*attributes: Attribute) -> str:
    return ",".join(dicom_records.key(a) for a in attributes)


def _count(series: Record) -> int:
    return dicom_records.number(series, dicom_records.IMAGES_IN_SERIES)


def _series_of(objects: Sequence[Record]) -> list[Record]:
    """The series that these objects make up."""
    sizes = Counter(first(r, known.SERIES_UID) for r in objects)
    one = {first(r, known.SERIES_UID): r for r in sorted(objects, key=dicom_records.is_report, reverse=True)}
    count = dicom_records.key(dicom_records.IMAGES_IN_SERIES)
    return [{**record, count: (str(sizes[series_uid]),)} for series_uid, record in one.items()]


def _described(series: Sequence[Record], images: Sequence[Record]) -> list[Record]:
    """The series with what one of their images says of them; a body part that is not told is the exam's."""
    said = {first(image, known.SERIES_UID): image for image in images}
    part = next((image[_BODY_PART] for image in images if _BODY_PART in image), ())
    common = {_BODY_PART: part} if part else {}
    return [{**common, **said.get(first(s, known.SERIES_UID), {}), **s} for s in series]


def _infos(series: Sequence[Record], documents: Sequence[Record]) -> list[SeriesInfo]:
    """Series with images, less the documents that stand among them."""
    among = Counter(first(d, known.SERIES_UID) for d in documents)
    held = [(s, _count(s) - among[first(s, known.SERIES_UID)]) for s in series]
    return [dicom_records.series_info(s, images) for s, images in held if dicom_records.has_images(s)]


def _matching(query: StudyQuery) -> list[dict[str, str]]:
    """The query's one field as matching keys, one dictionary for each way to ask."""
    keys = (
        (query.accession, (known.ACCESSION,)),
        (query.patient_id, (known.PATIENT_ID,)),
        (query.visit_number, (dicom_records.ADMISSION_ID,)),
        (query.national_id, (known.PATIENT_ID, dicom_records.OTHER_IDS)),
        (query.study_uid, (known.STUDY_UID,)),
        (query.name_prefix, (known.PATIENT_NAME,)),
    )
    asked = [(value, attributes) for value, attributes in keys if value]
    if len(asked) != 1 or _FORBIDDEN.search(asked[0][0]) or len(asked[0][0]) > 64:
        raise KioskError(FaultCode.CODE_UNKNOWN, "not a value to ask for")
    value = asked[0][0] + ("*" if query.name_prefix else "")
    return [{dicom_records.key(attribute): value} for attribute in asked[0][1]]


def _may_match(record: Record, query: StudyQuery) -> bool:
    """What every index holds must be there and equal; the rest must be equal where it is there.

    The final word is spoken when the metadata has been read.
    """
    needed = (
        (query.accession, known.ACCESSION),
        (query.patient_id, known.PATIENT_ID),
        (query.study_uid, known.STUDY_UID),
    )
    visit = record.get(dicom_records.key(dicom_records.ADMISSION_ID), ())
    others = record.get(dicom_records.key(dicom_records.OTHER_IDS), ())
    helpful = (
        (query.visit_number, visit),
        (query.national_id.upper(), (first(record, known.PATIENT_ID), *map(str.upper, others)) if others else ()),
    )
    return (
        _is_uid(first(record, known.STUDY_UID))
        and all(first(record, a) == value for value, a in needed if value)
        and all(value in said for value, said in helpful if value and said)
    )


def _ref(record: Record, study_uid: str, series_uid: str) -> InstanceRef:
    return InstanceRef(
        study_uid,
        series_uid,
        checked_uid(first(record, known.SOP_INSTANCE)),
        first(record, known.SOP_CLASS),
        dicom_records.number(record, known.INSTANCE_NUMBER),
    )
