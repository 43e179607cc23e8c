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
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

from kiosk.adapters.archive import dicom_records
from kiosk.adapters.archive.dicom_records import Record, ReportReading, first
from kiosk.adapters.archive.dicomweb_fetch import Fetcher
from kiosk.adapters.archive.dicomweb_http import Transport
from kiosk.adapters.archive.dicomweb_query import (
    INSTANCE_PAGE,
    Chinese,
    Questions,
    checked_uid,
    is_uid,
    object_count,
    tags,
)
from kiosk.adapters.archive.limits import ByteLimits
from kiosk.adapters.archive.owners import Owners
from kiosk.domain.exam import Exam, SeriesInfo
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom import attributes as known
from kiosk.ports.archive import Foreign, InstanceRef, StudyQuery, Suspicious

PAGE, MOST_PAGES = 50, 4
RECENT_DAYS, RECENT_PAGES = 14, 20
MOST_SINCE = 400  # pages
_EXACT = {dicom_records.key(a): a for a in (known.ACCESSION, known.PATIENT_ID, known.STUDY_UID)}  # every index knows
_BODY_PART = dicom_records.key(known.BODY_PART)
MOST_INSTANCES = 20_000
NOT_DECODING = "which does not decode percent-encoded queries: # % & space and Chinese are searched for by wildcard"
OF_CHINESE = {
    Chinese.LOST: ("whose index loses Chinese: no number with it is found (Orthanc: DefaultEncoding Utf8)",),
    Chinese.UNSEEN: ("whose first studies show no Chinese: not known whether numbers with it are found",),
    Chinese.NO_STUDY: ("which holds no study: not known which numbers it can search for",),
}
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f]")
# Taken from the index: what one object cannot know, and what it was found by.
_FROM_INDEX = tuple(
    dicom_records.key(a)
    for a in (dicom_records.MODALITIES_IN_STUDY, known.STUDY_UID, known.PATIENT_ID, known.ACCESSION)
)


