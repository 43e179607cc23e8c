"""The archive over DIMSE: C-FIND to find (PS3.4 C.4.1), C-GET (C.4.3), or C-MOVE to the gateway, to fetch.

What is answered is not believed, as over DICOMweb. Reports are fetched when an exam is listed, because whether they are
signed stands in the objects and in no index; what an index does not know of a person is read from one image.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from kiosk.adapters.archive import dicom_file, dicom_records
from kiosk.adapters.archive.dicom_records import Record, ReportReading, first
from kiosk.adapters.archive.dicomweb_query import checked_uid, is_uid
from kiosk.adapters.archive.dimse.get import Retrieval, get_contexts
from kiosk.adapters.archive.dimse.link import FIND, UNCOMPRESSED, DimseLink
from kiosk.adapters.archive.dimse.move import MOVE, MovedObjects, MoveRetrieval
from kiosk.adapters.archive.dimse.query import DimseQuestions, record_of
from kiosk.adapters.archive.limits import ByteLimits, Tally
from kiosk.adapters.archive.owners import Owners
from kiosk.domain.exam import Exam, SeriesInfo
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom import attributes as known
from kiosk.ports.archive import Foreign, InstanceRef, StudyQuery, Suspicious

MOST_STUDIES = 20_000
RETRIED = (FaultCode.ARCHIVE_UNREACHABLE, FaultCode.ARCHIVE_TRUNCATED)
_CT = "1.2.840.10008.5.1.4.1.1.2"


@dataclass(frozen=True)
class Moves:
    """The gateway's AE title as the archive knows it, its shelf, and what lets go of it."""

    destination: str
    shelf: MovedObjects
    close: Callable[[], None]


