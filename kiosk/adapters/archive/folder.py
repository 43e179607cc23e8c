"""An archive that is a folder of DICOM files, nested as it likes: DICOM media, an export, the sample hospital.

Only headers are read, each file once for as long as its size and time stay the same; a file that is no DICOM is
remembered as such and left alone. The index can be kept in a cache folder beside the kiosk's state.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kiosk.adapters.archive import dicom_file, dicom_records
from kiosk.adapters.archive.dicom_records import Record, ReportReading, first
from kiosk.adapters.archive.limits import MIB, Tally
from kiosk.adapters.archive.limits import ByteLimits as ByteLimits
from kiosk.adapters.archive.owners import Owners
from kiosk.domain.exam import Exam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom import attributes as known
from kiosk.ports.archive import Foreign, InstanceRef, StudyQuery, Suspicious

_FIRST_READ = 64 << 10  # holds the header of nearly every object
_SECOND_READ = 16 * MIB  # for those that carry large tables before their pixels
_CACHE_VERSION = 1


@dataclass(frozen=True)
class _Entry:
    size: int
    changed: int
    record: Record = field(default_factory=dict)


class FolderIndex:
    """What the files of a folder hold, kept in a file so that the next start need not read them all."""

    def __init__(self, folder: Path, cache: Path | None) -> None:
        self._folder = folder
        self._file = cache / "folder-index.json" if cache else None

    def load(self) -> dict[str, _Entry]:
        """What was kept of this folder; empty where nothing was or it cannot be read."""
        if self._file is None:
            return {}
        try:
            kept = json.loads(self._file.read_bytes())
            if (kept["version"], kept["folder"]) != (_CACHE_VERSION, str(self._folder)):
                return {}
            return {
                path: _Entry(size, changed, {tag: tuple(values) for tag, values in record.items()})
                for path, (size, changed, record) in kept["files"].items()
            }
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}  # a cache that cannot be read is only a slow start

    def save(self, entries: dict[str, _Entry]) -> None:
        """Keep it; readable by its owner only, as it names patients."""
        if self._file is None:
            return
        files = {path: (e.size, e.changed, e.record) for path, e in entries.items()}
        kept = {"version": _CACHE_VERSION, "folder": str(self._folder), "files": files}
        fresh = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(kept, file, ensure_ascii=False)
            fresh.replace(self._file)
        except OSError:
            fresh.unlink(missing_ok=True)  # the index in memory serves as well


class FolderArchive:
    """Implements kiosk.ports.archive.Archive over files; safe to call from several threads."""

    def __init__(
        self,
        folder: Path,
        reading: ReportReading,
        cache: Path | None = None,
        limits: ByteLimits | None = None,
        suspicious: Suspicious = lambda _: None,
    ) -> None:
        self._folder, self._reading = folder, reading
        self._index = FolderIndex(folder, cache)
        self._suspicious, self._owners = suspicious, Owners()
        self._limits = limits or ByteLimits()
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] | None = None

    def exams(self, query: StudyQuery, limit: int = 50) -> list[Exam]:
        """See the port."""
        everything = self.everything()
        found = [e for e in everything if dicom_records.matches(e, query)][:limit]
        for exam in found:
            self._owners.remember(exam.study_uid, exam.identity.patient_id)
            strayed = [e for e in everything if e.study_uid == exam.study_uid and e not in found]
            if strayed:
                self._suspicious(Foreign(sum(map(_objects, strayed)), exam.study_uid, exam.accession))
        return found

    def everything(self) -> list[Exam]:
        """All exams of the folder, newest first: each patient's part of each study."""
        studies: dict[tuple[str, str], list[Record]] = {}
        for record in self._records().values():
            person = (first(record, known.STUDY_UID), first(record, known.PATIENT_ID))
            studies.setdefault(person, []).append(record)
        return dicom_records.newest_first(self._exam(records) for records in studies.values())

    def studies_since(self, day: date) -> Iterator[str]:
        """See kiosk.ports.archive.RecentStudies."""
        recent = (one for one in self.everything() if one.taken and one.taken.date() >= day)
        return iter({one.study_uid: None for one in recent})

    def instances(self, study_uid: str, series_uid: str) -> list[InstanceRef]:
        """See the port."""
        asked = (study_uid, series_uid)
        found = [
            r for r in self._records().values() if (first(r, known.STUDY_UID), first(r, known.SERIES_UID)) == asked
        ]
        own = [r for r in found if self._is_own(r, study_uid)]
        if len({first(r, known.PATIENT_ID) for r in own}) > 1:
            raise KioskError(FaultCode.WRONG_PATIENT, "two patients in one series")
        return dicom_records.display_order(map(dicom_records.instance_ref, own))

    def _is_own(self, record: Record, study_uid: str) -> bool:
        """False where the study was last found as another patient's."""
        owner = self._owners.of(study_uid)
        return owner is None or self._owners.digest(first(record, known.PATIENT_ID)) == owner

    def fetch(self, refs: list[InstanceRef], *, any_order: bool = False) -> Iterator[tuple[InstanceRef, bytes]]:
        """See the port; to a folder every order costs the same."""
        wanted = {ref.instance_uid for ref in refs}
        places: dict[str, tuple[str, Record]] = {}
        for path, record in self._records().items():
            own = self._is_own(record, first(record, known.STUDY_UID))
            if own and (uid := first(record, known.SOP_INSTANCE)) in wanted:
                places.setdefault(uid, (path, record))
        tally = Tally(self._limits)
        for ref in refs:
            if ref.instance_uid not in places:
                raise KioskError(FaultCode.ARCHIVE_ERROR, "an object is no longer in the folder")
            data = self._read(ref, *places[ref.instance_uid])
            tally.add(len(data))
            yield ref, data

    def probe(self) -> str:
        """See the port."""
        return f"folder, {len(self._records())} objects"

    def server_time(self) -> None:
        """A folder's clock is this machine's."""

    def close(self) -> None:
        """See the port: the index is let go; files are open only while they are read."""
        with self._lock:
            self._entries = None

    def _read(self, ref: InstanceRef, path: str, record: Record) -> bytes:
        limit = self._limits.of(first(record, known.SOP_CLASS))
        try:
            with (self._folder / path).open("rb") as file:
                data = file.read(limit + 1)
        except OSError as error:
            raise _foreign(error) from error
        if len(data) > limit:
            raise KioskError(FaultCode.TOO_LARGE, f"object over {limit} bytes")
        found = dicom_file.identifiers(data)
        own = found.patient_id == first(record, known.PATIENT_ID)
        dicom_file.refuse_foreign(found, ref.study_uid, ref.instance_uid, is_own=own)
        return data

    def _exam(self, records: list[Record]) -> Exam:
        objects = list({first(r, known.SOP_INSTANCE): r for r in records}.values())
        series: dict[str, list[Record]] = {}
        for record in objects:
            if dicom_records.is_listed(record):
                series.setdefault(first(record, known.SERIES_UID), []).append(record)
        documents = [r for r in objects if dicom_records.is_report(r)]
        infos = [dicom_records.series_info(members[0], len(members)) for members in series.values()]
        return dicom_records.exam(_study_record(objects), infos, documents, self._reading)

    def _records(self) -> dict[str, Record]:
        with self._lock:
            try:
                self._refresh()
            except OSError as error:
                raise _foreign(error) from error
            return {path: entry.record for path, entry in (self._entries or {}).items() if entry.record}

    def _refresh(self) -> None:
        """Bring the index to what the folder holds now."""
        before = self._index.load() if self._entries is None else self._entries
        now: dict[str, _Entry] = {}
        for path, stat in _files(self._folder, ""):
            entry = before.get(path)
            if entry is None or (entry.size, entry.changed) != (stat.st_size, stat.st_mtime_ns):
                entry = _Entry(stat.st_size, stat.st_mtime_ns, _record(self._folder / path))
            now[path] = entry
        self._entries = now
        if now != before:
            self._index.save(now)


