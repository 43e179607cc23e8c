"""The questions put to a DICOMweb archive (QIDO-RS, PS3.18 10.6; metadata, 10.4.1.1.2), each bounded, none believed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from kiosk.adapters.archive import dicom_records
from kiosk.adapters.archive.dicom_records import Record, first
from kiosk.adapters.archive.dicomweb_http import Encoded, Transport, sent_plainly
from kiosk.adapters.archive.limits import MIB
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom import attributes as known
from kiosk.imaging.dicom.attributes import Attribute
from kiosk.imaging.dicom.objects import NO_IMAGE_MODALITIES

INSTANCE_PAGE, MOST_SERIES, MOST_REPORTS = 1000, 500, 50
FEW, MANY = 16, 200
MOST_TASTED = 3  # images looked at until one is the patient's own
IsOwn = Callable[[Record], bool]
MOST_COMPARED = 5  # studies looked at until one has Chinese in it
_QUERY_LIMIT, _LISTING_LIMIT = 4 * MIB, 16 * MIB
FEWEST_PLAIN = 3  # letters and digits that a search with wildcards needs, or it would ask for half the archive
_MEANS_MORE = re.compile(r"[*?\\,]+")  # a comma separates alternatives (PS3.18 8.3.4.1)
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._~:@!$'()/;-]+")  # what is percent-encoded, and what means more
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_CHINESE = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LETTERED = (known.PATIENT_NAME, known.PATIENT_ID, known.ACCESSION)
_IN_EVERY_INDEX = frozenset(dicom_records.key(a) for a in (known.ACCESSION, known.PATIENT_ID, known.STUDY_UID))


class Chinese(StrEnum):
    """What is known of Chinese in an archive's index."""

    KEPT = "kept"
    LOST = "lost"
    UNSEEN = "unseen"  # no object that was shown holds any
    NO_STUDY = "no-study"


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


