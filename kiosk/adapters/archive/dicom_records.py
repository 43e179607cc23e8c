"""From the header of a DICOM object, or its DICOM JSON (PS3.18 F), to exams, series, reports and identity facts.

Both archives, the folder and DICOMweb, come through here, so that they cannot read one object in two ways. A record is
a plain mapping from tag to texts, which a cache can keep; all values in it are decoded, bounded and safe to show.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from kiosk.adapters.archive.dicom_values import calendar_day, moment, repaired
from kiosk.domain.exam import Exam, Report, ReportKind, ReportStatus, SeriesInfo
from kiosk.domain.person import national_id
from kiosk.domain.person.identity import IdentityFacts
from kiosk.imaging.dicom import attributes as known
from kiosk.imaging.dicom import charset
from kiosk.imaging.dicom.attributes import Attribute
from kiosk.imaging.dicom.elements import Header
from kiosk.imaging.dicom.objects import NO_IMAGE_MODALITIES
from kiosk.ports.archive import InstanceRef, StudyQuery

ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
SR_DOCUMENTS = tuple(f"1.2.840.10008.5.1.4.1.1.88.{n}" for n in (11, 22, 33, 34, 35))
COMPANION_MODALITIES = frozenset(("PR", "KO"))
# Titles of structured documents that machines write for machines: dose, CAD and measurements (PS3.16 CID 7000 kin).
MACHINE_TITLES = frozenset(("113701", "113500", "126000", "111036", "112000"))

INSTANCE_CREATION_DATE = Attribute(0x00080012, "DA")
INSTANCE_CREATION_TIME = Attribute(0x00080013, "TM")
MODALITIES_IN_STUDY = Attribute(0x00080061, "CS")
CODE_VALUE = Attribute(0x00080100, "SH")
CODE_MEANING = Attribute(0x00080104, "LO")
OTHER_IDS = Attribute(0x00101000, "LO")
OTHER_IDS_SEQUENCE = Attribute(0x00101002, "SQ")
TELEPHONE = Attribute(0x00102154, "SH")
ADMISSION_ID = Attribute(0x00380010, "LO")
PATIENT_LOCATION = Attribute(0x00380300, "LO")
OBJECTS_IN_STUDY = Attribute(0x00201208, "IS")
IMAGES_IN_SERIES = Attribute(0x00201209, "IS")
CONCEPT_NAME = Attribute(0x0040A043, "SQ")
PREDECESSORS = Attribute(0x0040A360, "SQ")
COMPLETION = Attribute(0x0040A491, "CS")
VERIFICATION = Attribute(0x0040A493, "CS")
PRELIMINARY = Attribute(0x0040A496, "CS")
TITLE = Attribute(0x00420010, "ST")
REFERENCED_SOPS = Attribute(0x00081199, "SQ")

PATIENT_LEVEL = (
    known.PATIENT_NAME,
    known.PATIENT_ID,
    known.BIRTH_DATE,
    OTHER_IDS,
    OTHER_IDS_SEQUENCE,
    TELEPHONE,
    ADMISSION_ID,
    PATIENT_LOCATION,
)
STUDY_LEVEL = (
    known.CHARACTER_SET,
    *PATIENT_LEVEL,
    known.STUDY_UID,
    known.ACCESSION,
    known.STUDY_DATE,
    known.STUDY_TIME,
    known.STUDY_DESCRIPTION,
    MODALITIES_IN_STUDY,
    OBJECTS_IN_STUDY,
    known.BODY_PART,
)
SERIES_LEVEL = (
    known.SERIES_UID,
    known.MODALITY,
    known.SERIES_NUMBER,
    known.SERIES_DESCRIPTION,
    known.BODY_PART,
    IMAGES_IN_SERIES,
)
REPORT_LEVEL = (
    known.SOP_CLASS,
    known.SOP_INSTANCE,
    known.INSTANCE_NUMBER,
    known.CONTENT_DATE,
    known.CONTENT_TIME,
    INSTANCE_CREATION_DATE,
    INSTANCE_CREATION_TIME,
    COMPLETION,
    VERIFICATION,
    PRELIMINARY,
    TITLE,
    CONCEPT_NAME,
    PREDECESSORS,
)
ALL = tuple(dict.fromkeys((*STUDY_LEVEL, *SERIES_LEVEL, *REPORT_LEVEL)))
_INSIDE = {  # what is taken from the items of a sequence
    OTHER_IDS_SEQUENCE: (known.PATIENT_ID,),
    CONCEPT_NAME: (CODE_VALUE, CODE_MEANING),
    PREDECESSORS: (known.REFERENCED_SERIES, REFERENCED_SOPS, known.REFERENCED_SOP_INSTANCE),
}
# A backslash in these can only be part of the number, whatever the archive that split it thinks (VM 1, PS3.6).
_ONE_VALUE = frozenset((known.ACCESSION, known.PATIENT_ID, ADMISSION_ID))
_TEXT_VRS = ("LO", "SH", "ST", "LT", "UT", "UC")
_VALUES = 64

Record = Mapping[str, tuple[str, ...]]


def first(record: Record, attribute: Attribute) -> str:
    """The first value, or an empty string."""
    values = record.get(key(attribute), ())
    return values[0] if values else ""


def number(record: Record, attribute: Attribute) -> int:
    """The first value as a whole number, 0 where it is none."""
    text = first(record, attribute)
    return int(text) if text.lstrip("+-").isdecimal() and len(text) <= 12 else 0


def key(attribute: Attribute) -> str:
    """The tag as DICOM JSON writes it."""
    return f"{attribute.tag:08X}"


def from_header(header: Header) -> dict[str, tuple[str, ...]]:
    """The record of an object whose header was read."""
    return {key(a): values for a in ALL if (values := _header_values(header, header, a))}


def _header_values(header: Header, root: Header, attribute: Attribute) -> tuple[str, ...]:
    if attribute.vr == "SQ":
        inside = _INSIDE.get(attribute, _INSIDE[PREDECESSORS])
        items = header.items(attribute)[:_VALUES]
        return tuple(v for item in items for a in inside for v in _header_values(item, root, a))
    if attribute.vr == "PN":
        name = _shown(charset.person_name(header, attribute))
        return (name,) if name else ()
    if attribute.vr in _TEXT_VRS:
        text = charset.text(header, attribute, root)
        parts = text.split("\\") if attribute.vr in ("LO", "SH") and attribute not in _ONE_VALUE else [text]
        return tuple(p.strip() for p in parts[:_VALUES] if p.strip())
    return tuple(v for v in header.strings(attribute)[:_VALUES] if v)


def from_json(untrusted: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The record of one result of a DICOMweb query; what has not the form of PS3.18 F.2 is left out."""
    return {key(a): values for a in ALL if (values := _json_values(untrusted, a))}


