"""Finding studies in an index that may match ill: what it can be asked, and what its answers are worth."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from kiosk.adapters.archive import dicom_records
from kiosk.adapters.archive.dicom_records import Record, first
from kiosk.adapters.archive.dicomweb_http import Encoded, sent_plainly
from kiosk.adapters.archive.dicomweb_owner import StudyOwners
from kiosk.adapters.archive.dicomweb_query import Questions, is_uid, tags
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom import attributes as known
from kiosk.ports.archive import StudyQuery

PAGE = 50
MOST_PAGES = 4
RECENT_DAYS = 14
RECENT_PAGES = 20
MOST_SINCE = 400  # pages of what may be published
LONGEST_VALUE = 64  # characters of a matching key (LO, PS3.5 6.2)
MOST_COMPARED = 5  # studies looked at until one has Chinese in it
FEWEST_PLAIN = 3  # letters and digits that a search with wildcards needs, or it would ask for half the archive
_MEANS_MORE = re.compile(r"[*?\\,]+")  # a comma separates alternatives (PS3.18 8.3.4.1)
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._~:@!$'()/;-]+")  # what is percent-encoded, and what means more
_CHINESE = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f]")
_LETTERED = (known.PATIENT_NAME, known.PATIENT_ID, known.ACCESSION)
_EXACT = {dicom_records.key(a): a for a in (known.ACCESSION, known.PATIENT_ID, known.STUDY_UID)}  # every index knows


class Chinese(StrEnum):
    """What is known of Chinese in an archive's index."""

    KEPT = "kept"
    LOST = "lost"
    UNSEEN = "unseen"  # no object that was shown holds any
    NO_STUDY = "no-study"


class SearchIndex:
    """What one archive's index can be asked for; found out once, by asking. Raises KioskError ARCHIVE_*."""

    def __init__(self, questions: Questions) -> None:
        self._ask = questions
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
        holds = self._ask.query("/studies", {}, 1, 0)
        if holds and self._decodes is None:
            self._decodes = bool(self._ask.query("/studies", {tags(known.PATIENT_ID): Encoded("%2A")}, 1, 0))
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
        studies = [s for s in self._ask.query("/studies", {}, MOST_COMPARED, 0) if is_uid(first(s, known.STUDY_UID))]
        pairs = [(_chinese_in(self._any_object(first(s, known.STUDY_UID))), _chinese_in(s)) for s in studies]
        kept = [written <= indexed for written, indexed in pairs if written]
        if kept:
            return Chinese.KEPT if any(kept) else Chinese.LOST
        return Chinese.UNSEEN if studies else Chinese.NO_STUDY

    def _any_object(self, uid: str) -> Record:
        """The header of one object of a study; empty where the archive has none to show."""
        for found in self._ask.unless_refused(f"/studies/{uid}/instances", {"limit": "1"})[:1]:
            series, instance = first(found, known.SERIES_UID), first(found, known.SOP_INSTANCE)
            if is_uid(series) and is_uid(instance):
                path = f"/studies/{uid}/series/{series}/instances/{instance}/metadata"
                return next(iter(self._ask.unless_refused(path)), {})
        return {}


class StudySearch:
    """Records of studies that may match a query; those that nobody asked for are told to `owners` and left out."""

    def __init__(self, questions: Questions, index: SearchIndex, owners: StudyOwners, zone: tzinfo) -> None:
        """`zone`: the hospital's, in which "the last days" are counted."""
        self._ask = questions
        self._index = index
        self._owners = owners
        self._zone = zone

    def studies(self, query: StudyQuery, limit: int) -> list[Record]:
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
        if not found and self._index.loses(query.accession or query.patient_id or query.visit_number):
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
        if len(asked) != 1 or _FORBIDDEN.search(asked[0][0]) or len(asked[0][0]) > LONGEST_VALUE:
            raise KioskError(FaultCode.CODE_UNKNOWN, "not a value to ask for")
        value = self._index.matching_value(asked[0][0]) + ("*" if query.name_prefix else "")
        return [{dicom_records.key(attribute): value} for attribute in asked[0][1]]

    def since(self, day: date) -> Iterator[str]:
        """The UIDs of the studies of that day and later ones."""
        told: set[str] = set()
        for page_number in range(MOST_SINCE):
            page = self._ask.studies({dicom_records.key(known.STUDY_DATE): f"{day:%Y%m%d}-"}, PAGE, page_number)
            fresh = {uid for r in page if is_uid(uid := first(r, known.STUDY_UID))} - told
            yield from fresh
            told |= fresh
            if len(page) < PAGE or not fresh:
                return

    def _recent(self, query: StudyQuery, limit: int) -> list[Record]:
        """For staff: archives that cannot search in Chinese are asked for the last days, and searched here."""
        since = datetime.now(self._zone) - timedelta(days=RECENT_DAYS)
        found: list[Record] = []
        for page_number in range(RECENT_PAGES):
            page = self._ask.studies({dicom_records.key(known.STUDY_DATE): f"{since:%Y%m%d}-"}, PAGE, page_number)
            found += [r for r in page if dicom_records.name_begins(r, query.name_prefix)]
            if len(page) < PAGE or len(found) >= limit:
                break
        return found[:limit]

    def _pages(self, asked: Mapping[str, str], query: StudyQuery, limit: int, optional: bool) -> list[Record]:
        size = min(limit, PAGE)
        found: dict[tuple[str, str], Record] = {}
        for page_number in range(MOST_PAGES):
            try:
                page = self._ask.studies(asked, size, page_number)
            except KioskError as fault:
                if optional and fault.code is FaultCode.ARCHIVE_ERROR:
                    return []  # an archive may refuse to match by a key that it need not support
                raise
            kept = {_whose(r): r for r in page if _may_match(r, query)}
            self._owners.foreign([r for r in page if not _may_match(r, query) and not _nearly(r, asked)])
            fresh = kept.keys() - found.keys()
            found.update(kept)
            if len(page) < size or not fresh or len(found) >= limit:
                break
        return list(found.values())


def _whose(record: Record) -> tuple[str, str]:
    """Two patients can share a study UID; they share no record."""
    return first(record, known.STUDY_UID), first(record, known.PATIENT_ID)


def _chinese_in(record: Record) -> frozenset[str]:
    """The Chinese characters of whom and what it is of."""
    return frozenset(c for a in _LETTERED for c in _CHINESE.findall(first(record, a)))


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
