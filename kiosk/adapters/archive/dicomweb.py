"""The archive over DICOMweb: QIDO-RS to find, WADO-RS metadata to know, WADO-RS multipart to fetch (PS3.18 10).

What an archive answers is not believed: every record is compared with what was asked for, every object's identifiers
with those of its study. Names, telephone and other numbers are read from the metadata of one object, because archives
answer queries from their index, which often lacks them and sometimes mangles Chinese.

Visit number (AdmissionID) and national number (OtherPatientIDs) are sent as matching keys, which not every archive
honours; the answer is filtered here again, so that the worst case is "nothing found".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

from kiosk.adapters.archive import dicom_records
from kiosk.adapters.archive.dicom_records import Record, ReportReading, first
from kiosk.adapters.archive.dicomweb_contents import StudyContents, object_count
from kiosk.adapters.archive.dicomweb_fetch import Fetcher
from kiosk.adapters.archive.dicomweb_http import Transport
from kiosk.adapters.archive.dicomweb_owner import StudyOwners
from kiosk.adapters.archive.dicomweb_query import INSTANCE_PAGE, Questions, checked_uid, is_uid, tags
from kiosk.adapters.archive.dicomweb_search import Chinese, SearchIndex, StudySearch
from kiosk.adapters.archive.limits import ByteLimits
from kiosk.adapters.archive.owners import Owners
from kiosk.domain.exam import Exam, SeriesInfo
from kiosk.imaging.dicom import attributes as known
from kiosk.ports.archive import Foreign, InstanceRef, StudyQuery, Suspicious

_BODY_PART = dicom_records.key(known.BODY_PART)
MOST_INSTANCES = 20_000
NOT_DECODING = "which does not decode percent-encoded queries: # % & space and Chinese are searched for by wildcard"
OF_CHINESE = {
    Chinese.LOST: ("whose index loses Chinese: no number with it is found (Orthanc: DefaultEncoding Utf8)",),
    Chinese.UNSEEN: ("whose first studies show no Chinese: not known whether numbers with it are found",),
    Chinese.NO_STUDY: ("which holds no study: not known which numbers it can search for",),
}
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
        query_s: float = 30.0,
        study_s: float = 300.0,
        suspicious: Suspicious = lambda _: None,
    ) -> None:
        self._http = transport
        self._reading = reading
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="archive")
        self._digests = Owners()
        self._questions = Questions(transport, query_s)
        self._owners = StudyOwners(self._questions, self._digests, suspicious)
        self._index = SearchIndex(self._questions)
        self._search = StudySearch(self._questions, self._index, self._owners, reading.zone)
        self._contents = StudyContents(self._questions)
        self._fetcher = Fetcher(
            transport, self._pool, limits, study_s, self._digests, self._owners.of, self._owners.strayed
        )

    def server_time(self) -> datetime | None:
        """See the port."""
        return self._http.server_time()

    def exams(self, query: StudyQuery, limit: int = 50) -> list[Exam]:
        """See the port."""
        found = [exam for exam in self._pool.map(self._exam, self._search.studies(query, limit)) if exam]
        matching = [exam for exam in found if dicom_records.matches(exam, query)]
        for exam in matching:
            self._digests.remember(exam.study_uid, exam.identity.patient_id)
        return dicom_records.newest_first(matching)[:limit]

    def studies_since(self, day: date) -> Iterator[str]:
        """See kiosk.ports.archive.RecentStudies."""
        return self._search.since(day)

    def instances(self, study_uid: str, series_uid: str) -> list[InstanceRef]:
        """See the port."""
        path = f"/studies/{checked_uid(study_uid)}/series/{checked_uid(series_uid)}/instances"
        owner = self._owners.of(study_uid)
        asked = {"includefield": tags(known.SOP_CLASS, known.INSTANCE_NUMBER)}
        refs: dict[str, InstanceRef] = {}
        for offset in range(0, MOST_INSTANCES, INSTANCE_PAGE):
            page = self._questions.query(path, asked, INSTANCE_PAGE, offset)
            of_study = [r for r in page if self._owners.is_own(r, study_uid, owner)]
            own = [r for r in of_study if first(r, known.SERIES_UID) in ("", series_uid)]
            self._owners.strayed(len(page) - len(own), study_uid)
            fresh = {
                uid: _ref(r, study_uid, series_uid) for r in own if (uid := first(r, known.SOP_INSTANCE)) not in refs
            }
            refs.update(fresh)
            if len(page) < INSTANCE_PAGE or not fresh:
                break
        self._digests.counted(series_uid, len(refs))
        return dicom_records.display_order(refs.values())

    def fetch(self, refs: list[InstanceRef], *, any_order: bool = False) -> Iterator[tuple[InstanceRef, bytes]]:
        """See the port."""
        for ref in refs:
            for uid in (ref.study_uid, ref.series_uid, ref.instance_uid):
                checked_uid(uid)
        return self._fetcher.fetch(refs, any_order=any_order)

    def probe(self) -> str:
        """See the port."""
        decodes, chinese = self._index.probe(), self._index.chinese()
        return ", ".join(["DICOMweb", *(() if decodes else (NOT_DECODING,)), *OF_CHINESE.get(chinese, ())])

    def close(self) -> None:
        """End threads and connections."""
        self._pool.shutdown(cancel_futures=True)
        self._http.close()

    def _exam(self, study: Record) -> Exam | None:
        """One exam; None where what its objects say is not of its patient."""
        uid = first(study, known.STUDY_UID)
        owner = self._digests.digest(first(study, known.PATIENT_ID))

        def is_own(record: Record) -> bool:
            return self._owners.is_own(record, uid, owner)

        everything, objects = self._contents.of(study, is_own)
        series = _named_best([s for s in everything if is_own(s) and is_uid(first(s, known.SERIES_UID))])
        own = [r for r in objects if is_own(r) and self._digests.digest(first(r, known.PATIENT_ID)) == owner]
        strayed = len(objects) - len(own) + sum(not is_own(s) for s in everything)
        self._owners.told(Foreign(strayed, uid, first(study, known.ACCESSION)))
        documents = [r for r in own if dicom_records.is_report(r) and is_uid(first(r, known.SOP_INSTANCE))]
        images = [r for r in own if not dicom_records.is_report(r)]
        if objects and not own:
            return None
        described = _described(series, images)
        said = {tag: study[tag] for tag in _FROM_INDEX if tag in study}
        record = {**study, **next(iter(images or documents), {}), **said}
        return dicom_records.exam(record, _infos(described, documents), documents, self._reading)

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


def _ref(record: Record, study_uid: str, series_uid: str) -> InstanceRef:
    return InstanceRef(
        study_uid,
        series_uid,
        checked_uid(first(record, known.SOP_INSTANCE)),
        first(record, known.SOP_CLASS),
        dicom_records.number(record, known.INSTANCE_NUMBER),
    )