def _json_values(untrusted: Mapping[str, Any], attribute: Attribute) -> tuple[str, ...]:
    element = untrusted.get(key(attribute))
    untrusted_values = element.get("Value") if isinstance(element, dict) else None
    if not isinstance(untrusted_values, list):
        return ()
    if attribute.vr == "SQ":
        inside = _INSIDE.get(attribute, _INSIDE[PREDECESSORS])
        items = [item for item in untrusted_values[:_VALUES] if isinstance(item, dict)]
        return tuple(v for item in items for a in inside for v in _json_values(item, a))
    texts = tuple(t for v in untrusted_values[:_VALUES] if (t := _json_text(v, attribute)))
    return ("\\".join(texts),) if attribute in _ONE_VALUE and texts else texts


def _json_text(untrusted: object, attribute: Attribute) -> str:
    if attribute.vr == "PN" and isinstance(untrusted, dict):
        groups = (untrusted.get(g) for g in ("Alphabetic", "Ideographic", "Phonetic"))
        clean = (charset.safe(g, charset.NAME_LENGTH).strip("^ ") if isinstance(g, str) else "" for g in groups)
        return _shown(charset.PersonNameText(*clean))
    if isinstance(untrusted, bool) or not isinstance(untrusted, str | int | float):
        return ""
    return charset.safe(repaired(str(untrusted)), 256).strip()


def _shown(name: charset.PersonNameText) -> str:
    return charset.PersonNameText(*map(repaired, (name.alphabetic, name.ideographic, name.phonetic))).text


def national_number(texts: Iterable[str]) -> str:
    """The first valid citizen number of eighteen characters (GB 11643), or nothing.

    Numbers of the old form are not taken: any patient number of fifteen digits could look like one.
    """
    checked = (national_id.check(text) for text in texts)
    valid = (national_id.NumberVerdict.VALID, national_id.NumberVerdict.NORMALISED)
    return next((found.number for found in checked if found.verdict in valid), "")