def _files(folder: Path, below: str) -> Iterator[tuple[str, os.stat_result]]:
    """All regular files, by relative path; links are not followed, so that the walk ends. A file holds itself."""
    if not below and folder.is_file():
        yield "", folder.stat()
        return
    with os.scandir(folder / below) as listing:
        for entry in sorted(listing, key=lambda e: e.name):
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_dir(follow_symlinks=False):
                yield from _files(folder, path)
            elif entry.is_file(follow_symlinks=False):
                yield path, entry.stat(follow_symlinks=False)


def _record(path: Path) -> Record:
    """The record of one file; empty where it is no DICOM object of a study or cannot be read."""
    for size in (_FIRST_READ, _SECOND_READ):
        try:
            with path.open("rb") as file:
                data = file.read(size)
            header = dicom_file.read(data)
        except (OSError, KioskError):
            return {}
        if len(data) < size or max(header.elements, default=0) > dicom_records.TITLE.tag:
            break
    record = dicom_records.from_header(header)
    complete = all(first(record, a) for a in (known.STUDY_UID, known.SERIES_UID, known.SOP_INSTANCE))
    return record if complete else {}


def _objects(exam: Exam) -> int:
    """How many objects an exam has; one at least, or there would be no exam."""
    return max(1, exam.images + len(exam.reports) + sum(s.images for s in exam.companions))


def _study_record(objects: list[Record]) -> Record:
    """The study's own record: that of an image before that of a document, blanks filled from the others."""
    ordered = sorted(objects, key=dicom_records.is_report)
    filled: dict[str, tuple[str, ...]] = {}
    own = dicom_records.identity(ordered[0])
    for record in ordered:
        if own.same_person(dicom_records.identity(record)):
            filled = {**record, **filled}
    return filled


def _foreign(error: OSError) -> KioskError:
    missing = isinstance(error, FileNotFoundError | NotADirectoryError)
    denied = isinstance(error, PermissionError)
    code = FaultCode.ARCHIVE_UNREACHABLE if missing else FaultCode.ARCHIVE_DENIED if denied else FaultCode.ARCHIVE_ERROR
    return KioskError(code, f"folder: {os.strerror(error.errno or 0)}")