class DicomWebArchive:
    """Implements kiosk.ports.archive.Archive. `suspicious` is told which records were dropped as not asked for."""

    def __init__(
        self,
        transport: Transport,
        reading: ReportReading,
        limits: ByteLimits,
        query_s: float = 10.0,
        study_s: float = 300.0,
        suspicious: Suspicious = lambda _: None,
    ) -> None:
        self._http, self._reading = transport, reading
        self._questions = Questions(transport, query_s)
        self._suspicious = suspicious
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="archive")
        self._owners = Owners()
        self._fetcher = Fetcher(transport, self._pool, limits, study_s, self._owners, self._owner_of, self._strayed)

    def server_time(self) -> datetime | None:
        """See the port."""
        return self._http.server_time()

    def exams(self, query: StudyQuery, limit: int = 50) -> list[Exam]:
        """See the port."""
        found = [exam for exam in self._pool.map(self._exam, self._studies(query, limit)) if exam]
        matching = [exam for exam in found if dicom_records.matches(exam, query)]
        for exam in matching:
            self._owners.remember(exam.study_uid, exam.identity.patient_id)
        return dicom_records.newest_first(matching)[:limit]

    def studies_since(self, day: date) -> Iterator[str]:
        """See kiosk.ports.archive.RecentStudies."""
        told: set[str] = set()
        for page_number in range(MOST_SINCE):
            page = self._questions.studies({dicom_records.key(known.STUDY_DATE): f"{day:%Y%m%d}-"}, PAGE, page_number)
            fresh = {uid for r in page if is_uid(uid := first(r, known.STUDY_UID))} - told
            yield from fresh
            told |= fresh
            if len(page) < PAGE or not fresh:
                return

    def instances(self, study_uid: str, series_uid: str) -> list[InstanceRef]:
        """See the port."""
        path = f"/studies/{checked_uid(study_uid)}/series/{checked_uid(series_uid)}/instances"
        owner = self._owner_of(study_uid)
        asked = {"includefield": tags(known.SOP_CLASS, known.INSTANCE_NUMBER)}
        refs: dict[str, InstanceRef] = {}
        for offset in range(0, MOST_INSTANCES, INSTANCE_PAGE):
            page = self._questions.query(path, asked, INSTANCE_PAGE, offset)
            own = [
                r for r in page if self._is_of(r, study_uid, owner) and first(r, known.SERIES_UID) in ("", series_uid)
            ]
            self._strayed(len(page) - len(own), study_uid)
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
        decodes, chinese = self._questions.probe(), self._questions.chinese()
        return ", ".join(["DICOMweb", *(() if decodes else (NOT_DECODING,)), *OF_CHINESE.get(chinese, ())])

    def close(self) -> None:
        """End threads and connections."""
        self._pool.shutdown(cancel_futures=True)
        self._http.close()

    def _studies(self, query: StudyQuery, limit: int) -> list[Record]:
        """Records of studies that may match, as far as the query's own answer tells."""
        abroad = query.name_prefix and not query.name_prefix.isascii()
        try:
            found = self._asked(query, limit)
        except KioskError as fault:
            if fault.code is not FaultCode.CODE_UNSEARCHABLE or not abroad:
                raise
            found = []
        return found or (self._recent(query, limit) if abroad else [])

    def _asked(self, query: StudyQuery, limit: int) -> list[Record]:
        found: dict[tuple[str, str], Record] = {}
        for matching in self._matching(query):
            for record in self._pages(matching, query, limit, optional=query.national_id != ""):
                found.setdefault(_whose(record), record)
        if not found and self._questions.loses(query.accession or query.patient_id or query.visit_number):
            raise KioskError(FaultCode.CODE_UNSEARCHABLE, "the archive's index loses Chinese")
        return list(found.values())[:limit]

    def _matching(self, query: StudyQuery) -> list[dict[str, str]]:
        """The query's field as matching keys, one dictionary for each way to ask."""
        keys = (
            (query.accession, (known.ACCESSION,)),
            (query.patient_id if not query.study_uid else "", (known.PATIENT_ID,)),
            (query.visit_number, (dicom_records.ADMISSION_ID,)),
            (query.national_id, (known.PATIENT_ID, dicom_records.OTHER_IDS)),
            (query.study_uid, (known.STUDY_UID,)),
            (query.name_prefix, (known.PATIENT_NAME,)),
        )
        asked = [(value, attributes) for value, attributes in keys if value]
        if len(asked) != 1 or _FORBIDDEN.search(asked[0][0]) or len(asked[0][0]) > 64:
            raise KioskError(FaultCode.CODE_UNKNOWN, "not a value to ask for")
        value = self._questions.matching_value(asked[0][0]) + ("*" if query.name_prefix else "")
        return [{dicom_records.key(attribute): value} for attribute in asked[0][1]]

    def _recent(self, query: StudyQuery, limit: int) -> list[Record]:
        """For staff: archives that cannot search in Chinese are asked for the last days, and searched here."""
        since = datetime.now(self._reading.zone) - timedelta(days=RECENT_DAYS)
        found: list[Record] = []
        for page_number in range(RECENT_PAGES):
            page = self._questions.studies({dicom_records.key(known.STUDY_DATE): f"{since:%Y%m%d}-"}, PAGE, page_number)
            found += [r for r in page if dicom_records.name_begins(r, query.name_prefix)]
            if len(page) < PAGE or len(found) >= limit:
                break
        return found[:limit]

    def _pages(self, asked: Mapping[str, str], query: StudyQuery, limit: int, optional: bool) -> list[Record]:
        size = min(limit, PAGE)
        found: dict[tuple[str, str], Record] = {}
        for page_number in range(MOST_PAGES):
            try:
                page = self._questions.studies(asked, size, page_number)
            except KioskError as fault:
                if optional and fault.code is FaultCode.ARCHIVE_ERROR:
                    return []  # an archive may refuse to match by a key that it need not support
                raise
            kept = {_whose(r): r for r in page if _may_match(r, query)}
            self._foreign([r for r in page if not _may_match(r, query) and not _nearly(r, asked)])
            fresh = kept.keys() - found.keys()
            found.update(kept)
            if len(page) < size or not fresh or len(found) >= limit:
                break
        return list(found.values())

    def _exam(self, study: Record) -> Exam | None:
        """One exam; None where what its objects say is not of its patient."""
        uid = first(study, known.STUDY_UID)
        owner = self._owners.digest(first(study, known.PATIENT_ID))

        def is_own(record: Record) -> bool:
            return self._is_of(record, uid, owner)

        everything, objects = self._questions.contents(study, is_own)
        series = _named_best([s for s in everything if is_own(s) and is_uid(first(s, known.SERIES_UID))])
        own = [r for r in objects if is_own(r) and self._owners.digest(first(r, known.PATIENT_ID)) == owner]
        strayed = len(objects) - len(own) + sum(not is_own(s) for s in everything)
        self._told(Foreign(strayed, uid, first(study, known.ACCESSION)))
        documents = [r for r in own if dicom_records.is_report(r) and is_uid(first(r, known.SOP_INSTANCE))]
        images = [r for r in own if not dicom_records.is_report(r)]
        if objects and not own:
            return None
        described = _described(series, images)
        said = {tag: study[tag] for tag in _FROM_INDEX if tag in study}
        record = {**study, **next(iter(images or documents), {}), **said}
        return dicom_records.exam(record, _infos(described, documents), documents, self._reading)

    def _is_of(self, record: Record, study_uid: str, owner: str) -> bool:
        """False where the record names another study or patient; silence is no contradiction."""
        study, patient = first(record, known.STUDY_UID), first(record, known.PATIENT_ID)
        return study in ("", study_uid) and (not patient or self._owners.digest(patient) == owner)

    def _owner_of(self, study_uid: str) -> str:
        """Digest of the patient the study belongs to, asked for where it is not known yet."""
        known_owner = self._owners.of(study_uid)
        if known_owner is not None:
            return known_owner
        asked = {tags(known.STUDY_UID): checked_uid(study_uid), "includefield": tags(known.PATIENT_ID)}
        found = [r for r in self._questions.query("/studies", asked, 2, 0) if first(r, known.STUDY_UID) == study_uid]
        if len(found) != 1:
            raise KioskError(FaultCode.ARCHIVE_ERROR, "study is not in the archive")
        return self._owners.remember(study_uid, first(found[0], known.PATIENT_ID))

    def _foreign(self, records: Sequence[Record]) -> None:
        """Studies that nobody asked for."""
        for record in records:
            uid = first(record, known.STUDY_UID)
            self._told(Foreign(1, uid if is_uid(uid) else "", first(record, known.ACCESSION)))

    def _strayed(self, count: int, study_uid: str) -> None:
        """Objects of somebody else in a study whose accession number has to be looked up to name it."""
        if count > 0:
            self._told(Foreign(count, study_uid, self._accession(study_uid)))

    def _accession(self, study_uid: str) -> str:
        owner = self._owners.of(study_uid)
        try:
            found = self._questions.query("/studies", {tags(known.STUDY_UID): study_uid}, 2, 0)
        except KioskError:
            return ""  # an alarm must not fail for want of a name
        own = [r for r in found if self._owners.digest(first(r, known.PATIENT_ID)) == owner]
        return first(own[0], known.ACCESSION) if own else ""

    def _told(self, found: Foreign) -> None:
        if found.dropped > 0:
            self._suspicious(found)