def identity(record: Record) -> IdentityFacts:
    """What the object says of its patient."""
    others = (*record.get(key(OTHER_IDS), ()), *record.get(key(OTHER_IDS_SEQUENCE), ()))
    patient_id = first(record, known.PATIENT_ID)
    return IdentityFacts(
        patient_id=patient_id,
        name=first(record, known.PATIENT_NAME),
        national_id=national_number((*others, patient_id)),
        birth_date=calendar_day(first(record, known.BIRTH_DATE)),
        telephone=first(record, TELEPHONE),
    )


@dataclass(frozen=True)
class ReportReading:
    """How report objects are to be read."""

    zone: tzinfo
    without_flag: ReportStatus = ReportStatus.FINAL


def is_report(record: Record) -> bool:
    """True for documents written for people: encapsulated PDF, and structured ones but dose and CAD."""
    sop_class = first(record, known.SOP_CLASS)
    machine = MACHINE_TITLES.intersection(record.get(key(CONCEPT_NAME), ()))
    return sop_class == ENCAPSULATED_PDF or (sop_class in SR_DOCUMENTS and not machine)


def status(record: Record, reading: ReportReading) -> ReportStatus:
    """PS3.3 C.17.2 and C.24.2: verified and complete is final; what says nothing is what the hospital says it is."""
    flag = first(record, VERIFICATION).upper()
    if first(record, PRELIMINARY).upper() == "PRELIMINARY" or first(record, COMPLETION).upper() == "PARTIAL":
        return ReportStatus.PRELIMINARY
    if flag == "VERIFIED":
        return ReportStatus.FINAL
    pdf = first(record, known.SOP_CLASS) == ENCAPSULATED_PDF
    return reading.without_flag if pdf and not flag else ReportStatus.PRELIMINARY


def reports(records: Sequence[Record], reading: ReportReading) -> tuple[Report, ...]:
    """The report objects of one exam, numbered in the order they were written, each in its chain of versions."""
    ordered = sorted(records, key=lambda record: _written_key(record, reading))
    chains = _chains(ordered)
    return tuple(
        _report(record, reading, version, chain)
        for version, (record, chain) in enumerate(zip(ordered, chains, strict=True), start=1)
    )


def _written(record: Record, reading: ReportReading) -> datetime | None:
    content = moment(first(record, known.CONTENT_DATE), first(record, known.CONTENT_TIME), reading.zone)
    return content or moment(first(record, INSTANCE_CREATION_DATE), first(record, INSTANCE_CREATION_TIME), reading.zone)


def _written_key(record: Record, reading: ReportReading) -> tuple[float, int, str]:
    when = _written(record, reading)
    return (when.timestamp() if when else 0.0, number(record, known.INSTANCE_NUMBER), first(record, known.SOP_INSTANCE))


def _report(record: Record, reading: ReportReading, version: int, chain: str) -> Report:
    pdf = first(record, known.SOP_CLASS) == ENCAPSULATED_PDF
    return Report(
        study_uid=first(record, known.STUDY_UID),
        series_uid=first(record, known.SERIES_UID),
        instance_uid=first(record, known.SOP_INSTANCE),
        kind=ReportKind.PDF if pdf else ReportKind.STRUCTURED,
        status=status(record, reading),
        version=version,
        title=_title(record),
        written=_written(record, reading),
        identity=identity(record),
        chain=chain,
    )


def _title(record: Record) -> str:
    concept = record.get(key(CONCEPT_NAME), ())
    return first(record, TITLE) or (concept[1] if len(concept) > 1 else "")


def _chains(ordered: Sequence[Record]) -> list[str]:
    """For each report the first version it descends from: by predecessor, else by series, else by title."""
    chains: list[str] = []
    for place, record in enumerate(ordered):
        before = list(zip(ordered[:place], chains, strict=True))
        named = record.get(key(PREDECESSORS), ())
        found = [chain for other, chain in before if first(other, known.SOP_INSTANCE) in named]
        if not named:
            found = [chain for other, chain in before if _same_document(record, other)]
        chains.append(found[-1] if found else first(record, known.SOP_INSTANCE))
    return chains


def _same_document(one: Record, other: Record) -> bool:
    same_series = first(one, known.SERIES_UID) == first(other, known.SERIES_UID)
    return same_series or bool(_title(one) and _title(one) == _title(other))


def series_info(record: Record, images: int) -> SeriesInfo:
    """One series of the listing."""
    return SeriesInfo(
        series_uid=first(record, known.SERIES_UID),
        modality=first(record, known.MODALITY),
        description=first(record, known.SERIES_DESCRIPTION),
        number=number(record, known.SERIES_NUMBER),
        images=images,
        body_part=first(record, known.BODY_PART),
    )