class DimseArchive:
    """Implements kiosk.ports.archive.Archive. `suspicious` is told which records were dropped as not asked for."""

    def __init__(
        self,
        link: DimseLink,
        reading: ReportReading,
        limits: ByteLimits,
        study_s: float = 300.0,
        read_s: float = 10.0,
        suspicious: Suspicious = lambda _: None,
        moves: Moves | None = None,
    ) -> None:
        """`moves`: where objects are sent to by C-MOVE, and read from; None: they come by C-GET."""
        self._moves = moves
        self._link, self._reading, self._limits = link, reading, limits
        self._study_s, self._read_s, self._suspicious = study_s, read_s, suspicious
        self._owners = Owners()

    def exams(self, query: StudyQuery, limit: int = 50) -> list[Exam]:
        """See the port."""
        with self._link.finding() as finder:
            asking = DimseQuestions(finder, self._suspicious)
            studies = asking.studies(query, limit)
            for study in studies:
                self._owners.remember(first(study, known.STUDY_UID), first(study, known.PATIENT_ID))
            parts = [(study, asking.series(study)) for study in studies]
            contents = [(study, series, asking.documents(series)) for study, series in parts]
        found = [self._exam(study, series, refs) for study, series, refs in contents]
        exams = dicom_records.newest_first(exam for exam in found if exam)
        exams = [self._told_by_an_image(exam) if place == 0 else exam for place, exam in enumerate(exams)]
        return [exam for exam in exams if dicom_records.matches(exam, query)][:limit]

    def _exam(self, study: Record, series: Sequence[Record], refs: list[InstanceRef]) -> Exam | None:
        headers = [dicom_records.from_header(dicom_file.read(data)) for _, data in self.fetch(refs)] if refs else []
        documents = [record for record in headers if dicom_records.is_report(record)]
        listed = [one for one in series if dicom_records.is_listed(one)]
        infos = [dicom_records.series_info(one, dicom_records.number(one, dicom_records.IMAGES_IN_SERIES))
                 for one in listed]  # fmt: skip
        record = {**(documents[0] if documents and not infos else {}), **study}
        return dicom_records.exam(record, infos, documents, self._reading)

    def _told_by_an_image(self, exam: Exam) -> Exam:
        """What the index lacks of a person and of the body part, from one object of the newest exam."""
        facts = exam.identity
        if not exam.series or (facts.national_id and facts.telephone and exam.body_part):
            return exam
        smallest = min(exam.series, key=lambda one: (one.modality not in ("CT", "MR"), one.images))
        ref = self.instances(exam.study_uid, smallest.series_uid)[:1]
        records = [dicom_records.from_header(dicom_file.read(data)) for _, data in self.fetch(ref)]
        if not records:
            return exam
        record = records[0]
        part = first(record, known.BODY_PART)
        series = tuple(_with_part(one, part) if one == smallest else one for one in exam.series)
        said = dicom_records.identity(record)
        if not facts.name.isascii() or said.name.isascii():
            said = replace(said, name=facts.name or said.name)
        completed = said.completed([facts])
        visit = exam.referring_visit or first(record, dicom_records.ADMISSION_ID)
        return replace(exam, identity=completed, series=series, body_part=exam.body_part or part, referring_visit=visit)

    def instances(self, study_uid: str, series_uid: str) -> list[InstanceRef]:
        """See the port."""
        with self._link.finding() as finder:
            return DimseQuestions(finder, self._suspicious).refs(checked_uid(study_uid), checked_uid(series_uid))

    def studies_since(self, day: date) -> Iterator[str]:
        """See the port."""
        with self._link.finding() as finder:
            asked = {"StudyDate": f"{day:%Y%m%d}-"}
            answers = finder.ask("STUDY", asked, (known.STUDY_UID.tag,), MOST_STUDIES)
        yield from dict.fromkeys(uid for one in answers if is_uid(uid := first(record_of(one), known.STUDY_UID)))

    def fetch(self, refs: list[InstanceRef], *, any_order: bool = False) -> Iterator[tuple[InstanceRef, bytes]]:
        """See the port: asked for in small lots, so that any order costs the same."""
        wanted = self._classified(refs)
        tally, deadline, given, foreign = Tally(self._limits), time.monotonic() + self._study_s, 0, 0
        again = True
        while True:
            retrieval = self._retrieval(deadline)
            try:
                for ref, data in retrieval.objects(wanted[given + foreign :]):
                    if data is None:
                        raise KioskError(FaultCode.ARCHIVE_ERROR, "an object is not in the archive")
                    if self._is_own(ref, data):
                        tally.add(len(data))
                        given += 1
                        yield ref, data
                    else:
                        foreign += 1
                break
            except KioskError as fault:
                if fault.code not in RETRIED or not again:
                    raise
                again = False
        if foreign:
            self._suspicious(Foreign(foreign, refs[0].study_uid))
            if not given:
                raise KioskError(FaultCode.WRONG_PATIENT, "archive answered with another patient's objects")

    def _retrieval(self, deadline: float) -> Retrieval | MoveRetrieval:
        if self._moves is None:
            return Retrieval(self._link, self._limits, deadline, self._read_s)
        return MoveRetrieval(self._link, self._moves.shelf, self._moves.destination, deadline)

    def _is_own(self, ref: InstanceRef, data: bytes) -> bool:
        """Raises TOO_LARGE, and WRONG_PATIENT for an object that is not the one asked for."""
        found = dicom_file.identifiers(data)
        if len(data) > self._limits.of(found.sop_class):
            raise KioskError(FaultCode.TOO_LARGE, f"object of {len(data)} bytes")
        own = self._owners.digest(found.patient_id) == self._owner_of(ref.study_uid)
        return own and (found.study_uid, found.instance_uid) == (ref.study_uid, ref.instance_uid)

    def _classified(self, refs: Iterable[InstanceRef]) -> list[InstanceRef]:
        """With the class of each object, which a context has to be proposed for; asked for where it is not known."""
        made, known_classes = list(refs), {}
        for ref in made:
            for uid in (ref.study_uid, ref.series_uid, ref.instance_uid):
                checked_uid(uid)
        unknown = {(ref.study_uid, ref.series_uid) for ref in made if not ref.sop_class}
        if unknown:
            with self._link.finding() as finder:
                for study_uid, series_uid in sorted(unknown):
                    refs_there = DimseQuestions(finder, self._suspicious).refs(study_uid, series_uid)
                    known_classes.update({ref.instance_uid: ref.sop_class for ref in refs_there})
        if any(not ref.sop_class and ref.instance_uid not in known_classes for ref in made):
            raise KioskError(FaultCode.ARCHIVE_ERROR, "an object is not in the archive")
        return [replace(ref, sop_class=ref.sop_class or known_classes[ref.instance_uid]) for ref in made]

    def _owner_of(self, study_uid: str) -> str:
        owner = self._owners.of(study_uid)
        if owner is not None:
            return owner
        with self._link.finding() as finder:
            answers = finder.ask("STUDY", {"StudyInstanceUID": study_uid}, (known.PATIENT_ID.tag,), 2)
        found = [r for r in map(record_of, answers) if first(r, known.STUDY_UID) == study_uid]
        if len(found) != 1:
            raise KioskError(FaultCode.ARCHIVE_ERROR, "study is not in the archive")
        return self._owners.remember(study_uid, first(found[0], known.PATIENT_ID))

    def probe(self) -> str:
        """See the port: C-ECHO, and whether C-FIND and C-GET, or C-MOVE, are accepted."""
        from pynetdicom.presentation import build_context

        fetches = "C-MOVE" if self._moves else "C-GET"
        fetching = [build_context(MOVE, list(UNCOMPRESSED))] if self._moves else get_contexts([_CT])[:2]
        contexts = [build_context(FIND, list(UNCOMPRESSED)), *fetching]
        accepted = self._link.echo(contexts)
        missing = [name for name, context in zip(("C-FIND", fetches), contexts, strict=False)
                   if str(context.abstract_syntax) not in accepted]  # fmt: skip
        if missing:
            raise KioskError(FaultCode.ARCHIVE_DENIED, f"the archive does not offer {' and '.join(missing)} to this AE")
        return f"DIMSE, C-FIND and {fetches}"

    def server_time(self) -> None:
        """DIMSE tells no clock."""

    def close(self) -> None:
        """See the port: every association ended with its call."""
        if self._moves is not None:
            self._moves.close()

def _with_part(series: SeriesInfo, part: str) -> SeriesInfo:
    return replace(series, body_part=series.body_part or part)