def _whose(record: Record) -> tuple[str, str]:
    """Two patients can share a study UID; they share no record."""
    return first(record, known.STUDY_UID), first(record, known.PATIENT_ID)


def _named_best(series: Sequence[Record]) -> list[Record]:
    """Each series once; of two parts of one, that which names its patient before that which names nobody."""
    ordered = sorted(series, key=lambda record: first(record, known.PATIENT_ID) != "")
    return list({first(record, known.SERIES_UID): record for record in ordered}.values())


def _described(series: Sequence[Record], images: Sequence[Record]) -> list[Record]:
    """The series with what one of their images says of them; a body part that is not told is the exam's."""
    said = {first(image, known.SERIES_UID): image for image in images}
    part = next((image[_BODY_PART] for image in images if _BODY_PART in image), ())
    common = {_BODY_PART: part} if part else {}
    return [{**common, **said.get(first(s, known.SERIES_UID), {}), **s} for s in series]


def _infos(series: Sequence[Record], documents: Sequence[Record]) -> list[SeriesInfo]:
    """Series that a film needs, less the documents that stand among them."""
    among = Counter(first(d, known.SERIES_UID) for d in documents)
    held = [(s, object_count(s) - among[first(s, known.SERIES_UID)]) for s in series]
    return [dicom_records.series_info(s, images) for s, images in held if dicom_records.is_listed(s)]


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
        is_uid(first(record, known.STUDY_UID))
        and all(first(record, a) == value for value, a in needed if value)
        and all(value in said for value, said in helpful if value and said)
    )


def _nearly(record: Record, asked: Mapping[str, str]) -> bool:
    """True for what an archive may well answer to these keys, though it is not what was asked for.

    Archives match without regard to case, accents and spaces, take a number for the beginning of one, and need not
    know the admission or another ID as a key (PS3.4 C.2.2.2, PS3.18 8.3.4). That is no leak of somebody's records.
    """
    if not is_uid(first(record, known.STUDY_UID)):
        return False
    exact = [(value, first(record, _EXACT[tag])) for tag, value in asked.items() if tag in _EXACT]
    return all(dicom_records.loosely(value, found) for value, found in exact)


def _ref(record: Record, study_uid: str, series_uid: str) -> InstanceRef:
    return InstanceRef(
        study_uid,
        series_uid,
        checked_uid(first(record, known.SOP_INSTANCE)),
        first(record, known.SOP_CLASS),
        dicom_records.number(record, known.INSTANCE_NUMBER),
    )