def has_images(record: Record) -> bool:
    """False for series of documents, annotations and plans."""
    return first(record, known.MODALITY) not in NO_IMAGE_MODALITIES and not is_report(record)


def has_companions(record: Record) -> bool:
    """True for series of presentation states and key object selections, which say how images are printed."""
    return first(record, known.MODALITY) in COMPANION_MODALITIES


def is_listed(record: Record) -> bool:
    """True for series that a film needs: images, and what says how they are shown."""
    return has_images(record) or has_companions(record)


def exam(study: Record, series: Iterable[SeriesInfo], documents: Sequence[Record], reading: ReportReading) -> Exam:
    """One exam from its study's record, its listed series, and its report objects."""
    listed = sorted((s for s in series if s.images), key=lambda s: (s.number, s.series_uid))
    ordered = tuple(s for s in listed if s.modality not in COMPANION_MODALITIES)
    said = [m for m in study.get(key(MODALITIES_IN_STUDY), ()) if m not in NO_IMAGE_MODALITIES]
    modalities = [s.modality for s in ordered] + said + [first(study, known.MODALITY)]
    return Exam(
        study_uid=first(study, known.STUDY_UID),
        accession=first(study, known.ACCESSION),
        identity=identity(study).completed(map(identity, documents)),
        modality=next((m for m in modalities if m), ""),
        body_part=next((s.body_part for s in ordered if s.body_part), "") or first(study, known.BODY_PART),
        description=first(study, known.STUDY_DESCRIPTION),
        taken=moment(first(study, known.STUDY_DATE), first(study, known.STUDY_TIME), reading.zone),
        series=ordered,
        reports=reports(documents, reading),
        referring_visit=first(study, ADMISSION_ID),
        companions=tuple(s for s in listed if s.modality in COMPANION_MODALITIES),
        ward=first(study, PATIENT_LOCATION).strip(),
    )


def instance_ref(record: Record) -> InstanceRef:
    """Where to fetch the object."""
    return InstanceRef(
        study_uid=first(record, known.STUDY_UID),
        series_uid=first(record, known.SERIES_UID),
        instance_uid=first(record, known.SOP_INSTANCE),
        sop_class=first(record, known.SOP_CLASS),
        number=number(record, known.INSTANCE_NUMBER),
    )


def display_order(refs: Iterable[InstanceRef]) -> list[InstanceRef]:
    """By instance number, then by UID; the same object only once."""
    unique = {ref.instance_uid: ref for ref in refs}
    return sorted(unique.values(), key=lambda ref: (ref.number, _uid_key(ref.instance_uid)))


def _uid_key(uid: str) -> tuple[tuple[int, str], ...]:
    return tuple((len(part), part) for part in uid.split("."))


def matches(found: Exam, query: StudyQuery) -> bool:
    """True where the exam is what was asked for; whatever else an archive answers is not handed on (case 14)."""
    facts = found.identity
    pairs = (
        (query.accession, found.accession),
        (query.patient_id, facts.patient_id),
        (query.visit_number, found.referring_visit),
        (query.national_id.upper(), facts.national_id),
        (query.study_uid, found.study_uid),
        (_name_key(query.name_prefix), _name_key(facts.name)[: len(_name_key(query.name_prefix))]),
    )
    asked = [(wanted, has) for wanted, has in pairs if wanted]
    return bool(asked) and all(wanted == has for wanted, has in asked)


def loosely(asked: str, found: str) -> bool:
    """True where an archive with little regard for case, accents, spaces and wildcards takes one for the other."""
    pattern = ".*".join(re.escape(_bare(part)).replace(re.escape("?"), ".") for part in asked.split("*"))
    return re.match(pattern, _bare(found)) is not None


def _bare(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(plain.split()).casefold()


def name_begins(record: Record, prefix: str) -> bool:
    """True where the name begins as asked, whatever the case and spaces."""
    return _name_key(first(record, known.PATIENT_NAME)).startswith(_name_key(prefix))


def _name_key(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).replace("^", " ").split()).casefold()


def newest_first(exams: Iterable[Exam]) -> list[Exam]:
    """In the order of the listing."""
    return sorted(exams, key=lambda e: (e.taken.timestamp() if e.taken else 0.0, e.study_uid), reverse=True)