def _chinese_in(record: Record) -> frozenset[str]:
    """The Chinese characters of whom and what it is of."""
    return frozenset(c for a in _LETTERED for c in _CHINESE.findall(first(record, a)))


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
        self._decodes: bool | None = None
        self._chinese: Chinese | None = None

    def matching_value(self, number: str) -> str:
        """The number as a matching key, which finds it and perhaps others: the answer is compared exactly afterwards.

        DICOM knows no escaping: for asterisk, question mark and backslash (PS3.4 C.2.2.2.4, PS3.5 6.2) a wildcard
        stands, and so it does for what would have to be percent-encoded, where the archive does not decode. Raises
        CODE_UNSEARCHABLE where too little is left to ask for.
        """
        asked = _MEANS_MORE.sub("*", number)
        if not sent_plainly(asked) and not self.decodes():
            asked = _NOT_PLAIN.sub("*", asked)
        if "*" in asked and sum(c.isalnum() and c.isascii() for c in asked) < FEWEST_PLAIN:
            raise KioskError(FaultCode.CODE_UNSEARCHABLE, "nearly all characters would be wildcards")
        return asked

    def decodes(self) -> bool:
        """True where the archive decodes percent-encoded queries (RFC 3986), as far as is known; asked for once.

        An encoded asterisk is universal matching (PS3.4 C.2.2.2.3) where it is decoded, and nobody's number where not.
        """
        return self.probe() if self._decodes is None else self._decodes

    def probe(self) -> bool:
        """One cheap question; returns what `decodes` tells. An archive that holds nothing tells nothing of it."""
        holds = self.query("/studies", {}, 1, 0)
        if holds and self._decodes is None:
            self._decodes = bool(self.query("/studies", {tags(known.PATIENT_ID): Encoded("%2A")}, 1, 0))
        return self._decodes is not False

    def chinese(self) -> Chinese:
        """Whether the index knows Chinese as the objects write it; asked for once.

        Orthanc turns what it indexes into its DefaultEncoding: where that is Latin 1, Chinese is dropped and a number
        that holds it is found by nothing. Its answers do not tell; a study's own object does. An archive that shows
        none of its objects is none the worse for it.
        """
        if self._chinese is None or self._chinese is Chinese.NO_STUDY:
            try:
                self._chinese = self._compared()
            except KioskError:
                self._chinese = Chinese.UNSEEN
        return self._chinese

    def loses(self, number: str) -> bool:
        """True where the number holds Chinese and the index does not: that nothing was found means nothing."""
        return _CHINESE.search(number) is not None and self.chinese() is Chinese.LOST

    def _compared(self) -> Chinese:
        """One study that is indexed well is enough: others may have come before the archive was set right."""
        studies = [s for s in self.query("/studies", {}, MOST_COMPARED, 0) if is_uid(first(s, known.STUDY_UID))]
        pairs = [(_chinese_in(self._any_object(first(s, known.STUDY_UID))), _chinese_in(s)) for s in studies]
        kept = [written <= indexed for written, indexed in pairs if written]
        if kept:
            return Chinese.KEPT if any(kept) else Chinese.LOST
        return Chinese.UNSEEN if studies else Chinese.NO_STUDY

    def _any_object(self, uid: str) -> Record:
        """The header of one object of a study; empty where the archive has none to show."""
        for found in self._unless_refused(f"/studies/{uid}/instances", {"limit": "1"})[:1]:
            series, instance = first(found, known.SERIES_UID), first(found, known.SOP_INSTANCE)
            if is_uid(series) and is_uid(instance):
                path = f"/studies/{uid}/series/{series}/instances/{instance}/metadata"
                return next(iter(self._unless_refused(path)), {})
        return {}

    def studies(self, asked: Mapping[str, str], size: int, number: int) -> list[Record]:
        """What the index does not hold itself costs it a look into a file: asked for only where it decides."""
        more = {} if asked.keys() & _IN_EVERY_INDEX else {"includefield": tags(*dicom_records.STUDY_LEVEL)}
        return self.query("/studies", {**more, **asked}, size, number * size)

    def contents(self, study: Record, is_own: IsOwn) -> tuple[list[Record], list[Record]]:
        """The series of a study, and the metadata of its documents and of one image at least.

        Of series that are somebody else's (`is_own` tells) nothing more is asked.
        """
        uid = first(study, known.STUDY_UID)
        if 0 < dicom_records.number(study, dicom_records.OBJECTS_IN_STUDY) <= FEW:
            objects = {first(r, known.SOP_INSTANCE): r for r in self._unless_refused(f"/studies/{uid}/metadata")}
            if objects:
                return _series_of(list(objects.values())), list(objects.values())
        series = self._series(uid)
        known_ones = [s for s in series if is_own(s) and is_uid(first(s, known.SERIES_UID))]
        return series, self._objects(uid, known_ones, is_own)

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

    def _objects(self, uid: str, series: Sequence[Record], is_own: IsOwn) -> list[Record]:
        """The metadata of all documents, and of at least one image where there is one.

        A series of few objects is read whole: reports may carry any modality. Of the others only one image is read,
        and only where no small series has told whose images these are.
        """
        small = [s for s in series if object_count(s) <= (MANY if first(s, known.MODALITY) in ("SR", "DOC") else FEW)]
        paths = [f"/studies/{uid}/series/{first(s, known.SERIES_UID)}" for s in small[:MOST_REPORTS]]
        objects = {first(r, known.SOP_INSTANCE): r for path in paths for r in self._of_series(path, is_own)}
        if all(first(r, known.MODALITY) in NO_IMAGE_MODALITIES for r in objects.values()):
            large = [s for s in series if s not in small and dicom_records.has_images(s)]
            objects.update({first(r, known.SOP_INSTANCE): r for r in self._one_image(uid, large, is_own)})
        return list(objects.values())

    def _of_series(self, path: str, is_own: IsOwn) -> list[Record]:
        """The metadata of a series; one by one where two patients share it, which Orthanc refuses as a whole."""
        found = self._unless_refused(f"{path}/metadata")
        return found or self._one_by_one(f"{path}/instances", MANY, is_own)

    def _one_by_one(self, path: str, limit: int, is_own: IsOwn) -> list[Record]:
        """Objects that are refused even alone are left out: there are two of them under one UID."""
        found = self.query(path, {}, limit, 0)
        uids = [uid for r in found if is_own(r) and is_uid(uid := first(r, known.SOP_INSTANCE))]
        return [record for uid in uids for record in self._unless_refused(f"{path}/{uid}/metadata")]

    def _one_image(self, uid: str, series: Sequence[Record], is_own: IsOwn) -> list[Record]:
        """An image of the first series, and with it those of somebody else that were met on the way to it."""
        met: list[Record] = []
        for one in series[:1]:
            path = f"/studies/{uid}/series/{first(one, known.SERIES_UID)}/instances"
            for found in self.query(path, {}, MOST_TASTED, 0):
                met += self._unless_refused(f"{path}/{checked_uid(first(found, known.SOP_INSTANCE))}/metadata")
                if any(map(is_own, met)):
                    break
        return met

    def _unless_refused(self, path: str, asked: Mapping[str, str] | None = None) -> list[Record]:
        """The headers; nothing where the archive has an error for just these objects."""
        try:
            return self.metadata(path, asked)
        except KioskError as fault:
            if fault.code is not FaultCode.ARCHIVE_ERROR:
                raise
            return []

    def metadata(self, path: str, asked: Mapping[str, str] | None = None) -> list[Record]:
        """The headers of the objects below a path; nothing where they are beyond all measure (thousands of frames)."""
        try:
            found = self._http.json(path, _LISTING_LIMIT, self._query_s, asked)
        except KioskError as fault:
            if fault.code is not FaultCode.TOO_LARGE:
                raise
            return []
        return [dicom_records.from_json(item) for item in found]

    def query(self, path: str, asked: Mapping[str, str], limit: int, offset: int) -> list[Record]:
        """One page of results."""
        parameters = {**asked, "limit": str(limit), **({"offset": str(offset)} if offset else {})}
        allowed = _QUERY_LIMIT if limit <= MOST_SERIES else _LISTING_LIMIT
        items = self._http.json(path, allowed, self._query_s, parameters)
        return [dicom_records.from_json(item) for item in items[:limit]]
